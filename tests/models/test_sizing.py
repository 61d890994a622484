"""What a server needs follows from the model's sizes, and agrees with what can be measured here."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Settings
from core.errors import InvalidInput
from core.models.catalogue import EMBEDDED_FOLDER, find
from core.models.checkpoint import inspect
from core.models.loading import LoadedModel
from core.models.sizing import (
    GB,
    Load,
    Shape,
    cache_per_token,
    sized,
    weight_bytes,
)
from tests.real_model import smollm2

LOADS = st.builds(Load, st.integers(1, 100), st.integers(16, 10_000))


def six_b() -> Shape:
    return Shape.of(find("chatglm3-6b", Settings.from_environment({})).sizes)


def test_the_weights_are_those_of_the_folder(loaded: LoadedModel) -> None:
    shape = Shape.of(inspect(EMBEDDED_FOLDER).sizes)
    in_memory = sum(one.numel() * 2 for one in loaded.model.parameters())
    assert weight_bytes(shape, 16) == in_memory


def test_a_token_of_smollm2_keeps_what_vllm_was_seen_to_keep() -> None:
    """vLLM 0.32 said that 1 GiB of cache holds 46,592 tokens of it, in pages."""
    shape = Shape.of(inspect(smollm2()).sizes)
    per_token = cache_per_token(shape)
    assert per_token == 2 * 30 * 3 * 64 * 2
    assert 2**30 // per_token // 16 * 16 == 46_592
    # bfloat16, the output layer tied: as the exported folder has it, but for the header of its file
    assert weight_bytes(shape, 16) == pytest.approx(269_060_552, rel=2e-4)


def test_the_cache_is_what_the_engine_keeps(loaded: LoadedModel) -> None:
    from transformers import DynamicCache

    shape, tokens = Shape.of(inspect(EMBEDDED_FOLDER).sizes), 7
    cache = DynamicCache()
    import torch

    with torch.no_grad():
        loaded.model(torch.zeros((1, tokens), dtype=torch.long), past_key_values=cache)
    kept = sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers)
    assert cache_per_token(shape, 16) * tokens == 2 * kept


def test_four_bits_are_a_little_more_than_a_quarter() -> None:
    shape = six_b()
    whole, small = weight_bytes(shape, 16), weight_bytes(shape, 4)
    assert whole == pytest.approx(12.5 * GB, rel=0.01)
    # The published 4-bit files of models of this size
    assert 3.5 * GB < small < 4.5 * GB
    assert weight_bytes(shape, 8) == pytest.approx((whole + 2 * shape.outside) / 2, rel=0.01)


def test_six_b_fits_one_gpu_and_130b_takes_several() -> None:
    assert sized(six_b(), Load(8, 8192), 24).gpus == 1
    large = Shape.guessed(130e9, 70, groups=8)
    found = sized(large, Load(50, 8192), 80)
    assert found.weights == 260 * GB
    assert (found.tensor, found.pipeline) == (8, 1)
    # With keys and values for every head, as the first models of this size had them
    assert sized(Shape.guessed(130e9, 70), Load(50, 8192), 80).pipeline > 1
    assert sized(large, Load(50, 8192, bits=4), 80).gpus < found.gpus


@given(LOADS, st.sampled_from([24, 80, 141]))
def test_what_is_said_to_fit_fits_and_one_step_less_does_not(load: Load, gpu: int) -> None:
    shape = Shape.guessed(13e9, 40, groups=8)
    found = sized(shape, load, gpu)
    assert 0 <= found.each_free < gpu * GB
    assert found.cache >= load.people * load.window * cache_per_token(shape)
    if found.gpus > 1:
        # All of it does not fit on one GPU
        assert found.weights + found.cache + found.activations > found.usable
    # More room or fewer people never take more GPUs
    assert sized(shape, load, 2 * gpu).gpus <= found.gpus
    assert sized(shape, replace(load, people=1), gpu).gpus <= found.gpus


def test_more_gpus_than_heads_of_keys_keep_the_same_ones() -> None:
    shape = Shape.guessed(70e9, 80, groups=2)
    found = sized(shape, Load(100, 8192), 80)
    assert found.tensor > 2
    at_least = found.cache / (2 * found.pipeline)
    assert found.on_each > at_least


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Load(0, 1), "people"),
        (lambda: Load(1, 0), "window"),
        (lambda: Load(1, 1, filled=0), "filled"),
        (lambda: Load(1, 1, filled=math.nan), "filled"),
        (lambda: Load(1, 1, bits=5), "bits"),
        (lambda: Load(1, 1, cache_bits=4), "cache-bits"),
        (lambda: Shape.guessed(1, 1), "parameters"),
        (lambda: Shape.guessed(math.nan, 1), "parameters"),
        (lambda: Shape.guessed(1e9, 0), "layers"),
        (lambda: Shape.guessed(1e9, 10, groups=10**6), "kv-heads"),
        (lambda: sized(six_b(), Load(1, 1), 0), "gpu"),
        (lambda: sized(six_b(), Load(10**6, 10**8), 80), "Not even"),
    ],
)
def test_what_no_server_has_is_refused(wrong, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=said):
        wrong()
