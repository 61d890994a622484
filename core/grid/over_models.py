"""A grid with models on one axis: side by side where they fit, else one after another.

Each cell is stored as it ends. Only models that the operator offers, and that are on this disk, can
be on the axis; what else is loaded, and answers, stays.
"""

import logging
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

from core.backends.backend import Backend
from core.backends.events import Event
from core.config import Settings
from core.engine.choices import choice_of, usable
from core.engine.host import ModelHost
from core.engine.residents import Loading, ModelChoice, NoRoom
from core.errors import EngineError, PromptLabError
from core.grid.prompts import KeptPrompt
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
from core.models import machine
from core.models.plan import all_plans

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arriving:
    """A model of the axis is on its way in."""

    value: str
    loading: Loading


@dataclass(frozen=True, slots=True)
class _Done:
    """A model has done its work, or why not."""

    value: str
    error: PromptLabError | None = None


class _Stopped(Exception):
    """The run was stopped while a model of it was on its way in."""


Told = tuple[int | None, Event | Scoring | Arriving]
ModelEvents = Generator[Told, None, None]


def offered_models(settings: Settings, freed: Mapping[str, int]) -> list[str]:
    """The values that the model axis can have here: name/precision, of what fits, and the names of
    models on servers.

    freed: bytes, by device, that are about to be free; see `ModelHost.freed`.
    """
    places = [p for p in machine.places(freed) if settings.device in ("auto", p.kind)]
    found: list[str] = []
    for entry in usable(settings):
        if entry.server:
            found.append(entry.name)
            continue
        try:
            plans = all_plans(entry.sizes, places)
        except PromptLabError:  # damaged: the Models page says so
            continue
        found += [f"{entry.name}/{plan.precision}" for plan in plans if plan.fits]
    return list(dict.fromkeys(found))


def check_over_models(host: ModelHost, settings: Settings, spec: GridSpec) -> None:
    """Raise what would keep a model of the axis from being loaded, before there is a run."""
    state = host.status()
    for choice in (choice_of(value, settings) for value in spec.models):
        if not state.resident(choice) and not choice.entry.server:
            choice.prepared(host.freed())


def complete_over_models(runs: Runs, host: ModelHost, settings: Settings, run: Run) -> ModelEvents:
    """Generate and score what a run lacks.

    Closing the iterator early keeps what is done. A model that fails leaves the others alone: what
    `ModelHost.hold` raised of it comes at the end. Raises `NotFound` for a model not on offer.
    """
    spec = run.spec
    stored = runs.cells(run.id)
    missing = unfinished(spec, stored)

    def work(backend: Backend, value: str) -> Events:
        yield from fill_cells(runs, backend, run, _of(spec, value, missing))
        yield from score_stored(runs, backend, run, _of(spec, value, runs.cells(run.id)))

    yield from _visit(host, settings, spec, (*missing, *unscored(stored)), work)


def replay_over_models(
    host: ModelHost,
    settings: Settings,
    spec: GridSpec,
    stored: Sequence[Cell],
    prompts: Sequence[KeptPrompt] = (),
) -> Generator[Told, None, dict[int, Replayed]]:
    """Write these cells again; see `core.grid.run.replay_cells`."""
    found: dict[int, Replayed] = {}

    def work(backend: Backend, value: str) -> Events:
        own = _of(spec, value, stored)
        found.update((yield from replay_cells(backend, spec, own, prompts)))

    yield from _visit(host, settings, spec, stored, work)
    return found


def _visit(
    host: ModelHost,
    settings: Settings,
    spec: GridSpec,
    cells: Sequence[Cell],
    work: Callable[[Backend, str], Events],
) -> ModelEvents:
    """Do `work` with every model that has one of these cells, with as many at once as fit."""
    needed = {spec.model_at(cell.place) for cell in cells}
    choices = {value: choice_of(value, settings) for value in spec.models if value in needed}
    yield from _SideBySide(host, choices, work).events()


class _SideBySide:
    """A thread for each model that has room; one that has none waits until another is done."""

    def __init__(
        self,
        host: ModelHost,
        choices: Mapping[str, ModelChoice],
        work: Callable[[Backend, str], Events],
    ) -> None:
        self._host, self._choices, self._work = host, choices, work
        self._told: SimpleQueue[Told | _Done] = SimpleQueue()
        self._stopped = threading.Event()

    def events(self) -> ModelEvents:
        """What all of them tell. Closing it early stops them; raises the first error when all are
        done."""
        threads: dict[str, threading.Thread] = {}
        waiting, errors, no_room = [*self._choices], list[PromptLabError](), dict[str, NoRoom]()
        # How many had left when each began to look for room
        left, left_before = 0, dict[str, int]()
        try:
            while waiting or threads:
                for value in waiting:
                    left_before[value] = left
                    # In the language, and in the turn, of who has begun it
                    run = partial(copy_context().run, self._run, value)
                    threads[value] = threading.Thread(target=run, daemon=True)
                    threads[value].start()
                waiting = []
                told = self._told.get()
                if not isinstance(told, _Done):
                    yield told
                    continue
                threads.pop(told.value).join()
                if isinstance(told.error, NoRoom):
                    no_room[told.value] = told.error
                else:
                    left += 1
                    errors += [told.error] if told.error else []
                # Those that found no room try again when another has left since
                waiting = [value for value in no_room if left_before[value] < left]
                no_room = {v: error for v, error in no_room.items() if v not in waiting}
        finally:
            self._stopped.set()
            for thread in threads.values():
                thread.join()
        for error in (*errors, *no_room.values()):
            raise error

    def _run(self, value: str) -> None:
        try:
            self._go_through(value, self._choices[value])
        except _Stopped:
            self._host.abandon(self._choices[value])
            self._told.put(_Done(value))
        except PromptLabError as error:
            self._told.put(_Done(value, error.with_traceback(None)))
        except Exception as error:  # as a job ends with whatever happens
            log.exception("a run on %s failed", value)
            reason = f"{type(error).__name__}: {error}"
            said = _("Something unexpected went wrong ({reason}). Please try again.")
            self._told.put(_Done(value, EngineError(said.format(reason=reason))))
        else:
            self._told.put(_Done(value))

    def _go_through(self, value: str, choice: ModelChoice) -> None:
        def look(loading: Loading) -> None:
            self._told.put((None, Arriving(value, loading)))
            if self._stopped.is_set():
                raise _Stopped

        with self._host.hold(choice, look) as backend, closing(self._work(backend, value)) as told:
            for each in told:
                if self._stopped.is_set():
                    return
                self._told.put(each)


def _of(spec: GridSpec, value: str, cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if spec.model_at(cell.place) == value]
