"""What the engine's seeded draw gives for scores at hand: one token, or the counts of many draws.

The same rule as while generating (`core.engine.draw`), and so the same tokens as an answer has
that is drawn with the same seed.
"""

import numpy as np
import torch

from core.engine.draw import draw_key, gumbel_noise_of
from core.sampling import MAX_SEED

# Bounds the noise held at once: draws times tokens.
_NOISE_VALUES = 2**22


def drawn_token(scores: np.ndarray, seed: int, step: int) -> int:
    """The token that `seed` draws as number `step` (from 0) of an answer.

    scores: (vocab,), logits after temperature, top_k and top_p; -inf where cut off.
    """
    return int(_drawn(scores, [draw_key(seed, step)])[0])


def draw_counts(scores: np.ndarray, seed: int, step: int, times: int) -> np.ndarray:
    """How often each token is drawn at `step` by the seeds `seed`, `seed` + 1, ...: (vocab,), int64.

    Past the largest seed it goes on with 0. See `drawn_token` for `scores`.
    """
    keys = [draw_key((seed + i) % (MAX_SEED + 1), step) for i in range(times)]
    return np.bincount(_drawn(scores, keys), minlength=len(scores))


def _drawn(scores: np.ndarray, keys: list[int]) -> np.ndarray:
    # What is cut off cannot win: only the others need noise
    kept = np.flatnonzero(np.isfinite(scores))
    # The engine adds the noise in float32
    values = torch.from_numpy(scores[kept].astype(np.float32))
    token_ids = torch.from_numpy(kept)
    rows = max(1, _NOISE_VALUES // len(kept))
    places = [
        (values + gumbel_noise_of(torch.tensor(keys[i : i + rows]), token_ids)).argmax(-1)
        for i in range(0, len(keys), rows)
    ]
    return kept[torch.cat(places).numpy()]
