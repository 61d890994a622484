"""A rule: a kind with its values, and how much it weighs; and what comes of looking at an answer.

>>> checked(rule("contains", words=("refund",)), Seen("No refund.")).passed
True
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from core.checks import conduct, expected, languages, shape, structure, wording
from core.checks.fields import Value
from core.checks.kind import Group, Kind, Outcome, Seen
from core.errors import InvalidInput, PromptLabError
from core.i18n import _

Weight = Literal["must", "should"]
MAX_RULES = 50
# No model writes more in one answer; some rules take their time for it
MAX_CHARACTERS = 200_000

GROUPS: tuple[Group, ...] = ("words", "expected", "length", "format", "behaviour")
KINDS: dict[str, Kind] = {
    kind.name: kind
    for part in (wording, expected, shape, structure, conduct, languages)
    for kind in part.KINDS
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that an answer is held to; raises `InvalidInput` for what cannot be a rule.

    kind: one of `KINDS`. values: what is set, in the order of the kind's fields; a mapping is
    accepted, and what it does not say has its default. weight: "must" decides whether an answer
    passes, "should" is only told.
    """

    kind: str
    values: tuple[tuple[str, Value], ...] = ()
    weight: Weight = "must"

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind) if isinstance(self.kind, str) else None
        if kind is None:
            raise InvalidInput(
                _("There is no kind of rule {kind!r}. Known kinds: {known}.").format(
                    kind=str(self.kind)[:80], known=", ".join(KINDS)
                )
            )
        if self.weight not in ("must", "should"):
            raise InvalidInput(
                _("A rule weighs “must” or “should”, got {value!r}.").format(
                    value=str(self.weight)[:80]
                )
            )
        given = dict(self.values)
        unknown = set(given) - {field.name for field in kind.fields}
        if unknown:
            raise InvalidInput(
                _("A rule of kind {kind} has no {fields}. It has: {known}.").format(
                    kind=self.kind,
                    fields=", ".join(sorted(str(name)[:80] for name in unknown)),
                    known=", ".join(field.name for field in kind.fields) or "–",
                )
            )
        values = {f.name: f.checked(given.get(f.name, f.default)) for f in kind.fields}
        if kind.check is not None:
            kind.check(values)
        object.__setattr__(self, "values", tuple(values.items()))

    @property
    def by_name(self) -> dict[str, Value]:
        """The values by their names."""
        return dict(self.values)

    def to_dict(self) -> dict[str, Any]:
        """The rule as plain values, for JSON and YAML: kind, weight, and each value by its name."""
        return {"kind": self.kind, "weight": self.weight} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.values
        }

    @classmethod
    def from_dict(cls, item: Any) -> Self:
        """A rule from plain values; raises `InvalidInput` for what is none."""
        if not isinstance(item, Mapping) or not isinstance(item.get("kind"), str):
            raise InvalidInput(
                _("A rule must be a mapping with a kind, got {value}.").format(
                    value=type(item).__name__
                )
            )
        values = {name: v for name, v in item.items() if name not in ("kind", "weight")}
        return cls(item["kind"], tuple(values.items()), item.get("weight", "must"))


def rule(kind: str, weight: Weight = "must", **values: Value) -> Rule:
    """A rule of these values; what is not said has its default."""
    return Rule(kind, tuple(values.items()), weight)


def rules_from(items: Any) -> tuple[Rule, ...]:
    """The rules of a list of plain values; raises `InvalidInput` that says which one is wrong."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise InvalidInput(
            _("Rules must be a list, got {value}.").format(value=type(items).__name__)
        )
    if len(items) > MAX_RULES:
        raise InvalidInput(
            _("There can be at most {most} rules, got {count}. Remove some.").format(
                most=MAX_RULES, count=len(items)
            )
        )
    rules = []
    for place, item in enumerate(items, 1):
        try:
            rules.append(Rule.from_dict(item))
        except InvalidInput as error:
            raise InvalidInput(
                _("Rule {place}: {reason}").format(place=place, reason=error)
            ) from error
    return tuple(rules)


def checked(rule: Rule, seen: Seen) -> Outcome:
    """What the rule finds in an answer. Never raises for a text: what cannot be told is None, with
    the reason. An answer that was cut off at its longest length is always doubtful."""
    if len(seen.text) > MAX_CHARACTERS:
        why = _("The answer has {count} characters; rules look at no more than {most}.")
        return Outcome(None, why.format(count=f"{len(seen.text):,}", most=f"{MAX_CHARACTERS:,}"))
    try:
        outcome = KINDS[rule.kind].look(rule.by_name, _whole(seen))
    except PromptLabError as error:
        return Outcome(None, str(error))
    if seen.reason == "length" and rule.kind != "finished":
        return replace(outcome, doubtful=True)
    return outcome


def _whole(seen: Seen) -> Seen:
    """The same with halves of surrogate pairs, which some libraries refuse, replaced."""
    texts = {name: getattr(seen, name) for name in ("text", "system", "question", "expected")}
    return replace(seen, **{n: t.encode("utf-8", "replace").decode() for n, t in texts.items()})


def passes(rules: Iterable[Rule], outcomes: Iterable[Outcome]) -> bool | None:
    """Whether every rule that must hold does; None where one of them could not be told."""
    told = [o.passed for r, o in zip(rules, outcomes, strict=True) if r.weight == "must"]
    return False if False in told else None if None in told else True


def rule_label(rule: Rule) -> str:
    """The rule in a few words, in the language of this context: Contains “refund”."""
    said = KINDS[rule.kind].says(rule.by_name)
    return said[:1].upper() + said[1:]
