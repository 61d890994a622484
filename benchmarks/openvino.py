"""What OpenVINO's kernels give under the engine, against torch's, `generate()` and others.

    python -m benchmarks.openvino [MODEL ...] [--rounds N] [--tokens N] [--at N ...] [--only PART]

MODEL: a checkpoint's folder or a GGUF file; without one the embedded model. All run the same
weights in float32 in one process, in turns. A GGUF file is run as it is, too: by llama.cpp, and by
OpenVINO GenAI where it can be imported (`benchmarks.genai` tells in which numbers). Every answer
has exactly as many tokens: end tokens are switched off and lengths are checked. Each answer of a
round has a prompt of its own, so that nothing of it was read before. Printed are medians, and their
ratios to the engine on torch's kernels; then what each of the two takes of memory in a process of
its own, beside its plan.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import torch

from benchmarks.genai import GenAI, genai_installed
from benchmarks.memory import alone, table, took
from benchmarks.speed import (
    check_length,
    first_token,
    generated,
    ids_of,
    never_stop,
    usage_of,
)
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.engine.engine import Engine
from core.engine.opening import open_model
from core.llama import draws
from core.llama.server import LlamaServer
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import load_prepared
from core.models.preparing import LLAMA, OPENVINO, TORCH, llama_runs, prepare
from core.sampling.settings import Sampling

AT_ONCE = (1, 9, 32, 100)
NEW_TOKENS = 64
PROMPT_TOKENS = 50
LONG_PROMPT = 850
# The most that one call of `generate()` is given at once, and llama.cpp, which has so many slots
MOST_GENERATED = 32
MOST_OF_LLAMA = 9
SPEED, MEMORY = "speed", "memory"
_asked = draws.asked
_seeds = count()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.openvino", description=__doc__)
    parser.add_argument("models", type=Path, nargs="*", default=[EMBEDDED_FOLDER])
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of")
    parser.add_argument("--tokens", type=int, default=NEW_TOKENS, help="of each answer")
    parser.add_argument("--at", type=int, nargs="*", default=list(AT_ONCE), help="at once")
    parser.add_argument("--only", choices=(SPEED, MEMORY), help="one part of it")
    parser.add_argument(
        "--text", type=int, help="tokens of the longest text for the memory (the whole window)"
    )
    parser.add_argument(
        "--free", type=float, help="GB that plans of memory count as free (what is free)"
    )
    given = parser.parse_args()
    free = None if given.free is None else given.free * 1e9
    for model in given.models:
        if given.only != MEMORY:
            report(model, max(given.rounds, 1), given.tokens, given.at)
        if given.only != SPEED:
            found = [alone(took, model, runner, given.text, free) for runner in (TORCH, OPENVINO)]
            print(f"\n{table(found)}\n", flush=True)


def report(path: Path, rounds: int, tokens: int, at_once: Sequence[int]) -> None:
    """Measure one model, and print."""
    loaded = load_prepared(prepare(path, device="cpu", precision="fp32", runner=TORCH))
    never_stop(loaded)
    converted = prepare(path, device="cpu", runner=OPENVINO)
    cast(Any, converted.tokenizer).stop_ids = frozenset({-1})
    engines: dict[str, Engine | LlamaServer] = {
        "torch": Engine(loaded),
        "openvino": open_model(converted),
    }
    facts = cast(Engine, engines["openvino"]).model_facts
    if facts.instead:
        raise SystemExit(f"Nothing to measure: {facts.instead}")
    if llama_runs(converted.checkpoint):
        draws.asked = _endless
        engines["llama.cpp"] = open_model(prepare(path, device="cpu", runner=LLAMA))
    genai = _genai(converted.checkpoint.gguf)
    print(
        f"{facts.name}: {facts.parameters / 1e6:.0f} million parameters, "
        f"{torch.get_num_threads()} threads; {tokens} new tokens on {PROMPT_TOKENS}; "
        f"median of {rounds} rounds, tokens/s (ratio to torch)"
    )
    tokenizer, sampling = loaded.tokenizer, Sampling(0.9, 0.95, max_new_tokens=tokens)
    try:
        for number in at_once:
            ways: dict[str, Callable[[], float]] = {
                name: partial(_answers, engine, number, sampling)
                for name, engine in engines.items()
                if name != "llama.cpp" or number <= MOST_OF_LLAMA
            }
            if number <= MOST_GENERATED:
                seconds = partial(generated, loaded)
                ways["generate()"] = partial(_rate, seconds, tokenizer, number, sampling)
            if genai:
                ways["GenAI"] = partial(_rate, genai.seconds, tokenizer, number, sampling)
            _line(f"{number} at once", _medians(ways, rounds))
        length = min(LONG_PROMPT, cast(Engine, engines["torch"]).window - tokens)
        read = {
            name: partial(_read, cast(Engine, engine), length) for name, engine in engines.items()
        }
        if genai:
            read["GenAI"] = partial(
                _rate, genai.seconds, tokenizer, 1, Sampling(max_new_tokens=1), length
            )
        _line(f"first token of {length}, 1/s", _medians(read, rounds))
    finally:
        draws.asked = _asked
        for engine in engines.values():
            engine.close()


def _genai(file: Path | None) -> GenAI | None:
    """OpenVINO GenAI around a GGUF file; None, and why, where there is none of both."""
    if not genai_installed():
        print("OpenVINO GenAI is not installed: it is left out.")
        return None
    if not file:
        print("OpenVINO GenAI reads GGUF files, not this folder: it is left out.")
        return None
    try:
        return GenAI(file)
    except RuntimeError as error:
        print(f"OpenVINO GenAI cannot read the file: {error}")
        return None


def _medians(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median rate of each, measured in turns after a round to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            rate = way()
            if turn:
                rates[name].append(rate)
    return {name: statistics.median(values) for name, values in rates.items()}


def _line(name: str, medians: dict[str, float]) -> None:
    base = medians["torch"]
    said = "   ".join(
        f"{way} {rate:.4g} ({rate / base:.2f})" if way != "torch" else f"torch {rate:.4g}"
        for way, rate in medians.items()
    )
    print(f"{name:26} {said}", flush=True)


def _read(engine: Engine, length: int) -> float:
    """How often a second such a prompt could be read."""
    return 1 / first_token(engine, length)


def _answers(engine: Engine | LlamaServer, number: int, sampling: Sampling) -> float:
    """Tokens a second of so many answers at once, each on a prompt of its own."""
    requests = [
        Request(
            ids_of(PROMPT_TOKENS, engine.tokenizer, next(_seeds)),
            sampling.with_seed(tag),
            chat=False,
            tag=tag,
        )
        for tag in range(number)
    ]
    began = time.perf_counter()
    ends = engine.submit_many(requests).results().values()
    passed = time.perf_counter() - began
    for end in ends:
        check_length(usage_of(end).new_tokens, sampling)
    return number * (sampling.max_new_tokens or 0) / passed


def _rate(
    seconds: Callable[[Sequence[Sequence[int]], Sampling], float],
    tokenizer: Tokenizer,
    number: int,
    sampling: Sampling,
    length: int = PROMPT_TOKENS,
) -> float:
    """The same by what answers all prompts in one call, and tells how long that took."""
    prompts = [ids_of(length, tokenizer, next(_seeds)) for _row in range(number)]
    return number * (sampling.max_new_tokens or 0) / seconds(prompts, sampling)


def _endless(*given: Any, **named: Any) -> Any:
    """What llama.cpp is asked for, without an end."""
    return {**_asked(*given, **named), "ignore_eos": True}


if __name__ == "__main__":
    main()
