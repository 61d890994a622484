"""Runs a grid on a model: all its cells in one batch, their scores, and the same cells again.

What is stored of it is the matter of `core.grid.stored_run`.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, cast

from core.backends.backend import Backend, lacking, scorer_of
from core.backends.events import Event, Finished
from core.backends.scores import TokenScore, mean_logprob
from core.cases.case import Case
from core.cases.run import Answered, Keeper, stream
from core.grid.prompts import KeptPrompt, kept_ids, prompt_ids
from core.grid.records import Cell, LoadedAs, cells_of, complete
from core.grid.spec import GridSpec


@dataclass(frozen=True, slots=True)
class Scoring:
    """The texts are there and are now scored, which tells nothing until it is done."""


# (index of the cell, event), or (None, what is told of the whole run)
Events = Generator[tuple[int | None, Event | Scoring], None, None]


def check_grid(backend: Backend, spec: GridSpec) -> None:
    """Raise what running the grid would raise, before there is a run.

    Samples of a cell differ by their seeds alone: the first one stands for all.
    """
    for cell in cells_of(spec):
        if cell.sample == 0:
            backend.check(cell_case(spec, cell).request)


def loaded_as(backend: Backend) -> LoadedAs:
    """What a backend's texts are written by."""
    facts = backend.facts
    return LoadedAs(facts.name, facts.precision, facts.device)


def cell_case(spec: GridSpec, cell: Cell, read: tuple[int, ...] = ()) -> Case:
    """What a cell asks, tagged with its index. read: the ids of its prompt, where they are kept."""
    messages = tuple(spec.messages(cell.place))
    return Case(cell.index, messages, spec.sampling(cell.place, cell.sample), read=read)


def run_grid(
    backend: Backend,
    spec: GridSpec,
    cells: Sequence[Cell] | None = None,
    keeper: Keeper | None = None,
    prompts: Sequence[KeptPrompt] = (),
) -> Events:
    """All cells, or these, in one batch; stored nowhere unless `keeper` does it."""
    requests = []
    for cell in cells_of(spec) if cells is None else cells:
        read = kept_ids(backend, prompts, spec.system_at(cell.place))
        requests.append(cell_case(spec, cell, read).request)
    for tag, event in stream(backend, requests, Answered() if keeper is None else keeper):
        yield cast(int | None, tag), event


def score_cells(
    backend: Backend, spec: GridSpec, cells: Sequence[Cell], prompts: Sequence[KeptPrompt] = ()
) -> list[Cell]:
    """The cells with the scores of their answers, from one batch of passes; as they are where
    the model scores nothing."""
    if lacking(backend, "scores", "token_ids"):
        return list(cells)
    with_ids = [cell for cell in cells if cell.token_ids]
    before = [prompt_ids(backend, spec, cell.place, prompts) for cell in with_ids]
    texts = [[*ids, *cell.token_ids] for ids, cell in zip(before, with_ids, strict=True)]
    scores = scorer_of(backend).score_many(texts, 1, [len(ids) for ids in before])
    scored = {
        cell.index: _scored(cell, row[len(ids) :])
        for cell, ids, row in zip(with_ids, before, scores, strict=True)
    }
    return [scored.get(cell.index, cell) for cell in cells]


def _scored(cell: Cell, scores: Sequence[TokenScore]) -> Cell:
    return cell.filled(
        mean_logprob=mean_logprob(scores, 0),
        # Not every model tells them
        entropies=tuple(round(s.entropy, 4) for s in scores if s.entropy is not None),
        greedy_prefix=len(list(takewhile(lambda score: score.rank == 1, scores))),
    )


# --- replay -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored text against the one that a replay gave.

    first_difference: the first unit that differs, from 1; None where all are the same. unit: what
    was compared: tokens, or characters where the model gives no tokens.
    before: what wrote the stored text, None where it was not noted.
    """

    index: int
    first_difference: int | None
    before: LoadedAs | None
    now: LoadedAs
    unit: Literal["token", "character"] = "token"

    @property
    def same(self) -> bool:
        """Whether it is the same text, unit by unit."""
        return self.first_difference is None

    @property
    def promised(self) -> bool:
        """Whether it had to be the same: same model and device, float32 both times."""
        return self.now.precision == "fp32" and self.before in (None, self.now)


def replayed(stored: Cell, end: Finished, now: LoadedAs) -> Replayed:
    """A stored text beside its replay."""
    tokens = bool(stored.token_ids and end.token_ids)
    before, after = (
        (stored.token_ids, end.token_ids) if tokens else (tuple(stored.text), tuple(end.text))
    )
    first = None
    if before != after:
        pairs = zip(before, after, strict=False)
        first = 1 + len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    unit: Literal["token", "character"] = "token" if tokens else "character"
    return Replayed(stored.index, first, stored.loaded_as, now, unit)


def replay_cells(
    backend: Backend,
    spec: GridSpec,
    stored: Sequence[Cell],
    prompts: Sequence[KeptPrompt] = (),
) -> Generator[tuple[int | None, Event | Scoring], None, dict[int, Replayed]]:
    """Write these cells again, storing nothing; returns how each compares, by its index.

    prompts: what they were written from; the same model reads the same ids again. Cells that never
    came to their own end are left out: there is nothing to compare.
    """
    whole = {cell.index: cell for cell in stored if complete(cell)}
    now, found = loaded_as(backend), dict[int, Replayed]()
    for index, event in run_grid(backend, spec, list(whole.values()), prompts=prompts):
        if index is not None and isinstance(event, Finished):
            found[index] = replayed(whole[index], event, now)
        yield index, event
    return found
