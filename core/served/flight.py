"""One request by token ids, on its way to a server and back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from core.backends.events import Finished, FinishReason, PromptRead, TextDelta, TextPart
from core.backends.request import Request
from core.backends.stream import Sink
from core.backends.tokenizer import Tokenizer
from core.backends.track import Track
from core.servers.flight import Flight


class IdFlight(Flight):
    """The ids of an answer become its events, as on this machine.

    begun: the ids that the answer has already. told: whether the server tells the ids of what it
    writes. Where it does not, no ids are claimed, and the text is taken as it comes.
    """

    def __init__(
        self,
        request: Request,
        sink: Sink,
        tokenizer: Tokenizer,
        ids: tuple[tuple[int, ...], tuple[int, ...]],
        budget: int,
        told: bool,
    ) -> None:
        super().__init__(request, sink)
        prompt, begun = ids
        self.read_ids, self.begun, self.budget = prompt + begun, begun, budget
        self._told = told
        # What came when the server's ids had a gap
        self._without_ids: list[str] = []
        decoder: Any = tokenizer if told else _Letters(tokenizer)
        written = begun if told else tuple(map(ord, tokenizer.decode(begun)))
        self._track = Track(self.request, prompt, written, budget, decoder, _Filter(self))  # type: ignore[arg-type]
        self._track.begin()

    def advance(self, ids: Sequence[int]) -> None:
        """Take all ids that were generated so far."""
        with self._lock:
            if not self.finished:
                self._track.advance(ids)

    def write(self, text: str) -> None:
        """Take more text whose ids nobody told."""
        self.said.text += text
        self.said.pieces += 1
        if not self._told:
            self.advance([ord(letter) for letter in self.said.text])
            return
        with self._lock:
            if not self.finished:
                self._without_ids.append(text)
                self._sink.put((self.request.tag, TextDelta(text)))

    @property
    def without_ids(self) -> bool:
        """Whether a part of the text has come without its ids."""
        return bool(self._without_ids)

    def _close(self, reason: FinishReason, error: str | None) -> None:
        self._track.finish(reason, error)

    def passed(self, event: Any) -> Any:
        """An event of the track, without ids that were not told."""
        if isinstance(event, Finished) and (self._without_ids or not self._told):
            text = event.text + "".join(self._without_ids)
            return replace(
                event,
                text=text,
                raw=text if self._without_ids else event.raw,
                parts=(TextPart(text),) if self._without_ids else event.parts,
                token_ids=(),
                usage=self._usage(event),
            )
        if self._told:
            return event
        if isinstance(event, TextDelta):
            return TextDelta(event.text)
        return replace(event, prompt_tokens=len(self.read_ids)) if _is_read(event) else event

    def _usage(self, event: Finished) -> Any:
        """Times as measured; tokens as the server counted them, or none."""
        new = self.said.new_tokens
        if event.usage is None or new is None:
            return None
        return replace(event.usage, prompt_tokens=len(self.read_ids), new_tokens=new)


def _is_read(event: object) -> bool:
    return isinstance(event, PromptRead)


class _Filter:
    """Where a track puts its events."""

    def __init__(self, flight: IdFlight) -> None:
        self._flight = flight

    def put(self, tagged: tuple[Any, Any]) -> None:
        tag, event = tagged
        self._flight._sink.put((tag, self._flight.passed(event)))


class _Letters:
    """Reads a reply letter by letter where it comes as text: the "ids" are code points."""

    stop_ids: frozenset[int] = frozenset()

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.chat = tokenizer.chat
        self.call_form = tokenizer.call_form
        # No text has it: what a server leaves out of its text cannot be told apart
        self.assistant_id = None if tokenizer.assistant_id is None else -1

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(map(chr, ids))

    def may_change(self, _token_id: int) -> bool:
        return False
