"""A case: what a model is asked, under which settings; a check: what its answer must show."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.backends.events import Finished
from core.backends.request import Request
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message
from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask. tag: its name in a run; any hashable value.

    read: the prompt as the model read it before, which it is to read again in place of what its
    chat format makes of the messages today.

    Raises `InvalidInput` for a conversation that ends in an empty message.
    """

    tag: Hashable
    messages: tuple[Message, ...]
    sampling: Sampling
    tools: tuple[Mapping[str, Any], ...] = ()
    read: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.messages or not self.messages[-1].content.strip():
            raise InvalidInput(_("The message is empty. Write something first."))

    @property
    def request(self) -> Request:
        """What a model is asked for it."""
        return Request(self.read or self.messages, self.sampling, tag=self.tag, tools=self.tools)


class Check(Protocol):
    """What an answer must show."""

    def faults(self, answer: Finished) -> Sequence[str]:
        """What is wrong with the answer, in words; nothing where it shows what it must."""
