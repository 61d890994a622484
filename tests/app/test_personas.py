"""The persona page and the home page, driven without a browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PAGE = str(ROOT / "pages" / "2_Personas.py")


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def test_the_page_opens_on_a_persona():
    at = open_page(persona="java-expert")
    assert not at.exception
    assert "Java" in at.text_area(key="system_java-expert").value


def test_a_duplicate_can_be_changed_and_the_change_survives():
    at = open_page(persona="java-expert")
    at.button(key="duplicate").click().run()
    assert not at.exception
    value = at.query_params["persona"]
    own = value if isinstance(value, str) else value[0]
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
    said = list(at.session_state["session"].preview)
    at.run()
    assert at.session_state["session"].preview == said


def test_what_streamed_before_a_stop_is_kept():
    from core.backends.events import Event, TextDelta
    from ui.personas.page import _kept

    preview = [("user", "Who are you?")]
    events: list[Event] = [TextDelta("I am", (1,)), TextDelta(" a", (2,))]
    stopped = _kept(events, preview)
    next(stopped)
    stopped.close()
    assert preview == [("user", "Who are you?"), ("assistant", "I am")]


def test_a_bad_file_is_explained():
    at = open_page(persona="java-expert")
    at.file_uploader(key="persona_file").set_value(("p.yaml", b"format: other", "text/yaml")).run()
    at.button(key="import_personas").click().run()
    assert not at.exception
    assert "not a persona file" in at.error[0].value


def test_comparing_gives_two_answers():
    at = open_page(persona="java-expert")
    at.button(key="compare").click().run()
    assert not at.exception
    assert len(at.session_state["session"].results["compare"]) == 2


def test_home_shows_the_loaded_model():
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=120).run()
    assert not at.exception
    assert any("**embedded**" in text.value for text in at.markdown)
