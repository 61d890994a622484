"""Conditions and texts over the figures of a run.

A condition compares figures with numbers or with each other: `different_hot >= 6`,
`leaked_plain > leaked_roles and answers >= 8`, `tokens_zh > 2 * tokens_en`. A text names figures
in braces, `{different_hot}` or `{agree_nf4:.0%}`; a paragraph that begins with `{if CONDITION}`
is there only where the condition holds. Nothing of either is run as code.
"""

import operator
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from core.errors import InvalidInput
from core.i18n import _

Figures = Mapping[str, float]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_NUMBER = r"-?\d+(?:\.\d+)?"
_COMPARISON = re.compile(
    rf"([a-z]\w*)\s*(==|!=|<=|>=|<|>)\s*(?:({_NUMBER})\s*\*\s*([a-z]\w*)|({_NUMBER})|([a-z]\w*))"
)
_PLACE = re.compile(r"\{([a-z]\w*)(?::(,?(?:\.\d)?[f%])?)?\}")
_IF = re.compile(r"\{if ([^{}]*)\}\s*")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`figure` compared with `factor` times another figure, or with `factor` alone."""

    figure: str
    sign: str
    factor: float
    other: str | None

    def holds(self, figures: Figures) -> bool:
        right = self.factor * (figures[self.other] if self.other else 1)
        return _OPERATORS[self.sign](figures[self.figure], right)


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons that all have to hold; `source` is how it was written."""

    source: str
    comparisons: tuple[Comparison, ...]

    def holds(self, figures: Figures) -> bool:
        return all(comparison.holds(figures) for comparison in self.comparisons)

    @property
    def names(self) -> tuple[str, ...]:
        """The figures that it speaks of, each once."""
        found = [n for c in self.comparisons for n in (c.figure, c.other) if n]
        return tuple(dict.fromkeys(found))


def condition(source: object, known: Set[str], field: str) -> Condition:
    """A condition over the `known` figures; raises `InvalidInput`, naming `field`."""
    if not isinstance(source, str):
        raise _not_a_condition(field, source)
    comparisons = []
    for part in re.split(r"\s+and\s+", source.strip()):
        match = _COMPARISON.fullmatch(part)
        if not match:
            raise _not_a_condition(field, source)
        figure, sign, factor, scaled, number, other = match.groups()
        _check_known(figure, known, field)
        if scaled or other:
            _check_known(scaled or other, known, field)
        value = float(factor or number or 1)
        comparisons.append(Comparison(figure, sign, value, scaled or other))
    return Condition(source.strip(), tuple(comparisons))


def check_text(text: str, known: Set[str], field: str) -> None:
    """Raise `InvalidInput`, naming `field`, unless `filled` can fill the text."""
    for paragraph in text.split("\n\n"):
        found = _IF.match(paragraph)
        if found:
            condition(found[1], known, field)
            paragraph = paragraph[found.end() :]
        for match in _PLACE.finditer(paragraph):
            _check_known(match[1], known, field)
        if re.search(r"[{}]", _PLACE.sub("", paragraph)):
            raise InvalidInput(
                _(
                    "{field} has braces around something that is not a figure. Write {{figure}} or "
                    "{{figure:.0%}}, and {{if CONDITION}} at the beginning of a paragraph."
                ).format(field=field)
            )


def filled(text: str, figures: Figures) -> str:
    """The text with its figures, without the paragraphs whose condition does not hold."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        found = _IF.match(paragraph)
        if found:
            if not condition(found[1], figures.keys(), "").holds(figures):
                continue
            paragraph = paragraph[found.end() :]
        paragraphs.append(_PLACE.sub(lambda m: number(figures[m[1]], m[2]), paragraph))
    return "\n\n".join(paragraphs)


def number(value: float, form: str | None = None) -> str:
    """A figure as a reader sees it: whole numbers as such, others to three digits."""
    if form:
        return format(value, form)
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _check_known(name: str, known: Set[str], field: str) -> None:
    if name not in known:
        raise InvalidInput(
            _(
                "{field}: this experiment has no figure {name!r}. Available figures: {known}."
            ).format(field=field, name=name, known=", ".join(sorted(known)))
        )


def _not_a_condition(field: str, value: object) -> InvalidInput:
    return InvalidInput(
        _("{field} must be a condition like different_hot >= 6, got {value!r}.").format(
            field=field, value=value
        )
    )
