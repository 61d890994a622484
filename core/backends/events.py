"""What a stream of generation says, in order: Queued*, PromptRead, TextDelta*, Finished.

`Idle` may come anywhere: nothing new happened for a tenth of a second. It lets a consumer
notice that its user has gone.
"""

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits; `position` requests are before it."""

    position: int


@dataclass(frozen=True, slots=True)
class PromptRead:
    """Prefill is done: `prompt_tokens` tokens were read after `seconds`."""

    prompt_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New token ids and the text that became certain with them (it may lag behind the ids)."""

    text: str
    token_ids: tuple[int, ...]


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
    text: the whole answer without its metadata line; raw: all that was generated, decoded.
    metadata: the word before the answer, a tool's name for a tool call.
    seed: the seed that was used; with the same settings it gives the same answer.
    """

    reason: FinishReason
    text: str
    raw: str
    metadata: str
    token_ids: tuple[int, ...]
    usage: Usage
    seed: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing new; the request is alive."""


Event = Queued | PromptRead | TextDelta | Finished | Idle
