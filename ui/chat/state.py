"""What a visitor is in the middle of in the chat, and the settings of the next conversation.

Those settings are kept in the database as they are made: a reload resets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.chat.records import Draft
from core.errors import InvalidInput
from core.tools.loop import Decision
from ui.shell import resources
from ui.shell.session import state

# Conversations that are listed at first, and that every "Show more" adds
LISTED_FIRST = 8
LISTED_MORE = 30
_DRAFT = ("conversation", "new")


@dataclass(slots=True)
class ChatState:
    """pending: questions to send one after another (an example that was clicked); None is the last
    question of the conversation on screen, which is to be answered, again perhaps. held_in: the
    conversation in which they wait for an answer from another window.

    last: the conversation that was on screen last; None for a new one. editing: the id of the
    message that is being edited; edited: that id with its new text, to be sent. decision: on the
    call of a tool that waits, to go on with; decided_after: the id of the message after which it
    waited. unsent: a question that was refused, to be put back into the box; refused: why. listed:
    how many conversations are listed.
    """

    pending: list[str | None] = field(default_factory=list)
    held_in: str | None = None
    last: str | None = None
    editing: str | None = None
    edited: tuple[str, str] | None = None
    decision: Decision | None = None
    decided_after: str = ""
    unsent: str = ""
    refused: str = ""
    listed: int = LISTED_FIRST


# The room that the model of such a conversation is chosen for
NEW_ROOM = "chat"


def draft() -> Draft:
    """The settings of the conversation that has not begun."""
    kept = resources.store().drafts.get(*_DRAFT)
    try:
        return Draft.from_dict(kept) if kept else Draft()
    except InvalidInput:  # of another version
        return Draft()


def change_draft(changes: dict[str, Any]) -> None:
    """Change these settings of it, named as `Draft.changed` has them."""
    resources.store().drafts.put(*_DRAFT, draft().changed(changes).to_dict())


def drop_draft() -> None:
    """The conversation after this one begins with the usual settings again."""
    resources.store().drafts.drop(*_DRAFT)


def ask_anew(questions: Sequence[str], settings: Draft | None = None) -> None:
    """Ask these in a new conversation as soon as the chat is on screen; with other settings than
    those that were made for it."""
    if settings is not None:
        resources.store().drafts.put(*_DRAFT, settings.to_dict())
    mine = state(ChatState)
    mine.last, mine.pending = None, list(questions)
