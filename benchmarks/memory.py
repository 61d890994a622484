"""What a model takes in a process of its own, beside what its plan foresaw.

What counts is the process's own memory. The pages of files that are mapped leave when room is
needed: weights that torch reads from such pages are told as mapped, and count all the same, as they
come back for every token; OpenVINO lays its weights out anew in memory of its own and reads the
file no more, but for the rows of the embedding that are asked for.
"""

import multiprocessing
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, Self, TypeVar, cast

import psutil

import core  # noqa: F401 - first: it settles how torch's threads wait
from benchmarks.speed import first_token, ids_of
from core.backends.request import Request
from core.engine.engine import Engine
from core.engine.opening import open_model
from core.models import machine
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.plan import MAX_REQUESTS_PER_BATCH, SCORED_TOKENS
from core.models.preparing import TORCH, Runner, prepare
from core.models.weight_cache import WeightCache
from core.sampling.settings import Sampling

SAMPLE_S = 0.02
NEW_TOKENS = 3
# Of which a text is written token by token
GOING_ON = 40
_WEIGHTS = (".bin", ".safetensors", ".gguf")
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Peak:
    """Most memory that the process had since the watch began, above what it had then. Bytes.

    anonymous: its own memory. resident: with the pages of files, which leave when room is needed.
    """

    anonymous: int
    resident: int


class MemoryWatch:
    """Samples this process's memory in a thread, between `with` and its end."""

    def __enter__(self) -> Self:
        self._own = psutil.Process()
        self._begin = self._most = self._sample()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def peak(self) -> Peak:
        pairs = zip(self._most, self._begin, strict=True)
        return Peak(*(most - begin for most, begin in pairs))

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self._most = tuple(map(max, self._most, self._sample()))

    def _sample(self) -> tuple[int, ...]:
        memory = self._own.memory_info()
        return memory.rss - getattr(memory, "shared", 0), memory.rss


def alone(measure: Callable[_Given, _Found], *given: _Given.args, **named: _Given.kwargs) -> _Found:
    """What a function gives in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(measure, *given, **named).result()


@dataclass(frozen=True, slots=True)
class Took:
    """One model on one runner. Bytes.

    planned: weights, cache, working and total of its plan. weights, cache: as the engine counts
    them. loading, running: the most of the process's own memory until the first request, and in
    all. mapped: pages of the files of weights that were in memory at the end. text: tokens of the
    longest text that was read.
    """

    runner: str
    planned: dict[str, int]
    weights: int
    cache: int
    loading: int
    running: int
    mapped: int
    text: int

    @property
    def taken(self) -> int:
        """In all, as the plan counts."""
        return self.running + (self.mapped if self.runner == TORCH else 0)

    @property
    def working(self) -> int:
        """Beside weights and cache."""
        return self.taken - self.weights - self.cache


def took(path: Path, runner: Runner, text: int | None = None, free: float | None = None) -> Took:
    """What a model in float32 takes at most; to be called in a fresh process.

    text: tokens of the longest text that is read and scored; as many as the model takes without.
    free: bytes that its plan is to count as free; those that are so without.
    """
    _warm_up()
    there = machine.cpu().free
    freed = None if free is None else {"cpu": int(free) - there}
    with tempfile.TemporaryDirectory() as kept, MemoryWatch() as watch:
        prepared = prepare(path, device="cpu", precision="fp32", freed=freed, runner=runner)
        engine = cast(Engine, open_model(prepared, None, WeightCache(Path(kept))))
        try:
            loading = watch.peak.anonymous
            facts = engine.model_facts
            length = min(text or SCORED_TOKENS, SCORED_TOKENS, engine.window)
            _use(engine, length)
            cache = engine.status().cache_bytes
            mapped = _mapped_weights()
        finally:
            engine.close()
    plan = facts.plan
    return Took(
        runner=facts.runner,
        planned={
            "weights": plan.weights,
            "cache": plan.cache,
            "working": plan.working,
            "total": plan.total,
        },
        weights=facts.weight_bytes,
        cache=cache,
        loading=loading,
        running=watch.peak.anonymous,
        mapped=mapped,
        text=length,
    )


def _warm_up() -> None:
    """Have the libraries take what they take once, whatever the model."""
    engine = cast(Engine, open_model(prepare(EMBEDDED_FOLDER, device="cpu", runner=TORCH)))
    _use(engine, GOING_ON)
    engine.close()
    del engine
    machine.give_back()


def _use(engine: Engine, text: int) -> None:
    """What takes the most: as many answers as are written at once, a long prompt, a long text that
    is scored, and one that is written token by token."""
    many = [
        Request(
            ids_of(16, engine.tokenizer),
            Sampling(max_new_tokens=NEW_TOKENS, seed=tag),
            chat=False,
            tag=tag,
        )
        for tag in range(MAX_REQUESTS_PER_BATCH)
    ]
    engine.submit_many(many).results()
    first_token(engine, text - 1)
    ids = ids_of(text, engine.tokenizer)
    engine.score_many([ids])
    for end in range(text - GOING_ON + 1, text + 1, GOING_ON // 2):
        engine.going_on_logits(ids[:end])
    engine.score_many([ids_of(text, engine.tokenizer)])


def _mapped_weights() -> int:
    """Bytes of the mapped files of weights that are in memory."""
    return sum(part.rss for part in psutil.Process().memory_maps() if _is_weights(part.path))


def _is_weights(path: str) -> bool:
    return path.removesuffix(" (deleted)").endswith(_WEIGHTS)


def table(found: Sequence[Took]) -> str:
    """What was planned and what was taken as a table of Markdown, a column for each runner."""
    rows: list[tuple[str, list[str]]] = [
        ("weights, planned / counted", [_pair(t.planned["weights"], t.weights) for t in found]),
        ("KV cache, planned / counted", [_pair(t.planned["cache"], t.cache) for t in found]),
        ("working, planned / the rest", [_pair(t.planned["working"], t.working) for t in found]),
        ("in all, planned / taken", [_verdict(t) for t in found]),
        ("own memory, loading / at most", [_pair(t.loading, t.running) for t in found]),
        ("weights in pages of files", [f"{t.mapped / 1e6:.0f} MB" for t in found]),
    ]
    head = [f"memory, texts of {found[0].text:,} tokens", *(t.runner for t in found)]
    lines = [head, ["---"] * len(head), *([name, *values] for name, values in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _pair(one: int, other: int) -> str:
    return f"{one / 1e6:,.0f} / {other / 1e6:,.0f} MB"


def _verdict(took: Took) -> str:
    more = "" if took.taken <= took.planned["total"] else ": MORE THAN PLANNED"
    return _pair(took.planned["total"], took.taken) + more
