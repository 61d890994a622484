"""The lessons page, driven without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.lessons.lesson import Lesson
from core.lessons.shelf import CONTENT, shelf

PAGES = Path(__file__).parents[2] / "pages"
ENGLISH = shelf(None, "en")


def open_page(language: str = "en", **query: str) -> AppTest:
    at = AppTest.from_function(page_in, default_timeout=120, args=(str(PAGES), language))
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def page_in(pages: str, language: str) -> None:
    """The page, in a language."""
    import runpy

    from core.i18n import set_language

    set_language(language)
    try:
        runpy.run_path(f"{pages}/5_Lessons.py")
    finally:
        set_language("en")


def value(at: AppTest, name: str) -> str | None:
    found = at.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def shown(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.main.header, *at.main.markdown))


def run_to_end(at: AppTest, lesson: Lesson) -> AppTest:
    at.radio[0].set_value(0).run()
    at.button(key="lesson_next").click().run()
    at.button(key="lesson_run").click().run()
    assert not at.exception
    assert not at.error
    at.button(key="lesson_next").click().run()
    assert "What happened" in shown(at)
    at.button(key="lesson_next").click().run()
    right = next(i for i, answer in enumerate(lesson.check) if answer.right)
    return at.radio[0].set_value(right).run()


def test_the_overview_has_a_card_for_every_lesson() -> None:
    at = open_page()
    assert not at.exception
    for lesson in ENGLISH.lessons:
        assert at.button(key=f"lesson_open_{lesson.id}").label == "Start"


# One of each kind: the browser tests take all of them, in both languages
@pytest.mark.parametrize("lesson_id", ["seeds", "top-p", "roles", "precision", "wrong-fact"])
def test_a_lesson_goes_to_its_end(lesson_id: str) -> None:
    lesson = ENGLISH.get(lesson_id)
    at = open_page(lesson=lesson.id)
    assert at.button(key="lesson_next").disabled
    at = run_to_end(at, lesson)
    assert not at.exception
    right = next(answer for answer in lesson.check if answer.right)
    assert at.success[0].value == right.feedback
    at.button(key="lesson_back").click().run()
    assert at.button(key=f"lesson_open_{lesson.id}").label == "Do it again"
    assert value(at, "lesson") is None


def test_a_chinese_visitor_gets_the_chinese_lesson() -> None:
    at = open_page("zh", lesson="roles")
    assert at.title[0].value == shelf(None, "zh").get("roles").title


@pytest.mark.parametrize(("guess", "verdict"), [("1", "success"), ("0", "info")])
def test_a_link_into_the_middle_runs_the_experiment_and_judges(guess: str, verdict: str) -> None:
    at = open_page(lesson="roles", step="why", guess=guess)
    assert not at.exception
    assert "control tokens" in shown(at)
    right = ENGLISH.get("roles").prediction.choices[1].text
    assert right in getattr(at, verdict)[0].value


@pytest.mark.parametrize("guess", ["99", "-1", "x", ""])
def test_a_prediction_that_is_none_is_not_taken(guess: str) -> None:
    at = open_page(lesson="roles", guess=guess)
    assert at.radio[0].value is None
    assert at.button(key="lesson_next").disabled


def test_an_unknown_lesson_or_step_is_explained() -> None:
    at = open_page(lesson="nothing")
    assert "nothing" in at.warning[0].value
    assert at.button(key="lesson_open_roles")
    assert open_page(lesson="roles", step="nothing").radio


def test_settings_of_a_link_are_taken_and_bad_ones_told_of() -> None:
    at = open_page(lesson="max-length", step="why", max_length_short="30", temperature_long="9")
    assert not at.exception
    assert "temperature_long must be a number from 0 to 2" in at.warning[0].value
    assert "With max_length 30" in shown(at)
    assert value(at, "temperature_long") is None


def test_changed_settings_run_again_and_are_in_the_url() -> None:
    at = open_page(lesson="roles", step="experiment", guess="1")
    at.button(key="lesson_run").click().run()
    at.text_input(key="lesson_set_roles_en_user1_plain").set_value("What?")
    at.button(key="lesson_rerun").click().run()
    assert not at.exception
    assert value(at, "user1_plain") == "What?"
    assert any(text.value == "user: What?" for text in at.text)
    at.button(key="lesson_reset").click().run()
    assert value(at, "user1_plain") is None
    assert any(text.value == "user: Who are you?" for text in at.text)


def test_a_blank_setting_is_explained_and_the_result_stays() -> None:
    at = open_page(lesson="roles", step="experiment", guess="1")
    at.button(key="lesson_run").click().run()
    at.text_input(key="lesson_set_roles_en_user1_plain").set_value(" ")
    at.button(key="lesson_rerun").click().run()
    assert not at.exception
    assert "must be text" in at.error[0].value
    assert any(text.value == "user: Who are you?" for text in at.text)


def test_a_bad_file_is_shown_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "broken.md").write_text("---\ntitle: 5\n---\n")
    good = (CONTENT / "en" / "roles.md").read_text(encoding="utf-8")
    (tmp_path / "own" / "en" / "mine.md").write_text(good)
    monkeypatch.setenv("PROMPTLAB_LESSONS", str(tmp_path / "own"))
    at = open_page()
    assert "broken.md" in at.error[0].value.replace("\\", "")
    assert at.button(key="lesson_open_mine")


def test_the_teacher_has_links_and_handouts() -> None:
    at = open_page(teacher="1")
    assert not at.exception
    links = [code.value for code in at.code]
    assert len(links) == len(ENGLISH.lessons)
    assert any(link.endswith("?lesson=temperature") for link in links)
    at.toggle(key="teacher_other_temperature").set_value(True).run()
    at.slider(key="teacher_set_temperature_en_temperature_hot").set_value(1.4).run()
    assert any("temperature_hot=1.4" in code.value for code in at.code)


def test_the_chat_begins_with_the_settings_of_a_link() -> None:
    at = AppTest.from_file(str(PAGES / "1_Chat.py"), default_timeout=120)
    for name, setting in {"ask": "Who are you?", "temperature": "0", "max_length": "40"}.items():
        at.query_params[name] = setting
    at.run()
    assert not at.exception
    assert next(m.markdown[0].value for m in at.chat_message) == "Who are you?"
    assert value(at, "ask") is None
    assert value(at, "conversation")


@pytest.mark.parametrize(("name", "wrong"), [("temperature", "9"), ("seed", "x"), ("top_k", "-1")])
def test_a_link_with_a_bad_setting_asks_nothing(name: str, wrong: str) -> None:
    at = AppTest.from_file(str(PAGES / "1_Chat.py"), default_timeout=120)
    at.query_params["ask"], at.query_params[name] = "Who are you?", wrong
    at.run()
    assert not at.exception
    assert f"{name} must be a number" in at.warning[0].value
    assert not at.chat_message


def test_the_playground_s_form_is_filled_by_a_link() -> None:
    at = AppTest.from_file(str(PAGES / "3_Playground.py"), default_timeout=120)
    for name, setting in {"prompt": "A fox", "temperatures": "0, 1", "samples": "2"}.items():
        at.query_params[name] = setting
    at.run()
    assert not at.exception
    assert at.text_area(key="grid_prompt").value == "A fox"
    assert at.selectbox(key="grid_rows").value == "temperature"
    assert at.text_input(key="grid_rows_values").value == "0, 1"
    assert at.number_input(key="grid_samples").value == 2
    assert at.text_input(key="grid_columns_values").value
