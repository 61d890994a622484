"""A suite that is being written: what stands in the table is what is kept, and nothing is lost."""

import json

import pytest

from core.checks.rule import rule
from core.errors import InvalidInput
from core.experiments.of_suites import cases_of
from core.experiments.table import read_table
from core.suites.draft import Line, SuiteForm
from core.suites.offered import suites_for
from core.suites.suite import Case, Suite


def test_a_suite_goes_through_its_form_unchanged(gardener, chef) -> None:
    for persona in (None, gardener, chef):
        for suite in suites_for(persona):
            form = SuiteForm.of(suite)
            again = SuiteForm.from_dict(json.loads(json.dumps(form.to_dict())))
            assert again == form
            assert again.suite(suite.id) == suite


def test_rules_of_all_cases_are_said_once() -> None:
    shared, own = rule("answers"), rule("contains", words=("a",))
    cases = (Case("1", "?", rules=(shared, own)), Case("2", "?", rules=(shared,)))
    form = SuiteForm.of(Suite("s", "S", "own cases", "", cases))
    assert form.rules == (shared,)
    assert form.suite("s").cases == cases


def test_cells_lines_and_removals_are_taken_over() -> None:
    form = SuiteForm("S", lines=(Line("a"), Line("b"), Line("c", key="k")))
    form = form.edited({0: {"question": "A", "group": None}}, [{"question": "d"}], [1])
    assert [(line.question, line.key) for line in form.lines] == [("A", ""), ("c", "k"), ("d", "")]
    # A place that is not there any more, as another window was quicker
    assert form.edited({9: {"question": "x"}}, [], [7]) == form


def test_keys_are_given_where_there_are_none_and_never_twice() -> None:
    form = SuiteForm("S", lines=(Line("a"), Line("b", key="1"), Line(""), Line("c")))
    keys = [case.key for case in form.suite().cases]
    assert keys[1] == "1"
    assert len(set(keys)) == 3


def test_the_table_of_a_conversation_shows_its_last_question() -> None:
    case = next(c for s in suites_for() if s.kind == "poisoned history" for c in s.cases)
    form = SuiteForm.of(Suite("s", "S", "own cases", "", (case,)))
    changed = form.edited({0: {"question": "Another?"}}, [], []).suite().cases[0]
    assert changed.messages[:-1] == case.messages[:-1]
    assert changed.asked == "Another?"


def test_cases_of_a_sheet_stand_behind_those_that_are_there() -> None:
    table = read_table("input,key,product\nWhy?,k,Mug\nHow?,,Pot\n")
    form = SuiteForm("S", lines=(Line("a", key="k"),)).with_cases(cases_of(table))
    first, second, third = form.suite().cases
    assert (first.key, second.question, third.question) == ("k", "Why?", "How?")
    assert second.fields == (("product", "Mug"),)


def test_a_case_that_is_none_is_named() -> None:
    with pytest.raises(InvalidInput, match="Case 2"):
        SuiteForm("S", lines=(Line("a"), Line("", "expected"))).suite()
