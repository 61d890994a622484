"""Versions: every saved state of a persona, a prompt or a suite, with a note. None is
overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from core.storage.database import Database
from core.storage.ids import now
from core.storage.schema import PersonaRow, PromptRow, SuiteRow, VersionRow

Kind = Literal["persona", "prompt", "suite", "tool"]
# More is cut off: a note is a line, the rest is what changed
MAX_NOTE = 200


@dataclass(frozen=True, slots=True)
class Version:
    """A saved state. number: counts from 1. note: what its maker said of it; may be empty."""

    number: int
    content: dict[str, Any]
    note: str
    created_at: datetime


class Versions:
    """The versions of one kind of thing. Who may see them is the matter of whoever asks."""

    def __init__(self, database: Database, kind: Kind) -> None:
        self._database, self._kind = database, kind

    def add(
        self,
        session: Session,
        about: str,
        content: dict[str, Any],
        note: str = "",
        at: datetime | None = None,
    ) -> int:
        """Keep a state, in the transaction that saves it, unless it is as the last one was; its
        number. at: when it was saved, if that was not now."""
        note = note[:MAX_NOTE]
        last = session.scalars(self._query(about).limit(1)).first()
        if last and last.content == content:
            # Saved again to say why
            last.note = note or last.note
            return last.number
        number = last.number + 1 if last else 1
        session.add(
            VersionRow(
                kind=self._kind,
                about=about,
                number=number,
                content=content,
                note=note,
                created_at=at or now(),
            )
        )
        return number

    def list(self, about: str) -> Sequence[Version]:
        """All of them, the newest first."""
        with self._database.reading() as session:
            return [_record(row) for row in session.scalars(self._query(about))]

    def forget(self, session: Session, about: str) -> None:
        """Remove all of them, in the transaction that removes for good what they are of."""
        session.execute(
            delete(VersionRow).where(VersionRow.kind == self._kind, VersionRow.about == about)
        )

    def newest(self, session: Session, about: str) -> int:
        """The number of the newest, in a transaction; 0 where there is none."""
        return self.all_newest(session, VersionRow.about == about).get(about, 0)

    def all_newest(self, session: Session, *wanted: ColumnElement[bool]) -> dict[str, int]:
        """The numbers of the newest of all that are wanted, by what they are about."""
        query = select(VersionRow.about, func.max(VersionRow.number))
        query = query.where(VersionRow.kind == self._kind, *wanted).group_by(VersionRow.about)
        return {about: number for about, number in session.execute(query)}

    def _query(self, about: str) -> Any:
        query = select(VersionRow).where(VersionRow.kind == self._kind, VersionRow.about == about)
        return query.order_by(VersionRow.number.desc())


def sweep_versions(session: Session) -> None:
    """Remove for good the versions of what is not kept any more, in the bin neither."""
    kinds: dict[Kind, Any] = {"persona": PersonaRow, "prompt": PromptRow, "suite": SuiteRow}
    for kind, row_type in kinds.items():
        gone = VersionRow.about.not_in(select(row_type.id))
        session.execute(delete(VersionRow).where(VersionRow.kind == kind, gone))


def _record(row: VersionRow) -> Version:
    return Version(row.number, row.content, row.note, row.created_at)
