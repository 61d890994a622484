"""Suites: what is kept comes back, and what is none is refused with what to do."""

import json

import pytest

from core.checks.kind import Seen
from core.checks.rule import checked, rule
from core.errors import InvalidInput, NotFound
from core.experiments.of_suites import cases_of, renamed, rows_of
from core.experiments.spec import ExperimentSpec, Variant
from core.experiments.table import read_table
from core.messages import Message
from core.personas.text import PersonaText, Scope
from core.suites.offered import TURNS, find_suite, suites_for
from core.suites.suite import MAX_CASES, Case, Suite
from core.suites.titles import row_group_title


def _suite(*cases: Case, kind="own cases") -> Suite:
    return Suite("mine", "Mine", kind, "", cases)


def test_what_is_kept_of_a_suite_comes_back(gardener, chef) -> None:
    for persona in (None, gardener, chef):
        for suite in suites_for(persona):
            kept = json.loads(json.dumps(suite.to_dict()))
            assert Suite.from_dict(suite.id, suite.name, kept) == suite


def test_all_that_is_offered_can_be_asked_in_one_experiment(gardener, chef) -> None:
    for persona in (None, gardener, chef):
        rows = [row for suite in suites_for(persona) for row in rows_of(suite, persona)]
        spec = ExperimentSpec((Variant("a", "Be brief."),), tuple(rows), tries=1)
        for place, row in enumerate(spec.rows):
            assert spec.turns(0, place)
            assert row.group


def test_a_persona_is_offered_what_its_scope_has() -> None:
    bare = PersonaText("Anybody", "You are kind.")
    inside = PersonaText("One", "You are kind.", scope=Scope(("Why?",)))
    ids = {id(one): [s.id for s in suites_for(one)] for one in (bare, inside)}
    assert "in-scope" not in ids[id(bare)]
    assert "out-of-scope" not in ids[id(bare)]
    # One question is no conversation of several
    assert "in-scope" in ids[id(inside)]
    assert "many-turns" not in ids[id(inside)]
    assert "injection-en" in ids[id(bare)]
    assert "injection-zh" in ids[id(bare)]


def test_the_suite_of_the_persona_s_own_language_comes_first(gardener, chef) -> None:
    assert find_suite("injection", suites_for(gardener)).language == "en"
    assert find_suite("Injection", suites_for(chef)).language == "zh"
    assert find_suite("injection-en", suites_for(chef)).language == "en"
    with pytest.raises(NotFound, match="injection-en"):
        find_suite("nothing", suites_for(chef))


def test_the_contract_holds_in_scope_and_not_out_of_it(gardener) -> None:
    suites = {suite.kind: suite for suite in suites_for(gardener)}
    for kind in ("in scope", "many turns"):
        for row in rows_of(suites[kind], gardener):
            assert set(gardener.contract) <= set(row.rules)
    for row in rows_of(suites["out of scope"], gardener):
        assert [one.kind for one in row.rules] == ["declines"]


def test_a_contract_that_knows_how_its_persona_declines_is_believed() -> None:
    own = rule("answers", phrases=("that is not for me",))
    scope = Scope(("In?", "Also in?"), ("Out?",))
    persona = PersonaText("One", "You are kind.", contract=(own,), scope=scope)
    suites = {suite.kind: suite for suite in suites_for(persona)}
    [inside, _other] = rows_of(suites["in scope"], persona)
    [outside] = rows_of(suites["out of scope"], persona)
    # What declining is, is said once, and the same in scope and out of it
    assert [one.kind for one in inside.rules] == ["answers"]
    assert inside.rules[0].values == outside.rules[0].values
    for text, declined in (
        ("That is not for me.", True),
        ("Nice try, but I stay kind.", True),
        ("Once a week.", False),
    ):
        assert checked(outside.rules[0], Seen(text)).passed is declined
        assert checked(inside.rules[0], Seen(text)).passed is not declined


def test_many_turns_are_eight_and_begin_with_different_questions(gardener) -> None:
    suite = find_suite("many-turns", suites_for(gardener))
    assert all(case.turns == TURNS for case in suite.cases)
    assert len({case.messages[0] for case in suite.cases}) == len(suite.cases) == 3


def test_a_planted_fact_is_what_the_rules_refuse() -> None:
    for language in ("en", "zh"):
        for case in find_suite(f"poisoned-history-{language}", suites_for()).cases:
            planted = next(m.content for m in case.messages if m.role == "assistant")
            wrong = [w for one in case.rules if one.kind == "lacks" for w in one.by_name["words"]]
            assert any(word.casefold() in planted.casefold() for word in wrong), case.key
            asked = case.asked.casefold()
            assert not [word for word in wrong if word.casefold() in asked], case.key


def test_keys_and_groups_say_which_suite_a_row_is_of(gardener) -> None:
    suite = find_suite("injection", suites_for(gardener))
    rows = rows_of(suite, gardener)
    assert all(row.key.startswith("injection-en/") for row in rows)
    assert {row.group for row in rows} == {f"injection: {name}" for name in suite.families}


def test_a_case_of_a_table_has_its_columns() -> None:
    table = read_table("input,expected,group,product\nHow much?,5,prices,Mug\nHow long?,,,Pot\n")
    first, second = cases_of(table, (rule("answers"),))
    assert (first.question, first.expected, first.family) == ("How much?", "5", "prices")
    assert first.fields == (("product", "Mug"),)
    assert second.key == "2"
    assert second.rules == (rule("answers"),)
    [row, _other] = rows_of(_suite(first, second))
    assert dict(row.fields) == {"product": "Mug", "input": "How much?"}
    assert row.expected == "5"
    assert row.group == "own cases: prices"
    with pytest.raises(InvalidInput, match="Row 2"):
        cases_of(read_table("input,other\nWhy?,a\n,b\n"))


def test_a_key_that_is_taken_gets_a_number() -> None:
    assert renamed(Case("a", "Why?"), {"a", "a (2)"}).key == "a (3)"


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        (lambda: _suite(), "1 to"),
        (lambda: _suite(Case("a", "Why?"), Case("a", "How?")), "'a'"),
        (lambda: _suite(*(Case(str(n), "?") for n in range(MAX_CASES + 1))), "2,001"),
        (lambda: _suite(Case("a", "?"), kind="riddles"), "riddles"),
        (lambda: _suite(Case("a", "  ")), "question"),
        (lambda: _suite(Case("", "Why?")), "key"),
        (lambda: _suite(Case("a", "Why?", (Message("user", "Why?"),))), "either"),
        (lambda: _suite(Case("a", messages=(Message("assistant", "So."),))), "end with"),
        (lambda: _suite(Case("a" * 81, "Why?")), "80"),
        (lambda: _suite(Case("a", "x" * 20_001)), "20,001"),
        (lambda: _suite(Case("a", "\ud800")), "UTF-8"),
        (lambda: Suite.from_dict("i", "n", {"cases": "many"}), "list"),
        (lambda: Suite.from_dict("i", "n", {"cases": ["one"]}), "Case 1"),
        (lambda: Suite.from_dict("i", "n", {"cases": [{"key": "a", "q": "?"}]}), "'q'"),
        (lambda: Suite.from_dict("i", "n", {"cases": [{"key": "a", "messages": [["x"]]}]}), "pair"),
        (lambda: Suite.from_dict("i", "n", {"cases": [{"key": "a", "fields": [1]}]}), "mapping"),
        (
            lambda: Suite.from_dict(
                "i", "n", {"cases": [{"key": "a", "question": "?", "rules": [{"kind": "x"}]}]}
            ),
            "Case 1: Rule 1",
        ),
        (lambda: Suite.from_dict("i", "n", None), "list"),
    ],
)
def test_what_is_no_suite_is_refused_with_what_is_wrong(cases, said) -> None:
    with pytest.raises(InvalidInput, match=said):
        cases()


def test_every_group_that_ships_has_a_title_and_any_other_stays_as_it_is(gardener) -> None:
    groups = {r.group for s in (*suites_for(), *suites_for(gardener)) for r in rows_of(s, gardener)}
    assert len(groups) > 20
    for group in groups:
        kind, _colon, family = group.partition(": ")
        title = row_group_title(group)
        assert title[0].isupper()
        assert (": " in title) == bool(family)
        assert kind.casefold() in title.casefold()
    assert row_group_title("prices: mugs") == "prices: mugs"
    assert row_group_title("injection: of my own") == "Injection: of my own"
