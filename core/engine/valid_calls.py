"""Answers of the engine that are held to valid calls: a logits processor of continuous batching.

What may come next says `core.backends.constraint`, from grammars of `core.backends.call_grammar`.
"""

from collections.abc import Collection
from itertools import count

import torch
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessor,
)
from transformers.generation.continuous_batching.requests import FutureRequestState

from core.backends.constraint import Constraint


class ValidCalls(ContinuousBatchingLogitsProcessor):
    """Leaves of each row the tokens that its request's grammar allows next; other rows as they are.

    Tokens are told to a grammar as they come, in the generation thread. One that its grammar cannot
    follow, which no draw gives, is free from there on.
    """

    supported_kwargs = {"grammar": int}  # noqa: RUF012 - the base class declares it this way
    ignored_kwargs = ()

    def __init__(self) -> None:
        self._held: dict[int, Constraint] = {}
        self._numbers = count(1)
        self._rows: list[tuple[int, Constraint]] = []

    def add(self, constraint: Constraint) -> int:
        """The number of a constraint, for the request that is held to it."""
        number = next(self._numbers)
        self._held[number] = constraint
        return number

    def keep(self, numbers: Collection[int]) -> None:
        """Forget all constraints but these."""
        for number in set(self._held) - set(numbers):
            self._held.pop(number, None)

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        int32_tensor.fill_(0)

    def prepare_tensor_args(
        self, requests_with_new_token: list[FutureRequestState]
    ) -> torch.Tensor:
        self._rows = []
        for row, request in enumerate(requests_with_new_token):
            state = request.state
            number = state.logit_processor_kwargs.get("grammar", 0)
            constraint = self._held.get(number)
            if constraint is not None:
                # A request that was moved out of a full cache comes back with its answer as prompt
                prompt = state._true_initial_tokens or len(state.initial_tokens)
                constraint.take([*state.initial_tokens[prompt:], *state.generated_tokens])
                self._rows.append((row, constraint))
        return torch.zeros(len(requests_with_new_token), dtype=torch.int32)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        for row, constraint in self._rows:
            allowed = constraint.allowed()
            if allowed is None or row >= scores.size(0):
                continue
            forbidden = torch.zeros(scores.size(1), dtype=torch.bool)
            forbidden[: len(allowed)] = ~torch.from_numpy(allowed)
            forbidden = forbidden.to(scores.device)
            own = scores[row]
            mass = own.float().softmax(-1)[forbidden].sum()
            constraint.note(float(mass), bool(forbidden[own.argmax()]))
            own[forbidden] = -torch.inf
        return scores
