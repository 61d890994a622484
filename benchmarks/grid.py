"""What a 3x3 grid costs against one answer and nine in a row, and a 5x5 grid of four samples.

    python -m benchmarks.grid [--model FOLDER] [--rounds N]

All variants use the same model in the same process, in turns, and every answer is exactly
`NEW_TOKENS` long: end tokens are switched off and the lengths are checked. Printed are medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.speed import check_length, generated, ids_of, never_stop, usage_of
from core.backends.events import Finished
from core.backends.request import Request
from core.engine.engine import Engine
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import LoadedModel, load
from core.sampling.settings import Sampling

NEW_TOKENS = 64
TEMPERATURES = (0.5, 1.0, 1.5)
TOP_PS = (0.5, 0.8, 1.0)
LONG_PROMPT_TOKENS = 500
MOST_OF_SINGLE = 3.0
MOST_OF_NINE = 1 / 3
MOST_OF_HUNDRED = 1 / 4
QUESTION = "Write a story about a lighthouse."


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.grid", description=__doc__)
    parser.add_argument("--model", type=Path, default=EMBEDDED_FOLDER, help="checkpoint folder")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    given = parser.parse_args()
    loaded = load(given.model)
    never_stop(loaded)
    engine = Engine(loaded)
    try:
        report(engine, loaded, max(given.rounds, 1))
    finally:
        engine.close()


def report(engine: Engine, loaded: LoadedModel, rounds: int) -> None:
    """Measure an engine on a model whose answers never stop by themselves, and print."""
    facts = loaded.facts
    print(
        f"{facts.name}: {facts.parameters / 1e6:.1f} million parameters, {facts.precision}, "
        f"{facts.device}, {torch.get_num_threads()} threads; median of {rounds} rounds"
    )
    prompt = tuple(engine.tokenizer.prompt_ids([Message("user", QUESTION)]))
    cells = [
        Sampling(t, p, max_new_tokens=NEW_TOKENS, seed=7) for t in TEMPERATURES for p in TOP_PS
    ]
    variants: dict[str, Callable[[], None]] = {
        "one answer": lambda: _grid(engine, prompt, cells[4:5]),
        "3x3 grid": lambda: _grid(engine, prompt, cells),
        "nine generate() in a row": lambda: _in_a_row(loaded, prompt, cells),
    }
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():  # the first pass allocates and warms up
        run()
    for _round in range(rounds):
        for name, run in variants.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, value in medians.items():
        tokens = NEW_TOKENS if name == "one answer" else NEW_TOKENS * len(cells)
        print(f"{name:28} {value:8.3f} s   {tokens / value:8.0f} tokens/s")
    single, grid, nine = medians.values()
    _ratio("grid / one answer", grid / single, MOST_OF_SINGLE)
    _ratio("grid / nine in a row", grid / nine, MOST_OF_NINE)
    _large(engine, prompt, rounds, single)
    _first_token(engine, rounds)


def _large(engine: Engine, prompt: tuple[int, ...], rounds: int, single: float) -> None:
    """5x5 settings with four samples each: a hundred answers, against as many single ones."""
    cells = [
        Sampling(t, p, max_new_tokens=NEW_TOKENS, seed=seed)
        for t in (0.2, 0.6, 1.0, 1.4, 1.8)
        for p in (0.2, 0.4, 0.6, 0.8, 1.0)
        for seed in range(4)
    ]
    seconds = []
    for _round in range(rounds):
        started = time.perf_counter()
        _grid(engine, prompt, cells)
        seconds.append(time.perf_counter() - started)
    grid = statistics.median(seconds)
    print(f"{'5x5 grid, 4 samples':28} {grid:8.3f} s   {NEW_TOKENS * 100 / grid:8.0f} tokens/s")
    _ratio("5x5x4 / 100 single answers", grid / (len(cells) * single), MOST_OF_HUNDRED)


def _ratio(name: str, value: float, most: float) -> None:
    verdict = "reached" if value <= most else "MISSED"
    print(f"{name:28} {value:8.2f}   target at most {most:.2f}: {verdict}")


def _grid(engine: Engine, prompt: tuple[int, ...], cells: list[Sampling]) -> None:
    requests = [Request(prompt, cell, tag=i) for i, cell in enumerate(cells)]
    for finished in engine.submit_many(requests).results().values():
        check_length(len(finished.token_ids), cells[0])


def _in_a_row(loaded: LoadedModel, prompt: tuple[int, ...], cells: list[Sampling]) -> None:
    for cell in cells:
        generated(loaded, [prompt], cell)


def _first_token(engine: Engine, rounds: int) -> None:
    """Time to the first token of a long prompt, and of the same prompt once more."""
    length = min(LONG_PROMPT_TOKENS, engine.window // 2)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        prompt = ids_of(length, engine.tokenizer, seed=number)
        for values in times:
            request = Request(prompt, Sampling(max_new_tokens=4, seed=1), chat=False)
            finished: Finished = engine.submit(request).result()
            values.append(usage_of(finished).time_to_first_token_s)
    for name, values in zip(("first", "repeated"), times, strict=True):
        milliseconds = statistics.median(values) * 1000
        print(f"first token, {length} ids, {name:9} {milliseconds:8.1f} ms")


if __name__ == "__main__":
    main()
