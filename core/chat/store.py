"""Conversations: trees of messages, of which one path is visible.

An edited question or another answer becomes a sibling, so nothing that was said is overwritten.
The head is the last message of the visible path.
"""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.backends.events import StoredReason, Usage
from core.chat.records import Conversation, StoredMessage, WhenFull
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.messages import Message
from core.sampling.settings import Sampling
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.schema import ConversationRow, MessageRow

# What the speed of a model is taken from: its last answers among the recent ones, if long enough
_RECENT = 500
_ANSWERS = 9
_TELLING_TOKENS = 16


class Conversations:
    """Keep conversations; every call is one transaction. A missing id raises `NotFound`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- conversations --------------------------------------------------------------------

    def create(
        self,
        title: str = "",
        system: str = "",
        persona_id: str | None = None,
        sampling: Sampling | None = None,
        when_full: WhenFull = "trim",
        model: str = "",
        precision: str = "",
    ) -> Conversation:
        """A new, empty conversation."""
        with self._database.writing() as session:
            row = ConversationRow(
                id=new_id(),
                title=title,
                titled=bool(title),
                system=system,
                persona_id=persona_id,
                sampling=(sampling or Sampling()).to_dict(),
                when_full=when_full,
                model=model,
                precision=precision,
                created_at=now(),
                updated_at=now(),
            )
            session.add(row)
            return _conversation(row)

    def get(self, conversation_id: str) -> Conversation:
        """The conversation of that id."""
        with self._database.reading() as session:
            return _conversation(_row(session, conversation_id))

    def list(self, search: str = "", limit: int = 50) -> list[Conversation]:
        """The last changed first; with `search`, those that have it in title or text."""
        query = select(ConversationRow).order_by(ConversationRow.updated_at.desc()).limit(limit)
        if search.strip():
            said = select(MessageRow.conversation_id).where(
                MessageRow.content.icontains(search.strip(), autoescape=True)
            )
            query = query.where(
                or_(
                    ConversationRow.title.icontains(search.strip(), autoescape=True),
                    ConversationRow.id.in_(said),
                )
            )
        with self._database.reading() as session:
            return [_conversation(row) for row in session.scalars(query)]

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a title by hand; it is no longer changed automatically."""
        with self._database.writing() as session:
            row = _row(session, conversation_id)
            row.title, row.titled = title, True

    def update(
        self,
        conversation_id: str,
        *,
        title: str | None = None,
        system: str | None = None,
        persona_id: str | None = None,
        sampling: Sampling | None = None,
        when_full: WhenFull | None = None,
    ) -> Conversation:
        """Change the settings that are given; a new system message replaces the persona too."""
        with self._database.writing() as session:
            row = _row(session, conversation_id)
            if title is not None:
                row.title = title
            if system is not None:
                row.system, row.persona_id = system, persona_id
            if sampling is not None:
                row.sampling = sampling.to_dict()
            if when_full is not None:
                row.when_full = when_full
            return _conversation(row)

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation with all its messages."""
        with self._database.writing() as session:
            session.delete(_row(session, conversation_id))

    def recover(self) -> int:
        """Mark answers that a former server left unfinished; how many there were."""
        with self._database.writing() as session:
            rows = session.scalars(
                select(MessageRow).where(
                    MessageRow.role == "assistant", MessageRow.finish_reason.is_(None)
                )
            ).all()
            for row in rows:
                row.finish_reason = "interrupted"
            return len(rows)

    # --- messages -------------------------------------------------------------------------

    def path(self, conversation_id: str) -> Sequence[StoredMessage]:
        """The visible messages, first to last."""
        with self._database.reading() as session:
            rows, head = _tree(session, conversation_id)
            by_id = {row.id: row for row in rows}
            visible: list[StoredMessage] = []
            while head is not None and head in by_id:
                row = by_id[head]
                siblings = [other.id for other in rows if other.parent_id == row.parent_id]
                visible.append(_message(row, siblings))
                head = row.parent_id
            return visible[::-1]

    def add_message(
        self, conversation_id: str, parent_id: str | None, message: Message
    ) -> StoredMessage:
        """A finished message below `parent_id`; it becomes the head."""
        return self._add(conversation_id, parent_id, message)

    def begin_answer(
        self,
        conversation_id: str,
        parent_id: str | None,
        sampling: Sampling,
        model: str,
        precision: str = "",
    ) -> StoredMessage:
        """An empty answer that is about to be written; it becomes the head, and the conversation's
        model is the one that writes it."""
        empty = Message("assistant", "")
        return self._add(conversation_id, parent_id, empty, sampling, model, precision)

    def save_partial(self, message_id: str, content: str, token_ids: Sequence[int]) -> None:
        """Keep what an unfinished answer has by now."""
        with self._database.writing() as session:
            row = _message_row(session, message_id)
            row.content, row.token_ids = content, [*token_ids]

    def finish_answer(
        self,
        message_id: str,
        content: str,
        metadata: str,
        finish_reason: StoredReason,
        usage: Usage | None,
        token_ids: Sequence[int],
        seed: int | None,
        error: str | None = None,
    ) -> None:
        """Keep a finished answer."""
        with self._database.writing() as session:
            row = _message_row(session, message_id)
            row.content, row.meta, row.finish_reason = content, metadata, finish_reason
            row.usage = asdict(usage) if usage else None
            row.token_ids, row.seed, row.error = [*token_ids], seed, error
            _row(session, row.conversation_id).updated_at = now()

    def speeds(self) -> dict[str, float]:
        """Tokens a second of each model that has answered, by its name as it is kept: the median of
        its last answers that had some length."""
        with self._database.reading() as session:
            rows = session.execute(
                select(MessageRow.model, MessageRow.usage)
                .where(MessageRow.model.is_not(None), MessageRow.usage.is_not(None))
                .order_by(MessageRow.number.desc())
                .limit(_RECENT)
            ).all()
        found: dict[str, list[float]] = {}
        for model, usage in rows:
            if usage["new_tokens"] >= _TELLING_TOKENS:
                found.setdefault(str(model), []).append(usage["tokens_per_s"])
        return {model: median(some[:_ANSWERS]) for model, some in found.items()}

    def set_head(self, conversation_id: str, message_id: str | None) -> None:
        """Make the visible path end at `message_id`, or empty."""
        with self._database.writing() as session:
            if message_id is not None:
                _own(session, conversation_id, message_id)
            _row(session, conversation_id).head_id = message_id

    def versions(self, message_id: str) -> Sequence[str]:
        """The ids of all messages with the same parent, oldest first."""
        with self._database.reading() as session:
            own = _message_row(session, message_id)
            rows, _head = _tree(session, own.conversation_id)
            return [row.id for row in rows if row.parent_id == own.parent_id]

    def select_version(self, message_id: str) -> None:
        """Show this message and what was said last below it."""
        with self._database.writing() as session:
            own = _message_row(session, message_id)
            rows, _head = _tree(session, own.conversation_id)
            _row(session, own.conversation_id).head_id = _newest_leaf(rows, message_id)

    def delete_message(self, message_id: str) -> None:
        """Remove a message and all that follows it; another version takes its place, if any."""
        with self._database.writing() as session:
            own = _message_row(session, message_id)
            rows, _head = _tree(session, own.conversation_id)
            siblings = [r.id for r in rows if r.parent_id == own.parent_id and r.id != own.id]
            head = _newest_leaf(rows, siblings[-1]) if siblings else own.parent_id
            _row(session, own.conversation_id).head_id = head
            session.delete(own)

    def _add(
        self,
        conversation_id: str,
        parent_id: str | None,
        message: Message,
        sampling: Sampling | None = None,
        model: str | None = None,
        precision: str = "",
    ) -> StoredMessage:
        with self._database.writing() as session:
            conversation = _row(session, conversation_id)
            if parent_id is not None:
                _own(session, conversation_id, parent_id)
            row = MessageRow(
                id=new_id(),
                conversation_id=conversation_id,
                parent_id=parent_id,
                role=message.role,
                content=message.content,
                meta=message.metadata,
                sampling=sampling.to_dict() if sampling else None,
                token_ids=[],
                model=model,
                precision=precision,
                created_at=now(),
            )
            session.add(row)
            session.flush()
            conversation.head_id, conversation.updated_at = row.id, now()
            if model is not None:
                conversation.model, conversation.precision = model, precision
            rows, _head = _tree(session, conversation_id)
            return _message(row, [r.id for r in rows if r.parent_id == parent_id])


def _newest_leaf(rows: Sequence[MessageRow], message_id: str) -> str:
    while children := [row.id for row in rows if row.parent_id == message_id]:
        message_id = children[-1]
    return message_id


def _tree(session: Session, conversation_id: str) -> tuple[Sequence[MessageRow], str | None]:
    """All messages in the order of creation, and the head."""
    head = _row(session, conversation_id).head_id
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id)
        .order_by(MessageRow.number)
    )
    return session.scalars(query).all(), head


def _row(session: Session, conversation_id: str) -> ConversationRow:
    row = session.get(ConversationRow, conversation_id)
    if row is None:
        raise NotFound(
            _("There is no conversation {id!r}; it may have been deleted.").format(
                id=conversation_id
            )
        )
    return row


def _message_row(session: Session, message_id: str) -> MessageRow:
    row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
    if row is None:
        raise NotFound(
            _("There is no message {id!r}; it may have been deleted.").format(id=message_id)
        )
    return row


def _own(session: Session, conversation_id: str, message_id: str) -> None:
    if _message_row(session, message_id).conversation_id != conversation_id:
        raise InvalidInput(
            _("Message {message!r} does not belong to conversation {conversation!r}.").format(
                message=message_id, conversation=conversation_id
            )
        )


def _conversation(row: ConversationRow) -> Conversation:
    return Conversation(
        id=row.id,
        title=row.title,
        titled=row.titled,
        system=row.system,
        persona_id=row.persona_id,
        sampling=Sampling.from_dict(row.sampling),
        when_full=row.when_full,  # type: ignore[arg-type]
        head_id=row.head_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        model=row.model,
        precision=row.precision,
    )


def _message(row: MessageRow, siblings: Sequence[str]) -> StoredMessage:
    def parsed(kind: Any, values: Any) -> Any:
        return kind(**values) if values else None

    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=row.role,  # type: ignore[arg-type]
        content=row.content,
        metadata=row.meta,
        finish_reason=row.finish_reason,  # type: ignore[arg-type]
        error=row.error,
        sampling=parsed(Sampling, row.sampling),
        usage=parsed(Usage, row.usage),
        token_ids=tuple(row.token_ids or ()),
        seed=row.seed,
        model=row.model,
        precision=row.precision,
        created_at=row.created_at,
        version=siblings.index(row.id) + 1,
        versions=len(siblings),
    )
