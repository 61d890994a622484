"""One streamed answer of a server, whatever the server sends.

The client checks nothing of what comes: every field can be missing or of another type. What is no
text is passed over; what has come by the time something breaks is kept.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.backends.events import FinishReason, Usage
from core.backends.request import Request
from core.errors import NotSupported
from core.i18n import _
from core.servers.calls import MOST, Calls, messages_of, tools_of
from core.servers.listed import Server
from core.servers.wire import TooMuch, Wire

# A server that was asked for so many tokens and sends so many more pieces does not stop by itself
SLACK = 64
# No sign of work in a delta: a role comes with nothing done, and of calls `Calls` knows what is one
_NO_SIGN = {"role", "tool_calls"}
_REASONS: Mapping[object, FinishReason] = {"stop": "stop", "length": "length"}


@dataclass(slots=True)
class Said:
    """What a server has said so far. calls: the tools that it asks for. reason: why it ended by its
    own account; None before that.

    asked_at, first_at, last_at: readings of a clock, in seconds.
    """

    asked_at: float = field(default_factory=time.perf_counter)
    first_at: float | None = None
    last_at: float = 0.0
    pieces: int = 0
    text: str = ""
    calls: Calls = field(default_factory=Calls)
    reason: FinishReason | None = None
    prompt_tokens: int | None = None
    new_tokens: int | None = None

    @property
    def usage(self) -> Usage | None:
        """What it cost, where the server told."""
        if self.prompt_tokens is None or self.new_tokens is None or self.first_at is None:
            return None
        took = self.last_at - self.first_at
        return Usage(
            prompt_tokens=self.prompt_tokens,
            new_tokens=self.new_tokens,
            time_to_first_token_s=self.first_at - self.asked_at,
            tokens_per_s=(self.new_tokens - 1) / took if took > 0 and self.new_tokens > 1 else 0.0,
        )


def body_of(server: Server, request: Request) -> dict[str, Any]:
    """What a request is as the chat API has it; raises `NotSupported` for what it has no place for,
    `InvalidInput` as `messages_of` and `tools_of`.

    Only what is set is sent: some servers refuse what they do not know.
    """
    messages = request.messages
    if messages is None or request.begun:
        raise NotSupported(
            _("{server} takes conversations only: no token ids, and no begun answers.").format(
                server=server.called
            )
        )
    sampling = request.sampling
    if sampling.max_length is not None:
        raise NotSupported(
            _(
                "max_length counts prompt and answer together, which {server} does not. Set "
                "max_new_tokens instead."
            ).format(server=server.called)
        )
    body: dict[str, Any] = {
        "model": server.model,
        "messages": messages_of(messages),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if request.tools:
        body["tools"] = tools_of(request.tools)
    if sampling.max_new_tokens is not None:
        body["max_tokens"] = sampling.max_new_tokens
    if sampling.top_k:
        body["extra_body"] = {"top_k": sampling.top_k}
    return body


def pieces(wire: Wire, request: Request, said: Said) -> Iterator[str]:
    """The texts of the answer as they come; `said` has all of it at any time.

    Raises what the client raises, and `TooMuch` for an answer without an end.
    """
    body = body_of(wire.server, request)
    most = request.sampling.max_new_tokens
    options = {"include_usage": True}
    # The client knows more fields than the API of any one server: it is given plain values
    create: Any = wire.client.chat.completions.create
    with create(**body, stream=True, stream_options=options) as stream:
        wire.reading()
        try:
            for chunk in stream:
                text, came = _take(chunk, said)
                if came:
                    wire.heard()
                if text:
                    yield text
                endless = most is not None and said.pieces > most + SLACK
                if endless or len(said.calls) > MOST:
                    raise TooMuch
        finally:
            wire.exchange.release()


def _take(chunk: Any, said: Said) -> tuple[str, bool]:
    """Note what a chunk says; its text, and whether anything has come with it: what a model thinks
    before it answers is no text of the answer, but a sign of work."""
    take_usage(getattr(chunk, "usage", None), said)
    text, calls, reason, works = _choice(chunk)
    ended = said.reason is None and reason is not None
    if ended:
        said.reason = _REASONS.get(reason, "stop")
    if said.calls.take(calls) or text:
        said.last_at = time.perf_counter()
        said.first_at = said.first_at or said.last_at
        said.pieces += 1
        said.text += text
        return text, True
    return text, works or ended


def _choice(chunk: Any) -> tuple[str, object, object, bool]:
    """The text, the pieces of calls and the end reason of a chunk, and whether anything else is in
    it: each server has thoughts in a form of its own."""
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list) or not choices:
        return "", None, None, False
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None)
    reason = getattr(choices[0], "finish_reason", None)
    return (
        text if isinstance(text, str) else "",
        getattr(delta, "tool_calls", None),
        reason if isinstance(reason, str) else None,
        any(_filled(value) for name, value in _fields(delta).items() if name not in _NO_SIGN),
    )


def _fields(given: Any) -> dict[str, Any]:
    """All that an object of the client's has, also what the API does not know."""
    return getattr(given, "__dict__", {}) | (getattr(given, "model_extra", None) or {})


def _filled(value: Any) -> bool:
    return any(_fields(value).values()) if hasattr(value, "__dict__") else bool(value)


def take_usage(usage: Any, said: Said) -> None:
    """Note what a server counted, if it did: an object of the client's, or as JSON has it."""
    counts = usage if isinstance(usage, dict) else getattr(usage, "__dict__", {})
    read, written = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if _is_count(read) and _is_count(written):
        said.prompt_tokens, said.new_tokens = read, written


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
