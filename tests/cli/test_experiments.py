"""Experiments, suites and personas on the command line: exit codes, going on, leaving nothing."""

import csv
import json

import pytest
import yaml

from core.checks.rule import rule
from core.config import Settings
from core.errors import EngineError
from core.personas.file import file_content
from core.personas.text import PersonaText, Scope
from core.store import Store

FILE = {
    "format": "promptlab-experiment",
    "version": 1,
    "title": "Two",
    "model": "embedded",
    "tries": 2,
    "variants": [
        {"name": "A", "max_new_tokens": 6},
        {"name": "B", "system": "You are a Java expert.", "max_new_tokens": 6},
    ],
    "rows": ["What is a token?", {"key": "k", "question": "Hello!"}],
    "rules": [{"kind": "length", "unit": "characters", "at_least": 1}],
    "thresholds": {"passed": 1.0},
}


@pytest.fixture
def write(tmp_path):
    def _write(name="e.yaml", **changed):
        file = tmp_path / name
        file.write_text(yaml.safe_dump({**FILE, **changed}), encoding="utf-8")
        return file

    return _write


@pytest.fixture
def store() -> Store:
    return Store.open(Settings.from_environment().database)


def test_what_holds_ends_with_0_and_what_does_not_with_1(run, write):
    code, out, err = run("experiment", "run", write())
    assert (code, err) == (0, "")
    assert "2 of 2" in out
    code, out, err = run(
        "experiment", "run", write(rules=[{"kind": "contains", "words": ["no such word"]}])
    )
    assert (code, err) == (1, "")
    assert "0 of 2" in out


def test_the_json_counts_what_was_answered(run_json, run, write):
    [found] = run_json("experiment", "run", write(), "--json")
    assert found["holds"] is True
    assert (found["questions"], found["tries"], found["answers"], found["missing"]) == (2, 2, 8, 0)
    assert [one["name"] for one in found["variants"]] == ["A", "B"]
    assert all(one["passed"] == one["questions"] == 2 for one in found["variants"])
    [comparison] = found["comparisons"]
    assert comparison["verdict"] == "all_passed"
    [again] = run_json("experiment", "report", found["experiment"], "--json")
    assert again["variants"] == found["variants"]
    [listed] = run_json("experiment", "list", "--json")
    assert listed["experiments"] == [{"id": found["experiment"], "title": "Two"}]


def test_a_second_run_asks_nothing_again(run_json, write, engine, monkeypatch):
    [first] = run_json("experiment", "run", write(), "--json")
    asked = []
    submit = engine.submit_many
    monkeypatch.setattr(engine, "submit_many", lambda requests: asked.append(1) or submit(requests))
    [second] = run_json("experiment", "run", write(), "--json")
    assert second == first
    assert asked == []
    # What has changed is asked, and what has not stays
    variants = [FILE["variants"][0], {"name": "B", "system": "Be kind.", "max_new_tokens": 6}]
    [third] = run_json("experiment", "run", write(variants=variants), "--json")
    assert third["experiment"] == first["experiment"]
    assert len(asked) == 4
    assert third["variants"][0] == first["variants"][0]


def test_rules_that_change_are_applied_to_what_is_there(run_json, run, write, engine, monkeypatch):
    [first] = run_json("experiment", "run", write(), "--json")
    monkeypatch.setattr(engine, "submit_many", None)
    code, out, _err = run(
        "experiment", "run", write(rules=[{"kind": "contains", "words": ["zzz"]}]), "--json"
    )
    assert code == 1
    assert json.loads(out)["experiment"] == first["experiment"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"rows": ["word " * 3_900 + "?"]}, "tokens"),
        ({"model": "no-such-model"}, "no-such-model"),
        ({"variants": [{"name": "A"}, {"name": "B", "model": "nowhere"}]}, "nowhere"),
        ({"rows": []}, "asks nothing"),
        ({"thresholds": {"passed": 7}}, "7"),
        ({"tries": 21}, "21"),
    ],
)
def test_a_run_that_is_refused_leaves_nothing_behind(run, write, store, changed, named):
    code, out, err = run("experiment", "run", write(**changed))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert named in err
    assert store.experiments.list() == []
    assert store.experiments.binned() == []
    assert store.drafts.about("experiment file") == set()


def test_a_run_whose_every_answer_fails_leaves_nothing_behind(
    run, write, store, engine, monkeypatch
):
    from core.backends.track import Track

    finish = Track.finish
    monkeypatch.setattr(Track, "end_reason", lambda self: "error")
    monkeypatch.setattr(Track, "finish", lambda self, reason, e=None: finish(self, reason, "broke"))
    code, _out, err = run("experiment", "run", write())
    assert (code, err.count("\n")) == (2, 1)
    assert "broke" in err
    assert store.experiments.list() == []


def test_files_of_a_run_are_written(run, write, tmp_path):
    folder = tmp_path / "out" / "deep"
    code, _out, _err = run("experiment", "run", write(), "--out", folder)
    assert code == 0
    told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    whole = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert told["answers"] == len(whole["answers"]) == len(rows) == 8
    assert {row["variant"] for row in rows} == {"A", "B"}
    assert "Two" in (folder / "report.html").read_text(encoding="utf-8")
    assert "Two" in (folder / "report.md").read_text(encoding="utf-8")
    (tmp_path / "taken").write_text("")
    code, _out, err = run("experiment", "run", write(), "--out", tmp_path / "taken")
    assert (code, err.count("\n")) == (2, 1)


def test_the_example_is_a_file_that_can_be_read(run, tmp_path):
    code, out, _err = run("experiment", "example")
    assert code == 0
    assert yaml.safe_load(out)["format"] == "promptlab-experiment"


# --- suites -----------------------------------------------------------------------------------


def test_suites_are_listed_and_exported(run, run_json, store, tmp_path):
    store.suites.create("Mine", {"kind": "own cases", "cases": [{"key": "a", "question": "Why?"}]})
    [listed] = run_json("suite", "list", "--json")
    assert {"injection-en", "injection-zh"} <= {one["id"] for one in listed["suites"]}
    mine = next(one for one in listed["suites"] if one["name"] == "Mine")
    assert mine["cases"] == 1
    for name in ("Mine", "injection", "poisoned-history-zh"):
        for form in ("promptlab", "promptfoo", "inspect"):
            code, out, err = run("suite", "export", name, "--format", form)
            assert (code, err) == (0, "")
            if form == "inspect":
                assert [json.loads(line) for line in out.splitlines()]
            else:
                assert yaml.safe_load(out)
    # What a persona must keep to goes out with its questions
    of = ("in-scope", "--persona", "JSON extractor")
    # Taken again, it comes under the contract of whoever it is taken for
    kept = yaml.safe_load(run("suite", "export", *of)[1])
    assert {one["kind"] for one in kept["cases"][0]["rules"]} == {"answers"}
    given = yaml.safe_load(run("suite", "export", *of, "--format", "promptfoo")[1])
    assert "is-json" in {one["type"] for one in given["tests"][0]["assert"]}
    file = tmp_path / "mine.yaml"
    file.write_text(run("suite", "export", "Mine")[1], encoding="utf-8")
    assert run("suite", "export", file)[1] == run("suite", "export", "Mine")[1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("suite", "export", "nothing"), "nothing"),
        (("suite", "export", "none.yaml"), "none.yaml"),
        (("suite", "export", "injection", "--format", "pdf"), "pdf"),
        (("suite", "list", "--persona", "nobody"), "nobody"),
        (("experiment", "run", "none.yaml"), "none.yaml"),
        (("experiment", "run", "."), "."),
        (("experiment", "report", "nothing"), "nothing"),
        (("persona", "check", "nobody"), "nobody"),
        (("persona", "check", "none.yaml"), "none.yaml"),
        (("persona", "check", "java-expert", "--suite", "nothing"), "nothing"),
        (("persona", "check", "java-expert", "--at-least", "high"), "high"),
        (("persona", "check", "java-expert", "--at-least", "80"), "80"),
        (("persona", "check", "java-expert", "--tries", "0", "--suite", "injection"), "0"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, arguments, named):
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert named in err


# --- personas ---------------------------------------------------------------------------------


@pytest.fixture
def persona(tmp_path):
    text = PersonaText(
        "Gardener",
        "You are a patient gardener. Answer only questions about plants.",
        contract=(rule("length", unit="characters", at_least=1),),
        scope=Scope(("How often do I water basil?", "Which pot?"), ("Who won?",)),
    )
    file = tmp_path / "gardener.yaml"
    file.write_text(file_content([text], "yaml"), encoding="utf-8")
    return file


def test_a_persona_is_held_to_its_suites(run, run_json, persona):
    asked = (
        "persona",
        "check",
        persona,
        "--tries",
        1,
        "--max-new-tokens",
        5,
        "--model",
        "embedded",
    )
    code, out, _err = run(*asked, "--suite", "in-scope", "--suite", "out-of-scope", "--json")
    found = json.loads(out)
    assert found["title"] == "Gardener"
    assert set(found["variants"][0]["groups"]) == {"in scope", "out of scope"}
    [inside, outside] = found["thresholds"]
    assert code == (0 if inside["holds"] and outside["holds"] else 1)
    [lenient] = run_json(*asked, "--suite", "in-scope", "--at-least", 0, "--json")
    assert lenient["holds"] is True


def test_without_a_name_all_suites_of_its_language_are_meant(run, persona, store):
    code, out, err = run(
        "persona", "check", persona, "--tries", 1, "--max-new-tokens", 2, "--model", "embedded",
        "--json", "--at-least", 0, "--attacks-at-most", 1,
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = json.loads(out)
    # Beside it what the model alone does with the same conversations, and with nothing else
    [variant], control = found["variants"], found["control"]
    assert control["name"] == "No system message"
    assert [turn["questions"] for turn in control["turns"]] == [2] * 8
    bare = [store.experiments.get(id) for id, _title in store.experiments.list()]
    [bare] = [one for one in bare if one.id != found["experiment"]]
    assert bare.title == "Gardener: No system message"
    assert [one.system for one in bare.spec.variants] == [""]
    assert {row.group for row in bare.spec.rows} == {"many turns"}
    assert {finding["variant"] for finding in found["thresholds"]} == {"Gardener"}
    kinds = {name.partition(":")[0] for name in variant["groups"]}
    assert kinds == {"in scope", "out of scope", "many turns", "poisoned history", "injection"}
    assert len(variant["turns"]) == 8
    assert variant["injection"]["succeeded"]["questions"] > 80


def test_without_the_model_alone_a_persona_is_checked_all_the_same(
    run, persona, monkeypatch, tmp_path
):
    from core.cli import running

    asked = running.completed

    def completed(store, about, title, spec, models):
        if not spec.variants[0].system:
            raise EngineError("it died")
        return asked(store, about, title, spec, models)

    monkeypatch.setattr(running, "completed", completed)
    code, out, err = run(
        "persona", "check", persona, "--suite", "many-turns", "--tries", 1, "--model", "embedded",
        "--max-new-tokens", 2, "--at-least", 0, "--json",
    )  # fmt: skip
    assert (code, json.loads(out)["holds"]) == (0, True)
    assert json.loads(out)["control"] is None
    assert "Gardener: No system message: it died" in err


def test_drift_is_told_beside_that_of_the_model_alone(run, persona, tmp_path):
    code, out, _err = run(
        "persona", "check", persona, "--suite", "many-turns", "--tries", 1, "--model", "embedded",
        "--max-new-tokens", 2, "--at-least", 0, "--out", tmp_path / "report",
    )  # fmt: skip
    assert code == 0
    lines = [line.strip() for line in out.splitlines()]
    place = next(n for n, line in enumerate(lines) if line.startswith("Held by turn"))
    assert lines[place + 1].startswith("No system message  1: ")
    report = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "No system message: " in report


def test_a_file_may_offer_tools_and_say_what_is_to_be_called(run, run_json, write, store):
    row = {"question": "What is the weather in Oslo?", "expect_tool": "get_weather"}
    told = {
        "tries": 1,
        "tools": ["get_weather"],
        "variants": [{"name": "A", "temperature": 0, "max_new_tokens": 60}],
        "rows": [row],
        "rules": [{"kind": "calls_as_row", "weight": "should"}],
        "thresholds": None,
    }
    [found] = run_json("experiment", "run", write(**told), "--json")
    assert (found["answers"], found["missing"]) == (1, 0)
    [(id, _title)] = store.experiments.list()
    made = store.experiments.get(id)
    assert [one.name for one in made.spec.variants[0].tools] == ["get_weather"]
    (answer,) = store.experiments.answers(made)
    assert all(call.raw for calls in answer.calls for call in calls)
    code, _out, err = run("experiment", "run", write(**{**told, "tools": ["rm"]}))
    assert code == 2
    assert "'rm'" in err
