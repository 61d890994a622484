"""A grid with models on one axis: one model after another, each cell stored as it ends.

Only models that the operator offers, and that are on this disk, can be on the axis. The model
that was loaded before comes back at the end, however it ends (`core.engine.tour`).
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.axes import split_model
from core.config import Settings
from core.errors import NotFound, PromptLabError
from core.events import Event
from core.grid import GridSpec, unfinished, unscored
from core.grid_run import Comparison, Events, fill_cells, replay_cells, score_cells
from core.i18n import _
from core.models import catalogue
from core.models.catalogue import CatalogueEntry
from core.storage import Store
from core.storage.records import Cell, Run

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.host import Choice, Loading, ModelHost


@dataclass(frozen=True, slots=True)
class Switching:
    """A model of the axis is on its way in."""

    value: str
    loading: "Loading | None"


TourEvents = Generator[tuple[int | None, Event | Switching], None, None]


def offered_models(settings: Settings, freed: Mapping[str, int]) -> list[str]:
    """The values that the model axis can have here: name/precision, of what fits.

    freed: bytes, by device, that the loaded model would give back.
    """
    from core.models import machine
    from core.models.plan import all_plans

    places = [p for p in machine.places(freed) if settings.device in ("auto", p.kind)]
    found: list[str] = []
    for entry in _on_disk(settings):
        try:
            plans = all_plans(entry.sizes, places)
        except PromptLabError:  # damaged: the Models page says so
            continue
        found += [f"{entry.name}/{plan.precision}" for plan in plans if plan.fits]
    return list(dict.fromkeys(found))


def choice_of(value: str, settings: Settings) -> "Choice":
    """What a value of the model axis loads; raises `NotFound` for what is not on offer here."""
    from core.engine.host import Choice

    name, precision = split_model(value)
    entries = {entry.name: entry for entry in _on_disk(settings)}
    if name not in entries:
        raise NotFound(
            _("There is no model {name!r} on this disk. Available models: {known}.").format(
                name=name, known=", ".join(entries)
            )
        )
    return Choice(entries[name], settings.device, precision)


def fill_over_models(store: Store, host: "ModelHost", settings: Settings, run: Run) -> TourEvents:
    """Generate and score what a run lacks, model by model.

    Closing the iterator early keeps what is done and brings the former model back. Raises
    `NotFound` and what `core.engine.tour.Tour` raises.
    """
    spec = GridSpec.of_run(run)
    stored = store.runs.cells(run.id)
    lacking = unfinished(spec, stored)
    wanted = [cell.index for cell in (*lacking, *unscored(stored))]

    def work(engine: "Engine", value: str) -> Events:
        yield from fill_cells(store, engine, run, _of(spec, value, lacking))
        for cell in score_cells(engine, spec, unscored(_of(spec, value, _cells(store, run)))):
            store.runs.save_cell(run.id, cell)

    yield from _visit(host, settings, spec, wanted, work)
    if not unfinished(spec, store.runs.cells(run.id)):
        store.runs.finish(run.id)


def replay_over_models(
    host: "ModelHost",
    settings: Settings,
    spec: GridSpec,
    stored: Sequence[Cell],
    found: dict[int, Comparison],
) -> TourEvents:
    """Write these cells again, model by model; see `core.grid_run.replay_cells`."""

    def work(engine: "Engine", value: str) -> Events:
        yield from replay_cells(engine, spec, _of(spec, value, stored), found)

    yield from _visit(host, settings, spec, [cell.index for cell in stored], work)


def _visit(
    host: "ModelHost",
    settings: Settings,
    spec: GridSpec,
    wanted: Sequence[int],
    work: Callable[["Engine", str], Events],
) -> TourEvents:
    """Do `work` with every model that has one of the `wanted` cells."""
    from core.engine.tour import Tour

    needed = {spec.model_at(spec.places[index // spec.samples]) for index in wanted}
    choices = {value: choice_of(value, settings) for value in spec.models if value in needed}
    with Tour(host, list(choices.values())) as tour:
        for value, choice in choices.items():
            loading = tour.load(choice)
            while True:
                try:
                    yield None, Switching(value, next(loading))
                except StopIteration as done:
                    engine = done.value
                    break
            yield from work(engine, value)


def _cells(store: Store, run: Run) -> Sequence[Cell]:
    return store.runs.cells(run.id)


def _of(spec: GridSpec, value: str, cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if spec.model_at(cell.place) == value]


def _on_disk(settings: Settings) -> list[CatalogueEntry]:
    return [entry for entry in catalogue.entries(settings) if entry.on_disk]
