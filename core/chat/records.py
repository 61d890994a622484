"""A conversation and its messages, as they are kept."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Literal, Self, get_args

from core.backends.events import StoredReason, Usage
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message, Role
from core.sampling.settings import Sampling

# What happens when the context window is full: the oldest turns leave the prompt, or it stops.
WhenFull = Literal["trim", "stop"]

# A small model may go round in circles: nobody should have to stop its first answer
LONGEST_ANSWER = 1000


def _first_settings() -> Sampling:
    return Sampling(max_new_tokens=LONGEST_ANSWER)


# Before which calls a conversation asks: those that leave this machine, all, or none of them.
Asking = Literal["leaving", "all", "none"]
ASKING: tuple[Asking, ...] = get_args(Asking)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """The tools that a conversation offers its model, by their names. ask: before which calls it
    asks. strict: only calls that fit the tools can be written, where the model's engine can see to
    that."""

    names: tuple[str, ...] = ()
    ask: Asking = "leaving"
    strict: bool = False

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """From plain values; raises `InvalidInput` for what no version has written."""
        names, ask = values.get("names", ()), values.get("ask", "leaving")
        if (
            not isinstance(names, list | tuple)
            or not all(isinstance(name, str) for name in names)
            or ask not in ASKING
        ):
            raise InvalidInput(_("The choice of tools cannot be read. Choose the tools again."))
        return cls(tuple(names), ask, values.get("strict") is True)


@dataclass(frozen=True, slots=True)
class Step:
    """How an observation came about.

    arguments: what the tool was called with; None for a call that could not be read. seconds: what
    the tool took; None where none ran. fault: why it was not run (`core.tools.calls.FaultKind`),
    and said: that in a sentence. failed: the tool told of an error. cut: characters that were left
    out. edited: a person changed the arguments, or wrote the result.
    """

    name: str
    raw: str
    arguments: dict[str, Any] | None = None
    seconds: float | None = None
    fault: str = ""
    said: str = ""
    failed: bool = False
    cut: int = 0
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The settings of a conversation that has no message yet. persona_id: which it begins with."""

    sampling: Sampling = field(default_factory=_first_settings)
    system: str = ""
    when_full: WhenFull = "trim"
    persona_id: str | None = None
    tools: ToolChoice = field(default_factory=ToolChoice)

    def changed(self, changes: dict[str, Any]) -> Self:
        """With other values for these of its fields, or of the sampling settings; raises
        `InvalidInput` for a value outside its range."""
        own = {one.name for one in fields(self)}
        of_sampling = {name: value for name, value in changes.items() if name not in own}
        rest = {name: value for name, value in changes.items() if name in own}
        sampling = rest.pop("sampling", self.sampling)
        if of_sampling:
            sampling = Sampling.from_dict(sampling.to_dict() | of_sampling)
        return replace(self, sampling=sampling, **rest)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """From plain values; raises `InvalidInput` for what no version has written."""
        given = dict(values)
        sampling = Sampling.from_dict(given.pop("sampling", {}))
        tools = ToolChoice.from_dict(given.pop("tools", {}))
        return cls().changed({"sampling": sampling, "tools": tools, **given})


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
    tools: ToolChoice = field(default_factory=ToolChoice)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message in the tree of a conversation.

    finish_reason: None for questions, and for an answer that is still being written. version,
    versions: its place (from 1) among the messages with the same parent. model, precision: what
    wrote an answer; precision is empty for those of versions that did not note it. persona: the
    name of the one whose system message was in force; empty where there was none. tools: what the
    model was told of for this answer; files: what its system message said of files. step: of an
    observation, the call that it came of.
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
    tools: tuple[dict[str, Any], ...] = ()
    step: Step | None = None
    files: str = ""

    @property
    def message(self) -> Message:
        """The message as it goes into a prompt."""
        return Message(self.role, self.content, self.metadata)
