"""The distribution of the next token after a prompt, and what top_k and the nucleus leave of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.engine.cut import reaching
from core.engine.engine import Engine
from core.engine.scoring import check
from core.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Next:
    """The tokens of the vocabulary, likeliest first. probabilities: after temperature.

    kept: how many of them, from the first, the cuts leave.
    """

    ids: tuple[int, ...]
    probabilities: tuple[float, ...]
    kept: int


def next_logits(engine: Engine, ids: Sequence[int]) -> torch.Tensor:
    """The logits after `ids`, shape (vocabulary,), float32, on the CPU; raises as `scoring.check`."""
    check(engine, ids)
    with engine.exclusive() as loaded:
        inputs = torch.tensor([list(ids)], device=loaded.model.device)
        logits = loaded.model(input_ids=inputs, logits_to_keep=1).logits[0, -1]
        return logits[: loaded.tokenizer.vocab_size].float().cpu()


def next_tokens(logits: torch.Tensor, sampling: Sampling) -> Next:
    """What may come next under `sampling`: temperature first, then top_k, then the nucleus.

    Temperature 0 keeps the likeliest token alone, with the probabilities at temperature 1.
    """
    scaled = logits if sampling.greedy else logits / sampling.temperature
    probabilities, order = scaled.softmax(-1).sort(descending=True)
    kept = len(order)
    if sampling.top_k:
        kept = min(sampling.top_k, kept)
    renewed = probabilities[:kept] / probabilities[:kept].sum()
    if sampling.top_p < 1:
        kept = int(reaching(renewed[None], torch.tensor([[sampling.top_p]])).sum())
    if sampling.greedy:
        kept = 1
    return Next(tuple(order.tolist()), tuple(probabilities.tolist()), kept)
