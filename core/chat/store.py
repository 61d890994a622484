"""Conversations: trees of messages, of which one path is visible.

An edited question or another answer becomes a sibling, so nothing that was said is overwritten.
The head is the last message of the visible path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from sqlalchemy import delete, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from core.backends.events import StoredReason, Usage
from core.chat.records import Conversation, Draft, Step, StoredMessage, ToolChoice, WhenFull
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.messages import Message
from core.sampling.settings import Sampling
from core.storage.ids import new_id, now
from core.storage.ownership import Binned, Shelf, below, listed
from core.storage.schema import ConversationRow, FileRow, MessageRow, OutputsRow

# What the speed of a model is taken from: its last answers among the recent ones, if long enough
_RECENT = 500
_ANSWERS = 9
_TELLING_TOKENS = 16
# Of the files that a visitor gives to the code of one conversation
MOST_FILES = 50
MOST_FILE_BYTES = 64 << 20
# In the order in which they were given
_GIVEN: Any = literal_column("files.rowid")


class Conversations(Shelf[ConversationRow]):
    """The conversations of one space."""

    kind = "conversation"
    row_type = ConversationRow

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
        tools: ToolChoice | None = None,
    ) -> Conversation:
        """A new, empty conversation."""
        draft = Draft(sampling or Sampling(), system, when_full, persona_id, tools or ToolChoice())
        with self._database.writing() as session:
            return self._record(self._new(session, draft, title, bool(title), model, precision))

    def begin(
        self,
        draft: Draft,
        question: Message | None = None,
        title: str = "",
        model: str = "",
        precision: str = "",
    ) -> Conversation:
        """A new conversation with its first question, if there is one by now, or nothing at all
        where that fails. title: one to begin with."""
        with self._database.writing() as session:
            row = self._new(session, draft, title, False, model, precision)
            session.flush()
            if question:
                self._append(session, row, None, question)
            return self._record(row)

    def get(self, conversation_id: str) -> Conversation:
        """The conversation of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, conversation_id))

    def list(self, search: str = "", limit: int = 50, offering: str = "") -> list[Conversation]:
        """The last changed first; with `search`, those that have it in title or text. offering:
        only those that offer this tool first."""
        query = self._found(search).order_by(ConversationRow.updated_at.desc()).limit(limit)
        if offering:
            first = func.json_extract(ConversationRow.tools, "$.names[0]")
            query = query.where(first == offering)
        with self._database.reading() as session:
            return [self._record(row) for row in session.scalars(query)]

    def count(self, search: str = "") -> int:
        """How many `list` would have without a limit."""
        query = select(func.count()).select_from(self._found(search).subquery())
        with self._database.reading() as session:
            return session.scalar(query) or 0

    def _found(self, search: str) -> Any:
        query = select(ConversationRow).where(listed(ConversationRow, self._space))
        wanted = search.strip().casefold()
        if wanted:
            said = select(MessageRow.conversation_id).where(
                func.casefold(MessageRow.content).contains(wanted, autoescape=True),
                MessageRow.deleted_at.is_(None),
            )
            titled = func.casefold(ConversationRow.title).contains(wanted, autoescape=True)
            query = query.where(or_(titled, ConversationRow.id.in_(said)))
        return query

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a title by hand; it is no longer changed automatically."""
        with self._database.writing() as session:
            row = self._own(session, conversation_id)
            row.title, row.titled = title, True

    def change(self, conversation_id: str, changes: dict[str, Any]) -> Conversation:
        """Change these settings, named as `Draft.changed` has them, and no others: another window
        may have changed those meanwhile."""
        with self._database.writing() as session:
            row = self._own(session, conversation_id)
            now_set = Draft(
                Sampling.from_dict(row.sampling),
                row.system,
                row.when_full,  # type: ignore[arg-type]
                row.persona_id,
                ToolChoice.from_dict(row.tools or {}),
            ).changed(changes)
            row.sampling, row.system = now_set.sampling.to_dict(), now_set.system
            row.when_full, row.persona_id = now_set.when_full, now_set.persona_id
            row.tools = asdict(now_set.tools)
            return self._record(row)

    def name_first(self, conversation_id: str, title: str) -> None:
        """Give a conversation that has no title one to begin with."""
        with self._database.writing() as session:
            row = self._own(session, conversation_id)
            if not row.title and not row.titled:
                row.title = title

    def delete_message(self, message_id: str) -> None:
        """Put a message and all that follows it into the bin; another version takes its place, if
        there is one."""
        with self._database.writing() as session:
            own = self._message_row(session, message_id)
            rows, _head = _tree(session, own.conversation_id)
            siblings = [r.id for r in rows if r.parent_id == own.parent_id and r.id != own.id]
            head = _newest_leaf(rows, siblings[-1]) if siblings else own.parent_id
            self._own(session, own.conversation_id).head_id = head
            moment = now()
            for row in below(rows, own):
                row.deleted_at = moment

    def restore_message(self, message_id: str) -> None:
        """Bring a deleted message back with what was deleted along with it, and show it."""
        with self._database.writing() as session:
            own = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
            if own is None or own.deleted_at is None:
                raise NotFound(_missing_message(message_id))
            conversation = self._own(session, own.conversation_id)
            query = select(MessageRow).where(
                MessageRow.conversation_id == own.conversation_id,
                MessageRow.deleted_at == own.deleted_at,
            )
            rows = session.scalars(query.order_by(MessageRow.number)).all()
            for row in below(rows, own):
                row.deleted_at = None
            conversation.head_id = _newest_leaf(_tree(session, own.conversation_id)[0], message_id)

    def erase_message(self, message_id: str) -> None:
        """Remove a deleted message for good, with what was deleted along with it."""
        with self._database.writing() as session:
            row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
            if row is None or row.deleted_at is None:
                raise NotFound(_missing_message(message_id))
            self._own(session, row.conversation_id)
            session.delete(row)

    def binned_messages(self) -> Sequence[Binned]:
        """The messages in the bin, the last deleted first; not those that were deleted along with
        one before them, or with their conversation."""
        above = aliased(MessageRow)
        query = (
            select(MessageRow)
            .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
            .outerjoin(above, above.id == MessageRow.parent_id)
            .where(
                MessageRow.deleted_at.is_not(None),
                above.deleted_at.is_distinct_from(MessageRow.deleted_at),
                listed(ConversationRow, self._space),
            )
            .order_by(MessageRow.deleted_at.desc())
        )
        with self._database.reading() as session:
            return [
                Binned("message", row.id, row.content, row.deleted_at)
                for row in session.scalars(query)
                if row.deleted_at
            ]

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
            self._seen(session, conversation_id)
            rows, head = _tree(session, conversation_id)
            by_id = {row.id: row for row in rows}
            siblings: dict[str | None, list[str]] = {}
            for row in rows:
                siblings.setdefault(row.parent_id, []).append(row.id)
            visible: list[StoredMessage] = []
            while head is not None and head in by_id:
                row = by_id[head]
                visible.append(_message(row, siblings[row.parent_id]))
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
        persona: str = "",
        tools: Sequence[Mapping[str, Any]] = (),
        files: str = "",
    ) -> StoredMessage:
        """An empty answer that is about to be written; it becomes the head, and the conversation's
        model is the one that writes it. persona: the name of the one that is in force. tools: what
        the model is told of; files: what its system message says of files."""
        empty = Message("assistant", "")
        offered = _told([dict(tool) for tool in tools], files)
        return self._add(
            conversation_id, parent_id, empty, sampling, model, precision, persona, offered
        )

    def add_observation(
        self,
        conversation_id: str,
        parent_id: str,
        content: str,
        step: Step,
        shown: Sequence[Mapping[str, Any]] = (),
    ) -> StoredMessage:
        """What came of a call, below the message that made it; it becomes the head. shown: what the
        visitor saw of it, as plain values, which no model reads."""
        said = Message("observation", content)
        return self._add(conversation_id, parent_id, said, step=step, shown=shown)

    def shown(self, conversation_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What the visitor saw of each observation of a conversation, by the message's id."""
        with self._database.reading() as session:
            self._seen(session, conversation_id)
            rows = session.execute(
                select(OutputsRow.message_id, OutputsRow.shown)
                .join(MessageRow, MessageRow.id == OutputsRow.message_id)
                .where(MessageRow.conversation_id == conversation_id)
            ).all()
        return {message_id: shown for message_id, shown in rows}

    def put_file(self, conversation_id: str, name: str, data: bytes) -> None:
        """Keep a file for the code of a conversation, in the place of one of this name; raises
        `InvalidInput` where its files would be too many or too large together."""
        with self._database.writing() as session:
            self._own(session, conversation_id)
            others = select(func.count(), func.coalesce(func.sum(FileRow.size), 0)).where(
                FileRow.conversation_id == conversation_id, FileRow.name != name
            )
            count, size = session.execute(others).one()
            if count >= MOST_FILES or size + len(data) > MOST_FILE_BYTES:
                raise InvalidInput(
                    _(
                        "{name} is one too many: a conversation keeps up to {count} files, of {most} MB "
                        "together. Remove one first."
                    ).format(name=name, count=MOST_FILES, most=MOST_FILE_BYTES >> 20)
                )
            # One in the place of another is the newest all the same
            session.execute(
                delete(FileRow).where(
                    FileRow.conversation_id == conversation_id, FileRow.name == name
                )
            )
            session.add(
                FileRow(conversation_id=conversation_id, name=name, size=len(data), data=data)
            )

    def files(self, conversation_id: str) -> Mapping[str, int]:
        """The files that were given to the code of a conversation: their sizes in bytes, by name,
        the newest last."""
        with self._database.reading() as session:
            self._seen(session, conversation_id)
            query = select(FileRow.name, FileRow.size).where(
                FileRow.conversation_id == conversation_id
            )
            return {name: size for name, size in session.execute(query.order_by(_GIVEN))}

    def file(self, conversation_id: str, name: str) -> bytes:
        """The content of one of them; raises `NotFound`."""
        with self._database.reading() as session:
            self._seen(session, conversation_id)
            row = session.get(FileRow, (conversation_id, name))
            if row is None:
                raise NotFound(_("There is no file {name!r} here.").format(name=name))
            return row.data

    def remove_file(self, conversation_id: str, name: str) -> None:
        """Keep it no longer, for good; nothing where it is not kept."""
        with self._database.writing() as session:
            self._own(session, conversation_id)
            if row := session.get(FileRow, (conversation_id, name)):
                session.delete(row)

    def add_call(self, origin: StoredMessage, call: Message) -> StoredMessage:
        """Another version of a message that calls a tool; it becomes the head."""
        told = _told(origin.tools, origin.files)
        return self._add(origin.conversation_id, origin.parent_id, call, tools=told, finished=True)

    def save_partial(self, message_id: str, content: str, token_ids: Sequence[int]) -> None:
        """Keep what an unfinished answer has by now."""
        with self._database.writing() as session:
            row = self._message_row(session, message_id)
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
            row = self._message_row(session, message_id)
            row.content, row.meta, row.finish_reason = content, metadata, finish_reason
            row.usage = asdict(usage) if usage else None
            row.token_ids, row.seed, row.error = [*token_ids], seed, error
            self._own(session, row.conversation_id).updated_at = now()

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

    def usages(self, conversation_id: str) -> Sequence[tuple[str, Usage]]:
        """What each answer of a conversation took, other versions and deleted ones too, with the
        name of its model; of answers of which nobody told, nothing."""
        with self._database.reading() as session:
            self._seen(session, conversation_id)
            rows = session.execute(
                select(MessageRow.model, MessageRow.usage).where(
                    MessageRow.conversation_id == conversation_id,
                    MessageRow.model.is_not(None),
                    MessageRow.usage.is_not(None),
                )
            ).all()
        return [(str(model), Usage(**usage)) for model, usage in rows]

    def set_head(self, conversation_id: str, message_id: str | None) -> None:
        """Make the visible path end at `message_id`, or empty."""
        with self._database.writing() as session:
            if message_id is not None:
                self._check_within(session, conversation_id, message_id)
            self._own(session, conversation_id).head_id = message_id

    def versions(self, message_id: str) -> Sequence[str]:
        """The ids of all messages with the same parent, oldest first."""
        with self._database.reading() as session:
            own = self._message_row(session, message_id)
            return _siblings(session, own.conversation_id, own.parent_id)

    def select_version(self, message_id: str) -> None:
        """Show this message and what was said last below it."""
        with self._database.writing() as session:
            own = self._message_row(session, message_id)
            rows, _head = _tree(session, own.conversation_id)
            self._own(session, own.conversation_id).head_id = _newest_leaf(rows, message_id)

    def _add(
        self,
        conversation_id: str,
        parent_id: str | None,
        message: Message,
        sampling: Sampling | None = None,
        model: str | None = None,
        precision: str = "",
        persona: str = "",
        tools: Sequence[dict[str, Any]] = (),
        step: Step | None = None,
        finished: bool = False,
        shown: Sequence[Mapping[str, Any]] = (),
    ) -> StoredMessage:
        with self._database.writing() as session:
            conversation = self._own(session, conversation_id)
            if parent_id is not None:
                self._check_within(session, conversation_id, parent_id)
            row = self._append(session, conversation, parent_id, message)
            row.sampling = sampling.to_dict() if sampling else None
            row.model, row.precision, row.persona = model, precision, persona
            row.tools, row.step = [*tools] or None, asdict(step) if step else None
            if finished:
                row.finish_reason = "stop"
            if shown:
                session.add(OutputsRow(message_id=row.id, shown=[dict(one) for one in shown]))
            if model is not None:
                conversation.model, conversation.precision = model, precision
            return _message(row, _siblings(session, conversation_id, parent_id))

    def _new(
        self,
        session: Session,
        draft: Draft,
        title: str,
        titled: bool,
        model: str,
        precision: str,
    ) -> ConversationRow:
        row = ConversationRow(
            id=new_id(),
            space=self._space,
            title=title,
            titled=titled,
            system=draft.system,
            persona_id=draft.persona_id,
            sampling=draft.sampling.to_dict(),
            when_full=draft.when_full,
            tools=asdict(draft.tools),
            model=model,
            precision=precision,
            created_at=now(),
            updated_at=now(),
        )
        session.add(row)
        return row

    def _append(
        self,
        session: Session,
        conversation: ConversationRow,
        parent_id: str | None,
        message: Message,
    ) -> MessageRow:
        row = MessageRow(
            id=new_id(),
            conversation_id=conversation.id,
            parent_id=parent_id,
            role=message.role,
            content=message.content,
            meta=message.metadata,
            token_ids=[],
            precision="",
            persona="",
            created_at=now(),
        )
        session.add(row)
        session.flush()
        conversation.head_id, conversation.updated_at = row.id, now()
        return row

    def _title(self, row: ConversationRow) -> str:
        return row.title

    def _missing(self, id: str) -> str:
        return _(
            "There is no conversation {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)

    def _message_row(self, session: Session, message_id: str) -> MessageRow:
        row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
        if row is None or row.deleted_at is not None:
            raise NotFound(_missing_message(message_id))
        self._own(session, row.conversation_id)
        return row

    def _check_within(self, session: Session, conversation_id: str, message_id: str) -> None:
        if self._message_row(session, message_id).conversation_id != conversation_id:
            raise InvalidInput(
                _("Message {message!r} does not belong to conversation {conversation!r}.").format(
                    message=message_id, conversation=conversation_id
                )
            )

    def _record(self, row: ConversationRow) -> Conversation:
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
            shared=bool(row.shared),
            own=self._owns(row),
            tools=ToolChoice.from_dict(row.tools or {}),
        )


def _newest_leaf(rows: Sequence[MessageRow], message_id: str) -> str:
    while children := [row.id for row in rows if row.parent_id == message_id]:
        message_id = children[-1]
    return message_id


def _tree(session: Session, conversation_id: str) -> tuple[Sequence[MessageRow], str | None]:
    """All messages in the order of creation, and the head; without those in the bin."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.deleted_at.is_(None))
        .order_by(MessageRow.number)
    )
    head = select(ConversationRow.head_id).where(ConversationRow.id == conversation_id)
    return session.scalars(query).all(), session.scalar(head)


def _siblings(session: Session, conversation_id: str, parent_id: str | None) -> Sequence[str]:
    """The ids of all messages below one, oldest first; without those in the bin."""
    below = MessageRow.conversation_id == conversation_id, MessageRow.parent_id == parent_id
    query = select(MessageRow.id).where(*below, MessageRow.deleted_at.is_(None))
    return session.scalars(query.order_by(MessageRow.number)).all()


def _missing_message(message_id: str) -> str:
    return _("There is no message {id!r}; it may have been deleted.").format(id=message_id)


def _told(tools: Sequence[dict[str, Any]], files: str) -> list[dict[str, Any]]:
    """What a model was told of, as a row keeps it."""
    return [*tools, {"files": files}] if files else [*tools]


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
        persona=row.persona or "",
        tools=tuple(one for one in row.tools or () if one.keys() != {"files"}),
        files="".join(one["files"] for one in row.tools or () if one.keys() == {"files"}),
        step=parsed(Step, row.step),
        created_at=row.created_at,
        version=siblings.index(row.id) + 1,
        versions=len(siblings),
    )
