"""How quick a loaded model is: the first token, tokens per second, alone and nine at once.

Measured through the engine, and through plain `generate()` on the same model.
"""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch

from core.backends.events import Finished, TextDelta, Usage
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.engine.engine import Engine
from core.models.loading import LoadedModel
from core.sampling.settings import Sampling

PROMPT_TOKENS = 50
AT_ONCE = 9
COPIED_BYTES = 2**29
COPIES = 6


@dataclass(frozen=True, slots=True)
class Speed:
    """New tokens per second after the first one: of one answer, and of nine in all.

    quickest: of one answer, by its quickest token, which other work on the machine disturbs least.
    """

    one: float
    nine: float
    quickest: float | None = None


def copy_bandwidth(device: str = "cpu") -> float:
    """Bytes per second that a large copy reads and writes here, the best of a few."""
    place = (
        "cuda" if device == "cuda" or (device == "auto" and torch.cuda.is_available()) else "cpu"
    )
    source = torch.ones(COPIED_BYTES, dtype=torch.uint8, device=place)
    target = torch.zeros_like(source)
    best = float("inf")
    for _copy in range(COPIES):
        started = time.perf_counter()
        target.copy_(source)
        if place == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - started)
    return 2 * COPIED_BYTES / best


def never_stop(loaded: LoadedModel) -> None:
    """Every answer then runs to its full length: no token has this id."""
    cast(Any, loaded.tokenizer).stop_ids = frozenset({-1})
    assert loaded.model.generation_config is not None
    loaded.model.generation_config.eos_token_id = None


def usage_of(end: Finished) -> Usage:
    """What an answer took; models on this machine tell."""
    assert end.usage is not None
    return end.usage


def first_token(engine: Engine, length: int) -> float:
    """Seconds to the first token of a prompt of `length` tokens that was never read before."""
    ids = ids_of(length, engine.tokenizer)
    request = Request(ids, Sampling(max_new_tokens=1, seed=1), chat=False)
    return usage_of(engine.submit(request).result()).time_to_first_token_s


def of_engine(engine: Engine, new_tokens: int) -> Speed:
    """Through continuous batching; the nine share a prompt, as the cells of a grid do."""
    rates: list[float] = []
    arrivals: list[float] = []
    for count in (1, AT_ONCE):
        ids = ids_of(PROMPT_TOKENS, engine.tokenizer)
        requests = [
            Request(ids, Sampling(max_new_tokens=new_tokens, seed=i), chat=False, tag=i)
            for i in range(count)
        ]
        ends = []
        for _tag, event in engine.submit_many(requests):
            if isinstance(event, TextDelta) and event.token_ids and count == 1:
                arrivals.append(time.perf_counter())
            if isinstance(event, Finished):
                ends.append(event)
        for end in ends:
            check_length(len(end.token_ids), requests[0].sampling)
        rates.append(sum(usage_of(end).tokens_per_s for end in ends))
    quickest = min(after - before for before, after in pairwise(arrivals))
    return Speed(rates[0], rates[1], 1 / quickest)


@torch.inference_mode()
def generated(loaded: LoadedModel, prompts: Sequence[Sequence[int]], sampling: Sampling) -> float:
    """Seconds of one call of `generate()` for prompts of one length, on a model that never stops.

    Every answer has `sampling.max_new_tokens` tokens, which is checked; its seed is not looked at.
    """
    ids = torch.tensor(prompts, device=loaded.model.device)
    began = time.perf_counter()
    whole = loaded.model.generate(  # type: ignore[operator]
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        max_new_tokens=sampling.max_new_tokens,
        pad_token_id=0,
    )
    passed = time.perf_counter() - began
    check_length(whole.shape[1] - ids.shape[1], sampling)
    return passed


def check_length(new_tokens: int, sampling: Sampling) -> None:
    """End the measurement unless an answer has all the tokens that it may have."""
    if new_tokens != sampling.max_new_tokens:
        raise SystemExit(
            f"An answer has {new_tokens} tokens instead of {sampling.max_new_tokens}: no result."
        )


def of_generate(
    loaded: LoadedModel, lengths: list[int], new_tokens: int, rounds: int = 1
) -> tuple[dict[int, float], Speed]:
    """The same through `generate()`: seconds to the first token by prompt length, and rates.

    rounds: how often a first token is measured; the median is told.
    """

    def seconds(length: int, tokens: int, count: int = 1) -> float:
        prompts = [ids_of(length, loaded.tokenizer)] * count
        return generated(loaded, prompts, Sampling(max_new_tokens=tokens))

    seconds(16, 1)
    first = {
        length: statistics.median(seconds(length, 1) for _round in range(rounds))
        for length in lengths
    }
    rates = []
    for count in (1, AT_ONCE):
        rest = seconds(PROMPT_TOKENS, new_tokens, count) - seconds(PROMPT_TOKENS, 1, count)
        rates.append(count * (new_tokens - 1) / rest)
    return first, Speed(rates[0], rates[1])


def ids_of(length: int, tokenizer: Tokenizer, seed: int | None = None) -> tuple[int, ...]:
    """A prompt of ids that text has, whichever the vocabulary; without a seed one that was never
    seen before."""
    of_text = [i for i in range(tokenizer.vocab_size) if not tokenizer.is_control(i)]
    return tuple(random.Random(seed).choices(of_text, k=length))
