"""Runs that are kept: each cell is stored as it ends, and what is missing can be run later.

`complete_run` is the work of a job: what it tells is drawn by whoever looks, and it goes on
without.
"""

from collections.abc import Hashable, Sequence
from typing import cast

from core.backends.backend import Backend, lacking
from core.backends.events import Finished
from core.errors import InvalidInput
from core.grid.prompts import new_prompts
from core.grid.records import Cell, Run, filled, unfinished, unscored
from core.grid.run import Events, Scoring, loaded_as, run_grid, score_cells
from core.grid.spec import GridSpec
from core.grid.store import Runs
from core.i18n import _


def create_run(runs: Runs, backend: Backend, spec: GridSpec) -> Run:
    """A stored run for `spec`, without texts yet."""
    facts = backend.facts
    return runs.create(spec, facts.name, facts.precision)


def check_model(backend: Backend, run: Run) -> None:
    """Raise `InvalidInput` unless the model is the one that the run was made with."""
    now = loaded_as(backend)
    if now.model != run.model or run.precision not in ("", now.precision):
        made, here = f"{run.model} {run.precision}".strip(), f"{now.model} {now.precision}"
        raise InvalidInput(
            _(
                "This run was made with model {model}, and {loaded} is used here. Choose {model} to "
                "continue it, or start a new run."
            ).format(model=made, loaded=here)
        )


def complete_run(runs: Runs, backend: Backend, run: Run) -> Events:
    """Generate what a run lacks, as `fill_run` does, and score what has no score yet."""
    yield from fill_run(runs, backend, run)
    yield from score_run(runs, backend, run)


def fill_run(runs: Runs, backend: Backend, run: Run) -> Events:
    """Generate what a run lacks, and that alone.

    Each cell is stored as it ends. Closing the iterator early stores what has a text by then,
    with reason "cancelled"; filling again gives the same texts to their end. Raises
    `InvalidInput` when another model than the run's is loaded.
    """
    check_model(backend, run)
    yield from fill_cells(runs, backend, run, unfinished(run.spec, runs.cells(run.id)))


def fill_cells(runs: Runs, backend: Backend, run: Run, cells: Sequence[Cell]) -> Events:
    """Generate these cells of a run and store them, as `fill_run` does; and first the ids of
    their prompts, where they are not kept yet."""
    places = [cell.place for cell in cells]
    kept = runs.get(run.id).prompts
    kept = runs.keep_prompts(run.id, new_prompts(backend, run.spec, places, kept))
    yield from run_grid(backend, run.spec, cells, _StoredCells(runs, run, cells, backend), kept)


class _StoredCells:
    """Keeps the cells of a run in the database, each as it ends."""

    def __init__(self, runs: Runs, run: Run, wanted: Sequence[Cell], backend: Backend) -> None:
        self._runs, self._run = runs, run
        self._wanted = {cell.index: cell for cell in wanted}
        self._before = {cell.index: cell for cell in runs.cells(run.id)}
        self._made_by = loaded_as(backend)

    def grown(self, tag: Hashable, text: str, token_ids: Sequence[int]) -> None:
        """A cell that was broken off is written again from its seed: only ends are kept."""

    def ended(self, tag: Hashable, end: Finished) -> None:
        index = cast(int, tag)
        before = self._before.get(index)
        broken_off = end.reason in ("cancelled", "error")
        if broken_off and before and len(before.text) >= len(end.text):
            return
        if end.reason != "cancelled" or end.text:
            self._runs.save_cell(self._run.id, filled(self._wanted[index], end, self._made_by))


def score_run(runs: Runs, backend: Backend, run: Run) -> Events:
    """Score the cells of a run that are not scored yet, and store the scores.

    Raises `InvalidInput` when another model than the run's is loaded.
    """
    check_model(backend, run)
    yield from score_stored(runs, backend, run, runs.cells(run.id))


def score_stored(runs: Runs, backend: Backend, run: Run, cells: Sequence[Cell]) -> Events:
    """Score and store those of these cells of a run that lack it, if the model scores at all."""
    texts = unscored(cells)
    if not texts or lacking(backend, "scores", "token_ids"):
        return
    yield None, Scoring()
    for cell in score_cells(backend, run.spec, texts, runs.get(run.id).prompts):
        runs.save_cell(run.id, cell)
