"""Jobs: work that goes on whoever looks, and ends when it is told to."""

import threading
from collections.abc import Callable, Generator, Iterator
from types import SimpleNamespace

import pytest

from core.backends.events import Finished, Idle, PromptRead, Queued, TextDelta
from core.backends.request import Request
from core.cases.run import Answered, stream
from core.errors import EngineError, InvalidInput, PromptLabError
from core.i18n import _, in_language
from core.jobs import Job, Jobs
from core.messages import Message
from core.sampling.settings import Sampling
from tests.scripted import ScriptedBackend

KEY = ("chat", "1")
WHOLE = "One two three."


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    opened = Jobs(unattended_s=3600)
    yield opened
    opened.close()


def asking(backend: ScriptedBackend, kept: Answered) -> Callable[[], Generator]:
    request = Request((Message("user", "Count."),), Sampling(), tag=0)
    return lambda: stream(backend, [request], kept)


def held() -> ScriptedBackend:
    backend = ScriptedBackend(WHOLE)
    backend.hold()
    return backend


def first_word(job: Job) -> None:
    """Look until the answer has begun, and leave."""
    next(event for _tag, event in job.events() if isinstance(event, TextDelta))


def said(job: Job) -> str:
    return "".join(e.text for _tag, e in job.events() if isinstance(e, TextDelta))


def test_it_goes_on_when_whoever_looked_has_left(jobs):
    backend, kept = held(), Answered()
    job = jobs.start(KEY, asking(backend, kept))
    first_word(job)
    backend.go_on()
    job.wait()
    assert kept.found[0].text == WHOLE
    assert kept.found[0].reason == "stop"


def test_whoever_comes_late_is_told_all(jobs):
    backend = held()
    job = jobs.start(KEY, asking(backend, Answered()))
    first_word(job)
    backend.go_on()
    assert said(job) == WHOLE
    # And when it has ended
    assert said(job) == WHOLE
    assert [type(event) for _tag, event in job.events()][-1] is Finished


def test_two_who_look_at_once_are_told_the_same(jobs):
    backend = held()
    job = jobs.start(KEY, asking(backend, Answered()))
    told: list[str] = []
    readers = [threading.Thread(target=lambda: told.append(said(job))) for _ in range(2)]
    for reader in readers:
        reader.start()
    backend.go_on()
    for reader in readers:
        reader.join()
    assert told == [WHOLE, WHOLE]


def test_a_stop_keeps_what_there_was(jobs):
    kept = Answered()
    job = jobs.start(KEY, asking(held(), kept))
    first_word(job)
    job.stop()
    assert not job.running
    assert (kept.found[0].text, kept.found[0].reason) == ("One", "cancelled")
    assert job.error is None


def test_the_same_work_is_not_begun_twice(jobs):
    backend = held()
    first = jobs.start(KEY, asking(backend, Answered()))
    with pytest.raises(InvalidInput, match="already"):
        jobs.start(KEY, asking(backend, Answered()))
    assert jobs.running(KEY) is first
    first.stop()
    assert jobs.running(KEY) is None
    assert jobs.start(KEY, asking(backend, Answered())) is not first


def test_what_it_returns_is_its_result(jobs):
    def work() -> Generator:
        yield None, Idle()
        return 42

    job = jobs.start(KEY, work)
    job.wait()
    assert jobs.get(KEY).result == 42


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (InvalidInput("The prompt is too long."), InvalidInput, "The prompt is too long."),
        (ZeroDivisionError("oh"), EngineError, "ZeroDivisionError: oh"),
    ],
)
def test_what_ended_it_is_told_to_everyone_who_asks(jobs, raised, kind, words):
    def work() -> Generator:
        yield 0, TextDelta("a")
        raise raised

    job = jobs.start(KEY, work)
    for _time in range(2):
        with pytest.raises(kind, match=words):
            list(job.events())
    assert isinstance(jobs.get(KEY).error, PromptLabError)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that jobs go by: `now`, in seconds."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("core.jobs.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_it_ends_by_itself_when_nobody_looks_for_long(clock):
    backend, kept = held(), Answered()
    job = Job(KEY, asking(backend, kept), unattended_s=60)
    first_word(job)
    clock.now = 61
    job.wait()
    assert kept.found[0].reason == "cancelled"


def test_its_first_step_is_taken_though_nobody_may_look_at_all(clock):
    """A question that is stored in it would be lost."""
    taken = []

    def work() -> Generator:
        taken.append(1)
        yield None, Idle()

    clock.now = 5
    Job(KEY, work, unattended_s=-1).wait()
    assert taken == [1]


def test_whoever_comes_late_is_told_the_last_of_each_kind_last(jobs):
    def work() -> Generator:
        yield None, Queued(2)
        yield None, PromptRead(1, 0.0)
        yield None, Queued(1)

    job = jobs.start(KEY, work)
    job.wait()
    assert [event for _tag, event in job.events()] == [PromptRead(1, 0.0), Queued(1)]


def test_it_does_not_end_while_somebody_looks(clock):
    backend, kept = held(), Answered()
    job = Job(KEY, asking(backend, kept), unattended_s=60)
    told = job.events()
    next(told)
    clock.now = 61
    backend.go_on()
    assert "".join(e.text for _tag, e in told if isinstance(e, TextDelta)).endswith("three.")
    job.wait()
    assert kept.found[0].reason == "stop"


def test_it_speaks_the_language_of_who_began_it(jobs):
    def work() -> Generator:
        yield None, Idle()
        return _("Stop")

    with in_language("zh"):
        job = jobs.start(KEY, work)
    job.wait()
    assert job.result == "停止"


def test_what_is_forgotten_is_stopped_first(jobs):
    kept = Answered()
    job = jobs.start(KEY, asking(held(), kept))
    first_word(job)
    jobs.forget(KEY)
    assert jobs.get(KEY) is None
    assert kept.found[0].reason == "cancelled"
