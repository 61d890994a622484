"""What a rule may look at, what it found, and what a kind of rule is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.backends.events import ToolCall
from core.checks.fields import Field, Said, Value, checked_span, span_fields, span_said, within
from core.i18n import _

Values = Mapping[str, Value]
Group = Literal["words", "expected", "length", "format", "behaviour"]


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, and what was there when it was given.

    reason: how it ended ("stop", "length", …), None where nobody knows. system: the system message
    in force. question: the last user message. expected: the answer that its row expects. calls: the
    tools that it asks for. fields: of its row, by their names. count_tokens: of the model that
    wrote it.
    """

    text: str
    reason: str | None = None
    system: str = ""
    question: str = ""
    expected: str = ""
    calls: tuple[ToolCall, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    count_tokens: Callable[[str], int] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule found: passed is None where it could not be told.

    why: one sentence in the language of its context. doubtful: worth a look, though it was told.
    opinion: a model said so; nothing was measured.
    """

    passed: bool | None
    why: str
    doubtful: bool = False
    opinion: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule.

    title, help: as a list of kinds shows it. says: a rule of it in a few words, from its values.
    look: never raises but `InvalidInput`, where it cannot be told. check: what values must be
    together, raises `InvalidInput`.
    """

    name: str
    group: Group
    title: Said
    help: Said
    fields: tuple[Field, ...]
    says: Callable[[Values], str]
    look: Callable[[Values, Seen], Outcome]
    check: Callable[[Values], None] | None = None


def group_title(group: Group) -> str:
    """The name of a group of kinds."""
    return {
        "words": _("Words"),
        "expected": _("Expected answer"),
        "length": _("Length"),
        "format": _("Format"),
        "behaviour": _("Behaviour"),
    }[group]


def text_of(values: Values, name: str) -> str:
    """The value of that name, which is a text."""
    value = values[name]
    assert isinstance(value, str)
    return value


def words_of(values: Values, name: str) -> tuple[str, ...]:
    """The value of that name, which is a list of texts."""
    value = values[name]
    assert isinstance(value, tuple)
    return value


def number_of(values: Values, name: str) -> float:
    """The value of that name, which is a number."""
    value = values[name]
    assert isinstance(value, int | float)
    return value


def counting(
    name: str,
    group: Group,
    title: Said,
    help: Said,
    count: Callable[[Values, Seen], int],
    what: Callable[[Values], str],
    fields: tuple[Field, ...] = (),
) -> Kind:
    """A kind that counts something, and asks for at least and at most how many.

    what: the thing counted, as it stands before the number ("words", "the letter “e”").
    """

    def says(values: Values) -> str:
        return _("{what}: {span}").format(what=what(values), span=span_said(values))

    def look(values: Values, seen: Seen) -> Outcome:
        found = count(values, seen)
        why = _("{what}: {count} (asked for: {span})").format(
            what=what(values), count=f"{found:,}", span=span_said(values)
        )
        return Outcome(within(found, values), why)

    return Kind(name, group, title, help, (*fields, *span_fields()), says, look, checked_span)
