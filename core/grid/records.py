"""A run of the grid and its cells, as they are kept; which cells there are, and which still
lack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from core.backends.events import Finished, FinishReason, Usage
from core.engine.choices import split_model
from core.grid.prompts import Prompts
from core.grid.spec import GridSpec


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the grid: what it does, and with which model.

    model, precision: what was loaded when it was made; where the model is an axis, each cell tells.
    precision is empty for runs of versions that did not note it. shared: everyone who has its link
    can read it. own: it can be changed by who looks at it. prompts: the ids that its models read,
    as far as they are kept.
    """

    id: str
    title: str
    spec: GridSpec
    model: str
    precision: str
    created_at: datetime
    shared: bool = False
    own: bool = True
    prompts: Prompts = ()


@dataclass(frozen=True, slots=True)
class LoadedAs:
    """The model that wrote a text, and how it was loaded."""

    model: str
    precision: str
    device: str

    def as_in(self, other: Self) -> bool:
        """Whether it is the same model in the same precision, wherever it runs."""
        return (self.model, self.precision) == (other.model, other.precision)


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of a run. Scores are taken at temperature 1, before any cut.

    row, column: its place, from 0. loaded_as: None where it was not noted.
    mean_logprob: of its tokens, natural logarithm. entropies: of the distribution before each
    token, bits. greedy_prefix: how many tokens from the first on are the most likely ones, which
    is how many it shares with the greedy answer. starred, note: what its reader thinks of it.
    """

    index: int
    row: int
    column: int
    sample: int
    seed: int
    text: str = ""
    token_ids: tuple[int, ...] = ()
    finish_reason: FinishReason | None = None
    error: str | None = None
    mean_logprob: float | None = None
    entropies: tuple[float, ...] = ()
    greedy_prefix: int | None = None
    loaded_as: LoadedAs | None = None
    usage: Usage | None = None
    starred: bool = False
    note: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Its row and column."""
        return self.row, self.column

    @property
    def written(self) -> bool:
        """Whether there is an answer; it may be its end alone, or a text without token ids."""
        return bool(self.token_ids or self.text)

    @property
    def tokens(self) -> int | None:
        """How many tokens the answer has, including its stop token; None where nothing tells."""
        if self.token_ids:
            return len(self.token_ids)
        return self.usage.new_tokens if self.usage and self.text else None

    def filled(self, **values: object) -> Self:
        """The same cell with these fields."""
        return replace(self, **values)  # type: ignore[arg-type]


def cells_of(spec: GridSpec) -> list[Cell]:
    """The empty cells in order: by row, then column, then sample."""
    places = [(place, sample) for place in spec.places for sample in range(spec.samples)]
    return [
        Cell(index, *place, sample, spec.sampling(place, sample).seed or 0)
        for index, (place, sample) in enumerate(places)
    ]


def complete(cell: Cell) -> bool:
    """Whether a cell came to its own end."""
    return cell.finish_reason in ("stop", "length")


def unfinished(spec: GridSpec, cells: Sequence[Cell]) -> list[Cell]:
    """The empty cells of what a run still lacks: not stored, stopped on the way, or failed."""
    whole = {cell.index for cell in cells if complete(cell)}
    return [cell for cell in cells_of(spec) if cell.index not in whole]


def unscored(cells: Sequence[Cell]) -> list[Cell]:
    """The cells whose answers have tokens to score, and no score."""
    return [cell for cell in cells if cell.token_ids and cell.greedy_prefix is None]


def filled(cell: Cell, end: Finished, loaded_as: LoadedAs | None = None) -> Cell:
    """A cell with its answer."""
    return cell.filled(
        text=end.text,
        token_ids=end.token_ids,
        finish_reason=end.reason,
        error=end.error,
        usage=end.usage,
        loaded_as=loaded_as,
    )


def by_place(cells: Sequence[Cell]) -> Mapping[tuple[int, int], list[Cell]]:
    """The cells of each place, in the order of their samples."""
    found: dict[tuple[int, int], list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.index):
        found.setdefault(cell.place, []).append(cell)
    return found


def written_by(run: Run, cell: Cell) -> tuple[str, str]:
    """The model and the precision that wrote a sample; no precision where it was not noted."""
    if cell.loaded_as:
        return cell.loaded_as.model, cell.loaded_as.precision
    on_axis = run.spec.model_at(cell.place)
    return split_model(on_axis) if on_axis else (run.model, run.precision)


def first_alike(cells: Sequence[Cell]) -> dict[tuple[int, int], tuple[int, int]]:
    """The places whose texts, sample by sample, are all those of an earlier place, and that place.

    Only whole texts are compared: those that were stopped have no end to be the same.
    """
    first: dict[object, tuple[int, int]] = {}
    found = {}
    for place, own in by_place(cells).items():
        if all(cell.written and complete(cell) for cell in own):
            texts = tuple((cell.token_ids or cell.text, cell.finish_reason) for cell in own)
            before = first.setdefault(texts, place)
            if before != place:
                found[place] = before
    return found
