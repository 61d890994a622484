"""All personas: those that ship with the project and those that users make."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from core.checks.rule import rules_from
from core.errors import InvalidInput
from core.i18n import _
from core.personas.file import file_content, parse_file
from core.personas.records import Persona
from core.personas.store import Personas
from core.personas.text import (
    MAX_NAME,
    PersonaEntry,
    PersonaText,
    Scope,
    builtin_personas,
    persona_text,
    shipped,
)
from core.personas.uses import version_of
from core.storage.ids import now
from core.storage.versions import Version


class PersonaBook:
    """All personas on one shelf: the built-in ones first."""

    def __init__(self, personas: Personas) -> None:
        self._personas = personas

    def list(self) -> list[PersonaEntry]:
        """Every persona, built-in ones first."""
        return [*builtin_personas(), *(_entry(p) for p in self._personas.list())]

    def get(self, persona_id: str) -> PersonaEntry:
        """The persona of that id; raises `NotFound`."""
        for entry in builtin_personas():
            if entry.id == persona_id:
                return entry
        return _entry(self._personas.get(persona_id))

    def create(self, text: PersonaText, note: str = "") -> PersonaEntry:
        """A new persona; raises `InvalidInput` when the name is taken."""
        self._check_name(text.name)
        return _entry(self._personas.create(**_fields(text), note=note))

    def add(self, text: PersonaText) -> PersonaEntry:
        """A new persona; a name that is taken gets a number."""
        return self.create(replace(text, name=self._free_name(text.name)))

    def update(self, persona_id: str, text: PersonaText, note: str = "") -> PersonaEntry:
        """Change a persona of the user's own. note: on this version."""
        self._check_own(persona_id)
        self._check_name(text.name)
        return _entry(self._personas.update(persona_id, **_fields(text), note=note))

    def versions(self, persona_id: str) -> Sequence[tuple[Version, PersonaText]]:
        """All states of a persona that were saved, the newest first; of a built-in one there
        is none."""
        entry = self.get(persona_id)
        if entry.builtin:
            return []
        return [(v, persona_text(v.content)) for v in self._personas.versions(persona_id)]

    def called(self, persona_id: str, system: str) -> str:
        """What a persona is called where this system message is sent for it: with the version that
        has it, where it has versions, or as a changed one; raises `NotFound`."""
        entry = self.get(persona_id)
        name = entry.text.name
        if not entry.builtin:
            number = version_of(self._personas.versions(persona_id), system, now())
            if number:
                return _("{name}, version {number}").format(name=name, number=number)
        elif entry.text.system.strip() == system.strip():
            return name
        return _("{name}, changed").format(name=name)

    def duplicate(self, persona_id: str) -> PersonaEntry:
        """A copy of any persona, under a free name."""
        return self.add(self.get(persona_id).text)

    def delete(self, persona_id: str) -> None:
        """Put a persona of the user's own into the bin."""
        self._check_own(persona_id)
        self._personas.delete(persona_id)

    def restore(self, persona_id: str) -> None:
        """Take a persona out of the bin; raises `InvalidInput` when its name is taken by now."""
        self._personas.restore(persona_id)

    def share(self, persona_id: str, shared: bool) -> None:
        """Offer a persona of the user's own to everyone on this server, or no longer."""
        self._check_own(persona_id)
        self._personas.share(persona_id, shared)

    def export(self, ids: Iterable[str], form: Literal["yaml", "json"] = "yaml") -> str:
        """The personas of these ids as a file."""
        return file_content([self.get(i).text for i in ids], form)

    def import_(self, content: str | bytes) -> Sequence[PersonaEntry]:
        """Add the personas of a file that are not here yet, and return them; all are checked before
        the first is added.

        A name that is taken by another one gets a number. Raises `InvalidInput` for a bad file.
        """
        added = []
        for text in parse_file(content):
            if text not in {entry.text for entry in (*self.list(), *shipped())}:
                added.append(self.add(text))
        return added

    def _names(self) -> set[str]:
        return {entry.text.name.casefold() for entry in self.list()}

    def _free_name(self, name: str) -> str:
        taken = self._names()
        candidate, number = name, 2
        while candidate.casefold() in taken:
            candidate = f"{name[: MAX_NAME - 5]} {number}"
            number += 1
        return candidate

    def _check_own(self, persona_id: str) -> None:
        if self.get(persona_id).builtin:
            raise InvalidInput(
                _(
                    "Built-in personas cannot be changed. Save {id!r} as a copy and change that."
                ).format(id=persona_id)
            )

    @staticmethod
    def _check_name(name: str) -> None:
        taken = {entry.text.name.casefold() for entry in (*builtin_personas(), *shipped())}
        if name.casefold() in taken:
            raise InvalidInput(
                _("There is already a persona called {name!r}. Choose another name.").format(
                    name=name
                )
            )


def _fields(text: PersonaText) -> dict[str, Any]:
    """What the store keeps of a persona."""
    return {
        "name": text.name,
        "description": text.description,
        "system": text.system,
        "examples": text.examples,
        "contract": [rule.to_dict() for rule in text.contract],
        "scope": text.scope.to_dict() if text.scope != Scope() else {},
    }


def _entry(persona: Persona) -> PersonaEntry:
    text = PersonaText(
        persona.name,
        persona.system,
        persona.description,
        persona.examples,
        rules_from(persona.contract),
        Scope.from_dict(persona.scope),
    )
    return PersonaEntry(persona.id, text, False, persona.own, persona.shared)
