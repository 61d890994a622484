"""A class on one network: nothing of the app before the code, and the teacher's hand on it
after."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.classroom.classroom import Classroom
from core.classroom.door import TRIES
from core.config import ClassSettings, classroom_variables
from core.errors import InvalidInput
from core.lessons.shelf import shelf
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend
from ui.shell import gate, membership, resources

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "pages").glob("*.py"))
CODE, KEY = "K7M4QX", "the-teacher's-own-key-of-the-class"
SETTINGS = ClassSettings(CODE, KEY, "http://192.168.1.5:8501")


@pytest.fixture
def room(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> Classroom:
    """The class of a server that was started for one."""
    for name, value in classroom_variables(SETTINGS).items():
        monkeypatch.setenv(name, value)
    # It would be another one for every look
    monkeypatch.setattr(gate, "_address", lambda: "192.168.1.20")
    found = membership.classroom()
    assert found is not None
    return found


def opened(file: str = "Home.py", **query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / file), default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def join(at: AppTest, code: str) -> AppTest:
    at.text_input(key="class_code").set_value(code)
    at.button(key="class_join").click().run()
    assert not at.exception
    return at


def titles(at: AppTest) -> list[str]:
    return [title.value for title in at.title]


def shut(at: AppTest) -> bool:
    """Whether there is the page to join on, and nothing else at all."""
    widgets: list[Any] = [*at.main.button, *at.main.text_input]
    return (
        titles(at) == ["Enter the join code"]
        and [widget.key for widget in widgets] == ["class_join", "class_code"]
        and not at.sidebar.children
        and len(at.markdown) == 1
    )


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on which asking for the database, the models or a job fails the test."""

    def touched() -> None:
        raise AssertionError("the app ran")

    for name in ("store", "host", "jobs"):
        monkeypatch.setattr(resources, name, touched)


# --- before the code ----------------------------------------------------------------------


@pytest.mark.parametrize("file", ["Home.py", *(f"pages/{page.name}" for page in PAGES)])
def test_without_the_code_there_is_one_page_and_nothing_runs(
    room: Classroom, untouched: None, file: str
) -> None:
    assert shut(opened(file))


@pytest.mark.parametrize(
    "query",
    [
        {"join": "WRONG2"},
        {"join": ""},
        {"teach": CODE},
        {"teacher": "1"},
        {"lesson": "seeds", "step": "why"},
        {"ask": "Hello", "conversation": "1", "space": "0" * 32},
    ],
)
def test_no_link_without_the_code_opens_anything(
    room: Classroom, untouched: None, query: dict[str, str]
) -> None:
    for file in ("Home.py", "pages/5_Lessons.py", "pages/1_Chat.py"):
        assert shut(opened(file, **query))


def test_a_wrong_code_is_told_and_tries_are_bounded(room: Classroom, untouched: None) -> None:
    at = opened()
    for _try in range(TRIES):
        assert "not the code" in join(at, "WRONG2").error[0].value
    assert "Try again in" in join(at, CODE).error[0].value
    assert shut(at)
    # Not by coming anew either
    assert shut(opened("Home.py", join=CODE))


def test_half_a_class_opens_to_nobody(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTLAB_CLASSROOM", CODE)
    at = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PAGE_S).run()
    assert at.exception
    assert not at.title


def test_without_a_class_nobody_is_asked(own_data: Path) -> None:
    at = opened("pages/6_Glossary.py")
    assert titles(at) == ["Glossary"]
    assert membership.classroom() is None


def test_who_has_not_joined_starts_nothing_by_any_way(room: Classroom) -> None:
    with pytest.raises(InvalidInput, match="not in the class"):
        resources.jobs().start("any", lambda: iter(()))  # type: ignore[arg-type, return-value]
    with pytest.raises(InvalidInput, match="not in the class"):
        membership.check_may_start()


# --- with it ------------------------------------------------------------------------------


def test_the_code_opens_and_stays_open(room: Classroom) -> None:
    at = join(opened("pages/6_Glossary.py"), "k7m 4qx")
    assert titles(at) == ["Glossary"]
    assert titles(at.run()) == ["Glossary"]
    assert room.door.students() == 1
    assert room.here() == 1


def test_the_class_link_opens_at_once_and_leaves_the_address(room: Classroom) -> None:
    at = opened("pages/5_Lessons.py", lesson="seeds", join=CODE)
    assert titles(at) == [shelf(None, "en").get("seeds").title]
    assert "join" not in at.query_params
    assert at.query_params["lesson"] in ("seeds", ["seeds"])


def test_a_browser_is_known_by_its_cookie(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    key = room.door.join(CODE, "one")
    monkeypatch.setattr(membership, "key", lambda: key)
    assert titles(opened("pages/6_Glossary.py", join=CODE)) == ["Glossary"]
    # The link again does not make two of one
    assert room.door.students() == 1


@pytest.mark.parametrize("forged", ["", "x", CODE, KEY, "*", "promptlab_class=1"])
def test_a_forged_cookie_opens_nothing(
    room: Classroom, untouched: None, forged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.door.join(CODE, "somebody")
    monkeypatch.setattr(membership, "key", lambda: forged)
    assert shut(opened("pages/1_Chat.py"))


def test_no_key_gets_into_a_script_but_one_of_the_door(room: Classroom) -> None:
    at = opened("pages/6_Glossary.py", join=CODE)
    scripts = "\n".join(element.proto.body for element in at.get("html"))
    own = at.session_state["class_key"]
    assert f"{membership.COOKIE}={own};" in scripts
    assert KEY not in scripts


def test_secrets_are_not_logged(room: Classroom, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    at = join(opened("pages/6_Glossary.py", teach="wrong key of somebody"), CODE)
    opened("pages/5_Lessons.py", teacher="1", teach=KEY)
    for secret in (CODE, KEY, at.session_state["class_key"], "wrong key of somebody"):
        assert secret not in caplog.text


# --- students -----------------------------------------------------------------------------


def test_students_have_no_answers_and_no_models_to_choose(room: Classroom) -> None:
    at = opened("pages/5_Lessons.py", join=CODE, teacher="1")
    assert titles(at) == ["Lessons"]
    assert "lessons_teacher" not in [button.key for button in at.button]
    models = opened("pages/4_Models.py", join=CODE)
    assert "teacher chooses" in models.info[0].value
    assert not models.main.button
    chat = opened("pages/1_Chat.py", join=CODE, model="smollm2-135m")
    assert not [button for button in chat.button if "download" in str(button.key)]


def test_a_prediction_of_a_student_reaches_the_teacher(room: Classroom) -> None:
    students = [opened("pages/5_Lessons.py", join=CODE, lesson="seeds") for _n in range(3)]
    for student, choice in zip(students, (0, 1, 1), strict=True):
        student.radio[0].set_value(choice).run()
    students[0].radio[0].set_value(1).run()
    assert room.predictions.counts("seeds") == {1: 3}
    teacher = opened("pages/5_Lessons.py", teacher="1", teach=KEY)
    assert teacher.selectbox(key="class_lesson").value == "seeds"
    assert "3 predictions" in "\n".join(text.value for text in teacher.markdown)


def test_a_paused_student_is_told_and_loses_nothing(
    room: Classroom, scripted: ScriptedBackend
) -> None:
    room.paused = True
    at = opened("pages/1_Chat.py", join=CODE)
    at.chat_input[0].set_value("Hello?").run()
    assert "paused" in at.error[0].value
    assert not scripted.asked
    assert "conversation" not in at.query_params
    room.paused = False
    at.chat_input[0].set_value("Hello?").run()
    assert not at.error
    assert len(scripted.asked) == 1


def test_students_keep_their_things_apart(room: Classroom, scripted: ScriptedBackend) -> None:
    one, other = (opened("pages/1_Chat.py", join=CODE) for _student in range(2))
    one.chat_input[0].set_value("Only mine").run()
    conversation = one.query_params["conversation"][0]
    other.query_params["conversation"] = conversation
    other.run()
    assert other.warning
    assert "Only mine" not in "\n".join(text.value for text in other.markdown)


# --- the teacher --------------------------------------------------------------------------


def test_the_teachers_own_link_leads_to_the_class(room: Classroom) -> None:
    at = opened("pages/5_Lessons.py", teacher="1", teach=KEY)
    assert titles(at) == ["For teachers"]
    assert "teach" not in at.query_params
    shown = "\n".join(element.proto.body for element in at.get("html"))
    assert "K7M 4QX" in shown
    assert SETTINGS.address in shown
    assert KEY not in shown
    assert at.metric[0].value == "0"
    links = [code.value for code in at.code]
    assert f"{SETTINGS.address}/Lessons?lesson=seeds&join={CODE}" in links
    # The teacher is none of the students
    assert room.door.students() == 0


def test_a_student_who_gets_the_teachers_link_becomes_the_teacher(room: Classroom) -> None:
    at = opened("pages/5_Lessons.py", join=CODE, teacher="1")
    at.query_params["teach"] = KEY
    assert titles(at.run()) == ["For teachers"]


def test_the_teacher_pauses_stops_reveals_and_clears(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.predictions.put("seeds", "a student", 0)
    at = opened("pages/5_Lessons.py", teacher="1", teach=KEY)
    at.toggle(key="class_pause").set_value(True).run()
    assert room.paused
    at.toggle(key="class_pause").set_value(False).run()
    assert not room.paused
    stopped: list[int] = []
    monkeypatch.setattr(resources.jobs(), "stop_all", lambda: stopped.append(1) or 2)
    at.button(key="class_stop").click().run()
    assert stopped
    assert "2 requests stopped" in at.toast[0].value
    at.button(key="class_reveal_seeds").click().run()
    assert room.predictions.revealed("seeds")
    assert "✓" in "\n".join(text.value for text in at.caption)
    at.button(key="class_clear_seeds").click().run()
    assert not room.predictions.counts("seeds")


def test_the_link_to_the_start_page_needs_no_lesson(room: Classroom) -> None:
    at = opened("pages/5_Lessons.py", teacher="1", teach=KEY)
    at.selectbox(key="class_lesson").set_value("").run()
    assert not at.exception
    assert not at.get("plotly_chart")


def test_without_a_class_the_link_says_where_it_works(own_data: Path) -> None:
    at = opened("pages/5_Lessons.py", teacher="1")
    assert "make classroom" in at.info[0].value
    assert "only on this computer" in "\n".join(text.value for text in at.caption)


def test_what_a_browser_is_to_keep_lasts_a_school_day() -> None:
    assert 6 * 3600 <= gate._COOKIE_S <= 24 * 3600
