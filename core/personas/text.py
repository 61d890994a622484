"""What a persona is: a named system message, with questions to try; and those that ship."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidInput, NotFound
from core.i18n import _, translated

MAX_NAME = 80
MAX_TEXT = 20_000
MAX_EXAMPLES = 12
_FIELDS = ("name", "description", "system", "examples")
_BUILTIN_FILE = Path(__file__).with_name("builtin.yaml")


@dataclass(frozen=True, slots=True)
class PersonaText:
    """What a persona says and asks; raises `InvalidInput` for what is missing or too long."""

    name: str
    system: str
    description: str = ""
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field, most in (("name", MAX_NAME), ("system", MAX_TEXT), ("description", MAX_TEXT)):
            value = getattr(self, field)
            if not isinstance(value, str):
                raise InvalidInput(
                    _("A persona's {field} must be text, got {value}.").format(
                        field=field, value=short(value)
                    )
                )
            _check_storable(field, value)
            if len(value) > most:
                raise InvalidInput(
                    _(
                        "A persona's {field} can have at most {most} characters, got {count}."
                    ).format(field=field, most=most, count=len(value))
                )
        if not self.name.strip():
            raise InvalidInput(_("A persona needs a name. Enter one."))
        if not self.system.strip():
            raise InvalidInput(
                _("Persona {name!r} needs a system message. Write one.").format(name=self.name)
            )
        wrong = [e for e in self.examples if not isinstance(e, str) or len(e) > MAX_TEXT]
        if wrong or len(self.examples) > MAX_EXAMPLES:
            raise InvalidInput(
                _("The examples of persona {name!r} must be at most {most} texts.").format(
                    name=self.name, most=MAX_EXAMPLES
                )
            )
        for example in self.examples:
            _check_storable("examples", example)


@dataclass(frozen=True, slots=True)
class PersonaEntry:
    """A persona with its id. own: it can be changed; others are read, and changed as a copy.

    shared: everyone on this server is offered it.
    """

    id: str
    text: PersonaText
    builtin: bool
    own: bool = False
    shared: bool = False


def builtin_personas() -> tuple[PersonaEntry, ...]:
    """The personas that ship with the project, named in the language of this context. What they
    say to the model is the same in every language."""
    return tuple(
        replace(
            entry,
            text=replace(
                entry.text,
                name=translated(entry.text.name),
                description=translated(entry.text.description),
            ),
        )
        for entry in shipped()
    )


@cache
def shipped() -> tuple[PersonaEntry, ...]:
    """As they are in the file, whatever the language."""
    items = yaml.safe_load(_BUILTIN_FILE.read_text(encoding="utf-8"))
    return tuple(PersonaEntry(item.pop("id"), persona_text(item), True) for item in items)


def find_persona(name: str, entries: Iterable[PersonaEntry]) -> PersonaEntry:
    """The entry of that id or name, whatever its case; raises `NotFound`."""
    entries = list(entries)
    for entry in entries:
        if name.casefold() in (entry.id.casefold(), entry.text.name.casefold()):
            return entry
    raise NotFound(
        _("There is no persona {name!r}. Available personas: {known}.").format(
            name=name, known=", ".join(entry.id for entry in entries)
        )
    )


def persona_text(item: Any) -> PersonaText:
    """The persona of an item of a file; raises `InvalidInput` for what is not one."""
    if not isinstance(item, dict):
        raise InvalidInput(
            _("A persona must be a mapping with a name and a system message, got {value}.").format(
                value=short(item)
            )
        )
    unknown = set(item) - set(_FIELDS)
    if unknown:
        raise InvalidInput(
            _("A persona has unknown fields: {fields}. Allowed fields: {known}.").format(
                fields=", ".join(sorted(map(str, unknown))), known=", ".join(_FIELDS)
            )
        )
    examples = item.get("examples") or []
    if not isinstance(examples, list):
        raise InvalidInput(
            _("The examples of a persona must be a list, got {value}.").format(
                value=short(examples)
            )
        )
    return PersonaText(
        item.get("name") or "",
        item.get("system") or "",
        item.get("description") or "",
        tuple(examples),
    )


def _check_storable(field: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            _(
                "A persona's {field} contains an incomplete character ({code}). Type it again."
            ).format(field=field, code=short(text[error.start]))
        ) from error


def short(value: object) -> str:
    """A value as it is quoted in a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
