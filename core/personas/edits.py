"""Unsaved changes: what was typed in the editor of a persona and is not saved yet.

They are drafts, which survive another persona, another page, a reload and a restart. Only what
differs from the saved persona is kept, so that what others save elsewhere shows as well.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from core.checks.rule import Rule, rules_from
from core.errors import InvalidInput
from core.personas.text import PersonaEntry, PersonaText, Scope
from core.storage.drafts import Drafts

Field = Literal["name", "description", "system", "examples", "contract", "inside", "outside"]
FIELDS: tuple[Field, ...] = get_args(Field)
# Those that have a box of text; the contract has an editor of rules
TYPED: tuple[Field, ...] = tuple(field for field in FIELDS if field != "contract")
# Stands for a line break within a question, which is a line of its own in the editor
BREAK = "↵"
_KIND, _NOTE = "persona", "note"


def typed(text: PersonaText) -> dict[Field, str]:
    """A persona as its editor shows it, field by field; its contract as JSON."""
    return {
        "name": text.name,
        "description": text.description,
        "system": text.system,
        "examples": _lines(text.examples),
        "contract": written(text.contract),
        "inside": _lines(text.scope.inside),
        "outside": _lines(text.scope.outside),
    }


def _lines(questions: Sequence[str]) -> str:
    return "\n".join(BREAK.join(question.splitlines()) for question in questions)


def written(contract: Sequence[Rule]) -> str:
    """A contract as unsaved changes keep it."""
    return json.dumps([rule.to_dict() for rule in contract], ensure_ascii=False)


def contract_of(fields: Mapping[Field, str]) -> tuple[Rule, ...]:
    """The rules of the contract; raises `InvalidInput` for what `written` did not give."""
    try:
        return rules_from(json.loads(fields["contract"]))
    except ValueError as error:
        raise InvalidInput(str(error)) from error


def scope_of(fields: Mapping[Field, str]) -> Scope:
    """The scope that was typed; raises `InvalidInput` for what is none."""
    return Scope(questions(fields["inside"]), questions(fields["outside"]))


def persona_of(fields: Mapping[Field, str], saved: PersonaText) -> PersonaText:
    """The persona that was typed; raises `InvalidInput` for what is none. saved: what has no field
    is as it was there."""
    return replace(
        saved,
        name=fields["name"],
        system=fields["system"],
        description=fields["description"],
        examples=questions(fields["examples"]),
        contract=contract_of(fields),
        scope=scope_of(fields),
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
        kept, saved = self._kept(entry.id), typed(entry.text)
        changed: dict[Field, str] = {
            f: kept[f] for f in FIELDS if isinstance(kept.get(f), str) and kept[f] != saved[f]
        }
        try:
            if "contract" in changed:
                contract_of(changed)
        except InvalidInput:
            del changed["contract"]  # of another version
        return changed

    def is_changed(self, entry: PersonaEntry) -> bool:
        """Whether there is anything to save."""
        return bool(self.changed(entry))

    def unsaved(self, entries: Sequence[PersonaEntry]) -> set[str]:
        """The ids of those among these that have unsaved changes."""
        kept = self._drafts.about(_KIND)
        return {entry.id for entry in entries if entry.id in kept and self.is_changed(entry)}

    def now(self, entry: PersonaEntry) -> dict[Field, str]:
        """What the editor shows: what is saved, with the unsaved changes."""
        return typed(entry.text) | self.changed(entry)

    def persona(self, entry: PersonaEntry) -> PersonaText:
        """The persona as it stands in the editor; raises `InvalidInput` for what is none."""
        return persona_of(self.now(entry), entry.text)

    def change(self, entry: PersonaEntry, field: Field, value: str) -> None:
        """Note what a field has now; one that is as it was saved is unchanged again."""
        kept = self._kept(entry.id) | {str(field): value}
        if value == typed(entry.text)[field]:
            del kept[field]
        self._keep(entry.id, kept)

    def restore(self, entry: PersonaEntry, text: PersonaText) -> None:
        """Put all of an earlier version into the editor."""
        for field, value in typed(text).items():
            self.change(entry, field, value)

    def note(self, persona_id: str) -> str:
        """What was typed about the changes."""
        return str(self._kept(persona_id).get(_NOTE, ""))

    def set_note(self, persona_id: str, note: str) -> None:
        """Keep what was typed about the changes."""
        self._keep(persona_id, self._kept(persona_id) | {_NOTE: note})

    def discard(self, persona_id: str) -> dict[str, Any]:
        """Forget the unsaved changes of a persona; what they were, for `put_back`."""
        before = self._kept(persona_id)
        self._drafts.drop(_KIND, persona_id)
        return before

    def put_back(self, persona_id: str, before: dict[str, Any]) -> None:
        """Have unsaved changes again that were discarded."""
        self._keep(persona_id, before)

    def _kept(self, persona_id: str) -> dict[str, Any]:
        return self._drafts.get(_KIND, persona_id) or {}

    def _keep(self, persona_id: str, kept: dict[str, Any]) -> None:
        if any(kept.values()) or set(kept) - {_NOTE}:
            self._drafts.put(_KIND, persona_id, kept)
        else:
            self._drafts.drop(_KIND, persona_id)
