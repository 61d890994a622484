"""Turns: nobody takes all of a model, everybody gets their own, and a stop reaches who waits."""

import threading
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from core.backends.events import Finished, TextDelta
from core.backends.request import Request
from core.cases.run import Answered, stream
from core.cases.turns import Turns, taking_turns
from core.jobs import Job
from core.messages import Message
from core.sampling.settings import Sampling
from tests.scripted import ScriptedBackend

PATIENCE_S = 300.0


def requests(count: int, name: str = "") -> list[Request]:
    return [
        Request((Message("user", f"{name}{place}"),), Sampling(0.0), tag=place)
        for place in range(count)
    ]


def job(turns: Turns, visitor: str, backend: ScriptedBackend, asked: Sequence[Request]) -> Job:
    kept = Answered()

    def work() -> Generator[Any, None, Answered]:
        yield from stream(backend, asked, kept)
        return kept

    return Job(visitor, taking_turns(turns, visitor, work), 3600)


class Counting(ScriptedBackend):
    """Knows how many of each visitor's requests were with it at once, at most."""

    def __init__(self) -> None:
        super().__init__("One two three.")
        self.most: dict[str, int] = {}
        self.most_of_all = 0
        self._now: dict[str, int] = {}
        self._count = threading.Lock()

    def _say(self, sink: Any, request: Request, *rest: Any) -> None:
        name = request.messages[0].content.rstrip("0123456789")  # type: ignore[index]
        with self._count:
            self._now[name] = self._now.get(name, 0) + 1
            self.most[name] = max(self.most.get(name, 0), self._now[name])
            self.most_of_all = max(self.most_of_all, sum(self._now.values()))
        try:
            super()._say(sink, request, *rest)
        finally:
            with self._count:
                self._now[name] -= 1


def test_a_large_batch_is_with_the_model_a_part_at_a_time() -> None:
    backend, turns = Counting(), Turns(part=4)
    done = job(turns, "a", backend, requests(30, "a"))
    done.wait(PATIENCE_S)
    assert {end.reason for end in done.result.found.values()} == {"stop"}
    assert len(done.result.found) == 30
    # One of the part before may not have left its thread yet
    assert backend.most["a"] <= 8


def test_a_visitor_with_many_jobs_has_one_answer_at_a_time() -> None:
    backend, turns = ScriptedBackend("One two three."), Turns()
    backend.hold()
    jobs = [job(turns, "a", backend, requests(1, "a")) for _job in range(5)]
    assert backend.began.wait(PATIENCE_S)
    assert len(backend.asked) == 1
    backend.go_on()
    for one in jobs:
        one.wait(PATIENCE_S)
    assert len(backend.asked) == 5


def test_a_grid_keeps_nobody_from_an_answer() -> None:
    backend, turns = ScriptedBackend("One two three."), Turns(part=2, parts_at_once=1)
    backend.hold()
    grids = [job(turns, f"g{n}", backend, requests(6)) for n in range(3)]
    assert backend.began.wait(PATIENCE_S)
    answers = [job(turns, name, backend, requests(1)) for name in ("g0", "other")]
    for one in answers:
        assert next(event for _tag, event in one.events() if isinstance(event, TextDelta))
    # One part of one grid, and both answers
    assert len(backend.asked) == 2 + 2
    backend.go_on()
    for one in (*grids, *answers):
        one.wait(PATIENCE_S)
        assert len(one.result.found) in (1, 6)


def test_parts_of_different_visitors_go_in_the_order_of_their_coming() -> None:
    turns = Turns(parts_at_once=1)
    first, second, third = (turns.queue(name, single=False) for name in "abc")
    assert [p.may.is_set() for p in (first, second, third)] == [True, False, False]
    assert turns.before(third) == 1
    again = turns.queue("a", single=False)
    turns.leave(first)
    assert second.may.is_set()
    # Who waits no longer is passed over
    turns.leave(third)
    turns.leave(second)
    assert again.may.is_set()
    assert not third.may.is_set()


def test_a_stop_ends_what_runs_and_what_waits() -> None:
    backend, turns = ScriptedBackend("One two three."), Turns(part=2)
    backend.hold()
    running = job(turns, "a", backend, requests(5))
    assert backend.began.wait(PATIENCE_S)
    waiting = job(turns, "a", backend, requests(5))
    for one in (waiting, running):
        one.stop()
        assert not one.running
        assert one.error is None
    # A later one is not kept waiting by those that are gone
    backend.go_on()
    later = job(turns, "a", backend, requests(5))
    later.wait(PATIENCE_S)
    assert len(later.result.found) == 5


def test_what_was_stopped_while_it_waited_has_an_end_too() -> None:
    backend, turns = ScriptedBackend("One two three."), Turns()
    backend.hold()
    running = job(turns, "a", backend, requests(1))
    assert backend.began.wait(PATIENCE_S)
    kept = Answered()
    waiting = Job("w", taking_turns(turns, "a", lambda: stream(backend, requests(1), kept)), 3600)
    next(told for told in waiting.events() if told[1] is not None)
    waiting.stop()
    assert {end.reason for end in kept.found.values()} == {"cancelled"}
    backend.go_on()
    running.wait(PATIENCE_S)


def test_where_nobody_takes_turns_all_start_together() -> None:
    backend = ScriptedBackend("One two three.")
    ends = [e for _t, e in stream(backend, requests(30), Answered()) if isinstance(e, Finished)]
    assert len(ends) == 30


def test_a_request_that_cannot_be_is_refused_before_any_starts() -> None:
    backend, turns = ScriptedBackend("One two three."), Turns()
    bad = [*requests(2), Request((1, 2, 3), Sampling(0.0), tag=9)]
    refused = job(turns, "a", backend, bad)
    refused.wait(PATIENCE_S)
    assert refused.error is not None
    assert not backend.asked


@pytest.mark.parametrize("visitors", [30])
def test_a_whole_class_comes_to_its_end(visitors: int) -> None:
    backend, turns = Counting(), Turns()
    jobs = [job(turns, f"s{n}", backend, requests(9, f"s{n}-")) for n in range(visitors)]
    jobs += [job(turns, f"s{n}", backend, requests(1, f"s{n}-")) for n in range(visitors)]
    for one in jobs:
        one.wait(PATIENCE_S)
        assert one.error is None
    assert sum(len(one.result.found) for one in jobs) == visitors * 10
