"""The one loop from requests to kept answers: it streams, keeps as it goes, stops and resumes.

A turn of a chat, a branch, a preview, a grid, a lesson's experiment and an evaluation all run
here. What is kept, and where, is the keeper's matter.
"""

import time
from collections.abc import Collection, Generator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.backends.backend import Backend
from core.backends.events import Event, Finished, TextDelta
from core.backends.request import Request
from core.cases.case import Case
from core.cases.turns import submitted
from core.errors import NotFound, PromptLabError, StorageError

KEEP_EVERY_S = 0.5

# (tag, event), or (None, Idle)
Tagged = tuple[Hashable, Event]


class Keeper(Protocol):
    """Where answers are kept while they grow and when they end."""

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        """Keep what an answer has so far; twice a second."""

    def ended(self, tag: Hashable, end: Finished) -> None:
        """Keep an answer that has ended, whatever ended it."""


class Results(Keeper, Protocol):
    """A keeper that knows which cases need not run again."""

    def complete(self) -> Collection[Hashable]:
        """The tags of the cases whose answers came to their own end."""


@dataclass(slots=True)
class Answered:
    """Keeps the ends in memory, by their tag."""

    found: dict[Hashable, Finished] = field(default_factory=dict)

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        """Only ends are kept."""

    def ended(self, tag: Hashable, end: Finished) -> None:
        self.found[tag] = end

    def complete(self) -> Collection[Hashable]:
        return {tag for tag, end in self.found.items() if end.reason in ("stop", "length")}


def run_cases(
    backend: Backend, cases: Sequence[Case], results: Results
) -> Generator[Tagged, None, None]:
    """Run the cases that are not complete, all at once; see `stream` for what is kept and
    raised."""
    done = set(results.complete())
    yield from stream(backend, [c.request for c in cases if c.tag not in done], results)


def stream(
    backend: Backend, requests: Sequence[Request], keeper: Keeper
) -> Generator[Tagged, None, None]:
    """The events of these requests, kept as they come; each request needs a tag of its own.

    Closing the iterator early keeps what every answer had by then, as cancelled. Raises what
    `Backend.submit_many` raises, before anything is kept.
    """
    if not requests:
        return
    merged = submitted(backend, requests)
    growing: dict[Hashable, _Growing] = {request.tag: _Growing() for request in requests}
    unkept: dict[Hashable, Finished] = {}
    try:
        for tag, event in merged:
            if isinstance(event, TextDelta):
                growing[tag].take(event)
                if growing[tag].is_due():
                    keeper.grown(tag, growing[tag].text, growing[tag].token_ids)
            elif isinstance(event, Finished):
                unkept[tag] = event
                keeper.ended(tag, event)
                del unkept[tag], growing[tag]
            yield tag, event
    finally:
        if growing:
            merged.close()
            unkept |= {tag: event for tag, event in merged if isinstance(event, Finished)}
            _keep_all(unkept, keeper)


def _keep_all(ends: Mapping[Hashable, Finished], keeper: Keeper) -> None:
    """Keep each of these, also where another cannot be kept; raises what went wrong first."""
    failed: PromptLabError | None = None
    for tag, end in ends.items():
        try:
            keeper.ended(tag, end)
        except NotFound:
            pass  # where it was kept is gone: deleted while it was being written
        except StorageError as error:
            failed = failed or error
    if failed:
        raise failed


@dataclass(slots=True)
class _Growing:
    """An answer on its way."""

    text: str = ""
    token_ids: list[int] = field(default_factory=list)
    kept_at: float = float("-inf")

    def take(self, event: TextDelta) -> None:
        self.text += event.text
        self.token_ids += event.token_ids

    def is_due(self) -> bool:
        now = time.monotonic()
        due = bool(self.text) and now - self.kept_at >= KEEP_EVERY_S
        if due:
            self.kept_at = now
        return due


def turn(backend: Backend, request: Request, keeper: Keeper) -> Generator[Event, None, None]:
    """One answer: the events of a single request, kept as `stream` keeps them."""
    for _tag, event in stream(backend, [request], keeper):
        yield event
