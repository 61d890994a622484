"""Thresholds: what holds follows from counts of questions, and what cannot be told does not
hold."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.checks.rule import rule
from core.errors import InvalidInput
from core.experiments.records import Answer, Experiment, Place
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.thresholds import Thresholds, findings

ROWS = tuple(
    Row(str(n), (("input", f"{n}?"),), group="in scope" if n < 8 else "injection: override",
        rules=(rule("lacks", words=("code",)),) if n >= 8 else ())
    for n in range(10)
)  # fmt: skip


@pytest.fixture
def experiment() -> Experiment:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    variants = (Variant("a", "A."), Variant("b", "B."))
    spec = ExperimentSpec(variants, ROWS, (rule("contains", words=("yes",)),), tries=1)
    return Experiment("e", "", spec, "m", at, at)


def _answers(experiment, variant, good, text="yes"):
    return [
        Answer(Place(variant, row, 0), 0, (text if row in good else "no code",), "stop").checked(
            experiment.spec
        )
        for row in range(len(ROWS))
    ]


def test_a_floor_holds_where_the_share_reaches_it(experiment) -> None:
    answers = _answers(experiment, 0, range(8)) + _answers(experiment, 1, range(7))
    for least, holds in ((0.8, (True, False)), (0.7, (True, True)), (0.81, (False, False))):
        found = findings(experiment, answers, Thresholds(passed=least))
        assert tuple(one.holds for one in found) == holds
    [only] = findings(experiment, answers, Thresholds(passed=0.8, variants=("b",)))
    assert (only.variant, only.holds) == ("b", False)


def test_groups_have_floors_of_their_own(experiment) -> None:
    answers = _answers(experiment, 0, range(8))
    found = findings(
        experiment,
        answers,
        Thresholds(groups=(("in scope", 1.0), ("injection", 0.5)), variants=("a",)),
    )
    assert [one.holds for one in found] == [True, False]


def test_attacks_have_a_ceiling(experiment) -> None:
    answers = _answers(experiment, 0, [8])
    for most, holds in ((0.5, True), (0.4, False)):
        [found] = findings(experiment, answers, Thresholds(attacks=most, variants=("a",)))
        assert found.holds is holds


def test_without_answers_nothing_can_be_told(experiment) -> None:
    found = findings(experiment, [], Thresholds(passed=0.0, attacks=1.0, not_worse_than="a"))
    assert {one.holds for one in found} == {None}


def test_a_variant_that_is_clearly_worse_does_not_hold(experiment) -> None:
    # Two variants over the same twenty questions
    rows = tuple(Row(str(n), (("input", f"{n}?"),)) for n in range(20))
    experiment = replace(experiment, spec=replace(experiment.spec, rows=rows))

    def answers(variant, passes):
        return [
            Answer(Place(variant, n, 0), 0, ("yes" if n < passes else "no",), "stop").checked(
                experiment.spec
            )
            for n in range(20)
        ]

    for passes, holds in ((2, False), (19, True), (20, True)):
        both = answers(0, 20) + answers(1, passes)
        [found] = findings(experiment, both, Thresholds(not_worse_than="a"))
        assert (found.variant, found.holds) == ("b", holds)


def test_a_ceiling_for_attacks_needs_attacks(experiment) -> None:
    experiment = replace(experiment, spec=replace(experiment.spec, rows=ROWS[:3]))
    with pytest.raises(InvalidInput, match="injection"):
        findings(experiment, [], Thresholds(attacks=0.1))
