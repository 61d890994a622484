"""The sampling grid: one prompt, temperatures x top_p values, k samples a cell, all at once.

Sample k of every cell draws with seed `base_seed + k`: two cells differ by their settings alone.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from core.diversity import mean_similarity
from core.errors import InvalidInput, PromptLabError
from core.events import Event, Finished
from core.i18n import _
from core.messages import Message, with_system
from core.sampling import MAX_SEED, Sampling
from core.storage import Store
from core.storage.records import Cell, Run

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import MergedStream

MAX_AXIS = 5
MAX_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class GridSpec:
    """What a run is to do; raises `InvalidInput` for what it cannot."""

    prompt: str
    system: str = ""
    temperatures: tuple[float, ...] = (0.2, 0.8, 1.4)
    top_ps: tuple[float, ...] = (0.5, 0.9, 1.0)
    samples: int = 1
    base_seed: int = 0
    top_k: int = 0
    max_new_tokens: int = 64

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise InvalidInput(_("The prompt is empty. Write something first."))
        for name, values in (("temperature", self.temperatures), ("top_p", self.top_ps)):
            for value in values:
                Sampling.from_dict({name: value})
            if not 1 <= len(values) <= MAX_AXIS or len(set(values)) < len(values):
                raise InvalidInput(
                    _("Give 1 to {most} different values of {name}, got {values}.").format(
                        most=MAX_AXIS, name=name, values=", ".join(map(str, values)) or _("none")
                    )
                )
        for name in ("samples", "base_seed", "max_new_tokens"):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool):
                raise InvalidInput(
                    _("{name} must be a whole number, got {value!r}.").format(
                        name=name, value=number
                    )
                )
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise InvalidInput(
                _("samples must be 1 to {most}, got {value!r}.").format(
                    most=MAX_SAMPLES, value=self.samples
                )
            )
        Sampling(seed=self.base_seed)
        for cell in cells_of(self):
            self.sampling(cell)

    def sampling(self, cell: Cell) -> Sampling:
        """The settings of one cell."""
        return Sampling(
            temperature=cell.temperature,
            top_p=cell.top_p,
            top_k=self.top_k,
            max_new_tokens=self.max_new_tokens,
            seed=cell.seed,
        )

    @classmethod
    def of_run(cls, run: Run) -> "GridSpec":
        """What a stored run did."""
        return cls(
            prompt=run.prompt,
            system=run.system,
            temperatures=run.temperatures,
            top_ps=run.top_ps,
            samples=run.samples,
            base_seed=run.base_seed,
            top_k=run.top_k,
            max_new_tokens=run.max_new_tokens,
        )


def cells_of(spec: GridSpec) -> list[Cell]:
    """The empty cells in order: by temperature, then top_p, then sample."""
    places = [
        (temperature, top_p, sample)
        for temperature in spec.temperatures
        for top_p in spec.top_ps
        for sample in range(spec.samples)
    ]
    return [
        Cell(index, temperature, top_p, sample, (spec.base_seed + sample) % (MAX_SEED + 1))
        for index, (temperature, top_p, sample) in enumerate(places)
    ]


def create_run(store: Store, engine: "Engine", spec: GridSpec) -> Run:
    """A stored run for `spec`, without texts yet."""
    return store.runs.create(**asdict(spec), model=engine.loaded.facts.name)


def run_grid(engine: "Engine", spec: GridSpec) -> Generator[tuple[int | None, Event], None, None]:
    """All cells in one batch, stored nowhere: (index of the cell, event), or (None, Idle)."""
    with _submit(engine, spec, cells_of(spec)) as stream:
        yield from _indexed(stream)


def unfinished(spec: GridSpec, cells: Sequence[Cell]) -> list[Cell]:
    """The empty cells of what a run still lacks: not stored, stopped on the way, or failed."""
    whole = {cell.index for cell in cells if cell.finish_reason in ("stop", "length")}
    return [cell for cell in cells_of(spec) if cell.index not in whole]


def fill_run(
    store: Store, engine: "Engine", run: Run
) -> Generator[tuple[int | None, Event], None, None]:
    """Generate what a run lacks, and that alone: (index of the cell, event), or (None, Idle).

    Each cell is stored as it ends. Closing the iterator early (a stop, a refresh, a closed tab)
    stores what has a text by then, with reason "cancelled"; filling again gives the same texts
    to their end. Raises `InvalidInput` when another model than the run's is loaded.
    """
    check_model(engine, run)
    spec = GridSpec.of_run(run)
    stored = {cell.index: cell for cell in store.runs.cells(run.id)}
    lacking = {cell.index: cell for cell in unfinished(spec, list(stored.values()))}

    def keep(index: int, end: Finished) -> None:
        before = stored.get(index)
        broken_off = end.reason in ("cancelled", "error")
        if broken_off and before and len(before.token_ids) >= len(end.token_ids):
            return
        if end.reason != "cancelled" or end.token_ids:
            store.runs.save_cell(run.id, filled(lacking[index], end))

    kept = set()
    stream = _submit(engine, spec, list(lacking.values()))
    try:
        for index, event in _indexed(stream):
            if index is not None and isinstance(event, Finished):
                kept.add(index)
                keep(index, event)
            yield index, event
        store.runs.finish(run.id)
    finally:
        if len(kept) < len(lacking):
            stream.close()
            # The run itself may be gone: deleted while it was being filled
            with suppress(PromptLabError):
                for index, end in _indexed(stream):
                    if index is not None and isinstance(end, Finished):
                        keep(index, end)


def check_model(engine: "Engine", run: Run) -> None:
    """Raise `InvalidInput` unless the loaded model is the one that the run was made with."""
    loaded = engine.loaded.facts.name
    if loaded != run.model:
        raise InvalidInput(
            _(
                "This run was made with model {model}, and {loaded} is loaded. Load {model} to go "
                "on with it, or start a new run."
            ).format(model=run.model, loaded=loaded)
        )


def filled(cell: Cell, end: Finished) -> Cell:
    """A cell with its answer."""
    return replace(
        cell,
        text=end.text,
        token_ids=end.token_ids,
        finish_reason=end.reason,
        error=end.error,
        usage=end.usage,
    )


def unscored(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that have a text and no mean log-probability."""
    return [cell for cell in cells if cell.token_ids and cell.mean_logprob is None]


def score_run(store: Store, engine: "Engine", run: Run) -> None:
    """Score the cells of a run that are not scored yet, and store the scores.

    Raises `InvalidInput` when another model than the run's is loaded.
    """
    check_model(engine, run)
    for cell in score_cells(engine, GridSpec.of_run(run), unscored(store.runs.cells(run.id))):
        store.runs.save_cell(run.id, cell)


def score_cells(engine: "Engine", spec: GridSpec, cells: Sequence[Cell]) -> list[Cell]:
    """The cells with the mean log-probability of their answers, from one batch of passes."""
    from core.engine.scoring import mean_logprob, score_many

    prompt = _prompt_ids(engine, spec)
    with_text = [cell for cell in cells if cell.token_ids]
    scores = score_many(engine, [[*prompt, *cell.token_ids] for cell in with_text], top=1)
    means = {
        cell.index: mean_logprob(row, len(prompt))
        for cell, row in zip(with_text, scores, strict=True)
    }
    return [replace(cell, mean_logprob=means.get(cell.index)) for cell in cells]


def similarity_matrix(spec: GridSpec, cells: Sequence[Cell]) -> list[list[float | None]]:
    """Mean similarity between the texts of every two settings, 0 to 1, in the grid's order.

    On the diagonal: among the samples of one setting, None where there is only one.
    """
    settings = [(t, p) for t in spec.temperatures for p in spec.top_ps]
    texts = {s: [c.token_ids for c in cells if (c.temperature, c.top_p) == s] for s in settings}
    return [
        [mean_similarity(texts[a], None if a == b else texts[b]) for b in settings]
        for a in settings
    ]


def _prompt_ids(engine: "Engine", spec: GridSpec) -> tuple[int, ...]:
    messages = with_system(spec.system, [Message("user", spec.prompt)])
    return tuple(engine.tokenizer.prompt_ids(messages))


def _submit(engine: "Engine", spec: GridSpec, cells: Sequence[Cell]) -> "MergedStream":
    from core.engine.requests import Request

    prompt = _prompt_ids(engine, spec)
    requests = [Request(prompt, spec.sampling(cell), tag=cell.index) for cell in cells]
    return engine.submit_many(requests)


def _indexed(stream: "MergedStream") -> Iterator[tuple[int | None, Event]]:
    for tag, event in stream:
        assert tag is None or isinstance(tag, int)
        yield tag, event
