"""Whatever is typed, pasted or taken from a file: one message says what is wrong, where it was
given, and nothing that was typed is lost."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.draft import NEW, ExperimentForm, VariantForm, Writing
from core.experiments.spec import Row
from core.store import Store
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

PAGE = str(Path(__file__).parents[2] / "pages" / "8_Experiments.py")
KEPT = "Keep this question?"
SYSTEM = "Keep this message."
Give = Callable[[AppTest], AppTest]


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def writing() -> Writing:
    from ui.shell import resources

    store: Store = resources.store()
    return Writing(store.drafts, NEW)


def told(at: AppTest) -> list[str]:
    assert not at.exception
    return [one.value for one in (*at.error, *at.warning)]


def pasted(text: str) -> Give:
    def give(at: AppTest) -> AppTest:
        at.text_area(key="ex_paste").set_value(text).run()
        return at.button(key="ex_take_paste").click().run()

    return give


def file(name: str, content: bytes) -> Give:
    return lambda at: at.file_uploader(key="ex_file_0").set_value((name, content, "text/csv")).run()


def lines(text: str) -> Give:
    return lambda at: at.text_area(key="ex_lines").set_value(text).run()


def field(name: str, value: str, kind: str = "text_area") -> Give:
    def give(at: AppTest) -> AppTest:
        return getattr(at, kind)(key=f"ex_{name}_0").set_value(value).run()

    return give


def number(name: str, value: int) -> Give:
    return lambda at: at.number_input(key=f"ex_{name}").set_value(value).run()


def written(change: Callable[[ExperimentForm], ExperimentForm]) -> Give:
    """As another version of the app, or another tab, has kept it."""

    def give(at: AppTest) -> AppTest:
        writing().keep(change(writing().form()))
        return at.run()

    return give


def many_rows(at: AppTest) -> AppTest:
    writing().keep_rows([Row(str(n), (("input", f"{n}?"),)) for n in range(10_000)])
    writing().keep_typed("lines", None)
    return number("tries", 20)(at)


def _variants(count: int) -> Callable[[ExperimentForm], ExperimentForm]:
    return lambda form: replace(
        form,
        variants=(*form.variants, *(VariantForm(f"V{n}") for n in range(count))),
    )


def _json(**fields: str) -> bytes:
    return json.dumps(fields).encode()


# What is given, and what the message says: the value, the place or the limit
TABLES: dict[str, tuple[Give, str]] = {
    "10,001 rows": (file("a.csv", b"q\n" + b"x\n" * 10_001), "10,000 rows, and line 10,002"),
    "two columns of one name": (pasted("q,city,City\na,b,c"), "'city'"),
    "unclosed quote": (pasted('q,city\n"Where?,Rome'), "Check its quotes"),
    "more fields than columns": (pasted("q,city\nWho, me,Rome,x"), "Line 2"),
    "column names alone": (pasted("q,city\n"), "no rows"),
    "empty table": (pasted("  \n"), "The table is empty"),
    "broken JSON line": (file("a.jsonl", b'{"q": "a"}\n{"q": '), "Line 2 is no JSON object"),
    "JSON that is no object": (file("a.jsonl", b'{"q": "a"}\n[1, 2]'), "[1, 2]"),
    "an endless JSON line": (file("a.jsonl", b'{"q": ' + b"[" * 100_000), "Line 1"),
    "NUL bytes": (
        file("a.csv", b"question\nWhere is it?\x00\x01 here\n"),
        "bytes that no text has",
    ),
    "NUL in JSON": (file("a.jsonl", _json(q="a\0b")), "NUL"),
    "half a character in JSON": (file("a.jsonl", _json(q="a\ud800b")), "incomplete character"),
    "bytes of no encoding": (file("a.csv", b"q\n\xff\xff\xff\n"), "GB18030"),
    "a field that is too long": (file("a.csv", b"q\n" + b"x" * 200_001), "200,001"),
    "201 columns": (file("a.csv", b",".join(b"c%d" % n for n in range(201)) + b"\n1"), "201"),
}
FORMS: dict[str, tuple[Give, str]] = {
    "10,001 lines": (lines("x?\n" * 10_001), "10,001"),
    "NUL in a line": (lines("What\0is?"), "a character that no text has"),
    "no questions": (lines(" \n "), "There are no questions yet"),
    "a variable that is missing": (field("template", "{{ city }}"), "{{ city }}"),
    "a missing one in a follow-up": (field("follow_ups", "And {{ town }}?"), "{{ town }}"),
    "attribute access": (field("template", "{{ input.__class__ }}"), "cannot be used"),
    "a loop in a loop": (
        field("template", "{% for a in input %}{% for b in input %}x{% endfor %}{% endfor %}"),
        "loop within a loop",
    ),
    "a template that includes": (field("template", "{% include 'x' %}"), "something other than"),
    "a template that is cut off": (field("template", "{{ input"), "cannot be used"),
    "an empty template": (field("template", "  "), "empty question"),
    "a template that is too long": (field("template", "x" * 20_001), "20,001"),
    "17 follow-ups": (field("follow_ups", "Why?\n" * 17), "17 follow-up questions"),
    "a message that is too long": (field("system", "x" * 20_001), "20,001"),
    "a variant without a name": (field("name", " ", "text_input"), "needs a name"),
    "a name that is too long": (field("name", "x" * 81, "text_input"), "81"),
    "two of one name": (field("name", "B", "text_input"), "'B'"),
    "21 variants": (written(_variants(19)), "1 to 20 variants, got 21"),
    "0 tries": (written(lambda form: replace(form, tries=0)), "1 to 20 tries, got 0"),
    "a negative seed": (written(lambda form: replace(form, seed=-1)), "got -1"),
    "a temperature of 3": (
        written(lambda form: form.with_variant(0, temperature=3.0)),
        "temperature",
    ),
    "400,000 answers": (many_rows, "400,000"),
    "a model that was deleted": (
        written(lambda form: replace(form, model="gone-1b")),
        "There is no model 'gone-1b' here",
    ),
}


@pytest.fixture
def page(scripted: ScriptedBackend) -> AppTest:
    """The form with something in it."""
    at = open_page()
    at.text_area(key="ex_lines").set_value(KEPT).run()
    return at.text_area(key="ex_system_1").set_value(SYSTEM).run()


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_cannot_be_read_leaves_what_was_there(page: AppTest, case: str) -> None:
    give, said = TABLES[case]
    at = give(page)
    (message,) = told(at)
    assert said in message.replace("\\", "")
    assert [row.title for row in writing().rows()] == [KEPT]
    pasted_text = at.text_area(key="ex_paste").value
    again = open_page()
    assert again.text_area(key="ex_lines").value == KEPT
    assert again.text_area(key="ex_system_1").value == SYSTEM
    assert again.text_area(key="ex_paste").value == pasted_text
    # The next one that can be read is taken, and the message goes
    assert told(pasted("q\nAnother?")(at)) == []
    assert [row.title for row in writing().rows()] == [KEPT, "Another?"]


@pytest.mark.parametrize("case", FORMS)
def test_a_form_that_cannot_run_says_why_and_keeps_all(page: AppTest, case: str) -> None:
    from ui.shell import resources

    give, said = FORMS[case]
    before = (writing().form(), writing().typed("lines"))
    at = give(page)
    kept = (writing().form(), writing().typed("lines"), writing().rows())
    assert kept[:2] != before
    at.button(key="ex_run").click().run()
    (message,) = told(at)
    assert said in message.replace("\\", "")
    # Nothing is stored of what cannot begin, and nothing is lost
    assert not resources.store().experiments.list()
    assert (writing().form(), writing().typed("lines"), writing().rows()) == kept
    assert open_page().text_area(key="ex_system_1").value == SYSTEM


def test_a_question_that_is_longer_than_the_window_is_told_before_the_start(own_data: Path) -> None:
    from ui.shell import resources

    resources.host().wait()
    at = open_page()
    at.text_area(key="ex_lines").set_value("word " * 20_000).run()
    at.button(key="ex_run").click().run()
    (message,) = told(at)
    assert "context window" in message
    assert not resources.store().experiments.list()


@pytest.mark.parametrize("value", ["nowhere", "", "../../etc/passwd", "a" * 5000, "\0"])
def test_a_link_to_no_experiment_is_explained(scripted: ScriptedBackend, value: str) -> None:
    at = open_page(experiment=value)
    assert len(told(at)) == bool(value)
    assert "experiment" not in at.query_params or not value
    assert at.button(key="ex_run")
