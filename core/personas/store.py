"""The personas that users made."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.personas.records import Persona
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.schema import PersonaRow


class Personas:
    """Create, read, change and delete personas; names are unique whatever their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, description: str, system: str, examples: tuple[str, ...] = ()
    ) -> Persona:
        """A new persona; raises `InvalidInput` when the name is taken."""
        with self._database.writing() as session:
            _check_free(session, name, None)
            row = PersonaRow(id=new_id(), created_at=now())
            _fill(row, name, description, system, examples)
            session.add(row)
            return _persona(row)

    def get(self, persona_id: str) -> Persona:
        """The persona of that id; raises `NotFound`."""
        with self._database.reading() as session:
            return _persona(_row(session, persona_id))

    def list(self) -> list[Persona]:
        """All personas by name."""
        with self._database.reading() as session:
            rows = session.scalars(select(PersonaRow).order_by(PersonaRow.name_key))
            return [_persona(row) for row in rows]

    def update(
        self,
        persona_id: str,
        name: str,
        description: str,
        system: str,
        examples: tuple[str, ...] = (),
    ) -> Persona:
        """Change a persona; raises `NotFound`, or `InvalidInput` when the name is taken."""
        with self._database.writing() as session:
            row = _row(session, persona_id)
            _check_free(session, name, persona_id)
            _fill(row, name, description, system, examples)
            return _persona(row)

    def delete(self, persona_id: str) -> None:
        """Remove a persona; raises `NotFound`."""
        with self._database.writing() as session:
            session.delete(_row(session, persona_id))


def _fill(
    row: PersonaRow, name: str, description: str, system: str, examples: tuple[str, ...]
) -> None:
    row.name, row.name_key = name, name.casefold()
    row.description, row.system, row.examples = description, system, list(examples)
    row.updated_at = now()


def _row(session: Session, persona_id: str) -> PersonaRow:
    row = session.get(PersonaRow, persona_id)
    if row is None:
        raise NotFound(
            _("There is no persona {id!r}; it may have been deleted.").format(id=persona_id)
        )
    return row


def _check_free(session: Session, name: str, own_id: str | None) -> None:
    taken = session.scalar(select(PersonaRow).where(PersonaRow.name_key == name.casefold()))
    if taken is not None and taken.id != own_id:
        raise InvalidInput(
            _("There is already a persona called {name!r}. Choose another name.").format(name=name)
        )


def _persona(row: PersonaRow) -> Persona:
    return Persona(
        row.id,
        row.name,
        row.description,
        row.system,
        tuple(row.examples),
        row.created_at,
        row.updated_at,
    )
