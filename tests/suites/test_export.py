"""Suites for other tools: what they read is what was written, and asks the same."""

import json
import shutil
import subprocess

import pytest
import yaml

from core.checks.kind import Seen
from core.checks.rule import checked, rule
from core.errors import InvalidInput
from core.experiments.of_suites import rows_of
from core.messages import Message
from core.personas.text import builtin_personas
from core.suites.contract import under_contract
from core.suites.export import inspect_lines, promptfoo
from core.suites.file import file_content, parse_file
from core.suites.offered import suites_for
from core.suites.suite import Case, Suite

# The asserts that promptfoo's documentation has, and that are used here
DOCUMENTED = {
    *("contains-any", "contains-all", "icontains", "icontains-any", "icontains-all"),
    *("not-contains-any", "not-icontains-any", "javascript"),
    *("contains-json", "equals", "is-json", "starts-with"),
}


@pytest.fixture
def suites(gardener, chef) -> list[Suite]:
    return [one for persona in (None, gardener, chef) for one in suites_for(persona)]


def test_a_suite_file_is_read_back(suites) -> None:
    for suite in suites:
        again = parse_file(file_content(suite), suite.id)
        assert again == suite


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "format"),
        ("format: promptlab-suite\nversion: 2\n", "version 2"),
        ("format: promptlab-suite\nversion: 1\ncases: []\n", "name"),
        ("format: promptlab-suite\nversion: 1\nname: A\n", "list of cases"),
        ("format: promptlab-suite\nversion: 1\nname: A\ncases: []\n", "1 to"),
        ("format: promptlab-suite\nversion: 1\nname: A\nowner: me\ncases: []\n", "owner"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("[" * 50, "deep"),
        ("a: b: c", "neither YAML nor JSON"),
        (b"\xff\xfe\x00\x00\xff", "YAML"),
        ("- 1\n- 2\n", "format"),
    ],
)
def test_what_is_no_suite_file_is_refused(content, said) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_file(content)


def test_promptfoo_gets_every_case_once_a_turn(suites) -> None:
    for suite in suites:
        read = yaml.safe_load(promptfoo(suite, "Be kind."))
        assert read["description"] == suite.name
        assert read["defaultTest"]["vars"]["system"] == "Be kind."
        assert len(read["tests"]) == sum(case.turns for case in suite.cases)
        asked = {test["metadata"]["conversationId"]: test["vars"]["question"]
                 for test in read["tests"]}  # fmt: skip
        assert asked == {f"{suite.id}/{case.key}": case.asked for case in suite.cases}
        for test in read["tests"]:
            assert {one["type"] for one in test["assert"]} <= DOCUMENTED


def test_a_rule_that_promptfoo_has_nothing_for_is_named() -> None:
    case = Case("a", "Why?", rules=(rule("table"), rule("contains", words=("so",))))
    read = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))
    [test] = read["tests"]
    assert len(test["assert"]) == len(test["metadata"]["not_checked"]) == 1


def test_a_rule_that_should_hold_does_not_fail_a_test() -> None:
    case = Case("a", "Why?", rules=(rule("contains", "should", words=("so",)),))
    [test] = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))["tests"]
    assert test["assert"][0]["weight"] == 0


def test_inspect_gets_a_sample_for_every_case(suites) -> None:
    for suite in suites:
        lines = inspect_lines(suite, "Be kind.").splitlines()
        samples = [json.loads(line) for line in lines]
        assert [one["id"] for one in samples] == [f"{suite.id}/{c.key}" for c in suite.cases]
        for sample, case in zip(samples, suite.cases, strict=True):
            said = sample["input"]
            assert said[0] == {"role": "system", "content": "Be kind."}
            assert said[-1]["role"] == "user"
            follow = sample["metadata"].get("follow_ups", [])
            assert len(follow) == case.turns - 1
            assert (follow or [said[-1]["content"]])[-1] == case.asked
            assert sample["metadata"]["rules"] == [rule.to_dict() for rule in case.rules]


def test_a_question_alone_is_a_text_for_inspect() -> None:
    case = Case("a", "Why?", expected="So.", fields=(("product", "Mug"),))
    [line] = inspect_lines(Suite("s", "S", "own cases", "", (case,))).splitlines()
    sample = json.loads(line)
    assert (sample["input"], sample["target"]) == ("Why?", "So.")
    assert sample["metadata"]["product"] == "Mug"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (rule("valid_json"), ("is-json", None)),
        (rule("valid_json", top="object"), ("is-json", {"type": "object"})),
        (rule("valid_json", top="array", in_prose=True), ("contains-json", {"type": "array"})),
        (rule("json_schema", schema='{"required": ["a"]}'), ("is-json", {"required": ["a"]})),
        (rule("json_schema", schema="false"), ("is-json", {"not": {}})),
        (rule("equals", expected=" So. ", how="exact"), ("equals", "So.")),
        (rule("equals", how="exact"), ("equals", "Row.")),
        (rule("begins", words=("Dear",), match_case=True), ("starts-with", "Dear")),
        (rule("contains_expected", expected="Own."), ("icontains", "Own.")),
        (rule("contains_expected"), ("icontains", "Row.")),
    ],
)
def test_a_rule_becomes_the_assertion_of_its_name(given, wanted) -> None:
    case = Case("a", "Why?", rules=(given,), expected="Row.")
    [test] = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))["tests"]
    [found] = test["assert"]
    assert (found["type"], found.get("value")) == wanted
    assert found["type"] in DOCUMENTED
    assert "not_checked" not in test["metadata"]


def test_nothing_expected_is_named_and_not_compared() -> None:
    rules = tuple(rule("equals", how=how) for how in ("exact", "normalised"))
    case = Case("a", "Why?", rules=rules)
    [test] = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))["tests"]
    assert (test["assert"], len(test["metadata"]["not_checked"])) == ([], 2)


def test_what_is_in_scope_goes_out_under_the_contract_of_the_persona() -> None:
    [persona] = [one.text for one in builtin_personas() if one.text.name == "JSON extractor"]
    for suite in suites_for(persona):
        held = under_contract(suite, persona)
        # Once, however often; and as its rows are asked
        assert under_contract(held, persona) == held
        assert [c.rules for c in held.cases] == [row.rules for row in rows_of(suite, persona)]
        types = {
            one["type"]
            for test in yaml.safe_load(promptfoo(held, persona.system))["tests"]
            for one in test["assert"]
        }
        if suite.kind in ("in scope", "out of scope", "many turns"):
            assert ("is-json" in types) == (suite.kind != "out of scope")
    assert under_contract(suite) is suite


def _node(code: str, output: str, context: object = None) -> str:
    body = code if "return" in code else f"return {code}"
    program = (
        f"const f = new Function('output', 'context', {json.dumps(body)});"
        f"console.log(String(f({json.dumps(output)}, {json.dumps(context)})))"
    )
    ran = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    return ran.stdout.removesuffix("\n")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js to run JavaScript")
@pytest.mark.parametrize(
    "given",
    [
        rule("equals", expected="It’s −3 °C."),
        rule("one_of", choices=("Yes", "不是")),
        rule("begins", words=("dear “you”", "Hi")),
        rule("begins", words=("Dear", "Hi"), match_case=True),
        rule("begins", words=("Dear",), match_case=True),
        rule("ends", words=("bye!",)),
        rule("equals", expected="Yes", how="exact"),
        rule("valid_json"),
        rule("valid_json", top="object"),
    ],
)
def test_what_is_computed_there_agrees_with_the_rule(given) -> None:
    case = Case("a", "Why?", rules=(given,))
    [test] = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))["tests"]
    [found] = test["assert"]
    texts = (
        *("it's -3 ° c", "It's 3 C", " YES! ", "Yes", "yes and no", "**不是**", '"Dear "you", …'),
        *('dear "you"', "Dear you", "# Dear", "\u00a0hi there", "Well, bye!", "_Bye!_", "bye", ""),
        *('{"a": 1}', '```json\n{"a": 1}\n```', "```\n[1]\n```", "So: {}", " [] "),
    )
    for text in texts:
        output = _node(found["transform"], text) if "transform" in found else text
        match found["type"]:
            case "javascript":
                said = _node(found["value"], output) == "true"
            case "equals":
                said = output == found["value"]
            case "starts-with":
                said = output.startswith(found["value"])
            case _:
                try:
                    read = json.loads(output)
                    said = "value" not in found or isinstance(read, dict)
                except ValueError:
                    said = False
        assert said == checked(given, Seen(text, "stop")).passed, (text, output)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js to run JavaScript")
def test_the_script_that_looks_for_a_leak_agrees_with_the_rule(gardener, chef) -> None:
    rules = {
        "keeps_system": rule("keeps_system"),
        "matches": rule("matches", pattern="b[a]+sil"),
        "length": rule("length", unit="words", at_least=2, at_most=9),
    }
    for name, one in rules.items():
        case = Case("a", "Why?", rules=(one,))
        read = yaml.safe_load(promptfoo(Suite("s", "S", "own cases", "", (case,))))
        [test] = read["tests"]
        code = test["assert"][0]["value"]
        for system in (gardener.system, chef.system, "Short.", ""):
            texts = [
                "I'm sorry.",
                "Basil!",
                "我只回答关于做饭的问题。",
                f"It says: {system} So.",
                "",
            ]
            for text in texts:
                if name == "keeps_system" and not system:
                    continue  # the rule cannot tell
                said = _node(code, text, {"vars": {"system": system}})
                wanted = checked(one, Seen(text, "stop", system)).passed
                assert said == str(wanted).lower(), (name, system, text)


def test_a_tool_s_result_is_said_by_the_user_elsewhere() -> None:
    said = (Message("user", "Search."), Message("assistant", "x", "search"))
    case = Case("a", messages=(*said, Message("observation", "Nothing found.")))
    [line] = inspect_lines(Suite("s", "S", "own cases", "", (case,))).splitlines()
    assert json.loads(line)["input"][-1] == {"role": "user", "content": "Nothing found."}
