"""How llama.cpp is asked to draw, and a draw of one's own from a distribution.

llama.cpp draws with a generator that an answer's tokens use up one after another, but for those
where the cuts leave a single token: what it draws at some place follows from the whole answer, not
from the distribution there. So the draws by hand (`drawn_token`, `draw_counts`) are the project's:
the rule of `core.engine.seeded_draw`, whose docstring has the sources, in numpy. They have the same
distribution as llama.cpp's, and are not the same tokens.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from core.backends.backend import Probabilities
from core.sampling.settings import MAX_SEED, Sampling

# The likeliest token, whatever the rest
GREEDY: dict[str, Any] = {"temperature": 0.0, "samplers": ["temperature"]}
# Even so all but the likeliest token are out of reach
_LEAST_TEMPERATURE = 1e-30
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
# Bounds the noise held at once: draws times tokens.
_NOISE_VALUES = 2**20


def asked(sampling: Sampling, begun: int, rows: int) -> dict[str, Any]:
    """llama.cpp's names for our settings, in our order, and nothing of its own beside them.

    rows: of the vocabulary. begun: how many tokens the answer has already. Its generator starts
    anew there: with other numbers, or the beginning's would be used twice.
    """
    if sampling.greedy:
        return GREEDY
    seed = sampling.seed or 0
    return {
        "samplers": ["temperature", "top_k", "top_p"],
        # llama.cpp divides logits in 32 bits, which they must not leave
        "temperature": max(sampling.temperature, _LEAST_TEMPERATURE),
        # One that cuts nothing would sort the tokens, and so another one be drawn; 32 bits are its
        # most
        "top_k": sampling.top_k if sampling.top_k < rows else 0,
        "top_p": sampling.top_p,
        "min_p": 0.0,
        "min_keep": 0,
        "repeat_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "seed": int(_keys([seed], begun)[0]) if begun else seed,
    }


def drawn_token(probabilities: Probabilities, seed: int, step: int) -> int:
    """The token that `seed` draws as number `step` (from 0) of an answer.

    probabilities: (vocabulary,), of the draw: after temperature, top_k and top_p.
    """
    return int(_drawn(probabilities, _keys([seed], step))[0])


def draw_counts(
    probabilities: Probabilities, seed: int, step: int, times: int
) -> npt.NDArray[np.int64]:
    """How often each token is drawn at `step` by the seeds `seed`, `seed` + 1 and so on:
    (vocabulary,).

    After the largest seed it goes on with 0. See `drawn_token` for `probabilities`.
    """
    seeds = [(seed + i) % (MAX_SEED + 1) for i in range(times)]
    return np.bincount(_drawn(probabilities, _keys(seeds, step)), minlength=len(probabilities))


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))


def _keys(seeds: list[int], step: int) -> npt.NDArray[np.uint64]:
    """The keys of a draw, 32 bits each, as `core.engine.seeded_draw.draw_key` gives them."""
    steps = np.array([step + 1], dtype=np.uint64) * _GAMMA
    keys = _mix(_mix(np.array(seeds, dtype=np.uint64)) + steps) >> np.uint64(32)
    keys[keys == 0] = 1
    return keys


def _drawn(probabilities: Probabilities, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    # What is cut off cannot win: only the others need noise
    kept = np.flatnonzero(probabilities)
    scores = np.log(probabilities[kept]).astype(np.float32)
    counters = (kept + 1).astype(np.uint64) * _GAMMA
    # A key is a signed number of 32 bits where it becomes noise
    rows = _mix(keys.astype(np.uint32).view(np.int32).astype(np.int64).view(np.uint64) * _GAMMA)
    step = max(1, _NOISE_VALUES // len(kept))
    places = []
    for begin in range(0, len(rows), step):
        bits = _mix(rows[begin : begin + step, None] + counters) >> np.uint64(41)
        # 23 bits and a half step: never 0 or 1, and exact in float32
        uniform = (bits.astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-23)
        places.append((scores - np.log(-np.log(uniform))).argmax(-1))
    return kept[np.concatenate(places)]
