"""A request's way through the engine: what was asked, and how its state becomes events."""

import queue
import time
from abc import abstractmethod
from collections.abc import Generator, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.backends.events import (
    Event,
    Finished,
    FinishReason,
    Idle,
    PromptRead,
    Queued,
    TextDelta,
    Usage,
)
from core.engine.reply import PlainText, ReplyDecoder, ReplyText, parse_reply
from core.i18n import language
from core.sampling.settings import Sampling

if TYPE_CHECKING:
    from core.engine.engine import Engine

# How long a stream stays silent at most; a page can only be stopped when something comes.
HEARTBEAT_S = 0.1


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt to be continued.

    prompt_ids: the whole prompt, from `prompt_ids` of a tokenizer or any other ids.
    begun: the tokens that the answer has already. They count as generated: the seeded draw goes
    on where it would be after them, max_new_tokens counts them, and text and token ids of the
    events are those of the whole answer. So an answer that is cut anywhere and begun again with
    the same settings and seed goes on in the same way (in float32).
    chat: the answer is a reply in the model's chat format, if it has one; otherwise plain text.
    tag: names the request in a merged stream; any hashable value.
    """

    prompt_ids: tuple[int, ...]
    sampling: Sampling
    chat: bool = True
    tag: Hashable = None
    begun: tuple[int, ...] = ()

    @property
    def read_ids(self) -> tuple[int, ...]:
        """All that is read before the first new token."""
        return self.prompt_ids + self.begun


class Track:
    """One request in flight: turns token ids as they come into events on its queue."""

    def __init__(
        self, request: Request, budget: int, decoder: ReplyDecoder, sink: "queue.SimpleQueue"
    ) -> None:
        self.request = request
        self.sampling = request.sampling.with_seed()
        self.budget = budget
        self._decoder = decoder
        self._chat = request.chat and decoder.chat
        self._text = ReplyText(decoder) if self._chat else PlainText(decoder)
        self._parts: list[str] = []
        self._sink = sink
        self._submitted = time.perf_counter()
        self._first: float | None = None
        self._last = self._submitted
        self._position: int | None = None
        # For what the engine says of it in a thread of its own
        self.language = language()
        self.finished = False

    @property
    def waiting(self) -> bool:
        """Whether no token has come yet."""
        return self._first is None

    def queued(self, position: int) -> None:
        """Tell the place in the queue, when it changed."""
        if self.waiting and position != self._position:
            self._position = position
            self._put(Queued(position))

    def advance(self, token_ids: Sequence[int]) -> None:
        """Take all ids generated so far."""
        new = token_ids[self._new_tokens :]
        if self.finished or not new:
            return
        self._last = time.perf_counter()
        if self._first is None:
            self._first = self._last
            self._put(PromptRead(len(self.request.read_ids), self._first - self._submitted))
        self._feed(new)

    def begin(self) -> None:
        """Give out the part of the answer that is there already."""
        if self.request.begun:
            self._feed(self.request.begun)

    @property
    def _new_tokens(self) -> int:
        return max(0, len(self._text.token_ids) - len(self.request.begun))

    def _feed(self, ids: Sequence[int]) -> None:
        text = self._text.feed(ids)
        self._parts.append(text)
        self._put(TextDelta(text, tuple(ids)))

    def finish(self, reason: FinishReason, error: str | None = None) -> None:
        """Close the stream; whatever comes later is ignored."""
        if self.finished:
            return
        rest = self._text.finish()
        if rest:
            self._parts.append(rest)
            self._put(TextDelta(rest, ()))
        self.finished = True
        ids = self._text.token_ids
        metadata = ""
        if self._chat:
            metadata = next((m.metadata for m in parse_reply(self._decoder, ids) if m.metadata), "")
        self._put(
            Finished(
                reason=reason,
                text="".join(self._parts),
                raw=self._decoder.decode(ids),
                metadata=metadata,
                token_ids=tuple(ids),
                usage=self._usage(self._new_tokens),
                seed=self.sampling.seed or 0,
                error=error,
            )
        )

    def end_reason(self) -> FinishReason:
        """Why generation ended by itself."""
        ids = self._text.token_ids
        return "stop" if ids and ids[-1] in self._decoder.stop_ids else "length"

    def _usage(self, new_tokens: int) -> Usage:
        first = self._first if self._first is not None else self._last
        elapsed = self._last - first
        return Usage(
            prompt_tokens=len(self.request.read_ids),
            new_tokens=new_tokens,
            time_to_first_token_s=first - self._submitted,
            tokens_per_s=(new_tokens - 1) / elapsed if elapsed > 0 else 0.0,
        )

    def _put(self, event: Event) -> None:
        self._sink.put((self.request.tag, event))


class _Closing(AbstractContextManager):
    """Leaving a `with` block closes."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held."""

    def __exit__(self, *raised: object) -> None:
        self.close()


class MergedStream(_Closing):
    """The events of several requests as one iterator of (tag, event), until all have finished.

    Closing it, also by leaving it early, cancels what still runs and frees its slots.
    """

    def __init__(
        self, engine: "Engine", tracks: Sequence[Track], sink: "queue.SimpleQueue"
    ) -> None:
        self._engine = engine
        self._tracks = tracks
        self._sink = sink
        self._open = len(tracks)

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
        self._engine.cancel([track for track in self._tracks if not track.finished])

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
