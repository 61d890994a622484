"""What a stream of generation says, in order: Queued*, Patience*, PromptRead, TextDelta*, Finished.

`Idle` may come anywhere: nothing new happened for a tenth of a second. It lets a consumer
notice that its user has gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FinishReason = Literal["stop", "length", "cancelled", "error"]
# Of what is kept: "interrupted" where the server ended in the middle of the answer.
StoredReason = FinishReason | Literal["interrupted"]


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits; `position` requests are before it."""

    position: int


@dataclass(frozen=True, slots=True)
class Patience:
    """The server that is to answer is busy; it is asked again after `seconds`, or a little
    later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class PromptRead:
    """Prefill is done: `prompt_tokens` tokens were read after `seconds`."""

    prompt_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text, and the new token ids where the model gives any; the text may lag behind them."""

    text: str
    token_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a reply that is said to the user."""

    text: str


# Why a call has no arguments: it is not of its form; an argument is there twice; a value is none of
# JSON; it is too long, too deep, or has too long a number.
Problem = Literal["", "unreadable", "twice", "values", "size"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A part of a reply that asks for a tool.

    raw: what the model wrote as the call, which goes back into its next prompt as it is.
    arguments: read from `raw`; None where it holds something else, a program for instance: then
    `problem` says why.
    """

    name: str
    raw: str
    arguments: Mapping[str, Any] | None = None
    problem: Problem = ""


Part = TextPart | ToolCall


@dataclass(frozen=True, slots=True)
class Held:
    """What it changed that an answer was held to valid calls.

    tokens: how many were drawn where some token was ruled out. overruled: at how many of them that
    was the likeliest one. share: of the probability, before temperature and cuts, that was ruled
    out there, on average; where a model tells its likeliest tokens alone, of these.
    """

    tokens: int
    overruled: int
    share: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost. Times in seconds; `tokens_per_s` counts from the first new token. held:
    None where the answer was not held to valid calls."""

    prompt_tokens: int
    new_tokens: int
    time_to_first_token_s: float
    tokens_per_s: float
    held: Held | None = None

    def __post_init__(self) -> None:
        # As it comes from where it was kept
        if isinstance(self.held, Mapping):
            object.__setattr__(self, "held", Held(**self.held))


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a request.

    reason: "stop" (an end token), "length" (the budget), "cancelled" or "error" (see `error`).
    text: what all parts say, as the deltas gave it; raw: all that was generated, decoded.
    token_ids: empty where the model gives none. seed: the seed that was used; with the same
    settings it gives the same answer where the model can promise that. usage: None where a server
    does not tell.
    """

    reason: FinishReason
    text: str
    raw: str
    parts: tuple[Part, ...]
    token_ids: tuple[int, ...]
    usage: Usage | None
    seed: int
    error: str | None = None

    @property
    def metadata(self) -> str:
        """The name of the first tool that the reply asks for; empty where it asks for none."""
        return next((part.name for part in self.parts if isinstance(part, ToolCall)), "")


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing new; the request is alive."""


Event = Queued | Patience | PromptRead | TextDelta | Finished | Idle
