"""The distribution of the next token after a prompt, and what top_k and the nucleus leave of it."""

from dataclasses import dataclass

import torch

from core.engine.cut import reaching
from core.engine.logits import Logits
from core.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Next:
    """The tokens of the vocabulary, likeliest first. probabilities: after temperature.

    kept: how many of them, from the first, the cuts leave.
    """

    ids: tuple[int, ...]
    probabilities: tuple[float, ...]
    kept: int


def next_tokens(logits: Logits, sampling: Sampling) -> Next:
    """What may come next under `sampling`, logits (vocabulary,): temperature first, then top_k, then the nucleus.

    Temperature 0 keeps the likeliest token alone, with the probabilities at temperature 1.
    """
    scores = torch.from_numpy(logits)
    scaled = scores if sampling.greedy else scores / sampling.temperature
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
