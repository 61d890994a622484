"""The values that storage gives out and takes in."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Self

from core.axes import Axis
from core.events import FinishReason, Usage
from core.messages import Message, Role
from core.sampling import Sampling

# What happens when the context window is full: the oldest turns leave the prompt, or it stops.
WhenFull = Literal["trim", "stop"]
# "interrupted": the server ended in the middle of the answer.
StoredReason = FinishReason | Literal["interrupted"]


def new_id() -> str:
    """A short random id that is safe in a URL."""
    return secrets.token_hex(6)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A talk with its settings; `head_id` is the last message of the visible path."""

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


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message in the tree of a conversation.

    finish_reason: None for questions, and for an answer that is still being written.
    version, versions: its place (from 1) among the messages with the same parent.
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

    @property
    def message(self) -> Message:
        """The message as it goes into a prompt."""
        return Message(self.role, self.content, self.metadata)


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona that the user made."""

    id: str
    name: str
    description: str
    system: str
    examples: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the sampling playground: a prompt and the grid that it went through.

    fixed: the settings that no axis sets; its seed is the base seed. model, precision: what was
    loaded when it was made; where the model is an axis, each cell tells. precision is empty for
    runs of versions that did not note it.
    """

    id: str
    title: str
    prompt: str
    system: str
    model: str
    precision: str
    rows: Axis
    columns: Axis
    samples: int
    fixed: Sampling
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LoadedAs:
    """The model that wrote a text, and how it was loaded."""

    model: str
    precision: str
    device: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of a run. Scores are taken at temperature 1, before any cut.

    row, column: its place, from 0. loaded_as: None where it was not noted.
    mean_logprob: of its tokens, natural logarithm. entropies: of the distribution before each
    token, bits. greedy_prefix: how many tokens from the first on are the most likely ones, which
    is how many it shares with the greedy answer.
    """

    index: int
    row: int
    column: int
    sample: int
    seed: int
    text: str = ""
    token_ids: tuple[int, ...] = ()
    finish_reason: FinishReason | None = None
    error: str | None = None
    mean_logprob: float | None = None
    entropies: tuple[float, ...] = ()
    greedy_prefix: int | None = None
    loaded_as: LoadedAs | None = None
    usage: Usage | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Its row and column."""
        return self.row, self.column

    def filled(self, **values: object) -> Self:
        """The same cell with these fields."""
        return replace(self, **values)  # type: ignore[arg-type]


# Where the answer at the root of a tree of branches comes from.
OriginKind = Literal["message", "cell", "typed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an inspected answer comes from.

    id: of the message, or "RUN/INDEX" of a cell; empty for a typed text.
    title: what was asked, to name a tree by. model: that wrote it; empty where nobody knows.
    text: the answer in words, to be encoded anew when another model is loaded.
    chat: the answer is a reply in chat format; otherwise plain text.
    branch: the id of the branch, when it is one of a tree that there is already.
    """

    kind: OriginKind
    id: str = ""
    title: str = ""
    model: str = ""
    text: str = ""
    chat: bool = True
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of branches: one prompt, one answer at the root, and what went on from its tokens."""

    id: str
    name: str
    origin: Origin
    prompt_ids: tuple[int, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Branch:
    """One answer in a tree. `token_ids` and `text` are the whole answer, from its beginning.

    parent_id: None for the root. position: the place, from 0, in the answer at which it left its
    parent. token_id, piece: the token that was taken there. finish_reason: None while it is written.
    """

    id: str
    tree_id: str
    parent_id: str | None
    position: int
    token_id: int | None
    piece: str
    name: str
    model: str
    sampling: Sampling
    token_ids: tuple[int, ...]
    text: str
    finish_reason: StoredReason | None
    error: str | None
    created_at: datetime
