"""The seeded draw of the next token, as logits processors of transformers' continuous batching.

`torch.multinomial` draws from one global stream, so a text would depend on whatever else runs.
Here every draw is a pure function of (seed, number of tokens generated so far, token id): the
Gumbel-max trick (argmax of log-probabilities plus independent Gumbel noise is a sample from the
softmax; Maddison et al. 2014, https://arxiv.org/abs/1411.0030) with noise from a counter-based
generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), whose mixing
function is SplitMix64's finaliser (Steele et al. 2014). Integer arithmetic gives the same noise
on every device.
"""

import torch
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessor,
)
from transformers.generation.continuous_batching.requests import FutureRequestState, RequestState

GREEDY_KEY = 0
# Of the scores: where fewer are left by a cut, their noise alone is quicker than that of all
_DENSE = 1 / 4
_GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_MASK_64 = 2**64 - 1


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _mix_int(value: int) -> int:
    value = ((value ^ (value >> 30)) * _MIX_1) & _MASK_64
    value = ((value ^ (value >> 27)) * _MIX_2) & _MASK_64
    return value ^ (value >> 31)


def _shift_right(values: torch.Tensor, bits: int) -> torch.Tensor:
    # int64 shifts keep the sign: mask it off for a logical shift
    return (values >> bits) & (2 ** (64 - bits) - 1)


def _mix(values: torch.Tensor) -> torch.Tensor:
    values = (values ^ _shift_right(values, 30)) * _signed(_MIX_1)
    values = (values ^ _shift_right(values, 27)) * _signed(_MIX_2)
    return values ^ _shift_right(values, 31)


def draw_key(seed: int, step: int) -> int:
    """The key of one draw: an int32 other than `GREEDY_KEY`, from the seed and the position."""
    mixed = _mix_int((_mix_int(seed) + (step + 1) * _GOLDEN_GAMMA) & _MASK_64)
    key = mixed >> 32
    return (key - 2**32 if key >= 2**31 else key) or 1


def gumbel_noise(keys: torch.Tensor, vocab_size: int) -> torch.Tensor:
    """Standard Gumbel noise of shape (rows, vocab_size) from keys of shape (rows,), float32."""
    return gumbel_noise_of(keys, torch.arange(vocab_size, device=keys.device))


def gumbel_noise_of(keys: torch.Tensor, token_ids: torch.Tensor) -> torch.Tensor:
    """The columns of `gumbel_noise` that belong to `token_ids`, int64 of shape (columns,)."""
    return _gumbel(keys[:, None], token_ids[None, :])


def _gumbel(keys: torch.Tensor, token_ids: torch.Tensor) -> torch.Tensor:
    """The noise of keys and tokens, pair by pair: shapes that go together, float32."""
    rows = _mix(keys.to(torch.int64) * _signed(_GOLDEN_GAMMA))
    bits = _shift_right(_mix(rows + (token_ids + 1) * _signed(_GOLDEN_GAMMA)), 41)
    # 23 bits and a half step: never 0 or 1, and exact in float32
    uniform = (bits.to(torch.float32) + 0.5) * 2.0**-23
    return -torch.log(-torch.log(uniform))


def perturbed(scores: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """The scores with the noise of each row's draw: shape (rows, vocab_size).

    scores: (rows, vocab_size), logits after temperature, top_k and top_p, -inf where cut off.
    keys: (rows,) from `draw_key`, or `GREEDY_KEY` for a row without noise.
    """
    drawn = (scores > -torch.inf) & (keys != GREEDY_KEY)[:, None]
    if drawn.count_nonzero() > _DENSE * drawn.numel():
        return scores + gumbel_noise(keys, scores.shape[-1]).masked_fill(~drawn, 0.0)
    rows, tokens = drawn.nonzero(as_tuple=True)
    noisy = scores[rows, tokens] + _gumbel(keys[rows], tokens)
    return scores.index_put((rows, tokens), noisy)


def draw(scores: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """The drawn token of each row: ids of shape (rows,); see `perturbed`."""
    return perturbed(scores, keys).argmax(dim=-1)


class SeededDraw(ContinuousBatchingLogitsProcessor):
    """Adds the draw's noise, so that the maximum of a row is the token that `seed` draws.

    A negative seed adds none: the likeliest token stays the maximum. `begun` of the prompt's last
    tokens count as generated, so that a continuation draws as the answer itself would have.
    """

    supported_kwargs = {"seed": int, "begun": int}  # noqa: RUF012 - the base class declares it this way
    ignored_kwargs = ()

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        int32_tensor.fill_(GREEDY_KEY)

    def prepare_tensor_args(
        self, requests_with_new_token: list[FutureRequestState]
    ) -> torch.Tensor:
        keys = [self._key(request.state) for request in requests_with_new_token]
        return torch.tensor(keys, dtype=torch.int32)

    @staticmethod
    def _key(state: RequestState) -> int:
        seed = state.logit_processor_kwargs.get("seed", -1)
        if seed < 0:
            return GREEDY_KEY
        # A request that was moved out of a full cache comes back with its answer as prompt
        prompt = state._true_initial_tokens or len(state.initial_tokens)
        begun = state.logit_processor_kwargs.get("begun", 0)
        generated = len(state.initial_tokens) - prompt + state.generated_len()
        return draw_key(seed, begun + generated)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        return perturbed(scores, tensor_arg[: scores.size(0)])


class VocabularyMask(ContinuousBatchingLogitsProcessor):
    """Removes the padding rows of the output layer, which no token belongs to."""

    supported_kwargs: dict[str, type] = {}  # noqa: RUF012 - the base class declares it this way
    ignored_kwargs = ()

    def __init__(self, vocab_size: int) -> None:
        self.vocab_size = vocab_size

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        int32_tensor.fill_(0)

    def prepare_tensor_args(
        self, requests_with_new_token: list[FutureRequestState]
    ) -> torch.Tensor:
        return torch.zeros(len(requests_with_new_token), dtype=torch.int32)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        scores[:, self.vocab_size :] = -torch.inf
        return scores
