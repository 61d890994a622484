"""What is being written and not saved yet: it survives a reload, another page and a restart."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.storage.database import Database
from core.storage.ids import now
from core.storage.schema import DraftRow


class Drafts:
    """Keep the drafts of one space, by what kind they are of and what they are about."""

    def __init__(self, database: Database, space: str) -> None:
        self._database, self._space = database, space

    def get(self, kind: str, about: str) -> dict[str, Any] | None:
        """The draft, if there is one."""
        with self._database.reading() as session:
            row = session.get(DraftRow, (self._space, kind, about))
            return None if row is None else dict(row.content)

    def changed(self, kind: str, about: str) -> datetime | None:
        """When the draft was last kept, if there is one: quick, whatever is in it."""
        query = select(DraftRow.updated_at).filter_by(space=self._space, kind=kind, about=about)
        with self._database.reading() as session:
            return session.scalar(query)

    def put(self, kind: str, about: str, content: dict[str, Any]) -> None:
        """Keep a draft in place of the one before. content: what JSON can hold."""
        with self._database.writing() as session:
            session.merge(
                DraftRow(
                    space=self._space, kind=kind, about=about, content=content, updated_at=now()
                )
            )

    def drop(self, kind: str, about: str) -> None:
        """Forget a draft, if there is one."""
        with self._database.writing() as session:
            row = session.get(DraftRow, (self._space, kind, about))
            if row is not None:
                session.delete(row)

    def about(self, kind: str) -> set[str]:
        """What there are drafts of this kind about."""
        with self._database.reading() as session:
            rows = session.query(DraftRow.about).filter_by(space=self._space, kind=kind)
            return {about for (about,) in rows}
