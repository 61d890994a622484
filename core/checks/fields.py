"""The values of a rule: what each is, its limits, and how it is called in a form."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.checks.patterns import checked_pattern
from core.errors import InvalidInput
from core.i18n import _
from core.messages import checked_text

Value = str | int | float | bool | None | tuple[str, ...]
Type = Literal["text", "passage", "words", "whole", "number", "choice", "flag", "json", "pattern"]
Said = Callable[[], str]

MAX_TEXT = 2_000
MAX_PASSAGE = 20_000
MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a kind of rule.

    type: "text" is one line, "passage" several; "words" a list of texts; "whole" and "number" lie
    within `least` and `most`; "choice" is one of `choices`; "json" and "pattern" are texts that
    must be JSON, or a regular expression. blank: it may be left empty (a number is None then).
    start: what a form begins with, where that is not the default.
    label, help: in the language of the context that calls them.
    """

    name: str
    type: Type
    label: Said
    default: Value = None
    help: Said | None = None
    least: float | None = None
    most: float | None = None
    choices: tuple[tuple[str, Said], ...] = ()
    blank: bool = False
    start: Value = None

    def checked(self, value: Any) -> Value:
        """`value` as it is kept; raises `InvalidInput` with what is wrong and what to do."""
        if self.type == "words":
            return self._words(value)
        if self.type in ("whole", "number"):
            return self._number(value)
        if self.type == "flag":
            if not isinstance(value, bool):
                raise self._wrong(value, _("true or false"))
            return value
        if self.type == "choice":
            known = [name for name, _label in self.choices]
            if value not in known:
                raise self._wrong(value, _("one of: {known}").format(known=", ".join(known)))
            return str(value)
        return self._text(value)

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._wrong(value, _("text"))
        if not value.strip():
            if self.blank:
                return ""
            raise InvalidInput(_("“{field}” is empty. Fill it in.").format(field=self.label()))
        most = MAX_TEXT if self.type in ("text", "pattern") else MAX_PASSAGE
        if len(value) > most:
            raise InvalidInput(
                _("“{field}” can have at most {most} characters, got {count}. Shorten it.").format(
                    field=self.label(), most=most, count=len(value)
                )
            )
        checked_text(value)
        if self.type == "pattern":
            checked_pattern(value)
        if self.type == "json":
            self._json(value)
        return value

    def _json(self, value: str) -> None:
        try:
            json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                _("“{field}” is not valid JSON ({reason}). Correct it.").format(
                    field=self.label(), reason=str(error)[:200]
                )
            ) from error

    def _words(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(w, str) for w in value):
            raise self._wrong(value, _("a list of texts"))
        words = tuple(dict.fromkeys(w.strip() for w in value if w.strip()))
        if not words and not self.blank:
            raise InvalidInput(
                _("“{field}” is empty. Write at least one, each on a line of its own.").format(
                    field=self.label()
                )
            )
        long = next((word for word in words if len(word) > MAX_TEXT), None)
        if len(words) > MAX_WORDS or long is not None:
            raise InvalidInput(
                _(
                    "“{field}” can have at most {most} entries of {characters} characters each. "
                    "Shorten it."
                ).format(field=self.label(), most=MAX_WORDS, characters=MAX_TEXT)
            )
        for word in words:
            checked_text(word)
        return words

    def _number(self, value: Any) -> int | float | None:
        if value is None and self.blank:
            return None
        kinds: tuple[type, ...] = (int,) if self.type == "whole" else (int, float)
        legal = isinstance(value, kinds) and not isinstance(value, bool)
        # An int may be larger than any float: compared, never converted
        if legal and isinstance(value, float):
            legal = math.isfinite(value)
        if legal and self.least is not None:
            legal = value >= self.least
        if legal and self.most is not None:
            legal = value <= self.most
        if not legal:
            name = _("a whole number") if self.type == "whole" else _("a number")
            if self.least is not None and self.most is not None:
                name = _("{name} from {least} to {most}").format(
                    name=name, least=f"{self.least:,g}", most=f"{self.most:,.12g}"
                )
            raise self._wrong(value, name)
        number: int | float = value
        return number if self.type == "whole" else float(number)

    def _wrong(self, value: Any, wanted: str) -> InvalidInput:
        try:
            got = repr(value)
        except (ValueError, RecursionError):  # an endless number, or a list in itself
            got = type(value).__name__
        return InvalidInput(
            _("“{field}” must be {wanted}, got {value}.").format(
                field=self.label(), wanted=wanted, value=got if len(got) <= 80 else got[:79] + "…"
            )
        )


MAX_COUNT = 1_000_000


def span_fields() -> tuple[Field, Field]:
    """How many of something there may be: at least, and at most; one of both must be set."""
    return (
        Field(
            "at_least",
            "whole",
            lambda: _("At least"),
            least=0,
            most=MAX_COUNT,
            blank=True,
            start=1,
        ),
        Field("at_most", "whole", lambda: _("At most"), least=0, most=MAX_COUNT, blank=True),
    )


def checked_span(values: Mapping[str, Value]) -> None:
    """Raises `InvalidInput` where a span has no end, or its ends cross."""
    low, high = values["at_least"], values["at_most"]
    if low is None and high is None:
        raise InvalidInput(_("Say at least how many, at most how many, or both."))
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise InvalidInput(
            _("At least {low} and at most {high} leaves nothing between. Swap them.").format(
                low=low, high=high
            )
        )


def within(count: int, values: Mapping[str, Value]) -> bool:
    """Whether `count` lies in the span of `values`."""
    low, high = values["at_least"], values["at_most"]
    return (not isinstance(low, int) or count >= low) and (
        not isinstance(high, int) or count <= high
    )


def span_said(values: Mapping[str, Value]) -> str:
    """The span as it is said: "at least 3", "3 to 5", "exactly 3"."""
    low, high = values["at_least"], values["at_most"]
    if low == high:
        return _("exactly {count}").format(count=low)
    if high is None:
        return _("at least {count}").format(count=low)
    if low is None:
        return _("at most {count}").format(count=high)
    return _("{low} to {high}").format(low=low, high=high)
