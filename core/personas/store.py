"""The personas that users made."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.i18n import _
from core.personas.records import Persona
from core.storage.ids import new_id, now
from core.storage.ownership import Shelf, listed_or_shared
from core.storage.schema import PersonaRow


class Personas(Shelf[PersonaRow]):
    """The personas of one space. In what it can see names are unique whatever their case."""

    kind = "persona"
    row_type = PersonaRow

    def create(
        self, name: str, description: str, system: str, examples: tuple[str, ...] = ()
    ) -> Persona:
        """A new persona; raises `InvalidInput` when the name is taken."""
        with self._database.writing() as session:
            self._check_free(session, name, None)
            row = PersonaRow(id=new_id(), space=self._space, created_at=now())
            _fill(row, name, description, system, examples)
            session.add(row)
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
    ) -> Persona:
        """Change a persona; raises `InvalidInput` when the name is taken."""
        with self._database.writing() as session:
            row = self._own(session, persona_id)
            self._check_free(session, name, persona_id)
            _fill(row, name, description, system, examples)
            return self._record(row)

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
        taken = select(PersonaRow.id).where(
            PersonaRow.name_key == name.casefold(), listed_or_shared(PersonaRow, self._space)
        )
        if set(session.scalars(taken)) - {own_id}:
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
        )


def _fill(
    row: PersonaRow, name: str, description: str, system: str, examples: tuple[str, ...]
) -> None:
    row.name, row.name_key = name, name.casefold()
    row.description, row.system, row.examples = description, system, list(examples)
    row.updated_at = now()
