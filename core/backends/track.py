"""A request's way through an engine: how its token ids become events."""

import time
from collections.abc import Sequence

from core.backends.constraint import Constraint
from core.backends.events import (
    Event,
    Finished,
    FinishReason,
    Part,
    PromptRead,
    Queued,
    TextDelta,
    TextPart,
    Usage,
)
from core.backends.reply import PlainText, ReplyDecoder, ReplyText, reply_parts
from core.backends.request import Request
from core.backends.stream import Sink
from core.i18n import language


class Track:
    """One request in flight: turns token ids as they come into events on its queue.

    begun: the ids that the answer has already.
    """

    def __init__(
        self,
        request: Request,
        prompt_ids: tuple[int, ...],
        begun: tuple[int, ...],
        budget: int,
        decoder: ReplyDecoder,
        sink: Sink,
    ) -> None:
        self.request = request
        self.read_ids = prompt_ids + begun
        self.begun = begun
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
        # Where the answer is held to valid calls; and the engine's number for it
        self.constraint: Constraint | None = None
        self.grammar = 0

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
            self._put(PromptRead(len(self.read_ids), self._first - self._submitted))
        self._feed(new)

    def begin(self) -> None:
        """Give out the part of the answer that is there already."""
        if self.begun:
            self._feed(self.begun)

    @property
    def _new_tokens(self) -> int:
        return max(0, len(self._text.token_ids) - len(self.begun))

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
        text = "".join(self._parts)
        self._put(
            Finished(
                reason=reason,
                text=text,
                raw=self._decoder.decode(ids),
                parts=self._reply_parts(ids) if self._chat else (TextPart(text),),
                token_ids=tuple(ids),
                usage=self._usage(self._new_tokens),
                seed=self.sampling.seed or 0,
                error=error,
            )
        )

    def _reply_parts(self, ids: Sequence[int]) -> tuple[Part, ...]:
        names = {str(tool.get("name", "")) for tool in self.request.tools}
        return reply_parts(self._decoder, ids, names)

    def end_reason(self) -> FinishReason:
        """Why generation ended by itself."""
        ids = self._text.token_ids
        return "stop" if ids and ids[-1] in self._decoder.stop_ids else "length"

    def _usage(self, new_tokens: int) -> Usage:
        first = self._first if self._first is not None else self._last
        elapsed = self._last - first
        return Usage(
            prompt_tokens=len(self.read_ids),
            new_tokens=new_tokens,
            time_to_first_token_s=first - self._submitted,
            tokens_per_s=(new_tokens - 1) / elapsed if elapsed > 0 else 0.0,
            held=self.constraint.held if self.constraint else None,
        )

    def _put(self, event: Event) -> None:
        self._sink.put((self.request.tag, event))
