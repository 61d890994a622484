"""Whose a thing is, who may see it, and what is in the bin.

A space is what one visitor keeps for himself, named by a random key; the common space, "", is
everyone's. What is shared can be read from every space, and is changed from its own alone. What is
deleted stays in the bin of its space for `KEPT`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.storage.database import Database
from core.storage.ids import now
from core.storage.schema import BranchRow, MessageRow, Owned

COMMON = ""
KEPT = timedelta(days=30)
Row = TypeVar("Row", bound=Owned)
Node = TypeVar("Node", MessageRow, BranchRow)
BinnedKind = Literal[
    "conversation",
    "message",
    "persona",
    "run",
    "tree",
    "branch",
    "prompt",
    "suite",
    "experiment",
    "tool",
]


@dataclass(frozen=True, slots=True)
class Binned:
    """Something that was deleted and can come back. title: what it is known by; may be empty."""

    kind: BinnedKind
    id: str
    title: str
    deleted_at: datetime


class Shelf(ABC, Generic[Row]):
    """What one space keeps of a kind of thing; every call is one transaction.

    An id that is missing, or is not for this space to see, raises `NotFound`; changing what
    somebody else shares raises `InvalidInput`.
    """

    kind: ClassVar[BinnedKind]
    row_type: ClassVar[type[Owned]]

    def __init__(self, database: Database, space: str = COMMON) -> None:
        self._database, self._space = database, space

    def share(self, id: str, shared: bool) -> None:
        """Let everyone on this server see it, or no longer: a persona is offered to all, anything
        else opens for those who have its link."""
        with self._database.writing() as session:
            self._own(session, id).shared = shared

    def delete(self, id: str) -> None:
        """Put it into the bin, with all that belongs to it."""
        with self._database.writing() as session:
            self._own(session, id).deleted_at = now()

    def restore(self, id: str) -> None:
        """Take it out of the bin."""
        with self._database.writing() as session:
            self._in_bin(session, id).deleted_at = None

    def erase(self, id: str) -> None:
        """Remove for good what is in the bin."""
        with self._database.writing() as session:
            session.delete(self._in_bin(session, id))

    def binned(self) -> Sequence[Binned]:
        """What is in the bin, the last deleted first."""
        kind: Any = self.row_type
        query = select(kind).where(kind.deleted_at.is_not(None), in_space(kind, self._space))
        with self._database.reading() as session:
            return [
                Binned(self.kind, row.id, self._title(row), row.deleted_at)
                for row in session.scalars(query.order_by(kind.deleted_at.desc()))
            ]

    def _seen(self, session: Session, id: str) -> Row:
        """The row, if it may be read from this space."""
        row: Row | None = session.get(self.row_type, id)  # type: ignore[assignment]
        if row is None or row.deleted_at is not None or not (self._owns(row) or row.shared):
            raise NotFound(self._missing(id))
        return row

    def _own(self, session: Session, id: str) -> Row:
        """The row, if it may be changed from this space."""
        row = self._seen(session, id)
        if not self._owns(row):
            raise InvalidInput(
                _("This belongs to somebody else, who shares it: it can be read and not changed.")
            )
        return row

    def _in_bin(self, session: Session, id: str) -> Row:
        row: Row | None = session.get(self.row_type, id)  # type: ignore[assignment]
        if row is None or row.deleted_at is None or not self._owns(row):
            raise NotFound(self._missing(id))
        return row

    def _owns(self, row: Owned) -> bool:
        return row.space in (self._space, COMMON)

    @abstractmethod
    def _title(self, row: Row) -> str:
        """What a thing is known by; may be empty."""

    @abstractmethod
    def _missing(self, id: str) -> str:
        """The message where there is no such thing to see."""


def below(rows: Sequence[Node], own: Node) -> Sequence[Node]:
    """A node of a tree and all of the rows that follow it; rows: in the order of creation."""
    found = {own.id: own}
    for row in rows:
        if row.parent_id in found:
            found[row.id] = row
    return list(found.values())


def in_space(kind: type[Owned], space: str) -> ColumnElement[bool]:
    """Of this space, or common."""
    return kind.space.in_({space, COMMON})


def listed(kind: type[Owned], space: str) -> ColumnElement[bool]:
    """What a list of this space has: its own and the common things that are not in the bin."""
    return kind.deleted_at.is_(None) & in_space(kind, space)


def listed_or_shared(kind: type[Owned], space: str) -> ColumnElement[bool]:
    """As `listed`, and what others share with everyone."""
    return kind.deleted_at.is_(None) & or_(in_space(kind, space), kind.shared)


def is_taken(session: Session, kind: Any, space: str, name: str, own_id: str | None = None) -> bool:
    """Whether something else that this space can see has this name, whatever its case. kind: of
    things with a `name_key`."""
    query = select(kind.id).where(kind.name_key == name.casefold(), listed_or_shared(kind, space))
    return bool(set(session.scalars(query)) - {own_id})


def sweep(session: Session, kind: Any) -> None:
    """Remove for good what has been in the bin for longer than it is kept."""
    session.execute(delete(kind).where(kind.deleted_at < now() - KEPT))
