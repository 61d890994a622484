"""A request: what a model is to continue, and how."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from core.messages import Message
from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt to be continued.

    prompt: a conversation, or the ids of a whole prompt as the model reads it. begun: what the
    answer has already, as ids or as text. It counts as generated: the seeded draw goes on where it
    would be after it, max_new_tokens counts it, and text and token ids of the events are those of
    the whole answer. So an answer that is cut anywhere and begun again with the same settings and
    seed goes on in the same way, where seeds replay exactly. chat: the answer is a reply in the
    model's chat format, if it has one; otherwise plain text. tag: names the request in a merged
    stream; any hashable value. tools: what the model may ask for, as JSON schemas; with a
    conversation alone. valid_calls: only calls that fit these can be written, where the backend can
    "valid_calls"; else it asks for nothing.
    """

    prompt: tuple[int, ...] | tuple[Message, ...]
    sampling: Sampling
    chat: bool = True
    tag: Hashable = None
    begun: tuple[int, ...] | str = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    valid_calls: bool = False

    @property
    def messages(self) -> tuple[Message, ...] | None:
        """The conversation; None for a prompt of ids."""
        if self.prompt and isinstance(self.prompt[0], Message):
            return cast(tuple[Message, ...], self.prompt)
        return None
