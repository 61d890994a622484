"""Experiments as files: what a file says is what is asked, and what cannot be is refused by
name."""

import pytest
import yaml

from core.checks.rule import rule
from core.errors import InvalidInput, NotFound
from core.experiments.file import EXAMPLE, parse_experiment
from core.personas.file import file_content as persona_file
from core.personas.text import PersonaText, Scope
from core.suites.file import file_content as suite_file
from core.suites.offered import find_suite, suites_for
from core.suites.suite import Case, Suite

PERSONA = PersonaText(
    "Gardener",
    "You are a patient gardener. Answer only questions about plants.",
    contract=(rule("length", unit="words", at_most=60),),
    scope=Scope(("How often do I water basil?", "Which pot?"), ("Who won?",)),
)


def _nobody(name):
    raise NotFound(f"no {name}")


def _parsed(folder, find_persona=_nobody, **fields):
    content = {"format": "promptlab-experiment", "version": 1, **fields}
    return parse_experiment(
        yaml.safe_dump(content, allow_unicode=True),
        folder,
        find_persona,
        lambda name, persona: find_suite(name, suites_for(persona)),
    )


A = [{"name": "A"}]


def test_the_example_can_be_run(tmp_path) -> None:
    found = parse_experiment(
        EXAMPLE, tmp_path, _nobody, lambda name, p: find_suite(name, suites_for(p))
    )
    assert [one.name for one in found.spec.variants] == ["Plain", "With limits"]
    assert len(found.spec.rows) > 90
    assert found.thresholds.not_worse_than == "Plain"


def test_all_that_a_file_can_say_arrives(tmp_path) -> None:
    (tmp_path / "more.csv").write_text("input,expected\nWho?,me\n", encoding="utf-8")
    suite = Suite("x", "Own", "own cases", "", (Case("c", "Where?"),))
    (tmp_path / "own.yaml").write_text(suite_file(suite), encoding="utf-8")
    found = _parsed(
        tmp_path,
        title="T",
        model="embedded",
        tries=2,
        seed=9,
        variants=[
            {
                "name": "A",
                "system": "Be kind.",
                "template": "Say: {{ input }}",
                "follow_ups": ["And?"],
                "temperature": 0,
                "max_new_tokens": 12,
                "model": "other/int8",
            }
        ],
        rows=[
            "What?",
            {"key": "k", "question": "How?", "expected": 5, "group": "g", "city": "Rome"},
            {"messages": [["user", "Hi"], ["assistant", "Ho"], ["user", "Again?"]]},
            {"key": "own", "input": "Why?", "rules": [{"kind": "declines"}]},
        ],
        table="more.csv",
        suites=["own.yaml"],
        rules=[{"kind": "answers"}],
        thresholds={"passed": 0.5, "groups": {"g": 1}},
    )
    spec = found.spec
    [variant] = spec.variants
    assert (found.title, found.model, spec.tries, spec.seed) == ("T", "embedded", 2, 9)
    assert (variant.system, variant.model) == ("Be kind.", "other/int8")
    assert (variant.sampling.temperature, variant.sampling.max_new_tokens) == (0, 12)
    assert variant.follow_ups == ("And?",)
    assert [row.title for row in spec.rows] == ["What?", "How?", "Again?", "Why?", "Who?", "Where?"]
    assert dict(spec.rows[1].fields) == {"city": "Rome", "input": "How?"}
    assert (spec.rows[1].key, spec.rows[1].expected, spec.rows[1].group) == ("k", "5", "g")
    assert spec.rows[3].rules == (rule("declines"),)
    assert spec.rows[4].expected == "me"
    assert spec.rows[5].group == "own cases"
    assert spec.rules == (rule("answers"),)


def test_a_persona_is_asked_its_suites_under_its_contract(tmp_path) -> None:
    (tmp_path / "p.yaml").write_text(persona_file([PERSONA], "yaml"), encoding="utf-8")
    found = _parsed(tmp_path, persona="p.yaml", suites=["in-scope", "out-of-scope"])
    assert [one.system for one in found.spec.variants] == [PERSONA.system]
    inside = [row for row in found.spec.rows if row.group == "in scope"]
    assert len(inside) == 2
    assert all(PERSONA.contract[0] in row.rules for row in inside)
    found = _parsed(
        tmp_path, lambda _name: PERSONA, variants=[{"name": "A", "persona": "G"}], rows=["Hi?"]
    )
    assert found.spec.variants[0].system == PERSONA.system


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"variants": A}, "asks nothing"),
        ({"rows": ["Hi?"]}, "variants"),
        ({"variants": A, "rows": ["Hi?"], "colour": 1}, "'colour'"),
        ({"variants": [{"name": "A", "heat": 1}], "rows": ["Hi?"]}, "Variant 1: .*'heat'"),
        ({"variants": [{"system": "x"}], "rows": ["Hi?"]}, "Variant 1: .*name"),
        ({"variants": ["A"], "rows": ["Hi?"]}, "Variant 1: .*mapping"),
        ({"variants": "A", "rows": ["Hi?"]}, "variants must be a list"),
        ({"variants": [{"name": "A", "temperature": "hot"}], "rows": ["Hi?"]}, "'hot'"),
        ({"variants": [{"name": "A", "temperature": 9}], "rows": ["Hi?"]}, "9"),
        ({"variants": [{"name": "A", "persona": "nobody"}], "rows": ["Hi?"]}, "no nobody"),
        ({"variants": [{"name": "A", "system": 5}], "rows": ["Hi?"]}, "quotes"),
        ({"variants": [{"name": "A"}, {"name": "A"}], "rows": ["Hi?"]}, "'A'"),
        ({"variants": A, "rows": [5]}, "Row 1: .*5"),
        ({"variants": A, "rows": [{"key": "a"}]}, "Row 1"),
        ({"variants": A, "rows": [{"question": "Hi?", "rules": [{"kind": "x"}]}]}, "Row 1: Rule 1"),
        ({"variants": A, "rows": ["Hi?"], "tries": 0}, "1 to 20"),
        ({"variants": A, "rows": ["Hi?"], "tries": "many"}, "'many'"),
        ({"variants": A, "rows": ["Hi?"], "rules": [{"kind": "x"}]}, "Rule 1"),
        ({"variants": A, "table": "none.csv"}, "none.csv"),
        ({"variants": A, "suites": ["nothing"]}, "'nothing'"),
        ({"variants": A, "suites": ["none.yaml"]}, "none.yaml"),
        ({"variants": [{"name": "A", "template": "{{ x }}"}], "rows": ["Hi?"]}, "x"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"passed": 80}}, "80"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"passed": "high"}}, "'high'"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"best": 1}}, "'best'"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"not_worse_than": "B"}}, "'B'"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"groups": {"g": 1}}}, "'g'"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": {"variants": ["B"]}}, "'B'"),
        ({"variants": A, "rows": ["Hi?"], "thresholds": 1}, "mapping"),
    ],
)
def test_what_cannot_run_is_refused_with_where_it_stands(tmp_path, fields, said) -> None:
    with pytest.raises((InvalidInput, NotFound), match=said):
        _parsed(tmp_path, **fields)


@pytest.mark.parametrize("content", ["", "a: [", "format: promptlab-personas\nversion: 1\n", "5"])
def test_another_file_is_none(tmp_path, content) -> None:
    with pytest.raises(InvalidInput):
        parse_experiment(content, tmp_path, _nobody, lambda name, persona: None)


def test_a_file_says_which_tools_and_what_calls_are_expected(tmp_path) -> None:
    row = {
        "question": "Weather?",
        "expect_tool": "get_weather",
        "expect_arguments": {"city": "Oslo"},
    }
    variants = [{"name": "A"}, {"name": "B", "tools": [], "valid_calls": True}]
    found = _parsed(tmp_path, tools=["get_weather"], variants=variants, rows=[row]).spec
    assert [[one.name for one in v.tools] for v in found.variants] == [["get_weather"], []]
    assert [one.valid_calls for one in found.variants] == [False, True]
    assert dict(found.rows[0].fields)["expect_arguments"] == '{"city": "Oslo"}'
    for wrong in ({"tools": ["rm"]}, {"tools": "get_weather"}, {"tools": [1]}):
        with pytest.raises(InvalidInput):
            _parsed(tmp_path, variants=A, rows=[row], **wrong)
    with pytest.raises(InvalidInput):
        _parsed(tmp_path, variants=[{"name": "A", "valid_calls": 1}], rows=[row])
