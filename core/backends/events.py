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
    """The server that is to answer is busy; it is asked again after `seconds`, or a little later."""

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


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A part of a reply that asks for a tool.

    raw: what the model wrote as the call, which goes back into its next prompt as it is.
    arguments: read from `raw`; None where it holds something else, a program for instance.
    """

    name: str
    raw: str
    arguments: Mapping[str, Any] | None = None


Part = TextPart | ToolCall


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost. Times in seconds; `tokens_per_s` counts from the first new token."""

    prompt_tokens: int
    new_tokens: int
    time_to_first_token_s: float
    tokens_per_s: float


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
