"""The lessons page, driven without a browser."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.jobs import Job
from core.lessons.lesson import Lesson
from core.lessons.shelf import CONTENT, Shelf, shelf
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend, ScriptedHost
from ui.lessons import experiment, page, teacher
from ui.shell import resources
from ui.shell.stream import draw_many

PAGES = Path(__file__).parents[2] / "pages"
ENGLISH = shelf(None, "en")


def open_page(language: str = "en", **query: str) -> AppTest:
    at = AppTest.from_function(page_in, default_timeout=PAGE_S, args=(str(PAGES), language))
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
@pytest.mark.parametrize(
    "lesson_id",
    ["seeds", "top-p", "roles", pytest.param("precision", marks=pytest.mark.long), "wrong-fact"],
)
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
    at = AppTest.from_file(str(PAGES / "1_Chat.py"), default_timeout=PAGE_S)
    for name, setting in {"ask": "Who are you?", "temperature": "0", "max_length": "40"}.items():
        at.query_params[name] = setting
    at.run()
    assert not at.exception
    assert at.chat_message[0].text[0].value == "Who are you?"
    assert value(at, "ask") is None
    assert value(at, "conversation")


@pytest.mark.parametrize(("name", "wrong"), [("temperature", "9"), ("seed", "x"), ("top_k", "-1")])
def test_a_link_with_a_bad_setting_asks_nothing(name: str, wrong: str) -> None:
    at = AppTest.from_file(str(PAGES / "1_Chat.py"), default_timeout=PAGE_S)
    at.query_params["ask"], at.query_params[name] = "Who are you?", wrong
    at.run()
    assert not at.exception
    assert f"{name} must be a number" in at.warning[0].value
    assert not at.chat_message


def test_the_playground_s_form_is_filled_by_a_link() -> None:
    at = AppTest.from_file(str(PAGES / "3_Playground.py"), default_timeout=PAGE_S)
    for name, setting in {"prompt": "A fox", "temperatures": "0, 1", "samples": "2"}.items():
        at.query_params[name] = setting
    at.run()
    assert not at.exception
    assert at.text_area(key="grid_prompt").value == "A fox"
    assert at.selectbox(key="grid_rows").value == "temperature"
    assert at.text_input(key="grid_rows_values").value == "0, 1"
    assert at.number_input(key="grid_samples").value == 2
    assert at.text_input(key="grid_columns_values").value


# --- runs go on without the page ----------------------------------------------------------

# The lesson on a wrong fact asks 36 questions, and needs nothing of a model but answers


def load(monkeypatch: pytest.MonkeyPatch, backend: ScriptedBackend) -> ScriptedBackend:
    """Put it in the place of the loaded model."""
    host = ScriptedHost(backend)
    monkeypatch.setattr(resources, "host", lambda: host)
    return backend


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedBackend:
    return load(monkeypatch, ScriptedBackend("It was green, I think."))


def leave(*_job: Any) -> None:
    """What another page does to the script of this one while it follows a job."""
    st.stop()


def leaving(at: AppTest, click: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Click, and leave the page as soon as it follows the job."""
    with monkeypatch.context() as away:
        away.setattr(experiment, "draw_many", leave)
        away.setattr(teacher, "draw_many", leave)
        at.button(key=click).click().run()
    assert not at.exception
    return at


def begun(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A lesson that a visitor left as soon as its experiment was running."""
    at = open_page(lesson="wrong-fact", step="experiment", guess="2")
    return leaving(at, "lesson_run", monkeypatch)


def job_of(at: AppTest) -> Job:
    """The job that the URL names."""
    mine = at.session_state["state"]["LessonState"]
    trials = [*(attempt.trial for attempt in mine.attempts.values()), *mine.checks.values()]
    (trial,) = [trial for trial in trials if trial.token == value(at, "job")]
    job = resources.jobs().get(trial.key)
    assert job
    return job


def reloaded(at: AppTest, **changed: str) -> AppTest:
    """The same address in a session of its own."""
    query = {name: value(at, name) or "" for name in at.query_params}
    return open_page(**query | changed)


def offered(at: AppTest) -> bool:
    return any(button.key == "lesson_run" for button in at.button)


def test_a_run_goes_on_elsewhere_and_its_result_is_there_after_a_reload(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.hold()
    left = begun(monkeypatch)
    assert job_of(left).running
    scripted.go_on()
    job_of(left).wait()
    for at in (reloaded(left), left.run()):
        assert not at.exception
        assert not offered(at)
        assert shown(at).count("It was green, I think.") == 36
        assert not at.button(key="lesson_next").disabled
    assert len(scripted.asked) == 36


@pytest.mark.parametrize("step", ["experiment", "why"])
def test_a_page_attaches_to_a_run_that_goes_on(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    scripted.hold()
    left = begun(monkeypatch)
    attached = []

    def follow(job: Job, *rest: Any) -> None:
        attached.append(job.running)
        scripted.go_on()
        draw_many(job, *rest)

    monkeypatch.setattr(experiment, "draw_many", follow)
    at = reloaded(left, step=step)
    assert attached == [True]
    assert not at.exception
    assert not offered(at)
    assert not at.button(key="lesson_next").disabled
    assert len(scripted.asked) == 36


def test_a_stopped_run_is_offered_again(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.hold()
    left = begun(monkeypatch)
    left.button(key="stop").click().run()
    assert not left.exception
    assert not job_of(left).running
    assert not any(button.key == "stop" for button in left.button)
    # No step begins by itself what was stopped
    for at in (left, reloaded(left), reloaded(left, step="why")):
        assert offered(at)
        assert not at.error
    assert len(scripted.asked) == 36
    scripted.go_on()
    left.button(key="lesson_run").click().run()
    assert not offered(left)
    assert len(scripted.asked) == 72


def test_what_ended_a_run_is_told_on_return_too(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, ScriptedBackend("It", fails="The model broke."))
    at = open_page(lesson="wrong-fact", step="experiment", guess="2")
    at.button(key="lesson_run").click().run()
    for there in (at, reloaded(at), reloaded(at, step="why")):
        assert not there.exception
        assert [error.value for error in there.error] == ["The model broke."]
        assert offered(there)


def test_a_link_with_other_settings_or_in_another_language_is_another_run(
    scripted: ScriptedBackend,
) -> None:
    at = open_page(lesson="wrong-fact", step="experiment", guess="2")
    at.button(key="lesson_run").click().run()
    assert not offered(reloaded(at))
    assert offered(reloaded(at, temperature="0.1"))
    query = {name: value(at, name) or "" for name in at.query_params}
    assert offered(open_page("zh", **query))


def test_changed_settings_take_the_place_of_a_run_that_goes_on(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.hold()
    left = begun(monkeypatch)
    before = job_of(left)
    left.number_input(key="lesson_set_wrong-fact_en_seed").set_value(7)
    leaving(left, "lesson_rerun", monkeypatch)
    assert not before.running
    assert job_of(left).running
    scripted.go_on()
    job_of(left).wait()
    left.run()
    assert value(left, "seed") == "7"
    assert {request.sampling.seed for request in scripted.asked[36:]} == {7, 8, 9, 10}
    assert not offered(left)


def test_a_lesson_that_is_opened_anew_ends_its_run(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.hold()
    left = begun(monkeypatch)
    job = job_of(left)
    left.button(key="lesson_back").click().run()
    assert job.running
    assert value(left, "job") is None
    left.button(key="lesson_open_wrong-fact").click().run()
    assert not job.running


@pytest.mark.parametrize(
    ("lesson_id", "able", "said"),
    [
        ("wrong-fact", True, "does not promise the same text for the same seed"),
        ("roles", False, "does not report its tokens"),
        ("top-p", False, "does not report its tokens"),
        ("seeds", False, "does not report its tokens"),
    ],
)
def test_a_page_says_what_its_experiment_lacks(
    scripted: ScriptedBackend, lesson_id: str, able: bool, said: str
) -> None:
    at = open_page(lesson=lesson_id, step="experiment", guess="0")
    assert not at.exception
    assert [said in info.value for info in at.info] == [True]
    assert offered(at) is able
    at = open_page(lesson=lesson_id, step="why", guess="0")
    assert any(said in info.value for info in at.info) is not able
    assert bool(scripted.asked) is able


@pytest.mark.parametrize(
    ("lesson_id", "said"),
    [("top-p", "does not report token probabilities"), ("seeds", "cannot score a given text")],
)
def test_logits_and_scores_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, lesson_id: str, said: str
) -> None:
    load(monkeypatch, ScriptedBackend(can=("chat", "token_ids", "exact_seeds")))
    at = open_page(lesson=lesson_id, step="experiment", guess="0")
    assert [said in info.value for info in at.info] == [True]
    assert not offered(at)


def test_the_teacher_s_check_goes_on_elsewhere_and_leaves_out_what_cannot_be_run(
    scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = tuple(ENGLISH.get(lesson_id) for lesson_id in ("top-p", "injection", "wrong-fact"))
    monkeypatch.setattr(page, "shelf", lambda _own: Shelf(some, ()))
    scripted.hold()
    left = leaving(open_page(teacher="1"), "lessons_check", monkeypatch)
    assert any("does not report its tokens" in info.value for info in left.info)
    assert job_of(left).running
    scripted.go_on()
    job_of(left).wait()
    asked = len(scripted.asked)
    for at in (reloaded(left), left.run()):
        assert not at.exception
        (table,) = (frame.value for frame in at.dataframe)
        assert set(table["Lesson"]) == {lesson.title for lesson in some[1:]}
        promises = sum(len(lesson.promises) + 1 for lesson in some[1:])
        assert len(table) >= promises
        assert f"of {len(table)} promises did not hold on scripted" in at.warning[0].value
    assert len(scripted.asked) == asked


def test_the_promises_of_a_lesson_are_checked_on_the_loaded_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "shelf", lambda _own: Shelf((ENGLISH.get("roles"),), ()))
    at = open_page(teacher="1")
    at.button(key="lessons_check").click().run()
    assert not at.exception
    assert "promises hold on" in at.success[0].value
    assert all(at.dataframe[0].value["Holds"])
