"""Temperature and the cuts of the distribution, per request: top_k and the nucleus of top_p.

Temperature is the library's, but for tiny ones, which overflow there. The cuts are the same sets of
tokens as the library's own processors for continuous batching, found without sorting the whole
vocabulary for every request of every step: a row that is not cut costs nothing, and a nucleus is
looked for among the likeliest tokens first. On the processor those are the ones above a threshold.
"""

import numpy as np
import torch
from transformers import LogitsProcessorList
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingTemperatureLogitsWarper,
    ContinuousBatchingTopKLogitsWarper,
    ContinuousBatchingTopPLogitsWarper,
)

# Most nuclei are smaller; where one is not, all that could be in it are sorted.
CANDIDATES = 256
# A token as likely as that is looked at first; those below are seldom needed
_LIKELY = 1e-4
# Below that a logit divided by the temperature leaves the range, or loses what tells it from others
_TINY = 1e-3
# The smallest number above 0 that the device computes with
_LEAST = torch.finfo(torch.float32).tiny


class Temperature(ContinuousBatchingTemperatureLogitsWarper):
    """Divides the logits of a row by its temperature; the likeliest alone is left by one near 0."""

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        temperatures = tensor_arg[: scores.size(0)].view(torch.float32)[:, None]
        tiny = temperatures < _TINY
        if not tiny.any():
            return scores / temperatures
        # The shift changes no probability. Rows that need none keep their bits
        shift = scores.amax(-1, keepdim=True).masked_fill(~tiny, 0.0)
        return (scores - shift) / temperatures.clamp(min=_LEAST)


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
        p = tensor_arg[: scores.size(0)].view(torch.float32)[:, None].clamp(min=_LEAST)
        off = p >= 1
        if off.all():
            return scores
        probabilities = scores.softmax(-1)
        if scores.device.type == "cpu":
            return _cut(scores, probabilities, p.flatten().tolist())
        best, order = probabilities.topk(min(CANDIDATES, scores.size(1)))
        allowed = off.expand_as(scores).scatter(1, order, reaching(best, p) | off)
        wide = ((best.sum(-1, keepdim=True) < p) & ~off).flatten().nonzero().flatten()
        for row in wide.tolist():
            allowed[row] = _nucleus(probabilities[row], p[row])
        return scores.masked_fill(~allowed, -torch.inf)


def _cut(scores: torch.Tensor, probabilities: torch.Tensor, p: list[float]) -> torch.Tensor:
    """The scores of every row's nucleus; of all tokens where its p is 1."""
    kept = torch.full_like(scores, -torch.inf)
    given, shares, left = scores.numpy(), probabilities.numpy(), kept.numpy()
    for row, share in enumerate(p):
        if share >= 1:
            left[row] = given[row]
            continue
        likely = np.flatnonzero(shares[row] >= _LIKELY)
        order = likely[np.argsort(-shares[row, likely], kind="stable")]
        descending = torch.from_numpy(shares[row, order])
        inside = reaching(descending, torch.tensor([share]))
        if len(order) and not inside[-1]:
            tokens = order[: int(inside.sum())]
        else:
            # Those before the last do not reach p: less likely ones may be needed too
            tokens = np.flatnonzero(_nucleus(probabilities[row], torch.tensor([share])).numpy())
        left[row, tokens] = given[row, tokens]
    return kept


def _nucleus(probabilities: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Which of the probabilities (n,) are in the nucleus of p (1,): booleans, (n,)."""
    # All below this share together are less than 1 - p: they are not needed, nor sorted
    likely = probabilities[probabilities >= (1 - p) / len(probabilities)]
    descending = _sorted(likely)
    size = int(reaching(descending, p).sum())
    last = descending[size - 1]
    inside, edge = probabilities > last, probabilities == last
    return inside | edge & (edge.cumsum(-1) <= size - inside.sum())


def _sorted(values: torch.Tensor) -> torch.Tensor:
    """Values in descending order; numpy does that several times as quickly on the processor."""
    if values.device.type != "cpu":
        return values.sort(descending=True).values
    return torch.from_numpy(np.sort(values.numpy())).flip(0)


def reaching(descending: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Which of the sorted probabilities (rows, n) are needed to reach p (rows, 1)."""
    # A token stays if those before it do not reach p; the first always stays
    return descending.cumsum(-1) - descending < p


def replace_cuts(processors: LogitsProcessorList) -> None:
    """Put these in the places of the library's, in `processors` itself."""
    for place, processor in enumerate(processors):
        for cut in (Temperature, TopK, TopP):
            if type(processor) is cut.__base__:
                # The same settings under another rule: nothing else is kept in the object
                processor.__class__ = cut
                processors[place] = processor
