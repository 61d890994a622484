"""Settings at the ends of what is legal give what arithmetic says, in the lab and in the engine's
float32: a temperature near 0 is greedy, a top_p near 0 keeps the likeliest token, and nothing
overflows."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from core.backends.request import Request
from core.engine import repeated_draws
from core.engine.cut import Temperature, TopK, TopP
from core.engine.engine import Engine
from core.engine.seeded_draw import draw, draw_key
from core.llama import draws
from core.messages import Message
from core.sampling.distribution import distribution, entropy_bits
from core.sampling.settings import MAX_SEED, MAX_TEMPERATURE, Sampling

TINY = (sys.float_info.min, 5e-324, 1e-300, 1e-45, 1e-38, 1e-30, 1e-9, 1e-6)
TEMPERATURES = st.sampled_from([*TINY, 1e-3, 0.5, MAX_TEMPERATURE]) | st.floats(1e-300, 2)
TOP_PS = st.sampled_from([*TINY, 0.5, 1 - 1e-16, 1.0]) | st.floats(1e-300, 1)
TOP_KS = st.sampled_from([0, 1, 2, 49, 50, 51, 10**6, 2**31 - 1, 10**30])
# Apart by a sixteenth or equal: what differs by less is a matter of rounding
LEVELS = arrays(np.int32, st.integers(1, 50), elements=st.integers(-160_000, 160_000))
LOGITS = LEVELS.map(lambda levels: (levels / 16).astype(np.float32))
# What no row of padding and no token that cannot come may spoil
HOLES = st.lists(st.integers(0, 49), max_size=5)


def _engine_scores(raw: np.ndarray, sampling: Sampling) -> torch.Tensor:
    """What the engine's processors make of a row, in the way that the engine asks them."""
    rows = len(raw)
    scores = torch.from_numpy(raw)[None]
    temperature = torch.tensor([sampling.temperature], dtype=torch.float32).view(torch.int32)
    p = torch.tensor([sampling.top_p], dtype=torch.float32).view(torch.int32)
    k = torch.tensor([min(sampling.top_k, rows) or rows], dtype=torch.int32)
    if not sampling.greedy:
        scores = Temperature(TemperatureLogitsWarper(0.5))(scores, temperature)
    scores = TopK(TopKLogitsWarper(5))(scores, k)
    return TopP(TopPLogitsWarper(0.5))(scores, p)[0]


def _with_holes(raw: np.ndarray, holes: list[int]) -> np.ndarray:
    raw = raw.copy()
    raw[[i for i in holes if i < len(raw)]] = -np.inf
    if np.isneginf(raw).all():
        raw[0] = 0
    return raw


@settings(max_examples=300, deadline=None)
@given(LOGITS, HOLES, TEMPERATURES, TOP_PS, TOP_KS, st.integers(0, MAX_SEED))
def test_every_legal_setting_draws_a_token_that_can_come(
    raw: np.ndarray, holes: list[int], temperature: float, top_p: float, top_k: int, seed: int
) -> None:
    raw = _with_holes(raw, holes)
    sampling = Sampling(temperature, top_p, top_k)
    shown = distribution(raw, sampling)
    for values in (shown.tempered, shown.probabilities, shown.raw):
        assert np.isfinite(values).all()
        assert values.sum() == pytest.approx(1)
    assert shown.kept[raw.argmax()] or raw[shown.kept].max() == raw.max()
    assert 0 <= entropy_bits(shown.probabilities) <= np.log2(len(raw)) + 1e-9
    scores = _engine_scores(raw, sampling)
    assert not scores.isnan().any()
    key = torch.tensor([draw_key(seed, 0)], dtype=torch.int32)
    assert raw[draw(scores[None], key)[0]] > -np.inf
    for by_hand in (repeated_draws.drawn_token, draws.drawn_token):
        assert shown.kept[by_hand(shown.probabilities, seed, 0)]


@settings(max_examples=200, deadline=None)
@given(LOGITS, HOLES, st.sampled_from(TINY), TOP_PS, TOP_KS, st.sampled_from([0, 1, MAX_SEED]))
def test_a_tiny_temperature_is_greedy(
    raw: np.ndarray, holes: list[int], temperature: float, top_p: float, top_k: int, seed: int
) -> None:
    raw = _with_holes(raw, holes)
    sampling = Sampling(temperature, top_p, top_k)
    shown = distribution(raw, sampling)
    assert (raw[shown.probabilities > 1e-9] == raw.max()).all()
    key = torch.tensor([draw_key(seed, 3)], dtype=torch.int32)
    assert raw[draw(_engine_scores(raw, sampling)[None], key)[0]] == raw.max()


@settings(max_examples=200, deadline=None)
@given(LOGITS, TEMPERATURES, st.sampled_from(TINY), TOP_KS)
def test_a_tiny_nucleus_is_the_likeliest_token(
    raw: np.ndarray, temperature: float, top_p: float, top_k: int
) -> None:
    sampling = Sampling(temperature, top_p, top_k)
    shown = distribution(raw, sampling)
    assert shown.kept_count == 1
    assert raw[shown.kept] == raw.max()
    scores = _engine_scores(raw, sampling)
    assert int(scores.isfinite().sum()) == 1
    assert raw[scores.argmax()] == raw.max()


@settings(max_examples=100, deadline=None)
@given(LOGITS, TEMPERATURES)
def test_a_top_k_beyond_the_vocabulary_cuts_nothing(raw: np.ndarray, temperature: float) -> None:
    off = distribution(raw, Sampling(temperature, 1.0, 0))
    for top_k in (len(raw), len(raw) + 1, 10**30):
        shown = distribution(raw, Sampling(temperature, 1.0, top_k))
        assert (shown.probabilities == off.probabilities).all()
        assert torch.equal(
            _engine_scores(raw, Sampling(temperature, 1.0, top_k)),
            _engine_scores(raw, Sampling(temperature, 1.0, 0)),
        )


def test_usual_temperatures_keep_the_bits_that_they_had() -> None:
    raw = np.random.default_rng(0).normal(0, 4, (3, 500)).astype(np.float32)
    for temperature in (0.01, 0.1, 0.8, 2.0):
        alone = torch.from_numpy(raw) / torch.tensor(temperature)
        asked = torch.tensor([temperature, 1e-9, temperature])
        found = Temperature(TemperatureLogitsWarper(0.5))(
            torch.from_numpy(raw), asked.view(torch.int32)
        )
        assert torch.equal(found[[0, 2]], alone[[0, 2]])


@pytest.mark.parametrize("seed", [0, 1, MAX_SEED])
@pytest.mark.parametrize("limit", [1, 2, 12])
def test_the_engine_at_the_ends_of_what_is_legal(engine: Engine, seed: int, limit: int) -> None:
    prompt = (Message("user", "What is top_p?"),)
    greedy = engine.submit(Request(prompt, Sampling(0, max_new_tokens=limit))).result()
    cases = [
        *(Sampling(t, 1.0, 0, limit, seed=seed) for t in TINY),
        *(Sampling(2.0, p, 0, limit, seed=seed) for p in TINY),
        Sampling(2.0, 1.0, 1, limit, seed=seed),
    ]
    stream = engine.submit_many([Request(prompt, s, tag=n) for n, s in enumerate(cases)])
    for end in stream.results().values():
        assert (end.reason, end.token_ids) == (greedy.reason, greedy.token_ids)
    wide = [Sampling(1.0, 1.0, k, limit, seed=seed) for k in (0, 10**6, 2**31, 10**30)]
    ends = engine.submit_many([Request(prompt, s, tag=n) for n, s in enumerate(wide)]).results()
    assert len({end.token_ids for end in ends.values()}) == 1
    assert 1 <= len(ends[0].token_ids) <= limit
