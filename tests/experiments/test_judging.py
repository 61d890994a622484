"""A judge is asked once about each answer, and what it says stands beside the rules."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.backends.request import Request
from core.checks.judge import Judge, Verdict
from core.errors import EngineError, InvalidInput
from core.experiments.judging import Judged, judge_answers, judged, unjudged
from core.experiments.opinions import Judging, Opinion, Tally, by_hand
from core.experiments.records import Answer, Experiment, Place
from core.experiments.run import Holding, complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.messages import Message
from core.store import Store
from tests.scripted import ScriptedBackend

Holder = Callable[[ScriptedBackend], Holding]
STRICT = Judging(Judge("It is kind."), "judge")
GOOD = "It is kind.\nPASS"


@pytest.fixture
def answered(store: Store, small: ExperimentSpec, holding: Holder) -> Experiment:
    """An experiment whose sixteen answers are there."""
    made = store.experiments.create(small, "m")
    list(complete_experiment(store.experiments, made, holding(ScriptedBackend("yes"))))
    return made


def judge(
    store: Store, experiment: Experiment, hold: Holding, by: Judging = STRICT, **given: int
) -> Judged:
    """Let a judge come to its end; how far it came."""
    asking = judge_answers(store.experiments, experiment, by, hold, **given)
    while True:
        try:
            next(asking)
        except StopIteration as end:
            found: Judged = end.value
            return found


def opinions(store: Store, experiment: Experiment, by: Judging = STRICT) -> dict[Place, Verdict]:
    return {o.place: o.verdict for o in store.experiments.opinions(experiment, by)}


def test_every_answer_is_judged_once(store: Store, answered: Experiment, holding: Holder) -> None:
    backend = ScriptedBackend(GOOD)
    result = judge(store, answered, holding(backend))
    assert (result.done, result.wanted, result.refused) == (16, 16, 0)
    assert set(opinions(store, answered)) == {a.place for a in store.experiments.answers(answered)}
    assert set(opinions(store, answered).values()) == {Verdict(True, None, GOOD)}
    assert judge(store, answered, holding(backend)).wanted == 0
    assert len(backend.asked) == 16


def test_what_was_stopped_goes_on_where_it_was(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    backend = ScriptedBackend(GOOD)
    asking = judge_answers(store.experiments, answered, STRICT, holding(backend), at_once=2)
    for _tag, told in asking:
        if isinstance(told, Judged) and told.done == 4:
            break
    asking.close()
    before = opinions(store, answered)
    assert len(before) == 4
    asked = len(backend.asked)
    assert judge(store, answered, holding(backend)).wanted == 12
    assert len(backend.asked) == asked + 12
    assert len(opinions(store, answered)) == 16
    assert before.items() <= opinions(store, answered).items()


def test_another_rubric_scale_or_model_is_another_judge(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)))
    for other in (
        replace(STRICT, judge=Judge("It is short.")),
        replace(STRICT, judge=Judge("It is kind.", "grade")),
        replace(STRICT, model="another"),
    ):
        assert opinions(store, answered, other) == {}
        judge(store, answered, holding(ScriptedBackend("Short.\n2")), other, most=3)
        assert len(opinions(store, answered, other)) == 3
    assert len(opinions(store, answered)) == 16
    assert len(store.experiments.judges(answered)) == 4
    assert store.experiments.judges(answered)[0] == replace(STRICT, model="another")


def test_from_which_grade_an_answer_passes_is_read_and_not_asked_again(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    strict, mild = (replace(STRICT, judge=Judge("Kind.", "grade", least)) for least in (4, 3))
    judge(store, answered, holding(ScriptedBackend("Fair.\n3", "Good.\n5")), strict)
    assert judge(store, answered, holding(ScriptedBackend("?")), mild).wanted == 0
    assert Tally.of(store.experiments.opinions(answered, strict)) == Tally(8, 8, 0)
    assert Tally.of(store.experiments.opinions(answered, mild)) == Tally(16, 0, 0)
    assert {one.grade for one in opinions(store, answered, mild).values()} == {3, 5}


def test_an_answer_that_is_another_now_is_judged_again(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)))
    first = store.experiments.answers(answered)[0]
    store.experiments.save_answer(answered, replace(first, texts=("no",)))
    assert first.place not in opinions(store, answered)
    result = judge(store, answered, holding(ScriptedBackend("Rude.\nFAIL")))
    assert (result.wanted, result.done) == (1, 1)
    assert opinions(store, answered)[first.place].passed is False


def test_what_was_rated_by_hand_is_judged_first(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    rated = (Place(1, 3, 1), Place(0, 2, 0))
    for place in rated:
        store.experiments.rate(answered, place, rating="fail")
    judge(store, answered, holding(ScriptedBackend(GOOD)), most=2)
    assert set(opinions(store, answered)) == set(rated)


def test_a_part_is_taken_from_all_variants(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)), most=8)
    # The first try of every row with every variant
    assert {place.attempt for place in opinions(store, answered)} == {0}
    assert {place.variant for place in opinions(store, answered)} == {0, 1}


class Narrow(ScriptedBackend):
    """Its window is too small for the second row."""

    def check(self, request: Request) -> None:
        if "Question 2?" in request.messages[0].content:  # type: ignore[index]
            raise InvalidInput("too long")


def test_an_answer_too_long_for_the_judge_is_left_out_and_counted(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    result = judge(store, answered, holding(Narrow(GOOD)))
    assert (result.done, result.refused) == (12, 4)
    assert {place.row for place in opinions(store, answered)} == {0, 2, 3}


def test_a_judge_that_fails_is_asked_no_more(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)), most=5)
    with pytest.raises(EngineError, match="stopped answering: gone"):
        judge(store, answered, holding(ScriptedBackend(fails="gone")))
    assert len(opinions(store, answered)) == 5


def test_what_gives_no_verdict_is_kept_and_not_asked_again(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend("I would say PASS, or perhaps not")))
    found = opinions(store, answered)
    assert {(o.passed, o.raw) for o in found.values()} == {
        (None, "I would say PASS, or perhaps not")
    }
    assert Tally.of(store.experiments.opinions(answered, STRICT)) == Tally(0, 0, 16)
    assert judge(store, answered, holding(ScriptedBackend(GOOD))).wanted == 0


def test_no_answer_passes_or_fails_by_a_judge(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    before = store.experiments.answers(answered)
    judge(store, answered, holding(ScriptedBackend("Rude.\nFAIL")))
    assert store.experiments.answers(answered) == before
    assert {one.passed(answered.spec) for one in before} == {True}


def test_a_change_of_the_rules_leaves_the_opinions(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)))
    changed = store.experiments.update(answered.id, replace(answered.spec, rules=()))
    assert len(opinions(store, changed)) == 16
    fewer = store.experiments.update(answered.id, replace(answered.spec, tries=1))
    assert len(opinions(store, fewer)) == 8


def test_failed_and_empty_answers_are_not_judged() -> None:
    good, empty, failed = (
        Answer(Place(0, 0, n), 1, texts, reason)  # type: ignore[arg-type]
        for n, (texts, reason) in enumerate(
            [(("yes",), "stop"), (("  ",), "stop"), (("y",), "error")]
        )
    )
    assert unjudged([good, empty, failed], []) == [good]


def test_a_conversation_is_judged_by_its_last_answer(store: Store) -> None:
    variant = Variant("a", "Be kind.", follow_ups=("And now?",))
    spec = ExperimentSpec((variant,), (Row("1", (("input", "Hello?"),)),), tries=1)
    made = store.experiments.create(spec, "m")
    seen = judged(made, Answer(Place(0, 0, 0), 1, ("Hi.", "Bye."), "stop"))
    assert (seen.text, seen.system) == ("Bye.", "Be kind.")
    assert seen.question == "User: Hello?\n\nAssistant: Hi.\n\nUser: And now?"


def test_planted_history_is_shown_to_the_judge(store: Store) -> None:
    said = (Message("user", "One?"), Message("assistant", "Wrong."), Message("user", "Two?"))
    spec = ExperimentSpec((Variant("a"),), (Row("1", messages=said),), tries=1)
    made = store.experiments.create(spec, "m")
    seen = judged(made, Answer(Place(0, 0, 0), 1, ("Yes.",), "stop"))
    assert seen.question == "User: One?\n\nAssistant: Wrong.\n\nUser: Two?"


def test_agreement_with_ratings_and_where_they_differ() -> None:
    places = [Place(0, row, 0) for row in range(5)]
    said = [True, True, False, False, None]
    given = [Opinion(p, Verdict(s, None, "")) for p, s in zip(places, said, strict=True)]
    rated = ("pass", "fail", "pass", "fail", "pass")
    answers = [
        Answer(place, 1, ("x",), "stop", rating=rating)  # type: ignore[arg-type]
        for place, rating in zip(places, rated, strict=True)
    ]
    found, differing = by_hand(given, answers)
    assert found is not None
    assert (found.count, found.share, found.too_kind, found.too_strict) == (4, 0.5, 1, 1)
    assert [(d.place.row, d.judge_passed) for d in differing] == [(1, True), (2, False)]
    assert by_hand(given, [replace(one, rating="") for one in answers]) == (None, [])


def test_opinions_go_with_their_experiment(
    store: Store, answered: Experiment, holding: Holder
) -> None:
    judge(store, answered, holding(ScriptedBackend(GOOD)), most=1)
    store.experiments.delete(answered.id)
    store.experiments.restore(answered.id)
    assert len(opinions(store, answered)) == 1
