"""Sampling settings: one validated value, the same in the pages, the command line and the database.

Ranges are checked here, before anything reaches an engine. `temperature` divides the logits
before the softmax (0 = greedy: always the most likely token); `top_p` keeps the smallest set of
tokens whose probabilities sum to at least p, the nucleus (Holtzman et al. 2020,
https://arxiv.org/abs/1904.09751); `top_k` keeps the k most likely tokens (0 = off).
"""

import math
import random
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from core.errors import InvalidInput, PromptTooLong
from core.i18n import _

MAX_TEMPERATURE = 2.0
MAX_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn and when to stop.

    temperature: 0 to 2. top_p: over 0, up to 1. top_k: 0 (off) or more.
    max_new_tokens: longest answer, in tokens. max_length: longest prompt plus answer, in tokens.
    Where both are given the stricter one holds; where none is, the context window does.
    seed: 0 to 2**31 - 1, or None for a fresh one with every request.

    Raises `InvalidInput` for any value outside its range.
    """

    temperature: float = 0.8
    top_p: float = 0.8
    top_k: int = 0
    max_new_tokens: int | None = None
    max_length: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        legal = 0 <= _real(self.temperature) <= MAX_TEMPERATURE
        most = f"{MAX_TEMPERATURE:g}"
        _check_number("temperature", self.temperature, legal, _("0 to {most}").format(most=most))
        _check_number("top_p", self.top_p, 0 < _real(self.top_p) <= 1, _("above 0, up to 1"))
        _check_count("top_k", self.top_k, 0, _("0 (off) or more"))
        if self.max_new_tokens is not None:
            _check_count("max_new_tokens", self.max_new_tokens, 1, _("1 or more"))
        if self.max_length is not None:
            _check_count("max_length", self.max_length, 1, _("1 or more"))
        if self.seed is not None:
            _check_count("seed", self.seed, 0, _("0 to {most}").format(most=MAX_SEED), MAX_SEED)
        object.__setattr__(self, "temperature", float(self.temperature))
        object.__setattr__(self, "top_p", float(self.top_p))

    @property
    def greedy(self) -> bool:
        """Whether the most likely token is always taken."""
        return self.temperature == 0

    def with_seed(self, seed: int | None = None) -> Self:
        """The same settings with `seed`, or with a fresh random seed where there is none."""
        if seed is None:
            seed = (
                self.seed if self.seed is not None else random.SystemRandom().randint(0, MAX_SEED)
            )
        return replace(self, seed=seed)

    def new_token_budget(self, prompt_tokens: int, window: int) -> int:
        """How many tokens an answer to a prompt of `prompt_tokens` may have in `window`.

        Raises `PromptTooLong` when there is no room for a single one.
        """
        if prompt_tokens >= window:
            raise PromptTooLong(
                _(
                    "The prompt has {tokens} tokens, and the context window of this model holds "
                    "{window}, including the answer. Shorten the prompt or start a new "
                    "conversation."
                ).format(tokens=prompt_tokens, window=window)
            )
        room = window - prompt_tokens
        if self.max_length is not None:
            if prompt_tokens >= self.max_length:
                raise PromptTooLong(
                    _(
                        "The prompt has {tokens} tokens, and max_length {max_length} limits prompt "
                        "and answer together. Raise max_length or shorten the prompt."
                    ).format(tokens=prompt_tokens, max_length=self.max_length)
                )
            room = min(room, self.max_length - prompt_tokens)
        return room if self.max_new_tokens is None else min(room, self.max_new_tokens)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Settings from plain values; raises `InvalidInput` for an unknown name."""
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise InvalidInput(
                    _("Unknown sampling setting {name!r}. Known settings: {known}.").format(
                        name=name, known=", ".join(sorted(known))
                    )
                )
        return cls(**values)


def _real(value: object) -> float:
    """`value` as a float; NaN, which no range holds, for what is no number or too large for one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _check_number(name: str, value: object, legal: bool, legal_range: str) -> None:
    if not legal:
        raise InvalidInput(
            _("{name} must be {range}, got {value!r}.").format(
                name=name, range=legal_range, value=value
            )
        )


def _check_count(
    name: str, value: object, least: int, legal_range: str, most: int | None = None
) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        raise InvalidInput(
            _("{name} must be a whole number, {range}, got {value!r}.").format(
                name=name, range=legal_range, value=value
            )
        )
