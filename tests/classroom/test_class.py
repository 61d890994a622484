"""Thirty students at once on the embedded model: everyone gets their own answer, and no other."""

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.backends.request import Request
from core.cases.run import Answered, stream
from core.chat.turn import turns
from core.classroom.classroom import Classroom, Paused
from core.classroom.door import Member
from core.config import ClassSettings
from core.jobs import Jobs, Work
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store
from tests.scripted import ScriptedBackend

if TYPE_CHECKING:
    from core.engine.engine import Engine

STUDENTS = 30
PATIENCE_S = 300.0
SETTINGS = ClassSettings("K7M4QX", "k" * 32, "http://192.168.1.5:8501")
SUBJECTS = ("temperature", "a token", "top_p", "a seed", "a persona", "a prompt")


class Student:
    """One of a class: a browser that has joined, and a space of its own."""

    def __init__(self, room: Classroom, number: int, store: Store) -> None:
        member = room.door.member(room.door.join("K7M4QX", f"10.0.0.{number}"))
        assert member is not None
        self.member = member
        self.number = number
        self.store = store.of(member.id)
        # Each is another text, and several are nearly the same
        self.question = f"What is {SUBJECTS[number % len(SUBJECTS)]}? Student {number} asks."
        self.jobs = Jobs(3600, partial(room.admit, member))


@pytest.fixture
def room() -> Classroom:
    return Classroom(SETTINGS)


def test_thirty_students_get_their_own_answers(
    room: Classroom, engine: "Engine", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite serves whoever asks again first: with sixty threads one may wait for long
    monkeypatch.setattr("core.storage.database.BUSY_TIMEOUT_MS", 600_000)
    common = Store.open(tmp_path / "class.db")
    students = [Student(room, number, common) for number in range(STUDENTS)]
    sampling = Sampling(0.0, max_new_tokens=24)
    talks, grids = {}, {}
    for student in students:
        made = student.store.conversations.create(sampling=sampling)
        work = partial(turns, student.store.conversations, engine, made.id, [student.question])
        talks[student.number] = (made.id, student.jobs.start("chat", work))
        if student.number % 10 == 0:
            # These also want everything at once
            many = [
                Request((Message("user", student.question),), sampling, tag=tag)
                for tag in range(20)
            ]
            kept = Answered()
            grids[student.number] = kept
            student.jobs.start("grid", partial(stream, engine, many, kept))
    for student in students:
        for key in ("chat", "grid"):
            job = student.jobs.get(key)
            if job:
                job.wait(PATIENCE_S)
                assert job.error is None
    for student in students:
        alone = engine.submit(Request((Message("user", student.question),), sampling)).result()
        conversation, _job = talks[student.number]
        question, answer = student.store.conversations.path(conversation)
        assert question.content == student.question
        assert answer.content == alone.text
        assert answer.finish_reason in ("stop", "length")
        if student.number in grids:
            assert {end.text for end in grids[student.number].found.values()} == {alone.text}
            assert len(grids[student.number].found) == 20
        # And there is nothing of anybody else's
        assert [c.id for c in student.store.conversations.list()] == [conversation]


# --- the teacher's hand -------------------------------------------------------------------


def _work(backend: ScriptedBackend) -> Work:
    asked = Request((Message("user", "Hello"),), Sampling(0.0))

    def work() -> Generator[Any, None, None]:
        yield from stream(backend, [asked], Answered())

    return work


def test_a_pause_refuses_students_and_not_the_teacher(room: Classroom) -> None:
    backend, jobs = ScriptedBackend(), Jobs(3600)
    student, teacher = Member("a"), Member("b", teacher=True)
    room.paused = True
    with pytest.raises(Paused, match="paused"):
        room.admit(student, _work(backend))
    jobs.start("teacher", room.admit(teacher, _work(backend))).wait(PATIENCE_S)
    assert len(backend.asked) == 1
    room.paused = False
    jobs.start("student", room.admit(student, _work(backend))).wait(PATIENCE_S)
    assert len(backend.asked) == 2


def test_stopping_all_ends_what_runs_and_what_waits(room: Classroom) -> None:
    backend, jobs = ScriptedBackend("One two three."), Jobs(3600)
    backend.hold()
    started = [
        jobs.start((name, number), room.admit(Member(name), _work(backend)))
        for name in ("a", "b", "c")
        for number in range(3)
    ]
    assert backend.began.wait(PATIENCE_S)
    assert jobs.stop_all() == 9
    assert not any(job.running for job in started)
    assert jobs.stop_all() == 0


def test_who_is_here_is_counted_by_browsers(room: Classroom) -> None:
    one, other, teacher = Member("a"), Member("b"), Member("c", teacher=True)
    for window in (one, one, other, teacher):
        room.enter(window)
    assert room.here() == 2
    room.leave(one)
    assert room.here() == 2
    room.leave(one)
    room.leave(teacher)
    assert room.here() == 1
