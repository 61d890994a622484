"""An answer under the lens: for every token how likely the model found it, and what else stood
there.

One forward pass over prompt and answer gives the logits of every position; of each only the
likeliest alternatives and a summary are kept, so that a long answer stays small. All numbers are
those of the loaded model, also for a text that another one wrote.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, get_args

from core.backends.backend import Backend, reader_of, tokenizer_of
from core.backends.tokenizer import Tokenizer
from core.errors import InvalidInput
from core.i18n import _
from core.sampling.distribution import Distribution, distribution, entropy_bits, surprise_bits
from core.sampling.settings import Sampling
from core.tokens.pieces import Character, characters, text_of

ALTERNATIVES = 20
# From an id to its piece and whether it is a control token.
Named: TypeAlias = Callable[[int], tuple[str, bool]]

TokenMeasure = Literal["probability", "rank", "entropy", "surprise"]
MEASURES: tuple[TokenMeasure, ...] = get_args(TokenMeasure)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could stand at a position.

    logprob: of the model itself, natural logarithm, temperature 1, nothing cut.
    raw, tempered, drawn: its probability by the model itself, after the temperature, and in the
    draw, after top_k and top_p; 0 where it is cut. control: of a role or another control token,
    which no text gives.
    """

    id: int
    piece: str
    logprob: float
    raw: float
    tempered: float
    drawn: float
    in_top_k: bool
    kept: bool
    control: bool

    @property
    def text(self) -> str:
        """What the piece says, with real blanks and line breaks."""
        return text_of(self.piece)


@dataclass(frozen=True, slots=True)
class InspectedToken:
    """One token of an answer and the distribution that it was drawn from.

    own: the token itself. rank: 1 for the likeliest. entropy: of the model's own distribution,
    in bits. kept_count, kept_mass: how many tokens the cut left, and their probability after the
    temperature. top: the likeliest alternatives, likeliest first; `own` may be among them.
    """

    position: int
    own: Alternative
    rank: int
    entropy: float
    kept_count: int
    kept_mass: float
    top: tuple[Alternative, ...]

    @property
    def surprise(self) -> float:
        """-log2 of the token's probability, in bits."""
        return surprise_bits(self.own.logprob)

    @property
    def rest(self) -> float:
        """The model's probability of everything that `top` does not list."""
        return max(0.0, 1.0 - sum(alternative.raw for alternative in self.top))

    def value(self, measure: TokenMeasure) -> float:
        """The token by one measure: probability 0 to 1, rank from 1, entropy and surprise in
        bits."""
        return {
            "probability": self.own.raw,
            "rank": float(self.rank),
            "entropy": self.entropy,
            "surprise": self.surprise,
        }[measure]


@dataclass(frozen=True, slots=True)
class Inspection:
    """A whole answer, token by token. characters: the tokens as they are read, in order."""

    model: str
    sampling: Sampling
    tokens: tuple[InspectedToken, ...]
    characters: tuple[Character, ...]

    @property
    def mean_logprob(self) -> float:
        """The mean log-probability of the answer's tokens; 0 for an empty answer."""
        if not self.tokens:
            return 0.0
        return sum(token.own.logprob for token in self.tokens) / len(self.tokens)


def inspect(
    backend: Backend,
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    alternatives: int = ALTERNATIVES,
) -> Inspection:
    """Look at every token of the answer, under the settings of `sampling`.

    Raises `InvalidInput` for an empty prompt or an id outside the vocabulary, `PromptTooLong`
    when both together are longer than the context window, `NotSupported` for a model that gives no
    logits.
    """
    tokenizer = tokenizer_of(backend)
    # The same few tokens stand among the alternatives again and again
    named = cache(lambda i: (tokenizer.piece(i), tokenizer.is_control(i)))
    foreign = next((i for i in answer_ids if not 0 <= i < tokenizer.vocab_size), None)
    if foreign is not None:
        raise InvalidInput(
            _("Token id {id} is outside the vocabulary (0 to {last}).").format(
                id=foreign, last=tokenizer.vocab_size - 1
            )
        )
    tokens = tuple(
        _look(named, position, token_id, distribution(logits, sampling), alternatives)
        for position, (token_id, logits) in enumerate(
            zip(answer_ids, reader_of(backend).answer_logits(prompt_ids, answer_ids), strict=True)
        )
    )
    together = characters([token.own.piece for token in tokens])
    return Inspection(backend.facts.name, sampling, tokens, tuple(together))


def encoded_answer(tokenizer: Tokenizer, text: str, chat: bool = True) -> tuple[int, ...]:
    """The ids of an answer that there is only as text, with the line that begins a reply."""
    return tuple(tokenizer.answer_ids(text) if chat else tokenizer.encode(text))


def _look(
    named: Named,
    position: int,
    token_id: int,
    shown: Distribution,
    alternatives: int,
) -> InspectedToken:
    return InspectedToken(
        position=position,
        own=_alternative(named, shown, token_id),
        rank=shown.rank(token_id),
        entropy=entropy_bits(shown.raw),
        kept_count=shown.kept_count,
        kept_mass=shown.kept_mass,
        top=tuple(_alternative(named, shown, i) for i in shown.top(alternatives)),
    )


def _alternative(named: Named, shown: Distribution, token_id: int) -> Alternative:
    piece, control = named(token_id)
    return Alternative(
        id=token_id,
        piece=piece,
        logprob=float(shown.logprobs[token_id]),
        raw=math.exp(shown.logprobs[token_id]),
        tempered=float(shown.tempered[token_id]),
        drawn=float(shown.probabilities[token_id]),
        in_top_k=bool(shown.in_top_k[token_id]),
        kept=bool(shown.kept[token_id]),
        control=control,
    )
