"""What a grid can vary: the axes, their values as they are typed, and the settings they stand for.

A value of the persona axis is a system message; one of the model axis is `name/precision`, or a
name alone for the precision that the plan recommends.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

from core.errors import InvalidInput
from core.i18n import _, translated
from core.sampling.settings import Sampling

AxisName = Literal[
    "temperature", "top_p", "top_k", "max_new_tokens", "max_length", "seed", "persona", "model"
]
Value = float | int | str
REALS: tuple[AxisName, ...] = ("temperature", "top_p")
COUNTS: tuple[AxisName, ...] = ("top_k", "max_new_tokens", "max_length", "seed")
NAMES: tuple[AxisName, ...] = (*REALS, *COUNTS, "persona", "model")
MAX_AXIS = 6
# To start from when an axis is chosen
DEFAULTS: dict[AxisName, tuple[Value, ...]] = {
    "temperature": (0.2, 0.8, 1.4),
    "top_p": (0.5, 0.9, 1.0),
    "top_k": (0, 5, 50),
    "max_new_tokens": (16, 64, 128),
    "max_length": (64, 128, 256),
    "seed": (0, 100, 200),
    "persona": ("",),
    "model": (),
}
_SHORT = {"temperature": "T", "top_p": "p", "top_k": "k"}


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: 1 to `MAX_AXIS` different values. `labels`: how to call them, one each.

    Raises `InvalidInput` for an unknown name, and for a value that no answer could have.
    """

    name: AxisName
    values: tuple[Value, ...]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise InvalidInput(
                _("There is no axis {name!r}. Available axes: {known}.").format(
                    name=self.name, known=", ".join(NAMES)
                )
            )
        for value in self.values:
            self._check(value)
        if not 1 <= len(self.values) <= MAX_AXIS or len(set(self.values)) < len(self.values):
            raise InvalidInput(
                _("Give 1 to {most} different values of {name}, got {values}.").format(
                    most=MAX_AXIS, name=self.name, values=self._listed() or _("none")
                )
            )
        if len(self.labels) != len(self.values):
            object.__setattr__(self, "labels", tuple(map(self._label, self.values)))

    def short(self, index: int) -> str:
        """One value in few letters, for the axis of a chart: "T 0.2", "seed 7", "Java expert"."""
        label = self.labels[index]
        if self.name in ("persona", "model"):
            return label
        return f"{_SHORT.get(self.name) or translated(self.name)} {label}"

    def _check(self, value: Value) -> None:
        if self.name in ("persona", "model"):
            if not isinstance(value, str) or (self.name == "model" and not value.strip()):
                raise InvalidInput(
                    _("A {name} must be text, got {value!r}. Choose one from the list.").format(
                        name=self.name, value=value
                    )
                )
        elif value is None:
            raise InvalidInput(
                _("{name} must be a whole number, got {value!r}.").format(
                    name=self.name, value=value
                )
            )
        else:
            Sampling.from_dict({self.name: value})

    def _label(self, value: Value) -> str:
        if self.name == "persona":
            line = " ".join(str(value).split())
            return (line if len(line) <= 24 else line[:23] + "…") or _("no persona")
        return value if isinstance(value, str) else f"{value:g}" if value < 1e6 else str(value)

    def _listed(self) -> str:
        return ", ".join(self._label(v) if isinstance(v, str) else str(v) for v in self.values)


def parse_axis(name: str, text: str) -> Axis:
    """An axis of numbers from its typed list; raises `InvalidInput` for anything else.

    Numbers are divided by spaces, commas or semicolons, also full-width ones.
    """
    parts = [part for part in re.split(r"[\s,;，；、]+", text.strip()) if part]
    known = cast(AxisName, name)
    if name == "model":
        return Axis(known, tuple(parts))
    return Axis(known, tuple(_number(name, part) for part in parts))


def _number(name: str, part: str) -> Value:
    try:
        return float(part) if name in REALS else int(part)
    except ValueError:
        said = (
            _("{name}: {part!r} is not a number. Write numbers like 0.2, 0.8, 1.4.")
            if name in REALS
            else _("{name}: {part!r} is not a whole number. Write numbers like 0, 5, 50.")
        )
        raise InvalidInput(said.format(name=name, part=part)) from None
