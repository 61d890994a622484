"""What the token inspector costs for a 500-token answer, against one plain forward pass.

    python -m benchmarks.inspector [--model FOLDER] [--rounds N]

All variants use the same model and the same text in one process, in turns. Printed are medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from core.engine.engine import Engine
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import LoadedModel, load
from core.sampling.settings import Sampling
from core.tokens.inspection import inspect
from ui.charts.tokens import alternatives_figure
from ui.inspect.token_strip import strip_data

ANSWER_TOKENS = 500
QUESTION = "Tell me a short story about a fox."
TEXT = "The fox ran over the hill and looked at the sea. 狐狸跑了。 "
MOST_SECONDS = 2.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.inspector", description=__doc__)
    parser.add_argument("--model", type=Path, default=EMBEDDED_FOLDER, help="checkpoint folder")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    given = parser.parse_args()
    loaded = load(given.model)
    engine = Engine(loaded)
    try:
        _report(engine, loaded, max(given.rounds, 1))
    finally:
        engine.close()


def _report(engine: Engine, loaded: LoadedModel, rounds: int) -> None:
    facts = loaded.facts
    print(
        f"{facts.name}: {facts.parameters / 1e6:.1f} million parameters, {facts.precision}, "
        f"{facts.device}, {torch.get_num_threads()} threads; median of {rounds} rounds"
    )
    tokenizer = engine.tokenizer
    prompt = tokenizer.prompt_ids([Message("user", QUESTION)])
    answer = tokenizer.encode(TEXT * 80)[:ANSWER_TOKENS]
    sampling = Sampling()
    seen = inspect(engine, prompt, answer, sampling)
    variants: dict[str, Callable[[], object]] = {
        "one forward pass": lambda: _forward(loaded, [*prompt, *answer]),
        "scores of every token": lambda: engine.score_many([[*prompt, *answer]], top=1),
        "inspection of every token": lambda: inspect(engine, prompt, answer, sampling),
        "what the strip is drawn from": lambda: strip_data(seen, "probability", -1),
        "figure of one token": lambda: alternatives_figure(seen.tokens[250]).to_json(),
    }
    seconds = _timed(variants, rounds)
    plain = seconds["one forward pass"]
    for name, value in seconds.items():
        print(f"{name:32} {1000 * value:8.1f} ms   {value / plain:6.2f} forward passes")
    whole = seconds["inspection of every token"] + seconds["what the strip is drawn from"]
    verdict = "reached" if whole <= MOST_SECONDS else "missed"
    print(f"an answer opens in {whole:.2f} s; target {MOST_SECONDS:g} s: {verdict}")


def _timed(variants: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():  # the first pass allocates and warms up
        run()
    for _round in range(rounds):
        for name, run in variants.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


@torch.inference_mode()
def _forward(loaded: LoadedModel, ids: list[int]) -> torch.Tensor:
    """The logits of every position by the model itself, nothing done with them."""
    input_ids = torch.tensor([ids], device=loaded.model.device)
    return loaded.model(input_ids, use_cache=False).logits


if __name__ == "__main__":
    main()
