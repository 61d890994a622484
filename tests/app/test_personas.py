"""The persona page and the home page, driven without a browser."""

import threading
from functools import partial
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.backends.backend import lacking
from core.backends.events import TextDelta
from core.messages import Message
from ui.personas.state import PersonaState
from ui.personas.trial import _answer

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "2_Personas.py")


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def chosen(at: AppTest) -> str:
    value = at.query_params["persona"]
    return value if isinstance(value, str) else value[0]


def test_the_page_opens_on_a_persona():
    at = open_page(persona="java-expert")
    assert not at.exception
    assert "Java" in at.text_area(key="system_java-expert").value


def test_a_duplicate_can_be_changed_and_the_change_survives():
    at = open_page(persona="java-expert")
    at.button(key="duplicate").click().run()
    assert not at.exception
    own = chosen(at)
    at.text_area(key=f"system_{own}").set_value("You are a Kotlin expert.").run()
    at.button(key="save").click().run()
    assert not at.exception
    again = open_page(persona=own)
    assert again.text_area(key=f"system_{own}").value == "You are a Kotlin expert."


def test_an_example_gets_an_answer_in_the_preview():
    at = open_page(persona="java-expert")
    next(b for b in at.button if str(b.key).startswith("example_")).click().run()
    assert not at.exception
    assert len(at.chat_message) == 2


def test_a_rerun_does_not_answer_the_same_question_again():
    at = open_page(persona="java-expert")
    next(b for b in at.button if str(b.key).startswith("example_")).click().run()
    said = list(at.session_state["state"]["PersonaState"].preview)
    at.run()
    assert at.session_state["state"]["PersonaState"].preview == said


def test_an_answer_of_the_preview_goes_on_and_is_there_on_return(scripted):
    from ui.shell import resources

    scripted.hold()
    at = AppTest.from_file(PAGE, default_timeout=120)
    at.query_params["persona"] = "java-expert"
    now = PersonaState(asked="Who are you?")
    at.session_state["state"] = {"PersonaState": now}
    page = threading.Thread(target=at.run)
    page.start()
    scripted.began.wait()
    assert resources.jobs().running(("preview", now.visitor))
    assert [message.content for message in now.preview] == ["Who are you?"]
    scripted.go_on()
    page.join()
    assert not at.exception
    assert [message.content for message in now.preview] == [
        "Who are you?",
        "An answer of five words.",
    ]
    assert [[*m.text, *m.markdown][0].value for m in at.chat_message] == [
        m.content for m in now.preview
    ]
    assert not [button for button in at.button if button.key == "stop"]


def test_a_stop_keeps_what_the_preview_said_by_then(scripted):
    from ui.shell import resources

    scripted.hold()
    said = [Message("user", "Who are you?")]
    job = resources.jobs().start(("preview", "me"), partial(_answer, scripted, said, said))
    next(event for _tag, event in job.events() if isinstance(event, TextDelta))
    job.stop()
    assert said == [Message("user", "Who are you?"), Message("assistant", "An")]


def test_why_the_preview_failed_is_said(scripted):
    at = open_page(persona="java-expert")
    at.chat_input[0].set_value("  \t ").run()
    assert not at.exception
    assert "empty" in at.error[0].value
    assert not [button for button in at.button if button.key == "stop"]


def test_a_model_that_gives_no_tokens_says_so_in_place_of_the_prompt(scripted):
    at = open_page(persona="java-expert")
    assert not at.exception
    assert [note.value for note in at.info] == [lacking(scripted, "token_ids")]


def test_a_bad_file_is_explained():
    at = open_page(persona="java-expert")
    at.file_uploader(key="persona_file").set_value(("p.yaml", b"format: other", "text/yaml")).run()
    at.button(key="import_personas").click().run()
    assert not at.exception
    assert "not a persona file" in at.toast[0].value


def test_one_save_shows_everywhere_and_keeps_a_question_of_several_lines():
    at = open_page(persona="java-expert")
    at.button(key="duplicate").click().run()
    own = chosen(at)
    at.text_input(key=f"name_{own}").set_value("Reviewer")
    at.text_area(key=f"examples_{own}").set_value("Review this:↵x = 1↵y = 2\n\nWho are you?")
    at.button(key="save").click().run()
    assert not at.exception
    assert at.button(key=f"current_{own}").label == "Reviewer"
    asked = [b.label for b in at.button if str(b.key).startswith("example_")]
    assert len(asked) == 2
    at.button(key="save").click().run()
    from ui.shell import resources

    kept = resources.store().personas.get(own)
    assert kept.examples == ("Review this:\nx = 1\ny = 2", "Who are you?")


def test_a_name_that_is_taken_is_not_saved_and_stays_in_the_editor():
    at = open_page(persona="java-expert")
    at.button(key="duplicate").click().run()
    own = chosen(at)
    taken = at.text_input(key=f"name_{own}").value
    at.button(key="duplicate").click().run()
    own = chosen(at)
    at.text_input(key=f"name_{own}").set_value(taken)
    at.button(key="save").click().run()
    assert "already" in at.toast[0].value
    assert at.text_input(key=f"name_{own}").value == taken


def test_an_imported_persona_is_opened_at_once():
    content = (
        b"format: promptlab-personas\nversion: 1\npersonas: [{name: Newcomer, system: Hello.}]"
    )
    at = open_page(persona="java-expert")
    at.file_uploader(key="persona_file").set_value(("p.yaml", content, "text/yaml")).run()
    at.button(key="import_personas").click().run()
    own = chosen(at)
    assert at.button(key=f"current_{own}").label == "Newcomer"
    at.button(key="import_personas").click().run()
    assert "here already" in at.toast[0].value


def test_comparing_gives_two_answers():
    at = open_page(persona="java-expert")
    at.button(key="compare").click().run()
    assert not at.exception
    compared = at.session_state["state"]["PersonaState"].compared
    assert all(compared.texts)
    shown = [text.value for text in at.markdown]
    assert all(text in shown for text in compared.texts)


def test_why_a_comparison_failed_is_said(scripted):
    scripted.fails = "The model was unloaded."
    at = open_page(persona="java-expert")
    at.button(key="compare").click().run()
    assert not at.exception
    assert [error.value for error in at.error] == ["The model was unloaded."]


def test_a_comparison_that_is_refused_leaves_the_last_one_alone():
    at = open_page(persona="java-expert")
    at.button(key="compare").click().run()
    before = at.session_state["state"]["PersonaState"].compared
    at.text_input(key="compare_question").set_value("why " * 3000).run()
    at.button(key="compare").click().run()
    assert not at.exception
    assert "tokens" in at.error[0].value
    assert at.session_state["state"]["PersonaState"].compared == before
    assert not [button for button in at.button if button.key == "stop"]


def test_home_shows_the_loaded_model():
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=120).run()
    assert not at.exception
    assert any("Prompt Lab ChatGLM3 (teaching model)" in text.value for text in at.markdown)
