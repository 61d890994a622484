"""Messages: who said what, in the roles that the ChatGLM3 family knows.

`metadata` is the word after an assistant's role tag: empty for a plain answer, a tool's name
for a tool call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import InvalidInput
from core.i18n import _

Role = Literal["system", "user", "assistant", "observation"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; raises `InvalidInput` for anything but text in a known
    role."""

    role: Role
    content: str
    metadata: str = ""

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InvalidInput(
                _("Unknown role {role!r}. Use one of: {roles}.").format(
                    role=self.role, roles=", ".join(ROLES)
                )
            )
        if not isinstance(self.content, str):
            raise InvalidInput(
                _("The content of a message must be text, got {kind}.").format(
                    kind=type(self.content).__name__
                )
            )
        if not isinstance(self.metadata, str) or "\n" in self.metadata:
            raise InvalidInput(
                _("The metadata of a message must be one line of text, got {value!r}.").format(
                    value=self.metadata
                )
            )
        checked_text(self.content)
        checked_text(self.metadata)


def checked_text(text: str) -> str:
    """`text` as it is; raises `InvalidInput` where it holds half a surrogate pair.

    Such halves stand for bytes that were not UTF-8, and no tokenizer can read them.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            _(
                "The text is not valid UTF-8: {character!r} at position {position} is an "
                "incomplete character. Save it as UTF-8, or remove that character."
            ).format(character=text[error.start], position=error.start)
        ) from error
    return text


def with_system(system: str, messages: Sequence[Message]) -> list[Message]:
    """`messages` behind a system message, unless `system` is blank."""
    head = [Message("system", system)] if system.strip() else []
    return [*head, *messages]
