"""A suite: cases of one kind, each a question or a conversation with the rules for its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from core.checks.rule import Rule, rules_from
from core.errors import InvalidInput
from core.i18n import _
from core.messages import Message, checked_text

Kind = Literal[
    "in scope", "out of scope", "many turns", "poisoned history", "injection", "own cases"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# The family of questions beside attacks that are none
HARMLESS = "harmless"
MAX_CASES = 2_000
MAX_TURNS = 200
MAX_QUESTION = 20_000
MAX_FIELDS = 200
MAX_WORD = 80
_FIELDS = ("key", "question", "fields", "messages", "rules", "expected", "family", "source")


@dataclass(frozen=True, slots=True)
class Case:
    """One case; raises `InvalidInput` for what cannot be asked.

    key: its name, unique in the suite. question: what is asked, where it is one question. fields:
    further variables for a template, by name. messages: a conversation in place of a question; an
    assistant's are planted, and the last is what is asked. family: what it is summed up with.
    source: where the idea of it is described; may be empty.
    """

    key: str
    question: str = ""
    messages: tuple[Message, ...] = ()
    rules: tuple[Rule, ...] = ()
    expected: str = ""
    family: str = ""
    source: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        texts = (self.key, self.question, self.expected, self.family, self.source)
        pairs = [text for pair in self.fields for text in pair]
        for text in (*texts, *pairs):
            if not isinstance(text, str):
                raise InvalidInput(
                    _("A case of a suite is made of texts, got {value}.").format(
                        value=repr(text)[:80]
                    )
                )
            checked_text(text)
        if not self.key.strip():
            raise InvalidInput(_("A case needs a key. Give each case a name of its own."))
        named = self.key[:MAX_WORD]
        if len(self.key) > MAX_WORD or len(self.family) > MAX_WORD:
            raise InvalidInput(
                _(
                    "The key and the group of case {key!r} can have at most {most} characters each."
                ).format(key=named, most=MAX_WORD)
            )
        long = max((len(text) for text in (*texts, *pairs)), default=0)
        if long > MAX_QUESTION:
            raise InvalidInput(
                _("Case {key!r} has a text of {count:,} characters; at most {most:,} fit.").format(
                    key=named, count=long, most=MAX_QUESTION
                )
            )
        if bool(self.question.strip()) == bool(self.messages):
            raise InvalidInput(
                _("Case {key!r} needs either a question or messages.").format(key=named)
            )
        if self.messages and self.messages[-1].role not in ("user", "observation"):
            raise InvalidInput(
                _("The messages of case {key!r} must end with a question.").format(key=named)
            )
        if len(self.messages) > MAX_TURNS or len(self.fields) > MAX_FIELDS:
            raise InvalidInput(
                _("Case {key!r} has more than {most} messages or columns.").format(
                    key=named, most=MAX_TURNS
                )
            )

    @property
    def asked(self) -> str:
        """What it asks last."""
        return self.messages[-1].content if self.messages else self.question

    @property
    def turns(self) -> int:
        """How many answers it asks for."""
        following = [*(m.role for m in self.messages[1:]), "user"]
        asking = [m.role in ("user", "observation") for m in self.messages]
        ends = sum(a and role == "user" for a, role in zip(asking, following, strict=False))
        return ends or 1

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and YAML; without what is empty."""
        kept: dict[str, Any] = {"key": self.key}
        kept |= {"fields": dict(self.fields)} if self.fields else {}
        if self.messages:
            kept["messages"] = [
                [m.role, m.content, *([m.metadata] * bool(m.metadata))] for m in self.messages
            ]
        if self.rules:
            kept["rules"] = [rule.to_dict() for rule in self.rules]
        return kept | {
            name: value
            for name in ("question", "expected", "family", "source")
            if (value := getattr(self, name))
        }

    @classmethod
    def from_dict(cls, item: Any) -> Self:
        """What `to_dict` gave; raises `InvalidInput` for anything else."""
        if not isinstance(item, Mapping):
            raise InvalidInput(
                _("A case must be a mapping with a key and a question, got {value}.").format(
                    value=repr(item)[:80]
                )
            )
        unknown = sorted(str(name)[:80] for name in set(item) - set(_FIELDS))
        if unknown:
            raise InvalidInput(
                _("A case has no field {name!r}. Known fields: {known}.").format(
                    name=unknown[0], known=", ".join(_FIELDS)
                )
            )
        fields = item.get("fields") or {}
        if not isinstance(fields, Mapping):
            raise InvalidInput(
                _("The fields of a case must be a mapping, got {value}.").format(
                    value=repr(fields)[:80]
                )
            )
        texts = {name: item.get(name) for name in ("question", "expected", "family", "source")}
        return cls(
            key=item.get("key") or "",
            messages=_messages(item.get("messages") or ()),
            rules=rules_from(item.get("rules") or []),
            fields=tuple((str(name), _text(value)) for name, value in fields.items()),
            **{name: _text(value) for name, value in texts.items()},
        )


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of one kind; raises `InvalidInput` where there are none or too many, or two share a
    key.

    language: of its cases, "en" or "zh"; "" where it does not matter or is not known.
    """

    id: str
    name: str
    kind: Kind
    language: str
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(
                _("There is no kind of suite {kind!r}. Known kinds: {known}.").format(
                    kind=str(self.kind)[:80], known=", ".join(KINDS)
                )
            )
        if not 1 <= len(self.cases) <= MAX_CASES:
            raise InvalidInput(
                _("A suite has 1 to {most:,} cases, got {count:,}.").format(
                    most=MAX_CASES, count=len(self.cases)
                )
            )
        seen: set[str] = set()
        for case in self.cases:
            if case.key in seen:
                raise InvalidInput(
                    _("Two cases of the suite have the key {key!r}. Rename one.").format(
                        key=case.key
                    )
                )
            seen.add(case.key)

    @property
    def families(self) -> tuple[str, ...]:
        """The groups of its cases, in the order in which they first appear."""
        return tuple(dict.fromkeys(case.family for case in self.cases if case.family))

    def to_dict(self) -> dict[str, Any]:
        """What is kept of it beside its id and name: kind, language, cases."""
        return {
            "kind": self.kind,
            "language": self.language,
            "cases": [case.to_dict() for case in self.cases],
        }

    @classmethod
    def from_dict(cls, id: str, name: str, kept: Any) -> Self:
        """What `to_dict` gave; raises `InvalidInput` for anything else, with the case that is
        wrong."""
        items = kept.get("cases") if isinstance(kept, Mapping) else None
        if not isinstance(items, list | tuple):
            raise InvalidInput(_("A suite must have a list of cases."))
        cases = []
        for place, item in enumerate(items, 1):
            try:
                cases.append(Case.from_dict(item))
            except InvalidInput as error:
                raise InvalidInput(
                    _("Case {place}: {reason}").format(place=place, reason=error)
                ) from error
        kind = kept.get("kind", "own cases")
        return cls(id, name, kind, _text(kept.get("language")), tuple(cases))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _messages(items: Any) -> tuple[Message, ...]:
    found = []
    for item in items if isinstance(items, Sequence) and not isinstance(items, str) else [items]:
        if not isinstance(item, Sequence) or isinstance(item, str) or not 2 <= len(item) <= 3:
            raise InvalidInput(
                _("A message of a case is a pair of role and text, got {value}.").format(
                    value=repr(item)[:80]
                )
            )
        found.append(Message(*item))
    return tuple(found)
