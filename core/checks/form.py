"""A rule that is being written: what stands in its form, whether or not it is a rule yet.

A list of texts is one text with a line for each, as it is typed. Everything else is typed as it is
kept, and may be wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from core.checks.fields import Field, Value
from core.checks.kind import Kind
from core.checks.rule import KINDS, Rule, Weight
from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What stands in the form of a rule of this kind.

    typed: the values as they were typed, by the names of the fields. place, changes: which rule of
    a list it was begun from, as it was then; None for a new one. asked: somebody wished to have it
    kept, so that what is missing is to be said.
    """

    kind: str
    typed: tuple[tuple[str, Value], ...]
    weight: Weight = "must"
    place: int | None = None
    changes: Rule | None = None
    asked: bool = False

    @classmethod
    def new(cls, kind: str) -> Self:
        """The form of a new rule."""
        start = [
            (field.name, _typed(field, field.default if field.start is None else field.start))
            for field in KINDS[kind].fields
        ]
        return cls(kind, tuple(start))

    @classmethod
    def of(cls, rule: Rule, place: int) -> Self:
        """The form that changes a rule of a list."""
        values = rule.by_name
        typed = [(field.name, _typed(field, values[field.name])) for field in _kind(rule).fields]
        return cls(rule.kind, tuple(typed), rule.weight, place, rule)

    @property
    def by_name(self) -> dict[str, Value]:
        """What was typed, by the names of the fields."""
        return dict(self.typed)

    def having(self, **typed: Value) -> Self:
        """The same with other values typed."""
        return replace(self, typed=tuple((self.by_name | typed).items()))

    def rule(self) -> Rule:
        """The rule that was typed; raises `InvalidInput` with what is wrong or missing."""
        now = self.by_name
        values = [(field.name, _given(field, now[field.name])) for field in _kind(self).fields]
        return Rule(self.kind, tuple(values), self.weight)

    def trouble(self) -> str:
        """What is wrong with what was typed, "" where nothing is.

        A field that nobody has touched is not complained of until the rule is asked for.
        """
        begun = type(self).of(self.changes, 0) if self.changes else type(self).new(self.kind)
        now, before = self.by_name, begun.by_name
        untouched = False
        for field in _kind(self).fields:
            try:
                field.checked(_given(field, now[field.name]))
            except InvalidInput as error:
                if self.asked or now[field.name] != before[field.name]:
                    return str(error)
                untouched = True
        try:
            self.rule()
        except InvalidInput as error:
            return "" if untouched else str(error)
        return ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the database."""
        return {
            "kind": self.kind,
            "typed": dict(self.typed),
            "weight": self.weight,
            "place": self.place,
            "changes": self.changes.to_dict() if self.changes else None,
            "asked": self.asked,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; raises `KeyError`, `TypeError` or `InvalidInput` for anything else,
        such as what another version kept."""
        changes = Rule.from_dict(kept["changes"]) if kept["changes"] else None
        form = cls.new(kept["kind"])
        typed = form.by_name | kept["typed"]
        if typed.keys() != form.by_name.keys():
            raise KeyError(kept["kind"])
        for field in _kind(form).fields:
            # What its widget could not draw
            if field.type == "choice" and typed[field.name] not in dict(field.choices):
                raise KeyError(field.name)
        weight: Weight = "should" if kept["weight"] == "should" else "must"
        return cls(
            form.kind, tuple(typed.items()), weight, kept["place"], changes, bool(kept["asked"])
        )


def place_in(rules: Sequence[Rule], rule: Rule, place: int) -> int | None:
    """Where a rule stands that stood at `place`: a list may have changed in another window. None
    where it is gone."""
    if place < len(rules) and rules[place] == rule:
        return place
    return rules.index(rule) if rule in rules else None


def _kind(of: Rule | RuleForm) -> Kind:
    return KINDS[of.kind]


def _typed(field: Field, value: Value) -> Value:
    if field.type == "words":
        return "\n".join(value) if isinstance(value, tuple) else ""
    return value


def _given(field: Field, typed: Value) -> Value:
    if field.type == "words" and isinstance(typed, str):
        return tuple(typed.splitlines())
    return typed
