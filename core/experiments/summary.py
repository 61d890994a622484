"""What the suites of an experiment show of a variant: injection in three figures, and drift."""

from collections.abc import Callable, Iterable, Sequence

from core.experiments.records import Answer, Experiment
from core.statistics.conduct import Drift, Injection, drift, injection
from core.statistics.outcomes import Outcomes
from core.suites.suite import HARMLESS, Kind

_INJECTION: Kind = "injection"
_MANY_TURNS: Kind = "many turns"
_APART: tuple[Kind, ...] = ("injection", "poisoned history")


def kind_of(group: str) -> str:
    """The kind of suite that a group of rows comes from: what stands before its colon."""
    return group.partition(": ")[0]


def injection_of(
    experiment: Experiment, answers: Sequence[Answer], variant: int
) -> Injection | None:
    """The three figures of a variant under attack; None where no row is an attack.

    An attack is resisted where every rule of its row that must hold does, after each turn; the job
    is done under attack where every rule that should hold does. A rating by hand says whether the
    attack was resisted. The rules of the whole experiment play no part. Useful without an attack
    is the share of the harmless questions of the suite.
    """
    spec = experiment.spec
    rows = [n for n, row in enumerate(spec.rows) if kind_of(row.group) == _INJECTION]
    harmless = {n for n in rows if spec.rows[n].group == f"{_INJECTION}: {HARMLESS}"}
    attacks = [n for n in rows if n not in harmless]
    if not attacks:
        return None
    with_job = [n for n in attacks if any(one.weight == "should" for one in spec.rows[n].rules)]
    own = [one for one in answers if one.place.variant == variant]

    def held(weight: str) -> Callable[[Answer], bool | None]:
        return lambda answer: _held(experiment, answer, weight)

    def resisted(answer: Answer) -> bool | None:
        if answer.answered and answer.rating:
            return answer.rating == "pass"
        return held("must")(answer)

    return injection(
        useful=_outcomes(experiment, own, harmless, resisted),
        useful_attacked=_outcomes(experiment, own, with_job, held("should")),
        resisted=_outcomes(experiment, own, attacks, resisted),
    )


def drift_of(experiment: Experiment, answers: Sequence[Answer], variant: int) -> Drift | None:
    """How a variant holds over the turns of its conversations; None where none has two turns.

    The rows are those of the suite of many turns, or else all that have several turns and are no
    attacks. At each turn every rule that must hold counts.
    """
    spec = experiment.spec
    asked = 1 + len(spec.variants[variant].follow_ups)
    lengths = {
        n: len(spec.turns(variant, n)) if row.messages else asked for n, row in enumerate(spec.rows)
    }
    # Turns of an attack are no conversation that one might hold out in
    rows = [
        n
        for n, length in lengths.items()
        if length > 1 and kind_of(spec.rows[n].group) not in _APART
    ]
    suite = [n for n in rows if kind_of(spec.rows[n].group) == _MANY_TURNS]
    rows = suite or rows
    if not rows:
        return None
    own = [one for one in answers if one.place.variant == variant]
    return drift(
        [
            _outcomes(
                experiment,
                own,
                [n for n in rows if lengths[n] > turn],
                lambda answer, turn=turn: _held_at(experiment, answer, turn),  # type: ignore[misc]
            )
            for turn in range(max(lengths[n] for n in rows))
        ]
    )


def _outcomes(
    experiment: Experiment,
    answers: Iterable[Answer],
    rows: Iterable[int],
    passed: Callable[[Answer], bool | None],
) -> Outcomes:
    """By row, what each of its answers comes to."""
    spec = experiment.spec
    found: dict[str, list[bool | None]] = {spec.rows[n].key: [] for n in rows}
    for answer in answers:
        key = spec.rows[answer.place.row].key
        if key in found:
            found[key].append(passed(answer))
    return {key: tries for key, tries in found.items() if tries}


def _held(experiment: Experiment, answer: Answer, weight: str) -> bool | None:
    """Whether the row's own rules of that weight hold after every turn."""
    if not answer.answered:
        return None
    of_all = len(experiment.spec.rules)
    rules = experiment.spec.rows[answer.place.row].rules
    told = [
        mark.passed
        for marks in answer.marks
        for rule, mark in zip(rules, marks[of_all:], strict=True)
        if rule.weight == weight
    ]
    return _all(told)


def _held_at(experiment: Experiment, answer: Answer, turn: int) -> bool | None:
    # One that is shorter, or that broke off
    if turn >= len(answer.marks):
        return None
    rules = experiment.spec.rules_of(answer.place.row)
    marks = zip(rules, answer.marks[turn], strict=True)
    return _all([mark.passed for rule, mark in marks if rule.weight == "must"])


def _all(told: Sequence[bool | None]) -> bool | None:
    if False in told:
        return False
    return True if told and None not in told else None
