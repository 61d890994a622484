"""Text to ids and back: what everything else needs of a model's tokenizer and chat format.

Whichever tokenizer it is, text that a user types gives no control token.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from core.backends.calls import CallForm
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message

TURN_BREAK = "\n"
_BYTE = re.compile("<0x([0-9A-F]{2})>")


class Tokenizer(Protocol):
    """A model's tokenizer and chat format."""

    @property
    def vocab_size(self) -> int:
        """One more than the highest id that a token has; the rows above it are padding."""

    @property
    def chat(self) -> bool:
        """Whether there is a chat format; without one the model continues plain text."""

    @property
    def tools(self) -> bool:
        """Whether the chat format has a place for tools."""

    @property
    def call_form(self) -> CallForm | None:
        """How the model writes that it wants a tool; None where that is not known."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """The ids that end an answer."""

    @property
    def assistant_id(self) -> int | None:
        """The id between the parts of a reply, each `metadata \\n content`; None: no such parts."""

    def encode(self, text: str) -> list[int]:
        """The ids of `text` alone, none of them a control token's."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`, control tokens by name; ids outside the vocabulary give nothing."""

    def may_change(self, token_id: int) -> bool:
        """Whether the text of this token depends on the next one: half a character may follow."""

    def piece(self, token_id: int) -> str:
        """One token as people read it, a blank as "▁"; "" for an id outside the vocabulary."""

    def token_bytes(self, token_id: int) -> bytes:
        """What one token writes in the middle of a text, in UTF-8 or a part of it; nothing for a
        control token and for an id outside the vocabulary."""

    def is_control(self, token_id: int) -> bool:
        """Whether the id is that of a role or another control token, which no text gives."""

    def prompt_ids(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None = None
    ) -> list[int]:
        """The whole prompt, up to where the answer begins.

        Raises `InvalidInput` for what the model's chat format has no place for.
        """

    def text_start(self) -> list[int]:
        """What stands before a text that is no conversation: one id at least."""

    def answer_ids(self, text: str) -> list[int]:
        """The ids of an answer, or of its beginning, that there is only as text, with what its
        chat format puts before it."""


def continued_text(
    messages: Sequence[Message], tools: Sequence[dict[str, Any]] | None = None
) -> str:
    """What a model without a chat format reads: all that was written, a line break between turns.

    Raises `InvalidInput` for a system message, an observation or tools.
    """
    foreign = next((m.role for m in messages if m.role in ("system", "observation")), None)
    if foreign == "system":
        raise InvalidInput(
            _(
                "This model has no chat format: it continues plain text and does not read system "
                "messages. Remove the system message, or load a chat model."
            )
        )
    if foreign or tools:
        raise InvalidInput(
            _(
                "This model has no chat format: it continues plain text and does not read tools. "
                "Remove the tools, or load a chat model."
            )
        )
    return TURN_BREAK.join(message.content for message in messages)


def fallback_bytes(token: str) -> bytes:
    """What a token of a sentencepiece vocabulary writes: "▁the" is " the", "<0x0A>" one byte."""
    byte = _BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace("▁", " ").encode()
