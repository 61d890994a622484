"""The tables. Every change here needs a migration beside it; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator):
    """Times in UTC; SQLite itself forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Base of all tables."""


class Owned:
    """Columns of what belongs to a space; `core.storage.ownership` says what they mean."""

    space: Mapped[str] = mapped_column(String(64), server_default="")
    shared: Mapped[bool] = mapped_column(server_default=false(), default=False)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConversationRow(Owned, Base):
    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    titled: Mapped[bool]
    system: Mapped[str] = mapped_column(Text)
    persona_id: Mapped[str | None] = mapped_column(String(64))
    sampling: Mapped[Any] = mapped_column(JSON)
    when_full: Mapped[str] = mapped_column(String(8))
    # {"names", "ask"}: what it offers, and when it asks before a call
    tools: Mapped[Any] = mapped_column(JSON, server_default="{}", default=dict)
    model: Mapped[str] = mapped_column(Text, server_default="")
    precision: Mapped[str] = mapped_column(Text, server_default="")
    head_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageRow(Base):
    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_conversation", "conversation_id", "parent_id"),)

    # Counts up: the order of creation, also within one millisecond
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    meta: Mapped[str] = mapped_column("metadata", Text)
    finish_reason: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    sampling: Mapped[Any | None] = mapped_column(JSON)
    usage: Mapped[Any | None] = mapped_column(JSON)
    token_ids: Mapped[Any] = mapped_column(JSON)
    seed: Mapped[int | None]
    model: Mapped[str | None] = mapped_column(Text)
    precision: Mapped[str] = mapped_column(Text, server_default="")
    persona: Mapped[str] = mapped_column(Text, server_default="")
    # Of an answer: the tools that the model was told of, then {"files": what it was told of files}
    # where it was. Of an observation: the call that it came of
    tools: Mapped[Any | None] = mapped_column(JSON)
    step: Mapped[Any | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutputsRow(Base):
    """What code showed; apart from its observation, which is read far more often."""

    __tablename__ = "outputs"

    message_id: Mapped[str] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    # A list of {"kind", …}: core/interpreter/kept.py
    shown: Mapped[Any] = mapped_column(JSON)


class FileRow(Base):
    """A file that a visitor gave to the code of a conversation."""

    __tablename__ = "files"

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class PersonaRow(Owned, Base):
    __tablename__ = "personas"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # Case-folded, so that "Chef" and "chef" are one name of a space
    name_key: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    system: Mapped[str] = mapped_column(Text)
    examples: Mapped[Any] = mapped_column(JSON)
    # The rules that its answers are to follow, and questions inside and outside of its scope
    contract: Mapped[Any] = mapped_column(JSON, server_default="[]", default=list)
    scope: Mapped[Any] = mapped_column(JSON, server_default="{}", default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RunRow(Owned, Base):
    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    system: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    precision: Mapped[str] = mapped_column(String(8))
    # An axis is {"name", "values", "labels"}
    rows: Mapped[Any] = mapped_column(JSON)
    columns: Mapped[Any] = mapped_column(JSON)
    samples: Mapped[int]
    fixed: Mapped[Any] = mapped_column(JSON)
    # The ids of its prompts, where they were noted
    prompts: Mapped[Any | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CellRow(Base):
    __tablename__ = "cells"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    column: Mapped[int]
    sample: Mapped[int]
    seed: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    token_ids: Mapped[Any] = mapped_column(JSON)
    finish_reason: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    mean_logprob: Mapped[float | None]
    entropies: Mapped[Any] = mapped_column(JSON)
    greedy_prefix: Mapped[int | None]
    loaded_as: Mapped[Any | None] = mapped_column(JSON)
    usage: Mapped[Any | None] = mapped_column(JSON)
    starred: Mapped[bool] = mapped_column(server_default=false(), default=False)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")


class TreeRow(Owned, Base):
    __tablename__ = "branch_trees"
    __table_args__ = (Index("ix_branch_trees_origin", "origin_kind", "origin_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    origin_kind: Mapped[str] = mapped_column(String(16))
    origin_id: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    precision: Mapped[str] = mapped_column(Text, server_default="")
    chat: Mapped[bool]
    prompt_ids: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BranchRow(Base):
    __tablename__ = "branches"
    __table_args__ = (Index("ix_branches_tree", "tree_id", "parent_id"),)

    # Counts up: the order of creation, also within one millisecond
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    tree_id: Mapped[str] = mapped_column(ForeignKey("branch_trees.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"))
    position: Mapped[int]
    token_id: Mapped[int | None]
    piece: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    precision: Mapped[str] = mapped_column(Text, server_default="")
    sampling: Mapped[Any] = mapped_column(JSON)
    token_ids: Mapped[Any] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    finish_reason: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DraftRow(Base):
    __tablename__ = "drafts"

    space: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    about: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionRow(Base):
    """A saved state of a persona, a prompt or a suite: what it was, whatever becomes of it."""

    __tablename__ = "versions"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    about: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[Any] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Named(Owned):
    """Columns of what is known by a name and is one JSON document."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    content: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PromptRow(Named, Base):
    __tablename__ = "prompts"


class SuiteRow(Named, Base):
    __tablename__ = "suites"


class ToolRow(Named, Base):
    __tablename__ = "tools"


class ExperimentRow(Owned, Base):
    __tablename__ = "experiments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    # Variants, rules, tries and the base seed; the rows apart, for there may be ten thousand: they
    # are read where they are asked for, and not to look whose the experiment is
    spec: Mapped[Any] = mapped_column(JSON)
    rows: Mapped[Any] = mapped_column(JSON, deferred=True)
    # What the variants that name no model are answered by
    model: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnswerRow(Base):
    __tablename__ = "answers"

    experiment_id: Mapped[str] = mapped_column(
        ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    # What it answers, by content: an answer stays good where an experiment changes around it
    variant: Mapped[str] = mapped_column(String(32), primary_key=True)
    row: Mapped[str] = mapped_column(String(32), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[int]
    texts: Mapped[Any] = mapped_column(JSON)
    # By turn: the calls, or a mapping of them and of what was said around them
    calls: Mapped[Any] = mapped_column(JSON)
    finish_reason: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    prompt_tokens: Mapped[int]
    new_tokens: Mapped[int]
    seconds: Mapped[float]
    # By what rules, and what each made of each text
    checked_by: Mapped[str] = mapped_column(String(32))
    marks: Mapped[Any] = mapped_column(JSON)
    rating: Mapped[str] = mapped_column(String(8), server_default="", default="")
    note: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpinionRow(Base):
    """What a judge said of an answer."""

    __tablename__ = "opinions"

    experiment_id: Mapped[str] = mapped_column(
        ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    variant: Mapped[str] = mapped_column(String(32), primary_key=True)
    row: Mapped[str] = mapped_column(String(32), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    # What it was asked and what model it is, by content; and as they were
    judge: Mapped[str] = mapped_column(String(32), primary_key=True)
    by: Mapped[Any] = mapped_column(JSON)
    # The texts it judged, by content: an answer that is asked for again is another one
    judged: Mapped[str] = mapped_column(String(32))
    passed: Mapped[bool | None]
    grade: Mapped[int | None]
    raw: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
