"""The personas that users made. Each save is a version."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.i18n import _
from core.personas.records import Persona
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.ownership import COMMON, Shelf, is_taken, listed_or_shared
from core.storage.schema import PersonaRow
from core.storage.versions import Version, Versions

_NOTHING: Mapping[str, Any] = {}


class Personas(Shelf[PersonaRow]):
    """The personas of one space. In what it can see names are unique whatever their case."""

    kind = "persona"
    row_type = PersonaRow

    def __init__(self, database: Database, space: str = COMMON) -> None:
        super().__init__(database, space)
        self._versions = Versions(database, "persona")

    def create(
        self,
        name: str,
        description: str,
        system: str,
        examples: tuple[str, ...] = (),
        contract: Sequence[Mapping[str, Any]] = (),
        scope: Mapping[str, Any] = _NOTHING,
        note: str = "",
    ) -> Persona:
        """A new persona; raises `InvalidInput` when the name is taken."""
        with self._database.writing() as session:
            self._check_free(session, name, None)
            row = PersonaRow(id=new_id(), space=self._space, created_at=now())
            _fill(row, name, description, system, examples, contract, scope)
            session.add(row)
            self._versions.add(session, row.id, _content(row), note)
            return self._record(row)

    def get(self, persona_id: str) -> Persona:
        """The persona of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, persona_id))

    def list(self) -> list[Persona]:
        """All personas that can be seen, those of others too where they are shared, by name."""
        seen = listed_or_shared(PersonaRow, self._space)
        with self._database.reading() as session:
            rows = session.scalars(select(PersonaRow).where(seen).order_by(PersonaRow.name_key))
            return [self._record(row) for row in rows]

    def update(
        self,
        persona_id: str,
        name: str,
        description: str,
        system: str,
        examples: tuple[str, ...] = (),
        contract: Sequence[Mapping[str, Any]] = (),
        scope: Mapping[str, Any] = _NOTHING,
        note: str = "",
    ) -> Persona:
        """Change a persona; raises `InvalidInput` when the name is taken. note: on this version."""
        with self._database.writing() as session:
            row = self._own(session, persona_id)
            self._check_free(session, name, persona_id)
            if not self._versions.newest(session, persona_id):
                # Saved before there were versions: what it was is one
                self._versions.add(session, persona_id, _content(row), at=row.updated_at)
            _fill(row, name, description, system, examples, contract, scope)
            self._versions.add(session, persona_id, _content(row), note)
            return self._record(row)

    def versions(self, persona_id: str) -> Sequence[Version]:
        """All states that were saved, the newest first; the one of today where none was noted. Of
        what somebody else shares that is all: earlier ones and notes are its owner's alone."""
        with self._database.reading() as session:
            row = self._seen(session, persona_id)
            number = self._versions.newest(session, persona_id) or 1
        found = self._versions.list(persona_id) if self._owns(row) else ()
        return found or [Version(number, _content(row), "", row.updated_at)]

    def erase(self, id: str) -> None:
        """Remove for good what is in the bin, with all its versions."""
        with self._database.writing() as session:
            session.delete(self._in_bin(session, id))
            self._versions.forget(session, id)

    def restore(self, id: str) -> None:
        """Take a persona out of the bin; raises `InvalidInput` when its name is taken by now."""
        with self._database.writing() as session:
            row = self._in_bin(session, id)
            self._check_free(session, row.name, id)
            row.deleted_at = None

    def _title(self, row: PersonaRow) -> str:
        return row.name

    def _missing(self, id: str) -> str:
        return _(
            "There is no persona {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)

    def _check_free(self, session: Session, name: str, own_id: str | None) -> None:
        if is_taken(session, PersonaRow, self._space, name, own_id):
            raise InvalidInput(
                _("There is already a persona called {name!r}. Choose another name.").format(
                    name=name
                )
            )

    def _record(self, row: PersonaRow) -> Persona:
        return Persona(
            row.id,
            row.name,
            row.description,
            row.system,
            tuple(row.examples),
            row.created_at,
            row.updated_at,
            shared=bool(row.shared),
            own=self._owns(row),
            contract=tuple(row.contract or ()),
            scope=dict(row.scope or {}),
        )


def _fill(
    row: PersonaRow,
    name: str,
    description: str,
    system: str,
    examples: tuple[str, ...],
    contract: Sequence[Mapping[str, Any]],
    scope: Mapping[str, Any],
) -> None:
    row.name, row.name_key = name, name.casefold()
    row.description, row.system, row.examples = description, system, list(examples)
    row.contract, row.scope = [dict(rule) for rule in contract], dict(scope)
    row.updated_at = now()


def _content(row: PersonaRow) -> dict[str, Any]:
    """A persona as a version keeps it."""
    return {
        "name": row.name,
        "description": row.description,
        "system": row.system,
        "examples": list(row.examples),
        "contract": list(row.contract or ()),
        "scope": dict(row.scope or {}),
    }
