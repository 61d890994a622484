"""The seeded draw samples the softmax, depends on nothing but its key, and survives re-queuing."""

import pytest
import torch
from transformers.generation.continuous_batching.requests import RequestState

from core.engine.seeded_draw import GREEDY_KEY, SeededDraw, draw, draw_key, gumbel_noise, perturbed

DRAWS = 20_000
# Chi-square with 7 degrees of freedom exceeds 29.9 once in 10 000 draws of a fair sampler.
CHI_SQUARE_LIMIT = 29.9


def _keys(seed: int, count: int) -> torch.Tensor:
    return torch.tensor([draw_key(seed, step) for step in range(count)], dtype=torch.int32)


def _chi_square(drawn: torch.Tensor, probabilities: torch.Tensor) -> float:
    expected = probabilities * len(drawn)
    observed = torch.bincount(drawn, minlength=len(probabilities)).float()
    kept = expected > 0
    assert observed[~kept].sum() == 0
    return (((observed - expected) ** 2)[kept] / expected[kept]).sum().item()


@pytest.mark.parametrize("seed", [0, 1, 7, 12345, 2**31 - 1])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("cut", [0, 3])
def test_draws_follow_the_softmax(seed: int, temperature: float, cut: int) -> None:
    scores = torch.tensor([1.0, 0.2, -0.5, 0.9, -1.0, 0.0, 0.4, -0.3]) / temperature
    if cut:
        scores[scores.argsort()[:cut]] = -torch.inf
    drawn = draw(scores.expand(DRAWS, -1), _keys(seed, DRAWS))
    assert _chi_square(drawn, scores.softmax(-1)) < CHI_SQUARE_LIMIT


def test_draws_across_seeds_follow_the_softmax() -> None:
    scores = torch.tensor([1.0, 0.2, -0.5, 0.9, -1.0, 0.0, 0.4, -0.3])
    keys = torch.tensor([draw_key(seed, 0) for seed in range(DRAWS)], dtype=torch.int32)
    assert _chi_square(draw(scores.expand(DRAWS, -1), keys), scores.softmax(-1)) < CHI_SQUARE_LIMIT


def test_noise_is_standard_gumbel() -> None:
    noise = gumbel_noise(_keys(3, 500), 400)
    assert noise.isfinite().all()
    assert noise.mean().item() == pytest.approx(0.5772, abs=0.02)
    assert noise.var().item() == pytest.approx(torch.pi**2 / 6, abs=0.05)


def test_the_same_key_gives_the_same_noise_in_any_batch() -> None:
    keys = _keys(9, 16)
    alone = torch.cat([gumbel_noise(key[None], 300) for key in keys])
    assert torch.equal(gumbel_noise(keys, 300), alone)


def test_steps_seeds_and_tokens_are_independent() -> None:
    noise = gumbel_noise(torch.cat([_keys(1, 40), _keys(2, 40)]), 5000)
    correlation = torch.corrcoef(noise) - torch.eye(80)
    assert correlation.abs().max() < 0.08
    neighbours = torch.stack([noise[:, :-1].flatten(), noise[:, 1:].flatten()])
    assert torch.corrcoef(neighbours)[0, 1].abs() < 0.01


def test_keys_are_int32_and_never_greedy() -> None:
    keys = [draw_key(seed, step) for seed in (0, 1, 2**31 - 1) for step in range(2000)]
    assert len(set(keys)) > 5990
    assert all(-(2**31) <= key < 2**31 and key != GREEDY_KEY for key in keys)


def test_the_greedy_key_takes_the_most_likely() -> None:
    scores = torch.randn(32, 100, generator=torch.Generator().manual_seed(1))
    keys = torch.full((32,), GREEDY_KEY, dtype=torch.int32)
    assert torch.equal(draw(scores, keys), scores.argmax(-1))


def _state(seed: int) -> RequestState:
    state = RequestState(request_id="r", initial_tokens=[1, 2, 3, 4], max_new_tokens=20)
    state.logit_processor_kwargs = {"seed": seed}
    return state


def test_a_request_moved_out_of_a_full_cache_draws_on() -> None:
    state = _state(seed=5)
    state.generated_tokens = [10, 11, 12]
    before = SeededDraw._key(state)
    requeued = state.create_equivalent_initial_request()
    assert requeued.generated_len() == 0
    requeued.logit_processor_kwargs = {"seed": 5}
    assert SeededDraw._key(requeued) == before == draw_key(5, 3)
    requeued.generated_tokens = [13]
    again = requeued.create_equivalent_initial_request()
    again.logit_processor_kwargs = {"seed": 5}
    assert SeededDraw._key(again) == draw_key(5, 4)


def test_the_seed_itself_survives_requeuing() -> None:
    requeued = _state(seed=5).create_equivalent_initial_request()
    assert requeued.logit_processor_kwargs["seed"] == 5


def test_a_negative_seed_is_greedy() -> None:
    assert SeededDraw._key(_state(seed=-1)) == GREEDY_KEY


@pytest.mark.parametrize("left", [1, 40, 900])
def test_a_cut_does_not_change_the_noise_of_what_is_left(left: int) -> None:
    keys = torch.tensor([draw_key(3, 0), GREEDY_KEY, draw_key(4, 9)])
    scores = torch.randn(3, 1000, generator=torch.Generator().manual_seed(1))
    cut = scores.masked_fill(torch.arange(1000) >= left, -torch.inf)
    whole, rest = perturbed(scores, keys), perturbed(cut, keys)
    assert torch.equal(rest[:, :left], whole[:, :left])
    assert torch.isneginf(rest[:, left:]).all()
    assert torch.equal(whole[1], scores[1])
