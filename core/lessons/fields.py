"""Checked access to the values of a front matter: every error names the field and what it holds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from core.i18n import _
from core.messages import checked_text

MAX_TEXT = 8_000
_NAME = re.compile(r"[a-z][a-z0-9]*")


def shown(value: object) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


class Fields:
    """One mapping of a front matter; `where` is its path, e.g. "experiment.settings 2".

    Every reader raises `InvalidInput` for a value that cannot be used; `finish` does so for a
    field that nobody asked for.
    """

    def __init__(self, value: object, where: str = "") -> None:
        self.where = where
        if not isinstance(value, Mapping):
            raise InvalidInput(
                _("{field} must be a mapping of fields, got {value}.").format(
                    field=where or _("The front matter"), value=shown(value)
                )
            )
        self._values = value
        self._asked: set[str] = set()

    def path(self, name: str) -> str:
        """The full name of a field, as errors give it."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name: str) -> bool:
        self._asked.add(name)
        return self._values.get(name) is not None

    def get(self, name: str) -> Any:
        """The value as it is; raises where there is none."""
        if not self.has(name):
            raise InvalidInput(_("{field} is missing.").format(field=self.path(name)))
        return self._values[name]

    def text(self, name: str, default: str | None = None, most: int = MAX_TEXT) -> str:
        """A text that is not blank; `default` where the field is missing."""
        if default is not None and not self.has(name):
            return default
        value = self.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, _("text"), value)
        if len(value) > most:
            raise InvalidInput(
                _("{field} can have at most {most} characters, got {count}.").format(
                    field=self.path(name), most=most, count=len(value)
                )
            )
        return checked_text(value.strip())

    def name(self, name: str = "name") -> str:
        """A short name that figures can be called by."""
        value = self.get(name)
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise self.wrong(name, _("a name in lowercase letters and digits"), value)
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        if default is not None and not self.has(name):
            return default
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            said = _("a whole number from {low} to {high}").format(low=low, high=high)
            raise self.wrong(name, said, value)
        return value

    def real(self, name: str, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        value = self.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            said = _("a number from {low:g} to {high:g}").format(low=low, high=high)
            raise self.wrong(name, said, value)
        return float(value)

    def flag(self, name: str) -> bool:
        """Yes or no; no where the field is missing."""
        if not self.has(name):
            return False
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "true / false", value)
        return value

    def choice(self, name: str, legal: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        if default is not None and not self.has(name):
            return default
        value = self.get(name)
        if not isinstance(value, str) or value not in legal:
            raise self.wrong(name, ", ".join(legal), value)
        return value

    def items(self, name: str, low: int, high: int) -> list[Any]:
        """A list of `low` to `high` values; empty where none is needed and none is given."""
        if low == 0 and not self.has(name):
            return []
        value = self.get(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            said = _("a list of {low} to {high} values").format(low=low, high=high)
            raise self.wrong(name, said, value)
        return value

    def parts(self, name: str, low: int, high: int) -> list["Fields"]:
        """A list of mappings, each to be read on its own."""
        values = self.items(name, low, high)
        return [Fields(value, f"{self.path(name)} {i}") for i, value in enumerate(values, 1)]

    def texts(self, name: str, low: int, high: int) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(name, low, high)
        for value in values:
            if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
                raise self.wrong(name, _("a list of texts"), value)
        return tuple(checked_text(value.strip()) for value in values)

    def part(self, name: str) -> "Fields":
        """A mapping inside this one."""
        return Fields(self.get(name), self.path(name))

    def wrong(self, name: str, wanted: str, value: object) -> InvalidInput:
        """The error for a value of another kind than `wanted`."""
        return InvalidInput(
            _("{field} must be {wanted}, got {value}.").format(
                field=self.path(name), wanted=wanted, value=shown(value)
            )
        )

    def finish(self) -> None:
        """Raise for a field that is not known here: a slip in a name would go unnoticed."""
        unknown = [str(name) for name in self._values if name not in self._asked]
        if unknown:
            raise InvalidInput(
                _("{field} is not allowed here. Allowed: {known}.").format(
                    field=self.path(unknown[0]), known=", ".join(sorted(self._asked))
                )
            )


def distinct(fields: Fields, name: str, values: Sequence[str]) -> None:
    """Raise unless the names in a list differ."""
    twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
    if twice is not None:
        raise InvalidInput(
            _("{field} has the name {name!r} twice. Use different names.").format(
                field=fields.path(name), name=twice
            )
        )
