"""How likely a model finds each token of a given text."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LikelyToken:
    """A token that could have stood here, and its log-probability."""

    id: int
    piece: str
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenScore:
    """The prediction of one token from those before it; nothing predicts the first one.

    logprob: natural logarithm, temperature 1, before any cut. rank: 1 for the most likely token.
    entropy: of the whole distribution here, in bits; 0 where one token is certain, log2 of the
    vocabulary's size where all are as likely. top: the likeliest tokens, likeliest first.
    """

    id: int
    piece: str
    logprob: float | None
    rank: int | None
    top: tuple[LikelyToken, ...]
    entropy: float | None = None


def mean_logprob(scores: Sequence[TokenScore], start: int) -> float | None:
    """The mean log-probability of the tokens from `start` on; None where there are none."""
    values = [s.logprob for s in scores[start:] if s.logprob is not None]
    return sum(values) / len(values) if values else None
