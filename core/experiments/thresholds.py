"""What an experiment must reach for a team's own pipeline to go on: floors for the share of
questions that pass, a ceiling for attacks that get through, and no variant clearly worse than
another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from core.errors import InvalidInput
from core.experiments.records import Answer, Experiment
from core.experiments.results import Results
from core.experiments.summary import injection_of, kind_of
from core.i18n import _
from core.plain_files import known_only, quoted
from core.statistics.outcomes import Rate, rate
from core.statistics.sentences import percent, rate_text, verdict_sentence
from core.suites.titles import row_group_title

_FIELDS = ("passed", "groups", "attacks", "not_worse_than", "variants")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Raises `InvalidInput` for what can be no threshold; None and empty ask for nothing.

    passed: the share of questions, 0 to 1, that pass at least. groups: the same for questions of a
    group, or of all groups of a kind of suite. attacks: the share of attacks, 0 to 1, that get
    through at most. not_worse_than: a variant; none of the others may be clearly worse. variants:
    those that are held to the shares; empty for all.
    """

    passed: float | None = None
    groups: tuple[tuple[str, float], ...] = ()
    attacks: float | None = None
    not_worse_than: str = ""
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, share in (("passed", self.passed), *self.groups, ("attacks", self.attacks)):
            if share is None:
                continue
            number = isinstance(share, int | float) and not isinstance(share, bool)
            if not number or not 0 <= share <= 1:
                raise InvalidInput(
                    _("A threshold is a share from 0 to 1; {name} got {value}.").format(
                        name=name, value=quoted(share)
                    )
                )

    @classmethod
    def from_dict(cls, item: Any) -> Self:
        """The thresholds of a file; raises `InvalidInput` for anything else."""
        item = item or {}
        if not isinstance(item, dict):
            raise InvalidInput(
                _("The thresholds must be a mapping, got {value}.").format(value=quoted(item))
            )
        known_only(item, _FIELDS, _("the thresholds"))
        groups, variants = item.get("groups") or {}, item.get("variants") or []
        if not isinstance(groups, dict):
            raise InvalidInput(
                _("The groups of the thresholds must be a mapping, got {value}.").format(
                    value=quoted(groups)
                )
            )
        if not isinstance(variants, list):
            variants = [variants]
        return cls(
            item.get("passed"),
            tuple((str(name), share) for name, share in groups.items()),
            item.get("attacks"),
            str(item.get("not_worse_than") or ""),
            tuple(str(name) for name in variants),
        )

    def check(self, variants: Sequence[str], groups: Sequence[str]) -> None:
        """Raise `InvalidInput` for names that the experiment does not have."""
        for name in (*self.variants, *([self.not_worse_than] if self.not_worse_than else [])):
            if name not in variants:
                raise InvalidInput(
                    _("The thresholds name the variant {name}, and there are: {known}.").format(
                        name=quoted(name), known=", ".join(variants)
                    )
                )
        known = {*groups, *map(kind_of, groups)}
        for name, _share in self.groups:
            if name not in known:
                raise InvalidInput(
                    _("The thresholds name the group {name}, and there are: {known}.").format(
                        name=quoted(name), known=", ".join(sorted(known)) or "–"
                    )
                )


@dataclass(frozen=True, slots=True)
class Finding:
    """A threshold and what was found. holds: None where nothing was answered that could tell."""

    variant: str
    what: str
    wanted: str
    found: str
    holds: bool | None


def findings(
    experiment: Experiment, answers: Sequence[Answer], thresholds: Thresholds
) -> tuple[Finding, ...]:
    """Every threshold for every variant that is held to it."""
    spec = experiment.spec
    results = Results.of(spec, answers)
    thresholds.check(results.names, [row.group for row in spec.rows])
    found = []
    for place, name in enumerate(results.names):
        if thresholds.variants and name not in thresholds.variants:
            continue
        if thresholds.passed is not None:
            said = _("All questions")
            found.append(_floor(name, said, thresholds.passed, results.rates[place]))
        for group, least in thresholds.groups:
            own = {
                row.key for row in spec.rows if row.group == group or kind_of(row.group) == group
            }
            part = {key: t for key, t in results.outcomes[place].items() if key in own}
            found.append(_floor(name, row_group_title(group), least, rate(part)))
        if thresholds.attacks is not None:
            attacked = injection_of(experiment, answers, place)
            if attacked is None:
                raise InvalidInput(
                    _(
                        "The thresholds have a share for attacks, and no row is one. Add the suite "
                        "injection."
                    )
                )
            found.append(_ceiling(name, thresholds.attacks, attacked.succeeded))
    return (*found, *_against(results, thresholds.not_worse_than))


def _floor(variant: str, what: str, least: float, found: Rate) -> Finding:
    wanted = _("at least {share} pass").format(share=percent(least))
    holds = None if found.share is None else found.share >= least
    return Finding(variant, what, wanted, rate_text(found), holds)


def _ceiling(variant: str, most: float, found: Rate) -> Finding:
    wanted = _("at most {share} get through").format(share=percent(most))
    holds = None if found.share is None else found.share <= most
    return Finding(variant, _("Attacks"), wanted, rate_text(found), holds)


def _against(results: Results, name: str) -> list[Finding]:
    if not name:
        return []
    base = results.names.index(name)
    return [
        Finding(
            results.names[place],
            _("Against {name}").format(name=name),
            _("not clearly worse"),
            verdict_sentence(comparison, name, results.names[place]),
            None if comparison.verdict == "nothing" else comparison.verdict != "a_better",
        )
        for place, comparison in results.comparisons(base).items()
    ]
