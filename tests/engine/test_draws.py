"""Many draws at once are the engine's own, and a part of the noise is that of the whole."""

import numpy as np
import torch

from core.engine.draw import draw, draw_key, gumbel_noise, gumbel_noise_of
from core.engine.draws import draw_counts, drawn_token
from core.sampling import MAX_SEED


def scores(cut: int) -> np.ndarray:
    values = np.random.default_rng(1).normal(size=400).astype(np.float32) * 3
    values[np.argsort(values)[:cut]] = -np.inf
    return values


def test_columns_of_the_noise_are_those_of_the_whole() -> None:
    keys = torch.tensor([draw_key(seed, 3) for seed in range(20)], dtype=torch.int32)
    some = torch.tensor([0, 7, 199, 399])
    assert torch.equal(gumbel_noise_of(keys, some), gumbel_noise(keys, 400)[:, some])


def test_counts_are_those_of_single_draws_by_the_engines_rule() -> None:
    for cut in (0, 390, 399):
        values = scores(cut)
        keys = torch.tensor([draw_key(5 + i, 2) for i in range(300)])
        whole = draw(torch.from_numpy(values).expand(300, -1), keys)
        assert np.array_equal(
            draw_counts(values, seed=5, step=2, times=300),
            np.bincount(whole.numpy(), minlength=400),
        )
        assert [drawn_token(values, 5 + i, 2) for i in range(300)] == whole.tolist()


def test_seeds_go_on_with_zero_after_the_largest() -> None:
    values = scores(0)
    counts = draw_counts(values, MAX_SEED, 0, 2)
    assert counts[drawn_token(values, MAX_SEED, 0)] >= 1
    assert counts[drawn_token(values, 0, 0)] >= 1
    assert counts.sum() == 2
