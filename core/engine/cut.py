"""The cuts of the distribution, per request: top_k and the nucleus of top_p.

The same sets of tokens as the library's own processors for continuous batching, found without
sorting the whole vocabulary for every request of every step: a row that is not cut costs
nothing, and a nucleus is looked for among the likeliest tokens first.
"""

import torch
from transformers import LogitsProcessorList
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingTopKLogitsWarper,
    ContinuousBatchingTopPLogitsWarper,
)

# Most nuclei are smaller; where one is not, the whole row is sorted.
CANDIDATES = 256


class TopK(ContinuousBatchingTopKLogitsWarper):
    """Keeps the k likeliest tokens of a row; k of the vocabulary's size or more keeps all."""

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        k = tensor_arg[: scores.size(0)].to(torch.int64)
        off = k >= scores.size(1)
        if off.all():
            return scores
        k = k.masked_fill(off, 1)
        best = scores.topk(int(k.max())).values
        lowest = best.gather(1, k[:, None] - 1)
        return scores.masked_fill((scores < lowest) & ~off[:, None], -torch.inf)


class TopP(ContinuousBatchingTopPLogitsWarper):
    """Keeps the nucleus of a row: the fewest likeliest tokens whose probabilities reach p.

    Holtzman et al. 2020, "The curious case of neural text degeneration". p of 1 keeps all.
    """

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        p = tensor_arg[: scores.size(0)].view(torch.float32)[:, None]
        off = p >= 1
        if off.all():
            return scores
        probabilities = scores.softmax(-1)
        best, order = probabilities.topk(min(CANDIDATES, scores.size(1)))
        allowed = off.expand_as(scores).scatter(1, order, reaching(best, p) | off)
        wide = ((best.sum(-1, keepdim=True) < p) & ~off).flatten().nonzero().flatten()
        if len(wide):
            best, order = probabilities[wide].sort(descending=True)
            allowed[wide] = allowed[wide].scatter(1, order, reaching(best, p[wide]))
        return scores.masked_fill(~allowed, -torch.inf)


def reaching(descending: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Which of the sorted probabilities (rows, n) are needed to reach p (rows, 1)."""
    # A token stays if those before it do not reach p; the first always stays
    return descending.cumsum(-1) - descending < p


def replace_cuts(processors: LogitsProcessorList) -> None:
    """Put these cuts in the places of the library's, in `processors` itself."""
    for place, processor in enumerate(processors):
        for cut in (TopK, TopP):
            if type(processor) is cut.__base__:
                # The same settings under another rule: nothing else is kept in the object
                processor.__class__ = cut
                processors[place] = processor
