"""``python -m benchmarks.accelerator FOLDER``: what a checkpoint takes of a GPU, and how quick
it is.

Printed is a line of JSON per part, as soon as it is measured, so that a run that is cut short has
told what it knows. A part that fails is told with its reason, and the next one begins; what has not
begun after ``--limit`` seconds is left out. All precisions are measured in one process, one after
the other: unlike `benchmarks.full_size`, whose memory is the process's, this one asks the device.
"""

import gc
import json
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, cast

import psutil
import torch
import typer

from benchmarks.speed import copy_bandwidth, first_token, ids_of, never_stop, of_engine, of_generate
from core.backends.request import Request
from core.engine.engine import Engine
from core.models.loading import LoadedModel, load
from core.models.plan import MAX_REQUESTS_PER_BATCH, PAGE_TOKENS, SCORED_TOKENS
from core.sampling.settings import Sampling

LONG_PROMPT = 7000
ROUNDS = 3
PARTS = ("window", "first", "rates", "long", "generate", "full")


class Memory:
    """Of one device, in bytes. On a CPU there is no more to tell than what the process holds."""

    def __init__(self, device: str) -> None:
        self.cuda = device.startswith("cuda")

    def begin(self) -> None:
        """Peaks count from here on."""
        gc.collect()
        if self.cuda:
            torch.cuda.synchronize()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def held(self) -> int:
        """What tensors take now."""
        return torch.cuda.memory_allocated() if self.cuda else psutil.Process().memory_info().rss

    def figures(self) -> dict[str, int]:
        """held: by tensors now; peak: the most they had; reserved: the most the library took for
        them; device: what the driver counts, with its own context and with other programs."""
        if not self.cuda:
            return {"held": self.held()}
        free, total = torch.cuda.mem_get_info()
        return {
            "held": self.held(),
            "peak": torch.cuda.max_memory_allocated(),
            "reserved": torch.cuda.max_memory_reserved(),
            "device": total - free,
        }


@dataclass
class Run:
    """Prints the parts as they are done. limit: seconds after which none begins any more."""

    limit: float
    began: float = field(default_factory=time.perf_counter)
    failed: int = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def part(self, name: str, measured: Callable[[], dict[str, Any]], **about: Any) -> Any:
        """Do it, unless time is up; what it told, or None."""
        if self.seconds > self.limit:
            self._say(about | {"part": name, "skipped": f"after {self.seconds:.0f} s"})
            return None
        started = time.perf_counter()
        try:
            told = measured()
        except BaseException as error:  # whatever a driver or a library raises
            if isinstance(error, KeyboardInterrupt):
                raise
            self.failed += 1
            traceback.print_exc(file=sys.stderr)
            self._say(about | {"part": name, "failed": f"{type(error).__name__}: {error}"[:300]})
            return None
        took = round(time.perf_counter() - started, 2)
        self._say(about | {"part": name, **told, "took": took, "at": round(self.seconds, 1)})
        return told

    @staticmethod
    def _say(line: dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)


@contextmanager
def engine_of(loaded: LoadedModel, cache_tokens: int | None = None) -> Iterator[Engine]:
    """An engine that has begun to run; with a cache of another size than planned, if one is
    given."""
    if cache_tokens:
        plan = replace(loaded.facts.plan, cache_tokens=cache_tokens)
        loaded = replace(loaded, facts=replace(loaded.facts, plan=plan))
    engine = Engine(loaded)
    try:
        first_token(engine, 16)
        yield engine
    finally:
        engine.close()


def window(loaded: LoadedModel, memory: Memory) -> dict[str, Any]:
    """Memory with a cache for one context window, half of it read in one prompt."""
    tokens = -(-(loaded.facts.window + PAGE_TOKENS) // PAGE_TOKENS) * PAGE_TOKENS
    memory.begin()
    with engine_of(loaded, tokens) as engine:
        first_token(engine, loaded.facts.window // 2)
        return {
            "tokens": tokens,
            "cache": engine.status().cache_bytes,
            "weights": loaded.facts.weight_bytes,
            **memory.figures(),
        }


def first(engine: Engine, prompts: list[int]) -> dict[str, Any]:
    """Seconds to the first token by the length of the prompt: the median, and the very first."""
    seconds = {n: [first_token(engine, n) for _round in range(ROUNDS)] for n in prompts}
    return {
        "median": {n: round(statistics.median(found), 4) for n, found in seconds.items()},
        "very_first": {n: round(found[0], 4) for n, found in seconds.items()},
        "cache_planned": engine.model_facts.plan.cache,
        "cache": engine.status().cache_bytes,
    }


def rates(engine: Engine, new_tokens: int, bandwidth: float | None) -> dict[str, Any]:
    """Tokens per second, and the share of what reading the weights once per token would allow."""
    of_engine(engine, 4)
    speed = of_engine(engine, new_tokens)
    told: dict[str, Any] = asdict(speed)
    if bandwidth:
        weights = engine.model_facts.weight_bytes
        told["share_of_bandwidth"] = weights * speed.one / bandwidth
        told["share_quickest"] = weights * (speed.quickest or 0) / bandwidth
    return told


def long_prompt(engine: Engine, memory: Memory, length: int) -> dict[str, Any]:
    """A long prompt's time, and the memory that reading it took beside weights and cache."""
    memory.begin()
    before = memory.held()
    seconds = first_token(engine, length)
    figures = memory.figures()
    return {
        "tokens": length,
        "seconds": round(seconds, 3),
        "own": figures.get("peak", figures["held"]) - before,
        "planned_working": engine.model_facts.plan.working,
    }


def full(engine: Engine, memory: Memory) -> dict[str, Any]:
    """All that a plan foresees: a cache read in full, every place of the batch drawing, the
    longest text scored."""
    plan, window_tokens = engine.model_facts.plan, engine.window
    tokenizer = engine.tokenizer
    memory.begin()
    short = Sampling(max_new_tokens=4, seed=1)
    many = [
        Request(ids_of(8, tokenizer), short, chat=False) for _i in range(MAX_REQUESTS_PER_BATCH)
    ]
    for _event in engine.submit_many(many):
        pass
    drawing = memory.figures()
    engine.score_many([ids_of(min(window_tokens, SCORED_TOKENS), tokenizer)])
    scoring = memory.figures()
    length = window_tokens - 64
    windows = [
        Request(ids_of(length, tokenizer), Sampling(max_new_tokens=32, seed=1), chat=False)
        for _i in range(plan.cache_tokens // window_tokens)
    ]
    for _event in engine.submit_many(windows):
        pass
    return {
        "planned": plan.total,
        "planned_working": plan.working,
        "windows": len(windows),
        "drawing": drawing,
        "scoring": scoring,
        **memory.figures(),
    }


def plain(loaded: LoadedModel, prompts: list[int], new_tokens: int) -> dict[str, Any]:
    """The same through `generate()`."""
    seconds, speed = of_generate(loaded, prompts, new_tokens, ROUNDS)
    return {"first": {n: round(s, 4) for n, s in seconds.items()}, **asdict(speed)}


def precision_of(
    run: Run, folder: Path, device: str, precision: str, parts: list[str], options: dict[str, Any]
) -> None:
    """All parts in one precision; the model is gone when it returns."""
    about = {"precision": precision}
    memory = Memory(device)
    kept: list[LoadedModel] = []

    def loading() -> dict[str, Any]:
        memory.begin()
        kept.append(load(folder, device=cast(Any, device), precision=cast(Any, precision)))
        facts = kept[0].facts
        never_stop(kept[0])
        return {
            "device_name": facts.plan.place.name,
            "load_seconds": round(facts.load_seconds, 2),
            "weights_planned": facts.plan.weights,
            "weights": facts.weight_bytes,
            "planned_total": facts.plan.total,
            **memory.figures(),
        }

    if run.part("load", loading, **about) is None:
        return
    loaded = kept[0]
    prompts, new_tokens = options["prompts"], options["new_tokens"]
    if "window" in parts:
        run.part("window", lambda: window(loaded, memory), **about)
    try:
        with engine_of(loaded) as engine:
            steps: dict[str, Callable[[], dict[str, Any]]] = {
                "first": lambda: first(engine, prompts),
                "rates": lambda: rates(engine, new_tokens, options["bandwidth"]),
                "long": lambda: long_prompt(engine, memory, options["long"]),
                "full": lambda: full(engine, memory),
            }
            for name, step in steps.items():
                if name in parts:
                    run.part(name, step, **about)
    except Exception as error:
        run.failed += 1
        traceback.print_exc(file=sys.stderr)
        print(json.dumps({**about, "part": "engine", "failed": str(error)[:300]}), flush=True)
    if "generate" in parts:
        run.part("generate", lambda: plain(loaded, prompts, new_tokens), **about)


def main(
    folder: Annotated[Path, typer.Argument(help="The checkpoint.")],
    precision: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    device: Annotated[str, typer.Option(help="cuda, or cpu to try the benchmark itself.")] = "cuda",
    prompt: Annotated[
        list[int] | None, typer.Option(help="Tokens of a prompt; several times.")
    ] = None,
    long: Annotated[int, typer.Option(help="Tokens of the long prompt.")] = LONG_PROMPT,
    new_tokens: Annotated[int, typer.Option(min=4, help="Tokens of an answer.")] = 48,
    part: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(PARTS)}; several times.")
    ] = None,
    limit: Annotated[float, typer.Option(help="No part begins after so many seconds.")] = 600,
) -> None:
    """Measure a checkpoint on a GPU, in one or more precisions."""
    run = Run(limit)
    place = torch.cuda.get_device_name() if device == "cuda" else device
    run.part(
        "machine", lambda: {"device": place, "torch": torch.__version__, **Memory(device).figures()}
    )
    copied = run.part("bandwidth", lambda: {"bytes_per_s": copy_bandwidth(device)})
    options = {
        "prompts": prompt or [50, 500, 4000],
        "new_tokens": new_tokens,
        "long": long,
        "bandwidth": copied and copied["bytes_per_s"],
    }
    for wanted in precision or ["fp16", "nf4", "int8"]:
        precision_of(run, folder, device, wanted, part or list(PARTS), options)
    raise typer.Exit(1 if run.failed else 0)


if __name__ == "__main__":
    typer.run(main)
