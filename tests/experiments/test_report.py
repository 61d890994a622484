"""What is taken away: nothing of a text becomes a formula, a mark or a script, and nothing is
lost."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from core.checks.rule import rule
from core.experiments.records import Answer, Experiment, Place
from core.experiments.report import export_csv, export_json, export_markdown, html_report
from core.experiments.results import Results
from core.experiments.spec import ExperimentSpec, Variant
from core.store import Store

HOSTILE = (
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script> yes",
    "</pre><img src=x onerror=alert(1)>",
    "| a | b |\n\n# Heading",
)


@pytest.fixture
def told(store: Store, small: ExperimentSpec) -> tuple[Experiment, Results]:
    spec = replace(
        small, variants=(Variant("a <b>", "Be short."), Variant("=b|", "Be long </style>."))
    )
    texts = iter(HOSTILE * 2)
    answers = [
        Answer(Place(v, r, t), spec.seed_of(v, r, t), (next(texts),), "stop").checked(spec)
        for v in range(2)
        for r in range(4)
        for t in range(2)
    ]
    experiment = store.experiments.create(spec, "embedded", "On <i>trial</i>")
    return experiment, Results.of(spec, answers)


def test_no_field_of_the_csv_is_a_formula(told: tuple[Experiment, Results]) -> None:
    lines = list(csv.reader(io.StringIO(export_csv(told[1]))))
    assert len(lines) == 17
    assert {len(line) for line in lines} == {len(lines[0])}
    fields = [field for line in lines for field in line]
    assert not [field for field in fields if field.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=HYPERLINK(1)" in fields
    assert "'=b|" in fields


def test_the_html_has_no_script_and_asks_for_nothing(told: tuple[Experiment, Results]) -> None:
    page = html_report(*told)
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<(script|img|link|iframe|i)\b", page)
    assert not re.search(r"\b(src|href)\s*=\s*[\"']", page)
    assert page.count("</style>") == 1
    assert page.count("</pre>") == page.count("<pre>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; yes" in page
    assert "a &lt;b&gt;" in page
    assert "<svg" in page


def test_every_answer_stands_in_every_file(told: tuple[Experiment, Results]) -> None:
    experiment, results = told
    markdown = export_markdown(experiment, results)
    for text in HOSTILE:
        for line in filter(None, text.splitlines()):
            assert f"> {line}" in markdown
    content = json.loads(export_json(experiment, results))
    assert [one["texts"][0] for one in content["answers"]] == list(HOSTILE * 2)
    assert content["experiment"]["seed"] == 7
    assert len({one["seed"] for one in content["answers"]}) == 8  # the same for both variants
    assert content["comparisons"]["=b|"]["verdict"] == "cannot_tell"


def test_the_report_says_what_the_page_says(told: tuple[Experiment, Results]) -> None:
    experiment, results = told
    markdown = export_markdown(experiment, results, model="SmolLM2")
    assert markdown.startswith("# On \\<i\\>trial\\</i\\>\n")
    assert "SmolLM2" in markdown
    assert "Got better 0 · Got worse 0 · Same 4" in markdown
    assert "16 of 16 answered" in markdown
    assert "Contains “yes”" in markdown
    assert "Be long \\</style\\>." not in markdown  # a quote is as it was written
    assert "> Be long </style>." in markdown


def test_where_no_rule_decides_the_report_says_so(told: tuple[Experiment, Results]) -> None:
    experiment, results = told
    assert results.spec.decides
    for rules, said in (
        ((), "There are no rules, so nothing passes or fails."),
        ((rule("finished", "should"),), "No rule is a “must”, so nothing passes or fails."),
    ):
        spec = replace(results.spec, rules=rules)
        answers = [answer.checked(spec) for answer in results.answers.values()]
        text = export_markdown(experiment, Results.of(spec, answers))
        assert said in text
        assert "answered by both" not in text


def test_a_rating_and_a_note_are_told(told: tuple[Experiment, Results]) -> None:
    experiment, results = told
    first = results.answers[Place(0, 0, 0)]
    rated = {**results.answers, first.place: replace(first, rating="pass", note="Nice & short")}
    again = Results.of(results.spec, rated.values())
    page = html_report(experiment, again)
    assert "1 answer was rated by hand" in page
    assert "Nice &amp; short" in page
    assert "0 they pass wrongly, 1 they fail wrongly" in page
    rows = list(csv.DictReader(io.StringIO(export_csv(again))))
    assert (rows[0]["outcome"], rows[0]["rating"]) == ("passed", "pass")


def test_an_experiment_without_answers_has_a_report(store: Store, small: ExperimentSpec) -> None:
    experiment = store.experiments.create(small, "embedded")
    empty = Results.of(small, [])
    assert "0 of 16 answered" in export_markdown(experiment, empty)
    assert "<svg" not in html_report(experiment, empty)
    assert export_csv(empty).strip() == ""
    assert json.loads(export_json(experiment, empty))["answers"] == []
