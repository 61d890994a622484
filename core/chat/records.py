"""A conversation and its messages, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.backends.events import StoredReason, Usage
from core.messages import Message, Role
from core.sampling.settings import Sampling

# What happens when the context window is full: the oldest turns leave the prompt, or it stops.
WhenFull = Literal["trim", "stop"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A talk with its settings; `head_id` is the last message of the visible path.

    model, precision: what it was begun with, or what answered last; empty where nobody noted it.
    shared: everyone who has its link can read it. own: it can be changed by who looks at it.
    """

    id: str
    title: str
    titled: bool
    system: str
    persona_id: str | None
    sampling: Sampling
    when_full: WhenFull
    head_id: str | None
    created_at: datetime
    updated_at: datetime
    model: str = ""
    precision: str = ""
    shared: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message in the tree of a conversation.

    finish_reason: None for questions, and for an answer that is still being written.
    version, versions: its place (from 1) among the messages with the same parent. model, precision:
    what wrote an answer; precision is empty for those of versions that did not note it. persona: the
    name of the one whose system message was in force; empty where there was none.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    content: str
    metadata: str
    finish_reason: StoredReason | None
    error: str | None
    sampling: Sampling | None
    usage: Usage | None
    token_ids: tuple[int, ...]
    seed: int | None
    model: str | None
    created_at: datetime
    version: int
    versions: int
    precision: str = ""
    persona: str = ""

    @property
    def message(self) -> Message:
        """The message as it goes into a prompt."""
        return Message(self.role, self.content, self.metadata)
