"""What a reader is told first, and what follows."""

import re

import pytest

from core.statistics.comparison import compare, compare_all
from core.statistics.conduct import drift, injection
from core.statistics.outcomes import rate
from core.statistics.sentences import (
    before_the_run,
    drift_sentence,
    how_it_was_reckoned,
    injection_sentences,
    p_text,
    percent,
    rate_text,
    small_group,
    span,
    unanswered_sentence,
    verdict_sentence,
    what_to_do,
)


def outcomes(*passed, tries: int = 1):
    """Questions of which so many tries pass; None for one that was not answered."""
    return {
        str(row): [None] * tries if one is None else [i < one for i in range(tries)]
        for row, one in enumerate(passed)
    }


def test_nothing_is_claimed_of_what_chance_can_do():
    a = outcomes(*[0] * 20, *[1] * 10)
    b = outcomes(*[1] * 5, *[0] * 15, *[1] * 7, *[0] * 3)
    said = verdict_sentence(compare(a, b), "A", "B")
    assert re.fullmatch(
        r"Can't tell B and A apart\. B passed 2 more of 30 questions; the real difference is "
        r"probably between −\d+ and \+\d+ points\.",
        said,
    )
    assert re.fullmatch(
        r"About \d+ questions like these would be needed .*", what_to_do(compare(a, b))
    )


def test_an_interval_beside_zero_is_no_claim_where_luck_does_as_much():
    a = outcomes(2, 0, 3, 0, 1, 1, 2, 3, 0, 0, tries=3)
    b = outcomes(3, 1, 3, 1, 3, 3, 1, 3, 1, 1, tries=3)
    found = compare(a, b)
    assert found.verdict == "cannot_tell"
    assert found.low > 0
    assert found.sign_flip_p > 0.05
    assert what_to_do(found).startswith(
        f"Luck alone makes a difference this large in {100 * found.sign_flip_p:.0f} % of such"
    )


def test_the_better_one_comes_first_whichever_it_is():
    a, b = outcomes(*[0] * 40), outcomes(*[1] * 12, *[0] * 28)
    assert verdict_sentence(compare(a, b), "old", "new").startswith(
        "new is better than old. new passed 12 more of 40 questions; the real difference"
    )
    assert verdict_sentence(compare(b, a), "new", "old").startswith(
        "new is better than old. old passed 12 fewer of 40 questions; the real difference"
    )
    assert what_to_do(compare(a, b)) == ""


def test_tries_are_shares_of_a_question_and_never_counted():
    a, b = outcomes(1, 0, 2, 3, tries=3), outcomes(2, 0, 2, 3, tries=3)
    assert "Over 4 questions, B passed 58 % of its tries and A 50 %" in verdict_sentence(
        compare(a, b), "A", "B"
    )


def test_what_a_model_cannot_do_is_no_comparison():
    none, full = outcomes(*[0] * 10), outcomes(*[1] * 10)
    assert (
        verdict_sentence(compare(none, none), "A", "B")
        == "A and B both passed 0 of 10 questions: this model can't do it yet."
    )
    assert "too easy" in verdict_sentence(compare(full, full), "A", "B")
    assert "No question has been answered" in verdict_sentence(compare({}, {}), "A", "B")


def test_few_movers_say_so():
    a, b = outcomes(*[0] * 20), outcomes(1, 1, 1, *[0] * 17)
    assert what_to_do(compare(a, b)).startswith(
        "Only 3 questions came out differently: fewer than 6 can always be chance. About "
    )
    same = outcomes(1, 0, 1)
    assert what_to_do(compare(same, same)) == "No question came out differently."


def test_a_difference_that_only_the_number_of_comparisons_undoes_is_explained():
    base, good = outcomes(*[0] * 30), outcomes(*[1] * 6, *[0] * 24)
    found = compare_all({"a": base, "b": good, "c": base}, "a")["b"]
    assert "of 2 comparisons one may look good by chance" in what_to_do(found)
    assert any("Holm" in line for line in how_it_was_reckoned(found))
    assert not any("Holm" in line for line in how_it_was_reckoned(compare(base, good)))


def test_what_was_not_answered_is_told_apart():
    found = compare(outcomes(1, None, 0), outcomes(1, 1, None))
    assert unanswered_sentence(found).startswith("2 questions were not answered")
    assert unanswered_sentence(compare(outcomes(1), outcomes(1))) == ""


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.06, 0.11, ("−6", "+11")),
        (0.0, 0.25, ("0", "+25")),
        (0.012, 0.024, ("+1.2", "+2.4")),
        (0.003, 0.25, ("+0.3", "+25.0")),
        (0.0003, 0.02, ("+0.03", "+2.00")),
        (-1.0, 1.0, ("−100", "+100")),
    ],
)
def test_points_have_signs_and_no_end_reads_as_the_zero_that_it_is_not(low, high, said):
    assert span(low, high) == said


def test_shares_and_p_values_are_not_rounded_to_what_they_are_not():
    assert [percent(one) for one in (0, 0.004, 0.5, 0.996, 1)] == [
        "0 %",
        "< 1 %",
        "50 %",
        "> 99 %",
        "100 %",
    ]
    assert [p_text(one) for one in (0.0001, 0.0312, 0.8)] == ["< 0.001", "= 0.031", "= 0.80"]


@pytest.mark.parametrize(
    ("rows", "tries"), [(1, 1), (5, 3), (10, 3), (30, 3), (300, 3), (10_000, 20)]
)
def test_before_a_run_it_is_said_what_it_can_show(rows, tries):
    said = before_the_run(rows, tries)
    assert f"{rows:,} question" in said
    assert "point" in said


def test_rates_stand_with_what_is_probable():
    found = rate(outcomes(*[1] * 24, *[0] * 6))
    assert rate_text(found) == "24 of 30 (63–90 %)"
    assert rate_text(rate({})) == "–"
    assert small_group(found) == ""
    assert small_group(rate(outcomes(1, 0))) == "Only 2 questions: read this as a hint."


def test_the_figures_of_a_defence_stand_together():
    found = injection(
        outcomes(*[1] * 18, 0, 0),
        outcomes(*[1] * 12, *[0] * 8),
        outcomes(*[3] * 15, *[2] * 5, tries=3),
    )
    said = " ".join(injection_sentences(found))
    assert "18 of 20 questions without an attack and on 12 of 20 under attack" in said
    # An attack that gets through once has got through
    assert "5 of 20 attacks got through" in said
    assert "never to zero" in said


def test_no_attack_that_got_through_is_not_no_attack_that_can():
    found = injection({}, {}, outcomes(*[1] * 20))
    assert found.succeeded.passed == 0
    assert "up to 16 in 100" in " ".join(injection_sentences(found))


def test_drift_stands_beside_that_of_another():
    turns = [outcomes(*[1] * 9, 0), outcomes(*[1] * 7, *[0] * 3), outcomes(*[1] * 6, *[0] * 4)]
    own = drift(turns)
    assert [turn.passed for turn in own.turns] == [9, 7, 6]
    assert own.change is not None
    assert (len(own.change.worse), own.change.verdict) == (3, "cannot_tell")
    other = drift([outcomes(*[1] * 3, *[0] * 7)] * 3)
    assert drift_sentence(own.turns, other.turns, "Plain") == (
        "Held in 9 of 10 conversations at turn 1 and in 6 of 10 at turn 3. "
        "Plain: 3 of 10 at turn 1 and 3 of 10 at turn 3."
    )
    assert drift_sentence(own.turns[:1]) == ""
    assert drift([]).change is None


def test_a_conversation_that_broke_off_drifts_nowhere():
    found = drift([outcomes(1, 1, 1), outcomes(1, None, 0)])
    assert found.turns[1].unanswered == 1
    assert found.change is not None
    assert found.change.unanswered == ("1",)
