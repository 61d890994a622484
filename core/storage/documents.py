"""Things that are known by a name and are one JSON document: prompts, suites and tools. Each
save is a version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.ownership import COMMON, Shelf, is_taken, listed_or_shared
from core.storage.schema import Named, PromptRow, SuiteRow, ToolRow
from core.storage.versions import Kind, Version, Versions

MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Document:
    """A named document. version: the number of its newest state."""

    id: str
    name: str
    content: dict[str, Any]
    version: int
    updated_at: datetime
    shared: bool = False
    own: bool = True


class Documents(Shelf[Named]):
    """The documents of one kind in one space. In what it can see names are unique whatever their
    case."""

    versions_kind: ClassVar[Kind]

    def __init__(self, database: Database, space: str = COMMON) -> None:
        super().__init__(database, space)
        self._versions = Versions(database, self.versions_kind)

    def create(self, name: str, content: dict[str, Any], note: str = "") -> Document:
        """A new document; raises `InvalidInput` when the name is empty, too long or taken."""
        with self._database.writing() as session:
            self._check_name(session, name, None)
            made: Any = self.row_type
            row = made(id=new_id(), space=self._space, created_at=now())
            number = self._fill(session, row, name, content, note)
            session.add(row)
            return self._record(row, number)

    def get(self, id: str) -> Document:
        """The document of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, id), self._versions.newest(session, id))

    def list(self) -> Sequence[Document]:
        """All that can be seen, those of others too where they are shared, by name."""
        kind: Any = self.row_type
        query = select(kind).where(listed_or_shared(kind, self._space)).order_by(kind.name_key)
        with self._database.reading() as session:
            numbers = self._versions.all_newest(session)
            return [self._record(row, numbers.get(row.id, 0)) for row in session.scalars(query)]

    def save(self, id: str, name: str, content: dict[str, Any], note: str = "") -> Document:
        """Change a document; raises `InvalidInput` as `create` does."""
        with self._database.writing() as session:
            row = self._own(session, id)
            self._check_name(session, name, id)
            return self._record(row, self._fill(session, row, name, content, note))

    def versions(self, id: str) -> Sequence[Version]:
        """All its versions, the newest first; of what somebody else shares the newest alone,
        without its note."""
        with self._database.reading() as session:
            own = self._owns(self._seen(session, id))
        found = self._versions.list(id)
        return found if own else [replace(one, note="") for one in found[:1]]

    def version(self, id: str, number: int) -> Version:
        """One of its versions; raises `NotFound`."""
        found = next((one for one in self.versions(id) if one.number == number), None)
        if found is None:
            raise NotFound(_("There is no version {number} of this.").format(number=number))
        return found

    def erase(self, id: str) -> None:
        """Remove for good what is in the bin, with all its versions."""
        with self._database.writing() as session:
            session.delete(self._in_bin(session, id))
            self._versions.forget(session, id)

    def restore(self, id: str) -> None:
        """Take it out of the bin; raises `InvalidInput` when its name is taken by now."""
        with self._database.writing() as session:
            row = self._in_bin(session, id)
            self._check_name(session, row.name, id)
            row.deleted_at = None

    def _fill(
        self, session: Session, row: Named, name: str, content: dict[str, Any], note: str
    ) -> int:
        row.name, row.name_key, row.content = name.strip(), name.strip().casefold(), content
        row.updated_at = now()
        return self._versions.add(session, row.id, {"name": row.name, **content}, note)

    def _check_name(self, session: Session, name: str, own_id: str | None) -> None:
        if not name.strip() or len(name) > MAX_NAME:
            raise InvalidInput(
                _("A name has 1 to {most} characters, got {count}.").format(
                    most=MAX_NAME, count=len(name.strip())
                )
            )
        if is_taken(session, self.row_type, self._space, name.strip(), own_id):
            raise InvalidInput(
                _("The name {name!r} is taken. Choose another one.").format(name=name)
            )

    def _title(self, row: Named) -> str:
        return row.name

    def _record(self, row: Named, version: int) -> Document:
        return Document(
            row.id,
            row.name,
            row.content,
            version,
            row.updated_at,
            shared=bool(row.shared),
            own=self._owns(row),
        )


class Prompts(Documents):
    """Prompts: a system message, a template, follow-up questions."""

    kind = "prompt"
    row_type = PromptRow
    versions_kind = "prompt"

    def _missing(self, id: str) -> str:
        return _(
            "There is no prompt {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)


class Suites(Documents):
    """Suites of test cases that users made."""

    kind = "suite"
    row_type = SuiteRow
    versions_kind = "suite"

    def _missing(self, id: str) -> str:
        return _(
            "There is no suite {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)


class OwnTools(Documents):
    """Tools that users defined without code."""

    kind = "tool"
    row_type = ToolRow
    versions_kind = "tool"

    def _missing(self, id: str) -> str:
        return _(
            "There is no tool {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)
