"""The arithmetic of sampling equals the library's warpers and the engine's cuts, step by step."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from core.sampling.distribution import (
    distribution,
    entropy_bits,
    log_softmax,
    nucleus,
    softmax,
    surprise_bits,
    tail_mass,
    top_ids,
    top_k_kept,
)
from core.sampling.settings import Sampling

LOGITS = arrays(np.float64, st.integers(1, 60), elements=st.floats(-30, 30, allow_subnormal=False))
SETTINGS = st.builds(
    Sampling,
    temperature=st.floats(0, 2).filter(lambda t: t == 0 or t > 0.01),
    top_p=st.floats(0.01, 1),
    top_k=st.integers(0, 70),
)


def logits(vocabulary: int, spread: float = 3.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, vocabulary).astype(np.float32)


def warped(raw: np.ndarray, sampling: Sampling) -> np.ndarray:
    """The probabilities of the draw by the library's own warpers, in float64."""
    scores = torch.tensor(raw[None], dtype=torch.float64)
    warpers = [TemperatureLogitsWarper(sampling.temperature)]
    if sampling.top_k:
        warpers.append(TopKLogitsWarper(min(sampling.top_k, raw.size)))
    if sampling.top_p < 1:
        warpers.append(TopPLogitsWarper(sampling.top_p))
    for warper in warpers:
        scores = warper(None, scores)
    return scores.softmax(-1)[0].numpy()


@pytest.mark.parametrize("temperature", [0.2, 0.8, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [0, 1, 7, 50, 5000])
@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9, 0.999, 1.0])
def test_equals_the_warpers_of_the_library(temperature, top_k, top_p) -> None:
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p)
    for vocabulary, spread in ((50, 1.0), (4096, 3.0), (4096, 0.3)):
        raw = logits(vocabulary, spread)
        shown = distribution(raw, sampling)
        wanted = warped(raw, sampling)
        assert np.abs(shown.probabilities - wanted).max() < 1e-6
        assert (shown.kept == (wanted > 0)).all()


def test_equals_the_cuts_of_the_engine() -> None:
    from core.engine.cut import TopK, TopP

    raw = logits(4096)
    for temperature, top_k, top_p in ((0.7, 0, 0.8), (1.3, 40, 0.9), (1.0, 5, 1.0), (2.0, 0, 0.95)):
        scores = torch.tensor(raw[None]) / temperature
        scores = TopK(TopKLogitsWarper(5))(scores, torch.tensor([top_k or 4096], dtype=torch.int32))
        p = torch.tensor([top_p], dtype=torch.float32).view(torch.int32)
        scores = TopP(TopPLogitsWarper(0.5))(scores, p)
        shown = distribution(raw, Sampling(temperature=temperature, top_k=top_k, top_p=top_p))
        assert (shown.kept == torch.isfinite(scores[0]).numpy()).all()
        assert np.abs(shown.probabilities - scores.softmax(-1)[0].numpy()).max() < 1e-6


def test_log_probabilities_equal_torch() -> None:
    raw = logits(4096, 8.0)
    wanted = torch.tensor(raw, dtype=torch.float64).log_softmax(-1).numpy()
    assert np.abs(log_softmax(raw.astype(np.float64)) - wanted).max() < 1e-9


@given(LOGITS, SETTINGS)
def test_what_holds_for_every_distribution(raw: np.ndarray, sampling: Sampling) -> None:
    shown = distribution(raw, sampling)
    assert shown.probabilities.sum() == pytest.approx(1)
    assert shown.tempered.sum() == pytest.approx(1)
    assert shown.raw.sum() == pytest.approx(1)
    # Logits can differ by less than a probability shows: the likeliest is one of equals then
    assert shown.kept[shown.tempered.argmax()]
    assert not shown.probabilities[~shown.kept].any()
    assert not (shown.kept & ~shown.in_top_k).any()
    assert shown.kept_mass + shown.cut_mass == pytest.approx(1)
    # Renormalising keeps the proportions of what is left
    assert shown.probabilities[shown.kept] == pytest.approx(
        shown.tempered[shown.kept] / shown.kept_mass
    )
    # Nothing that is cut is likelier than anything that is kept
    if (~shown.kept).any():
        assert shown.tempered[~shown.kept].max() <= shown.tempered[shown.kept].min()
    best = shown.top(5)
    assert [shown.rank(i) for i in best] == sorted(shown.rank(i) for i in best)
    assert shown.rank(best[0]) == 1


@given(LOGITS, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_nucleus_is_the_smallest_that_reaches_p(raw, p, other) -> None:
    probabilities = softmax(raw)
    kept = nucleus(probabilities, p)
    size = kept.sum()
    descending = np.sort(probabilities)[::-1]
    assert descending[:size].sum() >= p - 1e-12
    assert size == 1 or descending[: size - 1].sum() < p + 1e-12
    assert size <= nucleus(probabilities, other).sum() or other < p


@given(LOGITS, st.integers(1, 70))
def test_top_k_keeps_k_and_what_equals_the_last(raw, k) -> None:
    kept = top_k_kept(raw, k)
    assert kept.sum() >= min(k, len(raw))
    if 0 < k < len(raw):
        edge = np.sort(raw)[-k]
        assert raw[kept].min() == edge
        assert not (raw[~kept] >= edge).any()
    assert top_k_kept(raw, 0).all()


@given(LOGITS)
def test_entropy_lies_between_certain_and_even(raw) -> None:
    probabilities = softmax(raw)
    assert 0 <= entropy_bits(probabilities) <= math.log2(len(raw)) + 1e-9
    assert entropy_bits(np.full(8, 1 / 8)) == pytest.approx(3)
    assert entropy_bits(np.array([1.0, 0.0])) == 0


def test_heat_raises_entropy() -> None:
    raw = logits(500)
    by_heat = [
        entropy_bits(distribution(raw, Sampling(temperature=t, top_p=1)).probabilities)
        for t in (0, 0.2, 0.5, 1, 1.5, 2)
    ]
    assert by_heat == sorted(by_heat)
    assert by_heat[0] == 0


def test_greedy_is_the_likeliest_token_and_of_equals_the_first() -> None:
    shown = distribution([1.0, 3.0, 3.0, 0.0], Sampling(temperature=0, top_p=0.1, top_k=3))
    assert shown.probabilities.tolist() == [0, 1, 0, 0]
    assert shown.kept_count == 1
    assert shown.kept_mass == 1


def test_a_tiny_temperature_is_nearly_greedy() -> None:
    shown = distribution([1.0, 3.0, 2.0], Sampling(temperature=1e-320, top_p=1))
    assert shown.probabilities.tolist() == [0, 1, 0]


def test_equals_on_the_edge() -> None:
    even = np.zeros(4)
    assert top_k_kept(even, 2).all()
    assert nucleus(softmax(even), 0.5).tolist() == [True, True, False, False]
    assert nucleus(softmax(even), 0.51).tolist() == [True, True, True, False]
    assert nucleus(softmax(even), 0.0001).tolist() == [True, False, False, False]
    assert distribution(even, Sampling(temperature=1, top_p=1, top_k=2)).kept_count == 4


def test_what_cannot_come_is_never_kept_by_a_nucleus() -> None:
    shown = distribution([2.0, -np.inf, 1.0], Sampling(temperature=1, top_p=0.999))
    assert shown.kept.tolist() == [True, False, True]
    assert distribution([0.0, -np.inf], Sampling(temperature=1, top_p=1)).kept_count == 1
    assert surprise_bits(shown.logprobs[1]) == math.inf


def test_surprise_and_tail() -> None:
    assert surprise_bits(math.log(0.5)) == pytest.approx(1)
    assert surprise_bits(0.0) == 0
    some = np.array([0.1, 0.6, 0.3])
    assert tail_mass(some, 0) == pytest.approx(1)
    assert tail_mass(some, 1) == pytest.approx(0.4)
    assert tail_mass(some, 3) == 0
    assert top_ids(some, 2) == [1, 2]
    assert top_ids(np.zeros(5), 3) == [0, 1, 2]
    assert top_ids(some, 0) == []


@pytest.mark.parametrize("wrong", [[], [[1.0]], [math.nan], [1.0, math.inf], [-math.inf]])
def test_what_are_no_logits_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="logits"):
        distribution(wrong, Sampling())
