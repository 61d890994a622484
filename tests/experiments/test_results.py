"""What answers come to: outcomes, filters, copies, scores, ratings, blind comparisons,
conversations."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.checks.rule import rule
from core.experiments.blind import Blind, pairings, tally, tally_sentences
from core.experiments.records import Answer, Place
from core.experiments.results import COPY, FAILED, FILTERS, MISSING, PASSED, UNTOLD, Results
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.to_chat import conversation_of
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store

Said = Sequence[Sequence[Sequence[str | None]]]


def answers_of(spec: ExperimentSpec, said: Said) -> list[Answer]:
    """By variant, row and try; None for what is not answered, "…" at the end for what was cut."""
    found = []
    for v, rows in enumerate(said):
        for r, tries in enumerate(rows):
            for t, text in enumerate(tries):
                if text is None:
                    continue
                reason = "length" if text.endswith("…") else "stop"
                place = Place(v, r, t)
                made = Answer(place, spec.seed_of(*place), (text,), reason)  # type: ignore[arg-type]
                found.append(made.checked(spec))
    return found


@pytest.fixture
def told(small: ExperimentSpec) -> Results:
    """Row 1 got better, row 2 worse, row 3 is the same and its tries disagree, row 4 was cut and
    lacks a try."""
    a = [["no", "no!"], ["yes", "yes!"], ["yes", "no"], ["yes…", None]]
    b = [["yes", "no"], ["no", "yes"], ["no", "yes"], ["yes", "yes!"]]
    return Results.of(small, answers_of(small, [a, b]))


def rows(results: Results, only: str, **narrowed: str) -> list[int]:
    comparison = results.comparisons(0)[1]
    return results.found(only, (0, 1), comparison, **narrowed)  # type: ignore[arg-type]


def test_outcomes_are_by_question_and_try(told: Results) -> None:
    assert told.outcomes[0] == {
        "1": (False, False),
        "2": (True, True),
        "3": (True, False),
        "4": (True, None),
    }


def test_filters_find_what_their_name_says(told: Results) -> None:
    found = {only: rows(told, only) for only in FILTERS}
    assert found == {
        "all": [0, 1, 2, 3],
        "better": [0],
        "worse": [1],
        "same": [2, 3],
        "failed": [0, 1, 2],
        "disagree": [0, 1, 2],
        "doubtful": [3],
        "unanswered": [3],
    }
    assert told.counts((0, 1), told.comparisons(0)[1]) == {k: len(v) for k, v in found.items()}


def test_a_search_looks_at_questions_and_answers(told: Results) -> None:
    assert rows(told, "all", search="QUESTION 2") == [1]
    assert rows(told, "all", search="yes…") == [3]
    assert rows(told, "better", search="question 2") == []
    assert rows(told, "all", search="nowhere to be found") == []


def test_a_group_narrows_every_filter(small: ExperimentSpec) -> None:
    grouped = tuple(
        replace(row, group="odd" if n % 2 else "even") for n, row in enumerate(small.rows)
    )
    spec = replace(small, rows=grouped)
    results = Results.of(spec, answers_of(spec, [[["yes", "no"]] * 4] * 2))
    assert results.found("all", (0, 1), group="odd") == [1, 3]
    assert [score.name for score in results.by_group()] == ["even", "odd"]
    assert [score.rates[0].rows for score in results.by_group()] == [2, 2]


def test_an_answer_that_is_missing_is_no_failure(small: ExperimentSpec) -> None:
    failed = Answer(Place(0, 0, 0), 1, (), "error", "The server is gone.")
    results = Results.of(small, [failed])
    assert results.states[0, 0].tolist() == [MISSING, MISSING]
    assert results.found("failed", (0, 1)) == []
    assert results.comparisons(0)[1].rows == 0


def greedy(spec: ExperimentSpec) -> ExperimentSpec:
    cold = Sampling(temperature=0)
    return replace(spec, variants=tuple(replace(v, sampling=cold) for v in spec.variants))


def test_copies_are_no_evidence(small: ExperimentSpec) -> None:
    spec = greedy(small)
    same = Results.of(spec, answers_of(spec, [[["yes", "yes"]] * 4, [["no", "no"]] * 4]))
    once = Results.of(replace(spec, tries=1), answers_of(spec, [[["yes"]] * 4, [["no"]] * 4]))
    assert same.states[0, 0].tolist() == [PASSED, COPY]
    assert same.copies == 8
    assert same.outcomes == once.outcomes
    assert same.comparisons(0) == once.comparisons(0)
    assert [score.rates for score in same.by_rule()] == [score.rates for score in once.by_rule()]


def test_tries_that_could_differ_count_though_they_agree(small: ExperimentSpec) -> None:
    results = Results.of(small, answers_of(small, [[["yes", "yes"]] * 4] * 2))
    assert not results.copies
    assert results.outcomes[0]["1"] == (True, True)


def test_answers_are_folded_by_their_words(small: ExperimentSpec) -> None:
    spec = replace(small, tries=4)
    results = Results.of(spec, answers_of(spec, [[["no", "yes", "yes", None]] * 4] * 2))
    folded = results.distinct(0, 0)
    assert [one.attempts for one in folded] == [(1, 2), (0,)]
    assert [one.state for one in folded] == [PASSED, FAILED]


def test_rules_are_scored_one_by_one_and_those_of_questions_by_kind(small: ExperimentSpec) -> None:
    words = [rule("contains", words=(word,)) for word in ("one", "two")]
    own = tuple(replace(row, rules=(words[n % 2],)) for n, row in enumerate(small.rows))
    must = small.rules[0]
    spec = replace(small, rows=own, rules=(must, rule("lacks", "should", words=("no",))))
    results = Results.of(spec, answers_of(spec, [[["yes one", "yes one"]] * 4] * 2))
    scores = results.by_rule()
    assert [score.rates[0].passed for score in scores] == [4, 4, 2]
    assert [score.weight for score in scores] == ["must", "should", "must"]
    assert [score.mixed for score in scores] == [False, False, True]


def test_without_rules_nothing_passes_or_fails(small: ExperimentSpec) -> None:
    spec = replace(small, rules=())
    results = Results.of(spec, answers_of(spec, [[["yes", "no"]] * 4] * 2))
    assert set(results.states.ravel().tolist()) == {UNTOLD}
    assert results.found("failed", (0, 1)) == []


# --- by hand ------------------------------------------------------------------------------


def test_a_rating_overrides_the_rules_and_is_counted(small: ExperimentSpec) -> None:
    answers = answers_of(small, [[["yes", "no"]] * 4] * 2)
    answers[0] = replace(answers[0], rating="fail")
    answers[1] = replace(answers[1], rating="fail")
    results = Results.of(small, answers)
    assert results.states[0, 0].tolist() == [FAILED, FAILED]
    assert len(results.rated) == 2
    agreed = results.agreement()
    assert agreed is not None
    assert (agreed.count, agreed.too_kind, agreed.too_strict) == (2, 1, 0)


def test_passes_are_offered_for_a_check_the_doubtful_ones_first(told: Results) -> None:
    offered = told.worth_a_look()
    assert offered == told.worth_a_look()
    assert offered[0] == Place(0, 3, 0)  # it was cut
    assert {int(told.states[place]) for place in offered} == {PASSED}
    assert len(told.worth_a_look(most=2)) == 2


def test_what_was_rated_is_not_offered_again(small: ExperimentSpec) -> None:
    answers = [replace(one, rating="pass") for one in answers_of(small, [[["yes", "yes"]] * 4] * 2)]
    assert Results.of(small, answers).worth_a_look() == []


# --- blind --------------------------------------------------------------------------------


@pytest.fixture
def wide() -> Results:
    """Forty questions; b always passes, a never."""
    questions = tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(40))
    spec = ExperimentSpec(
        (Variant("a", "x"), Variant("b", "y")), questions, (rule("contains", words=("yes",)),), 1
    )
    return Results.of(spec, answers_of(spec, [[["no"]] * 40, [["yes"]] * 40]))


def test_sides_and_order_follow_from_the_seed(wide: Results) -> None:
    shuffled = pairings(wide, (0, 1), 5)
    assert shuffled == pairings(wide, (0, 1), 5)
    assert [one.key for one in shuffled] != [row.key for row in wide.spec.rows]
    assert [one.key for one in shuffled] != [one.key for one in pairings(wide, (0, 1), 6)]
    assert 5 < sum(one.swapped for one in shuffled) < 35


def test_a_later_answer_moves_no_other_to_another_side(wide: Results) -> None:
    fewer = Results.of(wide.spec, [a for a in wide.answers.values() if a.place.row > 3])
    sides = {one.key: one.swapped for one in pairings(wide, (0, 1), 5)}
    for one in pairings(fewer, (0, 1), 5):
        assert sides[one.key] == one.swapped


def test_equal_answers_are_not_compared(small: ExperimentSpec) -> None:
    results = Results.of(small, answers_of(small, [[["yes", "yes"]] * 4] * 2))
    assert pairings(results, (0, 1), 1) == ()


def test_choices_are_counted_for_the_variant_whatever_its_side(wide: Results) -> None:
    asked = pairings(wide, (0, 1), 5)
    choices = {one.key: "left" if one.swapped else "right" for one in asked[:30]}
    blind = Blind(5, choices | {asked[30].key: "equal"})  # type: ignore[arg-type]
    found = tally(wide, (0, 1), blind)
    assert (found.a, found.b, found.equal) == (0, 30, 1)
    assert (found.agreeing, found.told) == (30, 30)
    assert tally_sentences(found, "a", "b")[0] == "You prefer b to a."
    assert Blind.from_dict(blind.to_dict()) == blind


def test_few_choices_claim_nothing(wide: Results) -> None:
    asked = pairings(wide, (0, 1), 5)[:5]
    choices = {one.key: "left" if one.swapped else "right" for one in asked}
    found = tally(wide, (0, 1), Blind(5, choices))  # type: ignore[arg-type]
    assert found.b == 5
    assert "can't tell" in tally_sentences(found, "a", "b")[0]


# --- into the chat ------------------------------------------------------------------------


def test_a_conversation_has_all_turns_and_what_was_planted(store: Store) -> None:
    planted = Row(
        "planted",
        messages=(
            Message("user", "The sky is green."),
            Message("assistant", "Noted."),
            Message("user", "Which colour?"),
            Message("user", "Sure?"),
        ),
    )
    spec = ExperimentSpec((Variant("a", "Be exact."),), (planted,), tries=1)
    experiment = store.experiments.create(spec, "embedded")
    given = Answer(Place(0, 0, 0), 9, ("Blue.", "Yes."), "stop", model="embedded")
    made = conversation_of(store.conversations, experiment, given)
    path = store.conversations.path(made.id)
    assert [one.content for one in path] == [
        *("The sky is green.", "Noted.", "Which colour?", "Blue.", "Sure?", "Yes."),
    ]
    assert (made.system, made.model) == ("Be exact.", "embedded")
    assert made.sampling.seed is None
    assert path[-1].seed == 9
