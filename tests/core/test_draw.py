"""The seeded draw agrees with the softmax, and is a function of its key alone."""

import math

import pytest
import torch

from core.engine.draw import GREEDY_KEY, draw, draw_key, gumbel_noise

DRAWS = 20_000


@pytest.mark.parametrize("seed", [0, 1, 12345])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.8])
def test_draws_agree_with_the_softmax_by_chi_square(seed: int, temperature: float) -> None:
    logits = torch.linspace(2.0, -2.0, 12) / temperature
    expected = torch.softmax(logits, dim=0) * DRAWS
    keys = torch.tensor([draw_key(seed, step) for step in range(DRAWS)], dtype=torch.int32)
    counts = torch.bincount(draw(logits.expand(DRAWS, -1), keys), minlength=12)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    # 11 degrees of freedom: 31.3 is the 0.1 % point
    assert chi_square < 31.3


def test_neighbouring_steps_and_seeds_are_independent() -> None:
    keys = [draw_key(seed, step) for seed in range(20) for step in range(20)]
    assert len(set(keys)) == len(keys)
    noise = gumbel_noise(torch.tensor(keys, dtype=torch.int32), 256)
    correlations = torch.corrcoef(noise)
    off_diagonal = correlations[~torch.eye(len(keys), dtype=torch.bool)]
    assert off_diagonal.abs().max() < 6 / math.sqrt(256)
    assert abs(float(noise.mean()) - 0.5772) < 0.02


def test_the_greedy_key_takes_the_likeliest() -> None:
    scores = torch.randn(8, 50, generator=torch.Generator().manual_seed(1))
    keys = torch.full((8,), GREEDY_KEY, dtype=torch.int32)
    assert draw(scores, keys).tolist() == scores.argmax(dim=-1).tolist()
