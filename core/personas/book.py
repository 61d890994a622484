"""Personas: named system messages, those that ship with the project and those users make.

A persona file is YAML or JSON: `format: promptlab-personas`, `version: 1`, and a list `personas`
of `name`, `description`, `system` and `examples`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from core.errors import InvalidInput, NotFound
from core.i18n import _, translated
from core.personas.records import Persona
from core.personas.store import Personas

FILE_FORMAT = "promptlab-personas"
FILE_VERSION = 1
MAX_NAME = 80
MAX_TEXT = 20_000
MAX_EXAMPLES = 12
MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 16
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
                        field=field, value=_short(value)
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
    """A persona with its id; built-in ones cannot be changed, only duplicated."""

    id: str
    text: PersonaText
    builtin: bool


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
        for entry in _shipped()
    )


@cache
def _shipped() -> tuple[PersonaEntry, ...]:
    items = yaml.safe_load(_BUILTIN_FILE.read_text(encoding="utf-8"))
    return tuple(PersonaEntry(item.pop("id"), _text(item), True) for item in items)


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

    def create(self, text: PersonaText) -> PersonaEntry:
        """A new persona; raises `InvalidInput` when the name is taken."""
        self._check_name(text.name)
        return _entry(
            self._personas.create(text.name, text.description, text.system, text.examples)
        )

    def add(self, text: PersonaText) -> PersonaEntry:
        """A new persona; a name that is taken gets a number."""
        return self.create(replace(text, name=self._free_name(text.name)))

    def update(self, persona_id: str, text: PersonaText) -> PersonaEntry:
        """Change a persona of the user's own."""
        self._check_own(persona_id)
        self._check_name(text.name)
        return _entry(
            self._personas.update(
                persona_id, text.name, text.description, text.system, text.examples
            )
        )

    def duplicate(self, persona_id: str) -> PersonaEntry:
        """A copy of any persona, under a free name."""
        return self.add(self.get(persona_id).text)

    def delete(self, persona_id: str) -> None:
        """Remove a persona of the user's own."""
        self._check_own(persona_id)
        self._personas.delete(persona_id)

    def export(self, ids: Iterable[str], form: Literal["yaml", "json"] = "yaml") -> str:
        """The personas of these ids as a file."""
        personas = [{**asdict(self.get(i).text)} for i in ids]
        for item in personas:
            item["examples"] = list(item["examples"])
        content = {"format": FILE_FORMAT, "version": FILE_VERSION, "personas": personas}
        if form == "json":
            return json.dumps(content, ensure_ascii=False, indent=2)
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)

    def import_(self, content: str | bytes) -> Sequence[PersonaEntry]:
        """Add the personas of a file; all are checked before the first is added.

        A name that is taken gets a number. Raises `InvalidInput` for a bad file.
        """
        return [self.add(text) for text in parse_file(content)]

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
                    "Built-in personas cannot be changed. Duplicate {id!r} and change the copy."
                ).format(id=persona_id)
            )

    @staticmethod
    def _check_name(name: str) -> None:
        taken = {entry.text.name.casefold() for entry in (*builtin_personas(), *_shipped())}
        if name.casefold() in taken:
            raise InvalidInput(
                _("There is already a persona called {name!r}. Choose another name.").format(
                    name=name
                )
            )


def _check_form(text: str) -> None:
    """Refuse what costs far more to read than to send: aliases, and nesting without end."""
    begins = (
        yaml.FlowSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.BlockMappingStartToken,
    )
    ends = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
    depth = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        depth += isinstance(token, begins) - isinstance(token, ends)
        if isinstance(token, yaml.AliasToken):
            raise InvalidInput(
                _(
                    "The persona file uses YAML aliases, which are not supported. Write each "
                    "text out."
                )
            )
        if depth > MAX_DEPTH:
            raise InvalidInput(
                _(
                    "The persona file has lists nested more than {most} deep. Correct it, or "
                    "export a persona to see what a file looks like."
                ).format(most=MAX_DEPTH)
            )


def parse_file(content: str | bytes) -> list[PersonaText]:
    """The personas of a file's content; raises `InvalidInput` with what is wrong."""
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput(
            _("The persona file has {size} bytes; at most {most} are read. Split it.").format(
                size=len(content), most=MAX_FILE_BYTES
            )
        )
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        # JSON is YAML, so one reader serves both
        _check_form(text)
        value = yaml.safe_load(text)
    except InvalidInput:
        raise
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # values: dates, endless numbers
        raise InvalidInput(
            _(
                "The persona file is neither YAML nor JSON ({reason}). Correct it, or export a "
                "persona to see what a file looks like."
            ).format(reason=(str(error).splitlines() or [type(error).__name__])[0])
        ) from error
    found = value.get("format") if isinstance(value, dict) else value
    if not isinstance(value, dict) or found != FILE_FORMAT:
        raise InvalidInput(
            _("This is not a persona file: it must say format: {format}, got {found}.").format(
                format=FILE_FORMAT, found=_short(found)
            )
        )
    if value.get("version") != FILE_VERSION:
        raise InvalidInput(
            _(
                "The persona file has version {version}; this Prompt Lab reads {known}. Update "
                "Prompt Lab, or export the personas again."
            ).format(version=_short(value.get("version")), known=FILE_VERSION)
        )
    items = value.get("personas")
    if not isinstance(items, list) or not items:
        raise InvalidInput(_("The persona file has no list of personas. Put them under personas:."))
    return [_text(item) for item in items]


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


def _text(item: Any) -> PersonaText:
    if not isinstance(item, dict):
        raise InvalidInput(
            _("A persona must be a mapping with a name and a system message, got {value}.").format(
                value=_short(item)
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
                value=_short(examples)
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
            ).format(field=field, code=_short(text[error.start]))
        ) from error


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _entry(persona: Persona) -> PersonaEntry:
    text = PersonaText(persona.name, persona.system, persona.description, persona.examples)
    return PersonaEntry(persona.id, text, False)
