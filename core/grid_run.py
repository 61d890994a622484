"""Runs a grid on a loaded model: fills what is missing, scores it, replays it.

All cells are written in one batch, and each is stored as it ends.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from core.errors import InvalidInput, PromptLabError
from core.events import Event, Finished
from core.grid import GridSpec, cells_of, complete, filled, prompt_ids, unfinished, unscored
from core.i18n import _
from core.storage import Store
from core.storage.records import Cell, LoadedAs, Run

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import MergedStream
    from core.engine.scoring import TokenScore

# (index of the cell, event), or (None, Idle)
Events = Generator[tuple[int | None, Event], None, None]


def create_run(store: Store, engine: "Engine", spec: GridSpec) -> Run:
    """A stored run for `spec`, without texts yet."""
    facts = engine.loaded.facts
    return store.runs.create(
        prompt=spec.prompt,
        system=spec.system,
        rows=spec.rows,
        columns=spec.columns,
        samples=spec.samples,
        fixed=spec.fixed,
        model=facts.name,
        precision=facts.precision,
    )


def loaded_as(engine: "Engine") -> LoadedAs:
    """What an engine's texts are written by."""
    facts = engine.loaded.facts
    return LoadedAs(facts.name, facts.precision, facts.device)


def run_grid(engine: "Engine", spec: GridSpec, cells: Sequence[Cell] | None = None) -> Events:
    """All cells, or these, in one batch, stored nowhere."""
    with _submit(engine, spec, cells_of(spec) if cells is None else cells) as stream:
        yield from _indexed(stream)


def check_model(engine: "Engine", run: Run) -> None:
    """Raise `InvalidInput` unless the loaded model is the one that the run was made with."""
    now = loaded_as(engine)
    if now.model != run.model or run.precision not in ("", now.precision):
        made, here = f"{run.model} {run.precision}".strip(), f"{now.model} {now.precision}"
        raise InvalidInput(
            _(
                "This run was made with model {model}, and {loaded} is loaded. Load {model} to "
                "continue it, or start a new run."
            ).format(model=made, loaded=here)
        )


def fill_run(store: Store, engine: "Engine", run: Run) -> Events:
    """Generate what a run lacks, and that alone.

    Each cell is stored as it ends. Closing the iterator early (a stop, a refresh, a closed tab)
    stores what has a text by then, with reason "cancelled"; filling again gives the same texts
    to their end. Raises `InvalidInput` when another model than the run's is loaded.
    """
    check_model(engine, run)
    spec = GridSpec.of_run(run)
    yield from fill_cells(store, engine, run, unfinished(spec, store.runs.cells(run.id)))
    store.runs.finish(run.id)


def fill_cells(store: Store, engine: "Engine", run: Run, lacking: Sequence[Cell]) -> Events:
    """Generate these cells of a run and store them, as `fill_run` does."""
    before = {cell.index: cell for cell in store.runs.cells(run.id)}
    wanted = {cell.index: cell for cell in lacking}
    made_by = loaded_as(engine)

    def keep(index: int, end: Finished) -> None:
        kept_before = before.get(index)
        broken_off = end.reason in ("cancelled", "error")
        if broken_off and kept_before and len(kept_before.token_ids) >= len(end.token_ids):
            return
        if end.reason != "cancelled" or end.token_ids:
            store.runs.save_cell(run.id, filled(wanted[index], end, made_by))

    kept = set()
    stream = _submit(engine, GridSpec.of_run(run), lacking)
    try:
        for index, event in _indexed(stream):
            if index is not None and isinstance(event, Finished):
                kept.add(index)
                keep(index, event)
            yield index, event
    finally:
        if len(kept) < len(wanted):
            stream.close()
            # The run itself may be gone: deleted while it was being filled
            with suppress(PromptLabError):
                for index, end in _indexed(stream):
                    if index is not None and isinstance(end, Finished):
                        keep(index, end)


def score_run(store: Store, engine: "Engine", run: Run) -> None:
    """Score the cells of a run that are not scored yet, and store the scores.

    Raises `InvalidInput` when another model than the run's is loaded.
    """
    check_model(engine, run)
    for cell in score_cells(engine, GridSpec.of_run(run), unscored(store.runs.cells(run.id))):
        store.runs.save_cell(run.id, cell)


def score_cells(engine: "Engine", spec: GridSpec, cells: Sequence[Cell]) -> list[Cell]:
    """The cells with the scores of their answers, from one batch of passes."""
    from core.engine.scoring import score_many

    with_text = [cell for cell in cells if cell.token_ids]
    prompts = [prompt_ids(engine.tokenizer, spec, cell) for cell in with_text]
    texts = [[*prompt, *c.token_ids] for prompt, c in zip(prompts, with_text, strict=True)]
    scores = score_many(engine, texts, top=1)
    scored = {
        cell.index: _scored(cell, row[len(prompt) :])
        for cell, prompt, row in zip(with_text, prompts, scores, strict=True)
    }
    return [scored.get(cell.index, cell) for cell in cells]


def _scored(cell: Cell, scores: Sequence["TokenScore"]) -> Cell:
    from core.engine.scoring import mean_logprob

    return cell.filled(
        mean_logprob=mean_logprob(scores, 0),
        entropies=tuple(round(score.entropy or 0.0, 4) for score in scores),
        greedy_prefix=len(list(takewhile(lambda score: score.rank == 1, scores))),
    )


# --- replay -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stored text against the one that a replay gave.

    first_difference: the first token that differs, from 1; None where all are the same.
    before: what wrote the stored text, None where it was not noted.
    """

    index: int
    first_difference: int | None
    before: LoadedAs | None
    now: LoadedAs

    @property
    def same(self) -> bool:
        """Whether it is the same text, token by token."""
        return self.first_difference is None

    @property
    def promised(self) -> bool:
        """Whether it had to be the same: same model and device, float32 both times."""
        return self.now.precision == "fp32" and self.before in (None, self.now)


def compare(stored: Cell, end: Finished, now: LoadedAs) -> Comparison:
    """A stored text beside its replay."""
    first = None
    if stored.token_ids != end.token_ids:
        pairs = zip(stored.token_ids, end.token_ids, strict=False)
        first = 1 + len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return Comparison(stored.index, first, stored.loaded_as, now)


def replay_cells(
    engine: "Engine", spec: GridSpec, stored: Sequence[Cell], found: dict[int, Comparison]
) -> Events:
    """Write these cells again, storing nothing; how each compares goes into `found`.

    Cells that never came to their own end are left out: there is nothing to compare.
    """
    whole = {cell.index: cell for cell in stored if complete(cell)}
    now = loaded_as(engine)
    for index, event in run_grid(engine, spec, list(whole.values())):
        if index is not None and isinstance(event, Finished):
            found[index] = compare(whole[index], event, now)
        yield index, event


def _submit(engine: "Engine", spec: GridSpec, cells: Sequence[Cell]) -> "MergedStream":
    from core.engine.requests import Request

    return engine.submit_many(
        [
            Request(
                prompt_ids(engine.tokenizer, spec, cell),
                spec.sampling(cell.place, cell.sample),
                tag=cell.index,
            )
            for cell in cells
        ]
    )


def _indexed(stream: "MergedStream") -> Iterator[tuple[int | None, Event]]:
    for tag, event in stream:
        assert tag is None or isinstance(tag, int)
        yield tag, event
