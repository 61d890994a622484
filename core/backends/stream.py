"""Streams: the events of one request, or of many merged, for whoever reads them."""

import queue
from abc import abstractmethod
from collections.abc import Callable, Generator, Hashable
from contextlib import AbstractContextManager

from core.backends.events import Event, Finished, Idle

# How long a stream stays silent at most; a page can only be stopped when something comes.
HEARTBEAT_S = 0.1

# Where a backend puts (tag, event), from whichever thread
Sink = queue.SimpleQueue


class _Closing(AbstractContextManager):
    """Leaving a `with` block closes."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held."""

    def __exit__(self, *raised: object) -> None:
        self.close()


class MergedStream(_Closing):
    """The events of several requests as one iterator of (tag, event), until all have finished.

    Closing it, also by leaving it early, cancels what still runs and frees its slots; what the
    cancelled had by then can still be read from it.
    """

    def __init__(self, sink: Sink, count: int, cancel: Callable[[], None]) -> None:
        self._sink = sink
        self._open = count
        self._cancel = cancel

    def __iter__(self) -> Generator[tuple[Hashable, Event], None, None]:
        try:
            while self._open:
                try:
                    tag, event = self._sink.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    yield None, Idle()
                    continue
                if isinstance(event, Finished):
                    self._open -= 1
                yield tag, event
        finally:
            self.close()

    def close(self) -> None:
        """Cancel what still runs. Safe to call twice and from any thread."""
        self._cancel()

    def results(self) -> dict[Hashable, Finished]:
        """Run to the end; the last event of every request by its tag."""
        return {tag: event for tag, event in self if isinstance(event, Finished)}


class Stream(_Closing):
    """The events of one request, in order."""

    def __init__(self, merged: MergedStream) -> None:
        self._merged = merged

    def __iter__(self) -> Generator[Event, None, None]:
        for _tag, event in self._merged:
            yield event

    def close(self) -> None:
        """Cancel the request if it still runs."""
        self._merged.close()

    def cancel(self) -> Finished:
        """Cancel the request if it still runs; its last event, with what it had by then."""
        self.close()
        return self.result()

    def result(self) -> Finished:
        """Run to the end and return the last event."""
        return next(event for event in self if isinstance(event, Finished))
