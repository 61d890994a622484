"""Reading an experiment: the sentence, the filters, a question, an answer, ratings, a blind
comparison."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.rule import rule
from core.experiments.records import Answer, Experiment, Place
from core.experiments.results import FAILED, PASSED, Results
from core.experiments.spec import MAX_ROWS, ExperimentSpec, Row, Variant
from core.messages import Message
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend
from ui.shell import resources
from ui.shell.text import label

PAGE = str(Path(__file__).parents[2] / "pages" / "8_Experiments.py")
A, B = "Short <b>agent</b> $x$", "Long agent"


def opened(experiment: Experiment, **link: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    page.query_params["experiment"] = experiment.id
    for name, value in link.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def kept(spec: ExperimentSpec, texts: list[list[list[str | None]]]) -> Experiment:
    """An experiment with these answers: by variant, row and try; None for one that is not there."""
    experiments = resources.store().experiments
    experiment = experiments.create(spec, "embedded")
    for v, rows in enumerate(texts):
        for r, tries in enumerate(rows):
            for t, text in enumerate(tries):
                if text is not None:
                    place = Place(v, r, t)
                    given = Answer(place, spec.seed_of(*place), (text,), "stop", model="scripted")
                    experiments.save_answer(experiment, given.checked(spec))
    return experiment


def spec_of(*names: str, rows: int = 8, tries: int = 2) -> ExperimentSpec:
    return ExperimentSpec(
        tuple(Variant(name, f"You are {n}.") for n, name in enumerate(names)),
        tuple(Row(str(n), (("input", f"Question {n}?"),), group="ab"[n % 2]) for n in range(rows)),
        (rule("contains", words=("yes",)),),
        tries,
    )


@pytest.fixture
def better(scripted: ScriptedBackend) -> Experiment:
    """Seven questions got better, one got worse."""
    a = [["no", "no"]] * 7 + [["yes", "yes"]]
    b = [["yes, $5 :smile:", "yes, *two*"]] * 7 + [["no", "yes"]]
    return kept(spec_of(A, B), [a, b])


def said(page: AppTest) -> str:
    """All that stands on the page, as it was sent to the browser."""
    return "\n".join(str(one.proto) for part in (page.main, page.sidebar) for one in part)  # type: ignore[attr-defined]


def texts(page: AppTest) -> str:
    return "\n".join([*(m.value for m in page.markdown), *(c.value for c in page.caption)])


def labels(page: AppTest) -> list[str]:
    return [one.label for one in page.expander]


def test_the_sentence_comes_first_and_filters_count_questions(better: Experiment) -> None:
    page = opened(better)
    said = [one.value for one in page.markdown]
    first = next(place for place, text in enumerate(said) if text.startswith("### "))
    assert "is better than" in said[first]
    options = page.get_by_key("filter").options
    for wanted in ("All 8", "Got better 7", "Got worse 1", "Same 0"):
        assert wanted in options
    page.get_by_key("filter").set_value("worse").run()
    assert [one for one in labels(page) if "Question" in one] == [
        ":blue[●●] → :orange[○]:blue[●] :orange[▼] Question 7?"
    ]
    assert page.query_params["filter"] == "worse"


def test_a_link_opens_what_it_says(better: Experiment) -> None:
    page = opened(better, filter="better", group="=a", search="question 4")
    assert len([one for one in labels(page) if "Question" in one]) == 1
    page = opened(better, filter="nonsense", baseline="nobody")
    assert page.get_by_key("filter").value == "all"
    page = opened(better, answer="9-9-9")
    assert "9-9-9" in page.warning[0].value


def test_names_are_drawn_as_they_are(better: Experiment) -> None:
    page = opened(better)
    assert A not in texts(page)
    assert label(A) in texts(page)


def test_a_field_of_the_matrix_shows_its_answers_once(better: Experiment) -> None:
    page = opened(better, read="matrix", cell="1-1")
    assert texts(page).count("×2") == 1
    assert "×2" not in texts(opened(better, read="matrix", cell="1-99"))


def columns(page: AppTest) -> list[object]:
    """The numbers of the questions that the matrix shows."""
    drawn = [json.loads(chart.proto.spec)["data"] for chart in page.get("plotly_chart")]
    return [x for data in drawn for one in data if one["type"] == "heatmap" for x in one["x"]]


def test_the_matrix_is_filtered_as_the_list_is(better: Experiment) -> None:
    page = opened(better, read="matrix", filter="better", search="question 4")
    assert "Got better 7" in page.get_by_key("filter").options
    assert [int(str(number)) for number in columns(page)] == [5]
    page.get_by_key("search").set_value("").run()
    page.get_by_key("filter").set_value("disagree").run()
    assert not page.exception
    assert [int(str(number)) for number in columns(page)] == [8]
    assert page.query_params["filter"] == "disagree"
    # The list has the same one
    page.get_by_key("read").set_value("questions").run()
    assert page.get_by_key("filter").value == "disagree"
    none = opened(better, read="matrix", filter="same")
    assert not columns(none)
    assert "No question fits" in texts(none)


def test_a_matrix_of_ten_thousand_questions_turns_its_pages_of_those_that_are_found(
    scripted: ScriptedBackend,
) -> None:
    spec = spec_of("a", "b", "c", rows=MAX_ROWS, tries=1)
    results = Results.of(spec, ())
    states = results.states.copy()
    states[:, :, 0], states[1, ::4, 0] = PASSED, FAILED
    results = replace(results, states=states)
    began = time.process_time()
    counted = results.counts((0, 1), results.comparisons(0)[1])
    found = results.found("failed", (0, 1))
    assert time.process_time() - began < 10
    assert (counted["failed"], counted["worse"], len(found)) == (2_500, 2_500, 2_500)


@pytest.mark.parametrize("view", ["questions", "scores", "matrix", "plots"])
@pytest.mark.parametrize("count", [1, 2, 20])
def test_every_view_is_there_for_any_number_of_variants(
    scripted: ScriptedBackend, view: str, count: int
) -> None:
    names = [f"v{n}" for n in range(count)]
    answers: Any = [[["yes", "no" if n % 3 else "yes"], ["no", None]] for n in range(count)]
    page = opened(kept(spec_of(*names, rows=2), answers), read=view)
    assert page.get_by_key("read").value == view
    assert len(page.main) > 0


def test_turns_are_drawn_beside_the_variant_without_a_system_message(
    scripted: ScriptedBackend,
) -> None:
    spec = spec_of("first", "second", "bare", rows=1, tries=1)
    asked = (Message("user", "One?"), Message("user", "Two?"))
    variants = (*spec.variants[:2], replace(spec.variants[2], system=""))
    spec = replace(spec, variants=variants, rows=(Row("1", messages=asked, group="many turns"),))
    experiments = resources.store().experiments
    experiment = experiments.create(spec, "embedded")
    for variant, said in enumerate((("yes", "yes"), ("yes", "yes"), ("yes", "no"))):
        place = Place(variant, 0, 0)
        given = Answer(place, spec.seed_of(*place), said, "stop", model="scripted")
        experiments.save_answer(experiment, given.checked(spec))
    shown = texts(opened(experiment, read="plots"))
    for name in ("first", "second"):
        assert (
            f"**{name}**: Held in 1 of 1 conversations at turn 1 and in 1 of 1 at turn 2" in shown
        )
    assert shown.count("bare: 1 of 1 at turn 1 and 0 of 1 at turn 2") == 2


def test_a_question_that_is_not_answered_is_not_failed(scripted: ScriptedBackend) -> None:
    page = opened(
        kept(spec_of("a", "b", rows=2), [[["yes", None], [None, None]], [["yes", "yes"]]])
    )
    listed = [one for one in labels(page) if "Question" in one]
    assert listed[1].startswith(":gray[◌◌] → :gray[◌◌]")
    assert "Not answered 2" in page.get_by_key("filter").options
    assert not [one for one in page.get_by_key("filter").options if one.startswith("Failed")]


def test_without_rules_it_says_so(scripted: ScriptedBackend) -> None:
    spec = replace(spec_of("a", "b", rows=1), rules=())
    page = opened(kept(spec, [[["yes", "no"]], [["yes", "no"]]]))
    assert "There are no rules" in page.info[0].value
    assert not any("answered by both" in one.value for one in page.markdown)


def test_rules_that_decide_nothing_are_told_of_as_such(scripted: ScriptedBackend) -> None:
    spec = replace(spec_of("a", "b", rows=1), rules=(rule("contains", "should", words=("yes",)),))
    page = opened(kept(spec, [[["yes", "no"]], [["yes", "no"]]]))
    assert "No rule is a “must”" in page.info[0].value
    assert not any("answered by both" in one.value for one in page.markdown)


# --- an answer ----------------------------------------------------------------------------


def test_an_answer_says_what_was_found_and_what_was_sent(better: Experiment) -> None:
    page = opened(better, answer="1-1-2")
    assert "Contains “yes”" in texts(page)
    (sent,) = page.code
    assert '"role": "system"' in sent.value
    assert f'"seed": {better.spec.seed_of(0, 0, 1)}' in sent.value
    assert '"temperature": 0.7' in sent.value


def test_a_rating_overrides_the_rules_and_is_counted(better: Experiment) -> None:
    page = opened(better, answer="1-1-1")
    page.get_by_key("rate_pass").click().run()
    page.get_by_key("note_0_0_0").set_value("Good enough").run()
    given = resources.store().experiments.answer(better, Place(0, 0, 0))
    assert (given.rating, given.note) == ("pass", "Good enough")
    page = opened(better)
    assert "1 rated by hand" in texts(page)
    assert any(":blue[●]:orange[○] → :blue[●●]" in one for one in labels(page))


def test_ratings_go_from_answer_to_answer(better: Experiment) -> None:
    page = opened(better)
    page.get_by_key("rate_listed").click().run()
    assert page.query_params["answer"] == "1-1-1"
    page.get_by_key("rate_fail").click().run()
    assert page.query_params["answer"] == "2-1-1"
    assert "2 of 32" in texts(page)
    page.get_by_key("answer_previous").click().run()
    assert page.query_params["answer"] == "1-1-1"


def test_an_answer_goes_on_in_the_chat(better: Experiment) -> None:
    page = opened(better, answer="2-3-1")
    page.get_by_key("answer_chat").click().run()
    (made,) = resources.store().conversations.list()
    path = resources.store().conversations.path(made.id)
    assert [one.content for one in path] == ["Question 2?", "yes, $5 :smile:"]


# --- blind --------------------------------------------------------------------------------


def test_a_blind_comparison_has_no_name_on_the_page(better: Experiment) -> None:
    page = opened(better, blind="1")
    shown = said(page)
    assert "Left is better" in shown
    for name in ("Short", "agent", "Long", "You are"):
        assert name not in shown
    page.get_by_key("blind_left").click().run()
    page.get_by_key("blind_equal").click().run()
    assert not page.exception
    assert "Long" not in said(page)
    page.get_by_key("blind_reveal").click().run()
    assert "Of 2 questions" in texts(page)
    assert B in texts(page)
    # It has ended: the choices stay
    page = opened(better, blind="1")
    assert "Of 2 questions" in texts(page)


def test_a_choice_can_be_taken_back(better: Experiment) -> None:
    page = opened(better, blind="1")
    page.get_by_key("blind_left").click().run()
    page.get_by_key("blind_undo").click().run()
    assert page.get_by_key("blind_reveal").disabled
