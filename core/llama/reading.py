"""What the model predicts after given tokens, asked of llama.cpp token by token.

llama.cpp tells the likeliest tokens of each place with their log-probabilities: before temperature
and cuts, and whatever token is then taken. For a place inside of a given text the token is forced,
so that its own log-probability comes along. The slot has read the text up to there: each place
costs one step. The whole distribution can be asked for as well; writing it as text takes llama.cpp
some hundred milliseconds.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any

import numpy as np

from core.backends.backend import Logits
from core.backends.scores import LikelyToken, TokenScore
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError
from core.i18n import _
from core.llama.draws import GREEDY
from core.llama.slots import shared

# Sends the body of a completion to the slot for reading; the answer
Ask = Callable[[dict[str, Any]], dict[str, Any]]
# Above every difference of logits
_FORCED = 1e4
# Of a place in an answer: more cost more time than the reading itself
TOLD = 1000
# Tokens that are read in two ways, and the likeliest of what follows that have to agree
_TRIED = 24
_COMPARED = 20


class Reader:
    """Asks for predictions of one model; from several threads it answers one after another.

    ask: as `Ask`. rows: of the vocabulary.
    """

    def __init__(self, ask: Ask, tokenizer: Tokenizer, rows: int) -> None:
        self._ask, self._tokenizer, self._rows = ask, tokenizer, rows
        # Two texts in turn would have the slot read each of them again and again
        self._one_text = threading.RLock()

    def next_logits(self, ids: Sequence[int]) -> Logits:
        """The logits of the token after `ids`, up to a constant: log-probabilities.

        Shape (vocabulary,), without padding rows.
        """
        with self._one_text:
            found = self._predicted(ids, None, self._rows)["top_logprobs"]
        logits = np.full(self._rows, -np.inf, dtype=np.float32)
        logits[[token["id"] for token in found]] = [token["logprob"] for token in found]
        return logits[: self._tokenizer.vocab_size]

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        """For each token of `answer` the logits that it was drawn from, up to a constant, shape
        (vocabulary,): exact for the `TOLD` likeliest tokens and for the token itself. The others
        share what is left of the probability in equal parts, as nothing tells them apart.
        """
        for place, own in enumerate(answer):
            with self._one_text:
                before = [*prompt, *answer[:place]]
                told = _told(self._tokenizer, own)
                predicted = self._predicted(before, own if told else None, TOLD)
                known = {token["id"]: token["logprob"] for token in predicted["top_logprobs"]}
                if own not in known:
                    known[own] = (
                        predicted["logprob"] if told else float(self.next_logits(before)[own])
                    )
            yield completed(known, self._tokenizer.vocab_size)

    def score_many(
        self, sequences: Sequence[Sequence[int]], top: int, given: Sequence[int]
    ) -> list[list[TokenScore]]:
        """For each sequence one entry per token; the first `given` of each stay without a score.

        The rank is told where it is within `top`, the entropy never: both want the whole
        distribution, which takes many times as long.
        """
        scored: list[list[TokenScore]] = []
        before: tuple[int, ...] = ()
        for ids, start in zip(sequences, given, strict=True):
            scores = [self._unscored(i) for i in ids[: max(1, start)]]
            if scored:
                # What begins like the text before has its scores
                alike = scored[-1][len(scores) : shared(before, tuple(ids))]
                scores += takewhile(lambda score: score.logprob is not None, alike)
            with self._one_text:
                for place in range(len(scores), len(ids)):
                    scores.append(self._score(ids[:place], ids[place], top))
            scored.append(scores)
            before = tuple(ids)
        return scored

    def _unscored(self, token_id: int) -> TokenScore:
        return TokenScore(token_id, self._tokenizer.piece(token_id), None, None, ())

    def rounds_alike(self) -> bool:
        """Whether tokens that are read together and one by one give the same numbers, to the last
        bit.

        It depends on the kinds of numbers in the file. Only then does a text not depend on what
        else runs, or on how much of its prompt was read before.
        """
        ids = [1 + n * 7919 % (self._rows - 1) for n in range(_TRIED)]
        with self._one_text:
            self._predicted([0, *ids], None, 1)
            together = self._predicted(ids, None, _COMPARED)["top_logprobs"]
            for end in range(1, _TRIED):
                self._predicted(ids[:end], None, 1)
            return together == self._predicted(ids, None, _COMPARED)["top_logprobs"]

    def _score(self, before: Sequence[int], own: int, top: int) -> TokenScore:
        told = _told(self._tokenizer, own)
        predicted = self._predicted(before, own if told else None, max(top, 1))
        likely = [
            LikelyToken(token["id"], self._tokenizer.piece(token["id"]), token["logprob"])
            for token in predicted["top_logprobs"]
        ]
        rank = next((n for n, token in enumerate(likely, 1) if token.id == own), None)
        if rank is not None:
            logprob = likely[rank - 1].logprob
        elif told:
            logprob = predicted["logprob"]
        else:
            logprob = float(self.next_logits(before)[own])
        return TokenScore(own, self._tokenizer.piece(own), logprob, rank, tuple(likely[:top]))

    def _predicted(self, ids: Sequence[int], forced: int | None, top: int) -> dict[str, Any]:
        """The place after `ids`: `top_logprobs`, and the `logprob` of the token that is forced."""
        answer = self._ask(
            {
                "prompt": list(ids),
                "n_predict": 1,
                "n_probs": top,
                "logit_bias": [[self._plain if forced is None else forced, _FORCED]],
                "response_fields": ["completion_probabilities"],
                **GREEDY,
            }
        )
        found = answer.get("completion_probabilities")
        if not found:
            raise EngineError(_("llama.cpp gave no probabilities. Please try again."))
        place: dict[str, Any] = found[0]
        return place

    @cached_property
    def _plain(self) -> int:
        """A token that can be forced where none is meant."""
        every = range(self._tokenizer.vocab_size)
        return next(i for i in every if self._tokenizer.piece(i) and _told(self._tokenizer, i))


def completed(known: Mapping[int, float], vocabulary: int) -> Logits:
    """The whole distribution where the log-probabilities of some tokens are known, shape
    (vocabulary,): the others share what is left of the probability in equal parts."""
    logprobs = np.fromiter(known.values(), dtype=np.float64)
    others = vocabulary - len(known)
    left = max(1 - np.exp(logprobs).sum(), np.finfo(np.float32).tiny)
    # None of them is likelier than the last that was told
    last = np.sort(logprobs)[:2][-1]
    share = min(np.log(left / others), last) if others > 0 else 0.0
    logits = np.full(vocabulary, share, dtype=np.float32)
    logits[list(known)] = logprobs
    return logits


def _told(tokenizer: Tokenizer, token_id: int) -> bool:
    """Whether llama.cpp tells of the token: not where its text is a part of a character, as
    `held_back` explains."""
    return not tokenizer.piece(token_id).startswith("<0x")
