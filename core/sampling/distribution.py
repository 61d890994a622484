"""The arithmetic of sampling: what becomes of the logits of the next token before it is drawn.

The same steps in the same order as the engine's processors: temperature, then top_k, then top_p
on what top_k left, then the softmax of what is kept. Padding rows of the output layer have left
by then (`core.engine.logits` leaves them out). In float64, so that a token on the very edge of
a nucleus may fall to the other side than in the engine's float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.sampling.settings import Sampling

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Most nuclei are smaller; where one is not, the whole vocabulary is sorted.
_CANDIDATES = 256


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """The next token under one setting; every array has the shape (vocabulary,).

    logprobs: natural log-probabilities as the model gives them, temperature 1, nothing cut.
    tempered: probabilities after the temperature, nothing cut.
    in_top_k: what top_k keeps. kept: what top_k and top_p keep; only these can be drawn.
    probabilities: of the draw: `tempered` renormalised over the kept ones, 0 elsewhere.
    """

    sampling: Sampling
    logprobs: Floats
    tempered: Floats
    in_top_k: Flags
    kept: Flags
    probabilities: Floats

    @property
    def raw(self) -> Floats:
        """The model's own probabilities: temperature 1, nothing cut."""
        return np.exp(self.logprobs)

    @property
    def kept_count(self) -> int:
        """How many tokens can be drawn."""
        return int(self.kept.sum())

    @property
    def kept_mass(self) -> float:
        """The probability, after the temperature, of all that is kept: what the cut left."""
        return float(self.tempered[self.kept].sum())

    @property
    def cut_mass(self) -> float:
        """The probability, after the temperature, of all that is cut."""
        return float(self.tempered[~self.kept].sum())

    def rank(self, token_id: int) -> int:
        """1 for the likeliest token; equally likely ones share the best rank."""
        return int((self.logprobs > self.logprobs[token_id]).sum()) + 1

    def top(self, count: int) -> list[int]:
        """The ids of the `count` likeliest tokens, likeliest first; of equals the lower id
        first."""
        return top_ids(self.logprobs, count)


def distribution(logits: npt.ArrayLike, sampling: Sampling) -> Distribution:
    """What `sampling` makes of `logits`, shape (vocabulary,); -inf for what cannot come.

    Temperature 0 is greedy, the limit of a falling temperature: all probability on the likeliest
    token, of equally likely ones on the lowest id, and neither cut matters.
    Raises `ValueError` for logits of another shape, with NaN or +inf, or without a finite one.
    """
    raw = _checked(logits)
    if sampling.greedy:
        tempered = np.zeros_like(raw)
        tempered[raw.argmax()] = 1.0
        only = tempered > 0
        return Distribution(sampling, log_softmax(raw), tempered, only, only, tempered)
    with np.errstate(over="ignore"):
        # The shift changes no probability, and a tiny temperature then gives -inf, never NaN
        scores = (raw - raw.max()) / sampling.temperature
    tempered = softmax(scores)
    in_top_k = top_k_kept(scores, sampling.top_k) & (scores > -np.inf)
    kept = in_top_k & nucleus(_renormalised(tempered, in_top_k), sampling.top_p)
    return Distribution(
        sampling,
        logprobs=log_softmax(raw),
        tempered=tempered,
        in_top_k=in_top_k,
        kept=kept,
        probabilities=_renormalised(tempered, kept),
    )


def log_softmax(scores: Floats) -> Floats:
    """log p_i = s_i - log(sum_j exp s_j), shifted by the maximum so that nothing overflows."""
    shifted = scores - scores.max()
    return shifted - np.log(np.exp(shifted).sum())


def softmax(scores: Floats) -> Floats:
    """p_i = exp(s_i) / sum_j exp(s_j).

    With s = logits / T this is the softmax with temperature T: Hinton et al. 2015, "Distilling
    the knowledge in a neural network" (https://arxiv.org/abs/1503.02531); Guo et al. 2017, "On
    calibration of modern neural networks" (https://arxiv.org/abs/1706.04599).
    """
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def top_k_kept(scores: Floats, k: int) -> Flags:
    """Which tokens are among the k likeliest; 0, or the vocabulary's size and more, keeps all.

    Tokens that equal the k-th are kept too, so there can be more than k. Fan et al. 2018,
    "Hierarchical neural story generation" (https://arxiv.org/abs/1805.04833).
    """
    if not 0 < k < len(scores):
        return np.ones(len(scores), dtype=bool)
    kept: Flags = scores >= np.partition(scores, -k)[-k]
    return kept


def nucleus(probabilities: Floats, p: float) -> Flags:
    """The nucleus: the fewest likeliest tokens whose probabilities sum to at least p; 1 keeps all.

    A token stays while those before it have not reached p, so the likeliest always stays; of
    equally likely tokens on the edge the lower ids stay. Holtzman et al. 2020, "The curious case
    of neural text degeneration" (https://arxiv.org/abs/1904.09751), equation 2.
    """
    if p >= 1:
        return np.ones(len(probabilities), dtype=bool)
    likeliest = probabilities
    if len(probabilities) > _CANDIDATES:
        likeliest = np.partition(probabilities, -_CANDIDATES)[-_CANDIDATES:]
        if likeliest.sum() < p:
            likeliest = probabilities
    descending = np.sort(likeliest)[::-1]
    size = int((np.cumsum(descending) - descending < p).sum())
    edge = descending[size - 1]
    kept = probabilities > edge
    equals = np.flatnonzero(probabilities == edge)
    kept[equals[: size - int(kept.sum())]] = True
    return kept


def entropy_bits(probabilities: Floats) -> float:
    """H = -sum_i p_i log2 p_i, in bits: 0 when one token is certain, log2 n for n equal ones.

    Shannon 1948, "A mathematical theory of communication", section 6.
    """
    some = probabilities[probabilities > 0]
    return max(0.0, float(-(some * np.log2(some)).sum()))


def surprise_bits(logprob: float) -> float:
    """-log2 p, in bits, of a natural log-probability: 1 for a coin's side, inf for the
    impossible."""
    return -logprob / float(np.log(2)) + 0.0


def tail_mass(probabilities: Floats, count: int) -> float:
    """The probability of everything but the `count` likeliest tokens."""
    if count >= len(probabilities):
        return 0.0
    return float(np.sort(probabilities)[: len(probabilities) - count].sum())


def top_ids(scores: Floats, count: int) -> list[int]:
    """The ids of the `count` highest scores, highest first; of equals the lower id first."""
    count = min(count, len(scores))
    if count <= 0:
        return []
    near = np.flatnonzero(scores >= np.partition(scores, -count)[-count])
    order: Sequence[int] = near[np.argsort(-scores[near], kind="stable")][:count].tolist()
    return list(order)


def _renormalised(probabilities: Floats, kept: Flags) -> Floats:
    """The softmax over the kept tokens alone: the same proportions, summing to 1."""
    some = np.where(kept, probabilities, 0.0)
    return some / some.sum()


def _checked(logits: npt.ArrayLike) -> Floats:
    raw = np.asarray(logits, dtype=np.float64)
    if raw.ndim != 1 or not len(raw):
        raise ValueError(f"logits must have the shape (vocabulary,), got {raw.shape}")
    if np.isnan(raw).any() or raw.max() == np.inf or raw.max() == -np.inf:
        raise ValueError("logits must be numbers below +inf, at least one of them finite")
    return raw
