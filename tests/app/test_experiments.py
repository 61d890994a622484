"""The experiments page, driven without a browser: writing, running, leaving and going on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.rule import rule
from core.experiments.draft import NEW, ExperimentForm, VariantForm, Writing
from core.experiments.estimate import PILOT
from core.experiments.prompt import Prompt
from core.experiments.records import Experiment, Place, missing
from core.experiments.run import complete_experiment
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.under_way import UnderWay
from core.store import Store
from tests.app.test_shelf import Letters
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend, ScriptedHost

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "8_Experiments.py")
QUESTIONS = "One?\nTwo?\nThree?"


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def store() -> Store:
    from ui.shell import resources

    return resources.store()


def written() -> Writing:
    """What the visitor is writing, from the database."""
    return Writing(store().drafts, NEW)


def current(at: AppTest) -> Experiment:
    value = at.query_params["experiment"]
    return store().experiments.get(value if isinstance(value, str) else value[0])


def job_of(experiment: Experiment):  # type: ignore[no-untyped-def]
    from ui.experiments.state import experiment_job
    from ui.shell import resources

    return resources.jobs().get(experiment_job(experiment.id))


def ended(at: AppTest) -> Experiment:
    """Wait for the run of the experiment on the page, and draw it anew."""
    made = current(at)
    job = job_of(made)
    assert job
    job.wait()
    at.run()
    assert not at.exception
    return made


def typed(at: AppTest, text: str = QUESTIONS) -> AppTest:
    return at.text_area(key="ex_lines").set_value(text).run()


def keys(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button}


def stored(spec: ExperimentSpec, backend: ScriptedBackend, most: int | None = None) -> Experiment:
    """An experiment that is kept, with so many answers."""
    experiments = store().experiments
    made = experiments.create(spec, "embedded", "Kept")
    list(complete_experiment(experiments, made, lambda _m: ScriptedHost(backend).hold(), most))
    return made


def small(rows: int = 3, tries: int = 2) -> ExperimentSpec:
    return ExperimentSpec(
        (Variant("a", "Be short."), Variant("b", "Be long.")),
        tuple(Row(str(n), (("input", f"Question {n}?"),)) for n in range(1, rows + 1)),
        (rule("contains", words=("answer",)),),
        tries=tries,
    )


# --- writing ------------------------------------------------------------------------------


def test_from_nothing_to_answers(scripted: ScriptedBackend) -> None:
    at = open_page()
    assert "which differences are real and which are luck" in " ".join(m.value for m in at.markdown)
    at.text_area(key="ex_system_0").set_value("Be short.").run()
    typed(at)
    at.button(key="ex_run").click().run()
    made = ended(at)
    answers = store().experiments.answers(made)
    assert len(answers) == made.spec.answers == 2 * 3 * 3
    assert [one.system for one in made.spec.variants] == ["Be short.", ""]
    assert {"ex_change", "ex_begin_from"} <= keys(at)
    assert not keys(at) & {"ex_stop", "ex_continue", "ex_run"}
    # It is not written any more
    assert not written().begun


def test_a_starting_point_fills_the_form(scripted: ScriptedBackend) -> None:
    at = open_page()
    sample = next(key for key in keys(at) if key.startswith("sample_"))
    at.button(key=sample).click().run()
    assert not at.exception
    assert written().form().spec(written().rows())
    assert not any(key.startswith("sample_") for key in keys(at))


def test_what_is_typed_survives_another_tab_and_a_reload(scripted: ScriptedBackend) -> None:
    at = open_page()
    at.text_area(key="ex_system_1").set_value("Be kind.").run()
    at.text_area(key="ex_template_0").set_value("Say: {{ input }}").run()
    at.slider(key="ex_temperature_1").set_value(1.2).run()
    at.number_input(key="ex_tries").set_value(5).run()
    typed(at, "One?\n\n  Two?")
    again = open_page()
    assert again.text_area(key="ex_system_1").value == "Be kind."
    assert again.text_area(key="ex_template_0").value == "Say: {{ input }}"
    assert again.slider(key="ex_temperature_1").value == 1.2
    assert again.number_input(key="ex_tries").value == 5
    assert again.text_area(key="ex_lines").value == "One?\n\n  Two?"
    assert [row.title for row in written().rows()] == ["One?", "Two?"]


def test_variants_are_copied_and_removed(scripted: ScriptedBackend) -> None:
    at = open_page()
    at.text_area(key="ex_system_0").set_value("First.").run()
    at.button(key="ex_copy_0").click().run()
    assert [v.name for v in written().form().variants] == ["A", "C", "B"]
    assert at.text_area(key="ex_system_1").value == "First."
    at.button(key="ex_remove_0").click().run()
    assert [at.text_input(key=f"ex_name_{n}").value for n in range(2)] == ["C", "B"]
    for _more in range(3):
        at.button(key="ex_add").click().run()
    assert not at.exception
    assert [tab.label for tab in at.tabs] == [v.name for v in written().form().variants]


def test_a_variant_says_its_model_where_that_is_another_than_the_one_of_all(
    scripted: ScriptedBackend,
) -> None:
    usual, other = (VariantForm(name, model=name) for name in ("embedded", "chatglm3-6b"))
    written().keep(ExperimentForm(variants=(usual, other)))
    at = open_page()
    said = [one.proto.popover.label for one in at.main.get("popover")]
    assert [one for one in said if "top_p" in one] == [
        "temperature 0.7 · top_p 0.9",
        "ChatGLM3 6B · temperature 0.7 · top_p 0.9",
    ]


def test_twenty_variants_are_enough(scripted: ScriptedBackend) -> None:
    at = open_page()
    for _more in range(18):
        at.button(key="ex_add").click().run()
    assert len(written().form().variants) == 20
    assert at.button(key="ex_add").disabled


def test_a_persona_gives_its_message_and_is_named(scripted: ScriptedBackend) -> None:
    at = open_page()
    at.selectbox(key="ex_persona_0").set_value("java-expert").run()
    assert not at.exception
    variant = written().form().variants[0]
    assert "Java" in variant.system
    assert variant.origin.startswith("persona java-expert")
    assert variant.name == "Java expert"
    # What is changed afterwards is not the persona's any more
    at.text_area(key="ex_system_0").set_value("Something else.").run()
    assert written().form().variants[0].origin == ""


def test_the_history_of_a_prompt_lies_over_the_form_and_puts_a_version_into_it(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "_can", frozenset({"chat", "token_ids"}))
    monkeypatch.setattr(scripted, "tokenizer", Letters(), raising=False)
    monkeypatch.setattr("ui.experiments.variants.loaded", lambda _model: scripted)
    kept = store().prompts.create("Greeting", Prompt("One.").to_dict())
    store().prompts.save(kept.id, "Greeting", Prompt("Two!").to_dict())
    at = open_page()
    at.session_state["ex_shelf_1"] = True
    at.button(key="shelf_history_1").click().run()
    # The shelf would stay before it
    assert not at.session_state["ex_shelf_1"]
    at.button_group(key="history_how").set_value("tokens").run()
    assert not at.exception
    assert any(one.value.startswith("Tokens: ") for one in at.caption)
    at.button(key=f"restore_prompt_{kept.id}_1").click().run()
    assert not at.exception
    variant = written().form().variants[1]
    assert (variant.system, variant.origin) == ("One.", f"prompt {kept.id} 1")


def test_a_pasted_sheet_has_columns_for_templates(scripted: ScriptedBackend) -> None:
    at = open_page()
    at.text_area(key="ex_paste").set_value("question\tcity\nWhere?\t北京\nWhen?\tRome").run()
    at.button(key="ex_take_paste").click().run()
    assert not at.exception
    assert at.text_area(key="ex_paste").value == ""
    at.text_area(key="ex_template_0").set_value("{{ question }} In {{ city }}").run()
    at.button(key="ex_run").click().run()
    made = ended(at)
    assert made.spec.messages(0, 0)[-1].content == "Where? In 北京"
    assert made.spec.messages(1, 0)[-1].content == "Where?"


def test_a_template_that_asks_the_same_for_every_question_is_told_of(
    scripted: ScriptedBackend,
) -> None:
    at = open_page()
    typed(at)
    assert not at.warning
    at.text_area(key="ex_template_1").set_value("What is a token?").run()
    assert ["**B** uses no column" in one.value for one in at.warning] == [True]
    at.text_area(key="ex_lines").set_value("One?").run()
    assert not at.warning


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_taken_in_the_encodings_of_sheets(
    scripted: ScriptedBackend, encoding: str
) -> None:
    at = open_page()
    content = "问题,预期\n你好吗？,好\n".encode(encoding)
    at.file_uploader(key="ex_file_0").set_value(("rows.csv", content, "text/csv")).run()
    assert not at.exception
    assert [dict(row.fields)["问题"] for row in written().rows()] == ["你好吗？"]


def test_all_questions_can_be_removed_and_brought_back(scripted: ScriptedBackend) -> None:
    at = typed(open_page())
    at.button(key="ex_clear").click().run()
    assert at.text_area(key="ex_lines").value == ""
    at.button(key="undo").click().run()
    assert at.text_area(key="ex_lines").value == QUESTIONS


def test_many_rows_are_searched(scripted: ScriptedBackend) -> None:
    at = open_page()
    written().keep_rows(
        [Row(str(n), (("input", f"Number {n}"), ("kind", "x"))) for n in range(2000)]
    )
    at.run()
    assert len(at.dataframe[0].value) == 200
    at.text_input(key="ex_search").set_value("Number 1999").run()
    assert list(at.dataframe[0].value["input"]) == ["Number 1999"]


# --- before it starts, and while it runs --------------------------------------------------


def test_it_says_what_it_takes_and_what_it_can_show(scripted: ScriptedBackend) -> None:
    at = typed(open_page(), "\n".join(f"Question {n}?" for n in range(30)))
    said = " ".join(c.value for c in at.caption)
    assert "180 answers" in said
    assert "not known yet" in said
    assert "can show gaps of about" in said
    at.button(key="ex_pilot").click().run()
    made = ended(at)
    assert len(store().experiments.answers(made)) == PILOT
    said = " ".join(c.value for c in at.caption)
    assert f"{PILOT} of 180" in said
    assert "tokens read" in said
    assert "not known yet" not in said
    at.button(key="ex_continue").click().run()
    ended(at)
    assert len(store().experiments.answers(made)) == 180
    # The next one with this model is told at once
    assert "not known yet" not in " ".join(c.value for c in typed(open_page()).caption)


def test_the_price_of_what_is_to_come_is_said_by_currency(
    scripted: ScriptedBackend, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = {"near": (123_400_000, "EUR"), "far": (50_000, "USD")}
    listed = [
        {
            "name": name,
            "url": "http://127.0.0.1:9/v1",
            "price": {"in": 0, "out": written, "currency": currency},
        }
        for name, (written, currency) in prices.items()
    ]
    (own_data / "servers.yaml").write_text(json.dumps({"servers": listed}))
    monkeypatch.setenv("PROMPTLAB_SERVERS", str(own_data / "servers.yaml"))
    variants = tuple(Variant(name, model=name) for name in prices)
    # Two questions of four are answered, five tokens each
    spec = replace(small(rows=4, tries=1), variants=variants)
    at = open_page(experiment=stored(spec, scripted, most=4).id)
    said = " ".join(c.value for c in at.caption)
    assert "price about 1,234.00 EUR + 0.50 USD" in said


def test_a_run_goes_on_when_the_page_is_left_and_can_be_stopped(scripted: ScriptedBackend) -> None:
    scripted.hold()
    at = typed(open_page())
    at.button(key="ex_run").click().run()
    made = current(at)
    scripted.began.wait()
    # Another tab comes to it, and has the same button
    other = open_page(experiment=made.id)
    assert "ex_stop" in keys(other)
    other.button(key="ex_stop").click().run()
    job = job_of(made)
    assert job
    job.wait()
    scripted.go_on()
    at.run()
    assert "ex_continue" in keys(at)
    assert not UnderWay(store().drafts).all()
    at.button(key="ex_continue").click().run()
    ended(at)
    assert not missing(made.spec, store().experiments.answers(made))


def test_failed_ones_are_asked_again_and_no_others(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted)
    experiments = store().experiments
    first = experiments.answer(made, Place(0, 0, 0))
    experiments.save_answer(made, replace(first, reason="error", error="It broke.", texts=()))
    at = open_page(experiment=made.id)
    assert at.button(key="ex_continue").label == "Ask the 1 failed one again"
    assert "It broke." in " ".join(c.value for c in at.caption)
    asked = len(scripted.asked)
    at.button(key="ex_continue").click().run()
    ended(at)
    assert len(scripted.asked) - asked == 1
    assert "ex_continue" not in keys(at)


def test_what_ends_a_run_is_told(scripted: ScriptedBackend) -> None:
    scripted.fails = "The server is gone."
    at = typed(open_page())
    at.button(key="ex_run").click().run()
    # It may be over, and told, before the page is drawn for the first time
    if job_of(current(at)):
        ended(at)
    assert "The server is gone." in at.error[0].value
    assert "ex_continue" in keys(at)


def test_a_change_runs_only_what_changed(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted)
    at = open_page(experiment=made.id)
    at.button(key="ex_change").click().run()
    at.text_area(key="ex_system_1").set_value("Be very long.").run()
    assert "6 answers" in " ".join(c.value for c in at.caption)
    asked = len(scripted.asked)
    at.button(key="ex_run").click().run()
    ended(at)
    assert len(scripted.asked) - asked == 6
    assert len(store().experiments.answers(current(at))) == 12
    # A question that goes takes none of the others' answers with it
    at.button(key="ex_change").click().run()
    typed(at, "Question 2?\nQuestion 3?")
    asked = len(scripted.asked)
    at.button(key="ex_run").click().run()
    ended(at)
    assert len(scripted.asked) == asked
    assert len(store().experiments.answers(current(at))) == 8


def test_changes_can_be_discarded_and_brought_back(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted)
    at = open_page(experiment=made.id)
    at.button(key="ex_change").click().run()
    at.text_area(key="ex_system_1").set_value("Other.").run()
    at.button(key="ex_discard").click().run()
    assert not Writing(store().drafts, made.id).begun
    at.button(key="undo").click().run()
    assert at.text_area(key="ex_system_1").value == "Other."


def test_what_the_end_of_the_server_broke_off_goes_on(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted, most=5)
    UnderWay(store().drafts).begin(made.id)
    at = open_page()
    assert "at 5 of 12 answers" in " ".join(m.value for m in at.markdown)
    asked = len(scripted.asked)
    at.button(key=f"resume_{made.id}").click().run()
    ended(at)
    assert len(scripted.asked) - asked == 7
    assert not missing(made.spec, store().experiments.answers(made))
    assert f"resume_{made.id}" not in keys(open_page())


# --- the list -----------------------------------------------------------------------------


def test_experiments_are_listed_renamed_and_deleted(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted)
    at = open_page()
    at.button(key=f"open_{made.id}").click().run()
    assert current(at) == made
    at.text_input(key=f"title_{made.id}").set_value("Short or long").run()
    assert [b.label for b in at.button if b.key == f"current_{made.id}"] == ["Short or long"]
    at.button(key=f"delete_{made.id}").click().run()
    assert "experiment" not in at.query_params
    at.button(key="undo").click().run()
    assert current(at).title == "Short or long"


def test_a_copy_begins_as_the_other_is(scripted: ScriptedBackend) -> None:
    made = stored(small(), scripted)
    at = open_page(experiment=made.id)
    at.button(key="ex_begin_from").click().run()
    assert "experiment" not in at.query_params
    assert written().form().spec(written().rows()) == made.spec


def test_a_link_can_name_the_model(scripted: ScriptedBackend) -> None:
    named = open_page(model="embedded/bf16").selectbox(key="ex_model").value
    assert named == "embedded/bf16" != open_page().selectbox(key="ex_model").value
    assert open_page(model="nowhere").selectbox(key="ex_model").value


def test_an_unknown_experiment_is_explained(scripted: ScriptedBackend) -> None:
    at = open_page(experiment="nowhere")
    assert "nowhere" in at.warning[0].value
    assert "ex_run" in keys(at)


# --- tools --------------------------------------------------------------------------------


def test_what_was_called_stands_in_the_dialog_of_an_answer(scripted: ScriptedBackend) -> None:
    from core.backends.events import ToolCall
    from core.experiments.tools import built_in
    from core.tools.builtin import BUILTIN

    call = ToolCall("get_weather", '{"city": "Oslo"}', {"city": "Oslo"})
    backend = ScriptedBackend([call], "It is cloudy.", [call], [call], can=("chat", "tools"))
    variant = Variant("a", tools=built_in(["get_weather"]))
    rows = tuple(Row(key, (("input", "Weather?"),)) for key in ("1", "2"))
    spec = ExperimentSpec((variant,), rows, (rule("calls_tool", name="get_weather"),), tries=1)
    experiments = store().experiments
    made = experiments.create(spec, "embedded", "Kept")
    hold = lambda _m: ScriptedHost(backend).hold()  # noqa: E731
    list(complete_experiment(experiments, made, hold, at_once=1, tools=BUILTIN))
    at = open_page(experiment=made.id, answer="1-1-1")
    assert not at.exception
    codes = [block.value for block in at.code]
    assert '{"city": "Oslo"}' in codes
    assert any('"temperature": 5' in code for code in codes)
    assert any('"tools"' in code and "The name of the city" in code for code in codes)
    at = open_page(experiment=made.id, answer="1-2-1")
    assert not at.exception
    assert any("without an answer" in one.value for one in at.caption)
    assert any("same arguments" in one.value for one in at.caption)


def test_a_run_tells_its_tools_as_they_are_now(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.experiments.tools import ToolTold

    monkeypatch.setattr(scripted, "_can", frozenset(("chat", "tools")))
    form = ExperimentForm(model="embedded")
    old = ToolTold("get_weather", "Of old", "{}")
    gone = ToolTold("gone", "x", '{"type": "object"}')
    written().keep(form.with_variant(0, tools=(old, gone)))
    at = typed(open_page())
    at.button(key="ex_run").click().run()
    made = ended(at)
    told = made.spec.variants[0].tools
    assert [one.name for one in told] == ["get_weather", "gone"]
    assert "weather" in told[0].description.lower()
    assert told[1] == gone
    assert scripted.asked[0].tools or scripted.asked[1].tools
