"""Turns: how many requests of one visitor may be with a model at once, where many share it.

A visitor has one answer at a time and one part of a larger batch (a grid, a lesson's experiment);
what is more waits in line, first come, first served. Only so many parts are with the models at
once, all visitors together: an answer always finds room in the engine's batch beside them.

It holds in the thread of a job, for all that runs in it: `taking_turns`.
"""

import threading
from collections.abc import Callable, Generator, Hashable, Sequence
from contextvars import ContextVar
from typing import Any

from core.backends.backend import Backend
from core.backends.events import Event, Idle, Queued
from core.backends.request import Request
from core.backends.stream import HEARTBEAT_S, MergedStream

# With 30 answers beside them they fit into a batch of 64
PART = 4
PARTS_AT_ONCE = 8


class _Place:
    """A place in the line. may: set once it is its turn."""

    def __init__(self, visitor: Hashable, single: bool) -> None:
        self.visitor, self.single = visitor, single
        self.may = threading.Event()


class Turns:
    """The line in front of the models; all methods may be called from any thread."""

    def __init__(self, part: int = PART, parts_at_once: int = PARTS_AT_ONCE) -> None:
        self.part = part
        self._parts_at_once = parts_at_once
        self._lock = threading.Lock()
        self._line: list[_Place] = []
        self._running: list[_Place] = []

    def queue(self, visitor: Hashable, single: bool) -> _Place:
        """Take the last place in the line; it has to be left whatever happens."""
        place = _Place(visitor, single)
        with self._lock:
            self._line.append(place)
            self._call()
        return place

    def leave(self, place: _Place) -> None:
        """Be done, or wait no longer. Safe to call twice."""
        with self._lock:
            for places in (self._line, self._running):
                if place in places:
                    places.remove(place)
            self._call()

    def before(self, place: _Place) -> int:
        """How many stand in line before a place."""
        with self._lock:
            return self._line.index(place) if place in self._line else 0

    def _call(self) -> None:
        for place in [*self._line]:
            same = [other for other in self._running if other.single == place.single]
            if any(other.visitor == place.visitor for other in same):
                continue
            if place.single or len(same) < self._parts_at_once:
                self._line.remove(place)
                self._running.append(place)
                place.may.set()


_mine: ContextVar[tuple[Turns, Hashable] | None] = ContextVar("turns", default=None)


def taking_turns(turns: Turns, visitor: Hashable, work: Callable[[], Generator]) -> Callable:
    """`work`, the generator of a job, as one of this visitor's."""

    def in_turn() -> Generator[Any, None, Any]:
        token = _mine.set((turns, visitor))
        try:
            return (yield from work())
        finally:
            _mine.reset(token)

    return in_turn


def submitted(backend: Backend, requests: Sequence[Request]) -> MergedStream:
    """The requests on their way, as `Backend.submit_many`; in turns where this thread takes them.

    All are checked before the first one starts.
    """
    mine = _mine.get()
    if mine is None:
        return backend.submit_many(requests)
    for request in requests:
        backend.check(request)
    return _InTurns(*mine, backend, requests)


class _InTurns(MergedStream):
    """The events of requests of which a part runs at a time."""

    def __init__(
        self, turns: Turns, visitor: Hashable, backend: Backend, requests: Sequence[Request]
    ) -> None:
        self._turns, self._visitor, self._backend = turns, visitor, backend
        self._single = len(requests) == 1
        self._waiting = list(requests)
        self._now: MergedStream | None = None
        self._place: _Place | None = None
        self._closed = False

    def __iter__(self) -> Generator[tuple[Hashable, Event], None, None]:
        try:
            while self._now or self._waiting:
                if self._now is None:
                    yield from self._wait()
                    self._now = self._backend.submit_many(self._part())
                    if self._closed:
                        # What was never begun ends as the engine ends what waited there
                        self._now.close()
                yield from self._now
                self._now = None
                self._leave()
        finally:
            self.close()

    def close(self) -> None:
        """Cancel what still runs or waits. Safe to call twice and from any thread."""
        self._closed = True
        if self._now:
            self._now.close()
        self._leave()

    def _wait(self) -> Generator[tuple[Hashable, Event], None, None]:
        if self._closed:
            return
        self._place = self._turns.queue(self._visitor, self._single)
        told = 0
        while not self._closed and not self._place.may.wait(HEARTBEAT_S):
            before = self._turns.before(self._place) + 1
            if before != told:
                told = before
                yield from ((request.tag, Queued(before)) for request in self._waiting)
            yield None, Idle()

    def _part(self) -> list[Request]:
        most = len(self._waiting) if self._closed else self._turns.part
        part, self._waiting = self._waiting[:most], self._waiting[most:]
        return part

    def _leave(self) -> None:
        if self._place:
            self._turns.leave(self._place)
