"""Rates by question: tries are no questions, and what is not answered is nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.outcomes import (
    disagree,
    disagreement,
    majority,
    rate,
    rates_by_group,
    share,
    wilson,
)

TRIES = st.lists(st.sampled_from([True, False, None]), max_size=6)
OUTCOMES = st.dictionaries(st.text(max_size=3), TRIES, max_size=12)


def test_a_question_passes_in_more_than_half_of_its_tries():
    assert majority([True, True, False])
    assert majority([True, None, None])
    assert majority([True, False]) is False
    assert majority([None, None]) is None
    assert share([True, False, None]) == 0.5


@given(OUTCOMES)
def test_every_question_counts_once_and_is_answered_or_not(outcomes):
    found = rate(outcomes)
    assert found.rows + found.unanswered == len(outcomes)
    assert 0 <= found.passed <= found.rows
    assert 0 <= found.low <= found.high <= 1
    if found.share is not None:
        assert found.low <= found.share <= found.high


@given(OUTCOMES)
def test_an_answer_that_is_missing_changes_no_rate(outcomes):
    more = {key: [*tries, None] for key, tries in outcomes.items()}
    assert rate(more) == rate(outcomes)
    assert disagreement(more) == disagreement(outcomes)


@given(OUTCOMES, st.integers(2, 4))
def test_repeating_the_tries_makes_nothing_surer(outcomes, times):
    repeated = {key: tries * times for key, tries in outcomes.items()}
    assert rate(repeated) == rate(outcomes)


def test_groups_keep_their_order_and_add_up():
    outcomes = {"a": [True], "b": [False], "c": [True], "d": [None]}
    groups = rates_by_group(outcomes, {"a": "second", "b": "first", "c": "second"})
    assert list(groups) == ["second", "first", ""]
    assert [one.passed for one in groups.values()] == [2, 0, 0]
    assert groups[""].unanswered == 1
    assert groups[""].share is None


def test_nothing_asked_is_everything_possible():
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("tries", "expected"), [([True, False], True), ([True, None], False), ([], False)]
)
def test_tries_disagree_where_both_outcomes_occur(tries, expected):
    assert disagree(tries) is expected


def test_disagreement_is_the_chance_that_two_tries_differ():
    assert disagreement({"a": [True, False], "b": [True, True]}) == pytest.approx(0.5)
    assert disagreement({"a": [True, False, False]}) == pytest.approx(2 / 3)
    assert disagreement({"a": [True]}) is None
