"""A grid with models on one axis: one model after another, each cell stored as it ends.

Only models that the operator offers, and that are on this disk, can be on the axis. The model
that was loaded before comes back at the end, however it ends (`core.engine.tour`).
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from core.backends.backend import Backend
from core.backends.events import Event
from core.config import Settings
from core.engine.host import Loading, ModelChoice, ModelHost
from core.engine.tour import Tour
from core.errors import NotFound, PromptLabError
from core.grid.axes import split_model
from core.grid.records import Cell, Run, unfinished, unscored
from core.grid.run import (
    Events,
    Replayed,
    Scoring,
    replay_cells,
)
from core.grid.spec import GridSpec
from core.grid.store import Runs
from core.grid.stored_run import fill_cells, score_stored
from core.i18n import _
from core.models import catalogue, machine
from core.models.catalogue import CatalogueEntry
from core.models.plan import all_plans


@dataclass(frozen=True, slots=True)
class Switching:
    """A model of the axis is on its way in."""

    value: str
    loading: Loading | None


TourTold = tuple[int | None, Event | Scoring | Switching]
TourEvents = Generator[TourTold, None, None]


def offered_models(settings: Settings, freed: Mapping[str, int]) -> list[str]:
    """The values that the model axis can have here: name/precision, of what fits.

    freed: bytes, by device, that the loaded model would give back.
    """
    places = [p for p in machine.places(freed) if settings.device in ("auto", p.kind)]
    found: list[str] = []
    for entry in _on_disk(settings):
        try:
            plans = all_plans(entry.sizes, places)
        except PromptLabError:  # damaged: the Models page says so
            continue
        found += [f"{entry.name}/{plan.precision}" for plan in plans if plan.fits]
    return list(dict.fromkeys(found))


def choice_of(value: str, settings: Settings) -> ModelChoice:
    """What a value of the model axis loads; raises `NotFound` for what is not on offer here."""
    name, precision = split_model(value)
    entries = {entry.name: entry for entry in _on_disk(settings)}
    if name not in entries:
        raise NotFound(
            _("There is no model {name!r} on this disk. Available models: {known}.").format(
                name=name, known=", ".join(entries)
            )
        )
    return ModelChoice(entries[name], settings.device, precision)


def check_over_models(host: ModelHost, settings: Settings, spec: GridSpec) -> None:
    """Raise what would keep the tour from beginning, before there is a run."""
    with Tour(host, [choice_of(value, settings) for value in spec.models]):
        pass


def complete_over_models(runs: Runs, host: ModelHost, settings: Settings, run: Run) -> TourEvents:
    """Generate and score what a run lacks, model by model.

    Closing the iterator early keeps what is done and brings the former model back. Raises
    `NotFound` and what `core.engine.tour.Tour` raises.
    """
    spec = run.spec
    stored = runs.cells(run.id)
    missing = unfinished(spec, stored)

    def work(backend: Backend, value: str) -> Events:
        yield from fill_cells(runs, backend, run, _of(spec, value, missing))
        yield from score_stored(runs, backend, run, _of(spec, value, runs.cells(run.id)))

    yield from _visit(host, settings, spec, (*missing, *unscored(stored)), work)


def replay_over_models(
    host: ModelHost, settings: Settings, spec: GridSpec, stored: Sequence[Cell]
) -> Generator[TourTold, None, dict[int, Replayed]]:
    """Write these cells again, model by model; see `core.grid.run.replay_cells`."""
    found: dict[int, Replayed] = {}

    def work(backend: Backend, value: str) -> Events:
        found.update((yield from replay_cells(backend, spec, _of(spec, value, stored))))

    yield from _visit(host, settings, spec, stored, work)
    return found


def _visit(
    host: ModelHost,
    settings: Settings,
    spec: GridSpec,
    cells: Sequence[Cell],
    work: Callable[[Backend, str], Events],
) -> TourEvents:
    """Do `work` with every model that has one of these cells."""
    needed = {spec.model_at(cell.place) for cell in cells}
    choices = {value: choice_of(value, settings) for value in spec.models if value in needed}
    with Tour(host, list(choices.values())) as tour:
        for value, choice in choices.items():
            loading = tour.load(choice)
            while True:
                try:
                    yield None, Switching(value, next(loading))
                except StopIteration as done:
                    backend = done.value
                    break
            yield from work(backend, value)


def _of(spec: GridSpec, value: str, cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if spec.model_at(cell.place) == value]


def _on_disk(settings: Settings) -> list[CatalogueEntry]:
    return [entry for entry in catalogue.entries(settings) if entry.on_disk]
