"""The draws by hand are the project's, without torch; llama.cpp is asked for our settings alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import repeated_draws
from core.engine.seeded_draw import draw_key
from core.llama import draws
from core.sampling.settings import MAX_SEED, Sampling


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.floats(0, 10), min_size=1, max_size=300).filter(lambda w: sum(w) > 0.1),
    seed=st.integers(0, MAX_SEED),
    step=st.integers(0, 10_000),
)
def test_they_are_those_of_the_engine(weights: list[float], seed: int, step: int) -> None:
    probabilities = np.array(weights) / sum(weights)
    one = draws.drawn_token(probabilities, seed, step)
    assert one == repeated_draws.drawn_token(probabilities, seed, step)
    counts = draws.draw_counts(probabilities, seed, step, 50)
    np.testing.assert_array_equal(counts, repeated_draws.draw_counts(probabilities, seed, step, 50))


@given(seed=st.integers(0, MAX_SEED), begun=st.integers(1, 5000))
def test_a_begun_answer_has_numbers_of_its_own(seed: int, begun: int) -> None:
    asked = draws.asked(Sampling(seed=seed), begun, 100)
    assert asked["seed"] == draw_key(seed, begun) % 2**32
    assert draws.asked(Sampling(seed=seed), 0, 100)["seed"] == seed


@pytest.mark.parametrize("top_k", [0, 1, 40])
def test_nothing_but_our_settings_is_asked_for(top_k: int) -> None:
    asked = draws.asked(Sampling(temperature=1.3, top_p=0.7, top_k=top_k, seed=3), 0, 100)
    # In the order of the engine; what llama.cpp would do of itself besides is not in the list
    assert asked["samplers"] == ["temperature", "top_k", "top_p"]
    assert (asked["temperature"], asked["top_k"], asked["top_p"]) == (1.3, top_k, 0.7)
    assert draws.asked(Sampling(temperature=0, top_p=0.1, top_k=3), 5, 100) == draws.GREEDY


def test_importing_the_backend_loads_neither_torch_nor_llama_cpp() -> None:
    code = (
        "import sys, core.llama.server;"
        "print(*{'torch', 'transformers', 'xllamacpp'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
