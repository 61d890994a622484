"""Unsaved changes: what was typed in the editor of a persona and is not saved yet.

They are drafts, which survive another persona, another page, a reload and a restart. Only what
differs from the saved persona is kept, so that what others save elsewhere shows as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from core.personas.text import PersonaEntry, PersonaText
from core.storage.drafts import Drafts

Field = Literal["name", "description", "system", "examples"]
FIELDS: tuple[Field, ...] = get_args(Field)
# Stands for a line break within a question, which is a line of its own in the editor
BREAK = "↵"
_KIND = "persona"


def typed(text: PersonaText) -> dict[Field, str]:
    """A persona as its editor shows it, field by field."""
    return {
        "name": text.name,
        "description": text.description,
        "system": text.system,
        "examples": "\n".join(BREAK.join(example.splitlines()) for example in text.examples),
    }


def persona_of(fields: Mapping[Field, str], saved: PersonaText) -> PersonaText:
    """The persona that was typed; raises `InvalidInput` for what is none. saved: what has no field
    is as it was there."""
    return replace(
        saved,
        name=fields["name"],
        system=fields["system"],
        description=fields["description"],
        examples=questions(fields["examples"]),
    )


def questions(lines: str) -> tuple[str, ...]:
    """The questions of the editor's lines."""
    written = (line.strip() for line in lines.splitlines())
    return tuple(line.replace(BREAK, "\n") for line in written if line)


class Edits:
    """The unsaved changes of one visitor, by persona."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def changed(self, entry: PersonaEntry) -> dict[Field, str]:
        """The fields that differ from what is saved, as they were typed."""
        kept, saved = self._drafts.get(_KIND, entry.id) or {}, typed(entry.text)
        return {f: kept[f] for f in FIELDS if isinstance(kept.get(f), str) and kept[f] != saved[f]}

    def unsaved(self, entries: Sequence[PersonaEntry]) -> set[str]:
        """The ids of those among these that have unsaved changes."""
        kept = self._drafts.about(_KIND)
        return {entry.id for entry in entries if entry.id in kept and self.changed(entry)}

    def now(self, entry: PersonaEntry) -> dict[Field, str]:
        """What the editor shows: what is saved, with the unsaved changes."""
        return typed(entry.text) | self.changed(entry)

    def change(self, entry: PersonaEntry, field: Field, value: str) -> None:
        """Note what a field has now; one that is as it was saved is unchanged again."""
        changed = self.changed(entry) | {field: value}
        if value == typed(entry.text)[field]:
            del changed[field]
        if changed:
            self._drafts.put(_KIND, entry.id, {str(name): text for name, text in changed.items()})
        else:
            self.discard(entry.id)

    def discard(self, persona_id: str) -> None:
        """Forget the unsaved changes of a persona."""
        self._drafts.drop(_KIND, persona_id)
