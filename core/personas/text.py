"""What a persona is: a named system message, with questions to try, the rules that its answers are
to follow, and questions inside and outside of its scope; and those that ship."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml

from core.checks.patterns import IDEOGRAPHS
from core.checks.rule import Rule, rules_from
from core.errors import InvalidInput, NotFound
from core.i18n import _, translated
from core.plain_files import quoted

MAX_NAME = 80
MAX_TEXT = 20_000
MAX_EXAMPLES = 12
MAX_RULES = 40
MAX_SCOPE = 100
_FIELDS = ("name", "description", "system", "examples", "contract", "scope")
# The first one is where a newcomer begins
_FILES = ("small.yaml", "work-en.yaml", "work-zh.yaml")
_BUILTIN = Path(__file__).with_name("builtin")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a persona is for: questions that it should answer, and some that it should decline."""

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for questions in (self.inside, self.outside):
            wrong = [q for q in questions if not isinstance(q, str) or len(q) > MAX_TEXT]
            if wrong or len(questions) > MAX_SCOPE:
                raise InvalidInput(
                    _("The scope of a persona must be at most {most} questions each.").format(
                        most=MAX_SCOPE
                    )
                )
            for question in questions:
                _check_storable("scope", question)

    def to_dict(self) -> dict[str, list[str]]:
        """Plain values, for files and the database."""
        return {"in": list(self.inside), "out": list(self.outside)}

    @classmethod
    def from_dict(cls, item: Any) -> Self:
        """What `to_dict` gave; raises `InvalidInput` for anything else."""
        item = item or {}
        if not isinstance(item, dict) or set(item) - {"in", "out"}:
            raise InvalidInput(
                _("The scope of a persona has lists called in and out, got {value}.").format(
                    value=quoted(item)
                )
            )
        lists = [item.get(name) or [] for name in ("in", "out")]
        for one in lists:
            if not isinstance(one, list):
                raise InvalidInput(
                    _("The scope of a persona must be lists of questions, got {value}.").format(
                        value=quoted(one)
                    )
                )
        return cls(*(tuple(one) for one in lists))


@dataclass(frozen=True, slots=True)
class PersonaText:
    """What a persona says and asks; raises `InvalidInput` for what is missing or too long.

    contract: the rules that its answers are to follow.
    """

    name: str
    system: str
    description: str = ""
    examples: tuple[str, ...] = ()
    contract: tuple[Rule, ...] = ()
    scope: Scope = field(default_factory=Scope)

    def __post_init__(self) -> None:
        for name, most in (("name", MAX_NAME), ("system", MAX_TEXT), ("description", MAX_TEXT)):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise InvalidInput(
                    _("A persona's {field} must be text, got {value}.").format(
                        field=name, value=quoted(value)
                    )
                )
            _check_storable(name, value)
            if len(value) > most:
                raise InvalidInput(
                    _(
                        "A persona's {field} can have at most {most} characters, got {count}."
                    ).format(field=name, most=most, count=len(value))
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
        if len(self.contract) > MAX_RULES:
            raise InvalidInput(
                _("The contract of persona {name!r} can have at most {most} rules.").format(
                    name=self.name, most=MAX_RULES
                )
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for files; without an empty contract or scope."""
        kept: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "system": self.system,
            "examples": list(self.examples),
        }
        if self.contract:
            kept["contract"] = [rule.to_dict() for rule in self.contract]
        if self.scope != Scope():
            kept["scope"] = self.scope.to_dict()
        return kept


def held_to(contract: tuple[Rule, ...], scope: Scope, question: str) -> tuple[Rule, ...]:
    """The rules for the answer to a question: the contract, and that a question of the scope is
    answered, or declined where it is outside. A contract that says either itself is left alone."""
    asked = question.strip()
    kind = "answers" if asked in scope.inside else "declines" if asked in scope.outside else ""
    if not kind or any(rule.kind in ("answers", "declines") for rule in contract):
        return contract
    return (*contract, Rule(kind))


@dataclass(frozen=True, slots=True)
class PersonaEntry:
    """A persona with its id. own: it can be changed; others are read, and changed as a copy.

    shared: everyone on this server is offered it. why: of those that ship, why their message is
    written so. size: the models that can hold it, "small" for those of a laptop too; "" of users'.
    """

    id: str
    text: PersonaText
    builtin: bool
    own: bool = False
    shared: bool = False
    why: str = ""
    size: Literal["small", "real", ""] = ""


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
            why=translated(entry.why),
        )
        for entry in shipped()
    )


@cache
def shipped() -> tuple[PersonaEntry, ...]:
    """As they are in the files, whatever the language."""
    files = (yaml.safe_load((_BUILTIN / name).read_text(encoding="utf-8")) for name in _FILES)
    return tuple(_shipped(item) for items in files for item in items)


def _shipped(item: dict[str, Any]) -> PersonaEntry:
    id, why, size = item.pop("id"), item.pop("why", ""), item.pop("size", "small")
    return PersonaEntry(id, persona_text(item), True, why=why, size=size)


def speaks_chinese(text: str) -> bool:
    """Whether a system message is in Chinese: whether it has Chinese characters."""
    import regex

    return bool(regex.search(f"[{IDEOGRAPHS}]", text))


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
                value=quoted(item)
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
                value=quoted(examples)
            )
        )
    return PersonaText(
        item.get("name") or "",
        item.get("system") or "",
        item.get("description") or "",
        tuple(examples),
        rules_from(item.get("contract") or []),
        Scope.from_dict(item.get("scope")),
    )


def _check_storable(field: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            _(
                "A persona's {field} contains an incomplete character ({code}). Type it again."
            ).format(field=field, code=quoted(text[error.start]))
        ) from error
