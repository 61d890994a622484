"""What the engine's seeded draw gives for a distribution: one token, or the counts of many draws.

The same rule as while generating (`core.engine.seeded_draw`), and so the same tokens as an answer
has that is drawn with the same seed.
"""

import numpy as np
import numpy.typing as npt
import torch

from core.backends.backend import Probabilities
from core.engine.seeded_draw import draw_key, gumbel_noise_of
from core.sampling.settings import MAX_SEED

# Bounds the noise held at once: draws times tokens.
_NOISE_VALUES = 2**20


def drawn_token(probabilities: Probabilities, seed: int, step: int) -> int:
    """The token that `seed` draws as number `step` (from 0) of an answer.

    probabilities: (vocabulary,), of the draw: after temperature, top_k and top_p.
    """
    return int(_drawn(probabilities, [draw_key(seed, step)])[0])


def draw_counts(
    probabilities: Probabilities, seed: int, step: int, times: int
) -> npt.NDArray[np.int64]:
    """How often each token is drawn at `step` by the seeds `seed`, `seed` + 1 and so on:
    (vocabulary,).

    After the largest seed it goes on with 0. See `drawn_token` for `probabilities`.
    """
    keys = [draw_key((seed + i) % (MAX_SEED + 1), step) for i in range(times)]
    return np.bincount(_drawn(probabilities, keys), minlength=len(probabilities))


def _drawn(probabilities: Probabilities, keys: list[int]) -> npt.NDArray[np.int64]:
    # What is cut off cannot win: only the others need noise
    kept = np.flatnonzero(probabilities)
    # The engine adds the noise in float32; the softmax's constant moves no maximum
    scores = torch.from_numpy(np.log(probabilities[kept]).astype(np.float32))
    token_ids = torch.from_numpy(kept)
    rows = max(1, _NOISE_VALUES // len(kept))
    places = [
        (scores + gumbel_noise_of(torch.tensor(keys[i : i + rows]), token_ids)).argmax(-1)
        for i in range(0, len(keys), rows)
    ]
    return kept[torch.cat(places).numpy()]
