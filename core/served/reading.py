"""What a model on a server finds likely, from what vLLM's fields tell of it: some tokens of each
place.

What lies beyond them is estimated: those tokens share what is left of the probability. The rank of
a given text's own token is the server's, and the estimate is made to agree with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from core.backends.backend import Logits
from core.backends.scores import LikelyToken, TokenScore
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError
from core.i18n import _
from core.llama.reading import completed
from core.served.fitting import Way
from core.servers.by_ids import Place, vllm_given, vllm_next
from core.servers.wire import Wire

# Rows of 32-bit numbers differ by more
_APART = 1e-4
# Of a probability that rounding has left nothing of
_LEAST = 1e-30


class PlaceReader:
    """Asks for predictions of one model; from any thread, and for several texts at once."""

    def __init__(self, wire: Wire, tokenizer: Tokenizer, way: Way) -> None:
        self._wire, self._tokenizer, self._way = wire, tokenizer, way

    def next_logits(self, ids: Sequence[int]) -> Logits:
        """The logits of the token after `ids`, up to a constant, shape (vocabulary,): exact for
        those that the server tells."""
        size = self._tokenizer.vocab_size
        told = vllm_next(self._wire, ids, self._way.next)
        known = {i: logprob for i, logprob in told.items() if i < size}
        if not known:
            raise self._nothing()
        return completed(known, size)

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        """For each token of `answer` the logits that it was drawn from, as `next_logits`; exact for
        the token itself too."""
        places = self._places([*prompt, *answer])
        for own, place in zip(answer, places[len(prompt) :], strict=True):
            if place is None or own not in place.logprobs:
                raise self._nothing()
            yield completed_by_rank(
                place.logprobs, own, place.ranks.get(own), self._tokenizer.vocab_size
            )

    def score_many(
        self, sequences: Sequence[Sequence[int]], top: int, given: Sequence[int]
    ) -> list[list[TokenScore]]:
        """For each sequence one entry per token; the first `given` of each stay without a score,
        and the entropy is never told."""
        with ThreadPoolExecutor(max(1, min(self._wire.server.at_once, len(sequences)))) as pool:
            read = list(pool.map(self._places, sequences))
        return [
            [
                self._score(i, place if at >= max(1, start) else None, top)
                for at, (i, place) in enumerate(zip(ids, places, strict=True))
            ]
            for ids, places, start in zip(sequences, read, given, strict=True)
        ]

    def _score(self, own: int, place: Place | None, top: int) -> TokenScore:
        piece = self._tokenizer.piece
        if place is None:
            return TokenScore(own, piece(own), None, None, ())
        likely = sorted(place.logprobs.items(), key=lambda token: -token[1])[: self._way.given]
        return TokenScore(
            own,
            piece(own),
            place.logprobs.get(own),
            place.ranks.get(own),
            tuple(LikelyToken(i, piece(i), logprob) for i, logprob in likely[:top]),
        )

    def _places(self, ids: Sequence[int]) -> list[Place | None]:
        places = vllm_given(self._wire, ids, self._way.given)
        if len(places) != len(ids):
            raise self._nothing()
        return places

    def _nothing(self) -> EngineError:
        return EngineError(
            _("{server} gave no probabilities. Please try again.").format(
                server=self._wire.server.host
            )
        )


def completed_by_rank(
    known: Mapping[int, float], own: int, rank: int | None, vocabulary: int
) -> Logits:
    """As `completed`, with so many tokens above `own` that it has its rank; shape (vocabulary,)."""
    told = {i: logprob for i, logprob in known.items() if i < vocabulary}
    logits = completed(told, vocabulary)
    above = (rank or 1) - 1 - sum(logprob > known[own] for logprob in told.values())
    others = np.setdiff1d(np.arange(vocabulary), np.fromiter(told, dtype=np.int64))
    if rank is None or not len(others) or not 0 <= above <= len(others):
        return logits
    last = min((logprob for i, logprob in told.items() if i != own), default=known[own])
    below = len(others) - above
    left = max(1 - np.exp(np.fromiter(told.values(), dtype=np.float64)).sum(), _LEAST)
    low, high = min(known[own], last) - _APART, known[own] + _APART
    if above:
        # As much as those below it cannot have, and no more than the last that was told
        rest = max(left - below * np.exp(low), _LEAST)
        high = np.clip(np.log(rest / above), high, max(last, high))
        logits[others[:above]] = high
    if below:
        rest = max(left - above * np.exp(high), _LEAST)
        logits[others[above:]] = min(np.log(rest / below), low)
    return logits
