"""The sampling grid: what one prompt goes through, and which cells that makes.

Two axes, rows and columns, and k samples a cell; all other settings are fixed. Sample k of every
cell draws with seed `base seed + k`: two cells differ by their settings alone. The axis "seed"
sets the base seed.
"""

from dataclasses import dataclass, field, replace

from core.errors import InvalidInput
from core.grid.axes import REALS, Axis, Value
from core.i18n import _
from core.messages import Message, with_system
from core.sampling.settings import MAX_SEED, Sampling

MAX_SAMPLES = 8
_NO_SAMPLING = ("persona", "model")


def fixed_sampling() -> Sampling:
    """The settings that hold where no axis says otherwise."""
    return Sampling(max_new_tokens=64, seed=0)


@dataclass(frozen=True, slots=True)
class GridSpec:
    """What a run is to do; raises `InvalidInput` for what it cannot.

    fixed: what no axis sets; its seed is the base seed.
    """

    prompt: str
    rows: Axis = field(default_factory=lambda: Axis("temperature", (0.2, 0.8, 1.4)))
    columns: Axis = field(default_factory=lambda: Axis("top_p", (0.5, 0.9, 1.0)))
    system: str = ""
    samples: int = 1
    fixed: Sampling = field(default_factory=fixed_sampling)

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise InvalidInput(_("The prompt is empty. Write something first."))
        if self.rows.name == self.columns.name:
            raise InvalidInput(
                _("Rows and columns are both {name}. Choose two different axes.").format(
                    name=self.rows.name
                )
            )
        if not isinstance(self.samples, int) or isinstance(self.samples, bool):
            raise InvalidInput(
                _("samples must be a whole number, got {value!r}.").format(value=self.samples)
            )
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise InvalidInput(
                _("samples must be 1 to {most}, got {value!r}.").format(
                    most=MAX_SAMPLES, value=self.samples
                )
            )

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def places(self) -> list[tuple[int, int]]:
        """The (row, column) of every cell of the table, row by row."""
        return [
            (row, column)
            for row in range(len(self.rows.values))
            for column in range(len(self.columns.values))
        ]

    def values(self, place: tuple[int, int]) -> dict[str, Value]:
        """What the two axes say at a place, by the name of the axis."""
        return {axis.name: axis.values[i] for axis, i in zip(self.axes, place, strict=True)}

    def label(self, place: tuple[int, int]) -> str:
        """The short name of a place: "T 0.2 · p 0.5"."""
        return " · ".join(axis.short(i) for axis, i in zip(self.axes, place, strict=True))

    def sample_label(self, place: tuple[int, int], sample: int) -> str:
        """The short name of one sample: "T 0.2 · p 0.5", and its number where there are several."""
        if self.samples == 1:
            return self.label(place)
        return f"{self.label(place)} · " + _("Sample {number}").format(number=sample + 1)

    def sampling(self, place: tuple[int, int], sample: int = 0) -> Sampling:
        """The settings of one sample at a place."""
        own = {n: v for n, v in self.values(place).items() if n not in _NO_SAMPLING}
        settings = replace(self.fixed, **own)  # type: ignore[arg-type]
        return replace(settings, seed=((settings.seed or 0) + sample) % (MAX_SEED + 1))

    def system_at(self, place: tuple[int, int]) -> str:
        """The system message at a place."""
        return str(self.values(place).get("persona", self.system))

    def messages(self, place: tuple[int, int]) -> list[Message]:
        """The conversation that a cell continues."""
        return with_system(self.system_at(place), [Message("user", self.prompt)])

    def model_at(self, place: tuple[int, int]) -> str | None:
        """The value of the model axis at a place; None where it is no axis."""
        value = self.values(place).get("model")
        return None if value is None else str(value)

    @property
    def models(self) -> tuple[str, ...]:
        """The values of the model axis, none where it is no axis."""
        return tuple(str(v) for axis in self.axes if axis.name == "model" for v in axis.values)


def matching_places(one: GridSpec, other: GridSpec) -> dict[tuple[int, int], tuple[int, int]]:
    """Where two runs have the same values on the same axes: places of `one` to those of `other`.

    Rows and columns may have changed places.
    """
    keys = {frozenset(_comparable(other, place)): place for place in other.places}
    found = {place: keys.get(frozenset(_comparable(one, place))) for place in one.places}
    return {place: there for place, there in found.items() if there is not None}


def _comparable(spec: GridSpec, place: tuple[int, int]) -> list[tuple[str, Value]]:
    return [(n, float(v) if n in REALS else v) for n, v in spec.values(place).items()]
