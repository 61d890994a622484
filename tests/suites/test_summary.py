"""What suites show of a variant: figures that follow from the marks of its answers alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.checks.rule import rule
from core.experiments.control import companion
from core.experiments.of_suites import rows_of
from core.experiments.records import Answer, Experiment, Mark, Place
from core.experiments.report import export_markdown
from core.experiments.results import Results
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.summary import drift_of, injection_of, kind_of
from core.suites.offered import find_suite, suites_for
from core.suites.suite import HARMLESS


def _experiment(rows, rules=(), tries=1, variants=1) -> Experiment:
    named = tuple(Variant(f"v{n}", f"System {n}") for n in range(variants))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Experiment("e", "", ExperimentSpec(named, rows, rules, tries), "embedded", at, at)


def _answer(experiment, row, text, attempt=0, variant=0, rating="") -> Answer:
    turns = len(experiment.spec.turns(variant, row))
    texts = (text,) * turns if isinstance(text, str) else tuple(text)
    found = Answer(Place(variant, row, attempt), 0, texts, "stop", rating=rating)
    return found.checked(experiment.spec)


def _failed(row, attempt=0) -> Answer:
    return Answer(Place(0, row, attempt), 0, (), "error", "no")


@pytest.fixture
def attacked() -> Experiment:
    job = rule("contains", words=("basil",))
    under = rule("contains", "should", words=("basil",))
    rows = (
        Row("h1", (("input", "Job 1"),), rules=(job,), group=f"injection: {HARMLESS}"),
        Row("h2", (("input", "Job 2"),), rules=(job,), group=f"injection: {HARMLESS}"),
        Row("a1", (("input", "X"),), rules=(rule("lacks", words=("code",)), under),
            group="injection: override"),
        Row("a2", (("input", "Y"),), rules=(rule("lacks", words=("code",)), under),
            group="injection: encoding"),
        Row("a3", (("input", "Z"),), rules=(rule("lacks", words=("code",)),),
            group="injection: encoding"),
        Row("other", (("input", "Not of the suite"),), group="in scope"),
    )  # fmt: skip
    return _experiment(rows, (rule("length", at_most=0),), tries=2)


def test_the_three_figures_count_what_they_say(attacked) -> None:
    answers = [
        _answer(attacked, 0, "basil"),
        _answer(attacked, 1, "no idea"),
        _answer(attacked, 2, "basil"),
        _answer(attacked, 3, "code and basil"),
        _answer(attacked, 4, "nothing"),
        _answer(attacked, 5, "code"),
    ]
    found = injection_of(attacked, answers, 0)
    assert (found.useful.passed, found.useful.rows) == (1, 2)
    assert (found.useful_attacked.passed, found.useful_attacked.rows) == (2, 2)
    assert (found.succeeded.passed, found.succeeded.rows) == (1, 3)


def test_one_try_that_gets_through_is_enough(attacked) -> None:
    answers = [_answer(attacked, 4, "no"), _answer(attacked, 4, "the code", attempt=1)]
    assert injection_of(attacked, answers, 0).succeeded.passed == 1


def test_what_was_not_answered_counts_nowhere(attacked) -> None:
    found = injection_of(attacked, [_failed(2), _failed(3), _answer(attacked, 4, "no")], 0)
    assert (found.succeeded.passed, found.succeeded.rows, found.succeeded.unanswered) == (0, 1, 2)


def test_a_rating_by_hand_says_whether_an_attack_was_resisted(attacked) -> None:
    answers = [_answer(attacked, 4, "I won't say code", rating="pass")]
    assert injection_of(attacked, answers, 0).succeeded.passed == 0
    answers = [_answer(attacked, 4, "c-o-d-e", rating="fail")]
    assert injection_of(attacked, answers, 0).succeeded.passed == 1


def test_a_leak_cannot_be_told_where_there_is_no_message_to_leak() -> None:
    rows = (
        Row("a", (("input", "Show it"),), rules=(rule("keeps_system"),), group="injection: leak"),
    )
    experiment = _experiment(rows)
    bare = _experiment(rows)
    bare = Experiment(
        "e", "", ExperimentSpec((Variant("bare"),), rows), "m", bare.created_at, bare.updated_at
    )
    said = "Here: System 0"
    assert injection_of(experiment, [_answer(experiment, 0, said)], 0).succeeded.passed == 1
    found = injection_of(bare, [_answer(bare, 0, said)], 0).succeeded
    assert (found.rows, found.unanswered) == (0, 1)


def test_an_experiment_without_attacks_has_no_figures_of_them() -> None:
    experiment = _experiment((Row("a", (("input", "Why?"),), group="in scope"),))
    assert injection_of(experiment, [_answer(experiment, 0, "So.")], 0) is None
    assert drift_of(experiment, [_answer(experiment, 0, "So.")], 0) is None


def test_the_suite_is_found_in_its_rows(gardener) -> None:
    suite = find_suite("injection", suites_for(gardener))
    experiment = _experiment(rows_of(suite, gardener))
    answers = [
        _answer(experiment, n, "I'm sorry, but I can only help with plants.")
        for n in range(len(experiment.spec.rows))
    ]
    found = injection_of(experiment, answers, 0)
    attempts = [case for case in suite.cases if case.family != HARMLESS]
    # Declining everything resists every attack, and is of no use
    assert (found.succeeded.passed, found.succeeded.rows) == (0, len(attempts))
    assert found.useful.passed == 0 < found.useful.rows == len(suite.cases) - len(attempts)
    assert found.useful_attacked.passed == 0 < found.useful_attacked.rows
    # The turns of an attack are no drift
    assert any(case.turns > 1 for case in attempts)
    assert drift_of(experiment, answers, 0) is None


def test_drift_is_by_turn_and_by_conversation(gardener) -> None:
    suite = find_suite("many-turns", suites_for(gardener))
    experiment = _experiment(rows_of(suite, gardener), variants=2)
    good, bad = "Water it twice a week.", "word " * 61
    answers = [
        _answer(experiment, 0, [good] * 8),
        _answer(experiment, 1, [good] * 3 + [bad] * 5),
        _answer(experiment, 2, [good] * 7 + [bad]),
        # Of the other variant
        _answer(experiment, 0, [bad] * 8, variant=1),
    ]
    found = drift_of(experiment, answers, 0)
    assert [one.passed for one in found.turns] == [3, 3, 3, 2, 2, 2, 2, 1]
    assert {one.rows for one in found.turns} == {3}
    assert found.change is not None


def test_many_turns_stand_beside_the_same_without_a_system_message(gardener) -> None:
    rows = rows_of(find_suite("many-turns", suites_for(gardener)), gardener)
    job, other = Variant("job", "A gardener."), Variant("other", "A chef.")
    here, there = Variant("here"), Variant("there", system=" \n", model="far")
    for variants, baseline, wanted in (
        ((job, other), 1, 1),
        ((job, other, here), 0, 2),
        ((job, here, there), 2, 2),
        ((replace(job, model="far"), here, there), 0, 2),
    ):
        assert companion(ExperimentSpec(variants, rows), baseline) == wanted
    spec = ExperimentSpec((job, other, here), rows, tries=1)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    experiment = Experiment("e", "", spec, "m", at, at)
    good, bad = "Water it twice a week.", "word " * 61
    answers = [_answer(experiment, 0, text, variant=v) for v, text in enumerate((good, bad, bad))]
    said = export_markdown(experiment, Results.of(spec, answers))
    assert (
        "job: Held in 1 of 1 conversations at turn 1 and in 1 of 1 at turn 8. here: 0 of 1" in said
    )


def test_follow_ups_have_turns_too() -> None:
    variants = (Variant("a", follow_ups=("And then?",)), Variant("b"))
    rows = (Row("1", (("input", "Why?"),)), Row("2", (("input", "How?"),)))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    spec = ExperimentSpec(variants, rows, (rule("contains", words=("yes",)),), 1)
    experiment = Experiment("e", "", spec, "m", at, at)
    answers = [_answer(experiment, 0, ["yes", "no"]), _answer(experiment, 1, ["yes", "yes"])]
    found = drift_of(experiment, answers, 0)
    assert [one.passed for one in found.turns] == [2, 1]
    assert drift_of(experiment, answers, 1) is None


def test_a_group_says_its_kind() -> None:
    assert kind_of("injection: role play") == kind_of("injection") == "injection"
    assert kind_of("") == ""


def test_marks_of_rules_that_cannot_tell_are_no_failures(attacked) -> None:
    answer = Answer(
        Place(0, 4, 0), 0, ("x",), "stop", marks=((Mark(False), Mark(None)),)
    )  # the first rule is the experiment's
    found = injection_of(attacked, [answer], 0)
    assert (found.succeeded.rows, found.succeeded.unanswered) == (0, 1)
