"""Settings outside their range are refused by name and value; budgets follow the stricter limit."""

import math
from typing import Any

import pytest

from core.errors import InvalidInput, PromptTooLong
from core.sampling.settings import MAX_SEED, Sampling

ILLEGAL: dict[str, list[Any]] = {
    "temperature": [-0.1, 2.01, math.nan, math.inf, -math.inf, 10**400, True, "0.8", None, [1]],
    "top_p": [0, 0.0, -0.5, 1.01, math.nan, math.inf, 10**400, -(10**400), True, "1", None],
    "top_k": [-1, 1.5, 2.0, math.nan, math.inf, True, "50", None],
    "max_new_tokens": [0, -1, 8.0, math.nan, True, "8"],
    "max_length": [0, -1, 8.0, math.nan, True, "8"],
    "seed": [-1, MAX_SEED + 1, 10**400, 1.0, math.nan, True, "7"],
}
LEGAL: dict[str, list[Any]] = {
    "temperature": [0, 0.0, 1e-9, 1, 2, 2.0],
    "top_p": [1e-9, 0.5, 1, 1.0],
    "top_k": [0, 1, 10**9],
    "max_new_tokens": [None, 1, 10**9],
    "max_length": [None, 1, 10**9],
    "seed": [None, 0, MAX_SEED],
}


def _cases(table: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, values in table.items() for value in values]


@pytest.mark.parametrize(("name", "value"), _cases(ILLEGAL))
def test_illegal_values_are_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as error:
        Sampling(**{name: value})
    assert name in str(error.value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize(("name", "value"), _cases(LEGAL))
def test_legal_values_are_kept(name: str, value: Any) -> None:
    assert getattr(Sampling(**{name: value}), name) == value


def test_dict_round_trip() -> None:
    sampling = Sampling(temperature=1.5, top_p=0.4, top_k=3, max_new_tokens=9, seed=4)
    assert Sampling.from_dict(sampling.to_dict()) == sampling


def test_unknown_settings_are_named() -> None:
    with pytest.raises(InvalidInput, match="'beams'"):
        Sampling.from_dict({"beams": 4})


def test_seeds() -> None:
    assert Sampling(seed=3).with_seed().seed == 3
    assert Sampling(seed=3).with_seed(5).seed == 5
    fresh = {Sampling().with_seed().seed for _draw in range(8)}
    assert len(fresh) > 1
    assert all(seed is not None and 0 <= seed <= MAX_SEED for seed in fresh)


@pytest.mark.parametrize(
    ("settings", "budget"),
    [
        ({}, 90),
        ({"max_new_tokens": 5}, 5),
        ({"max_new_tokens": 500}, 90),
        ({"max_length": 30}, 20),
        ({"max_length": 500}, 90),
        ({"max_length": 30, "max_new_tokens": 5}, 5),
        ({"max_length": 12, "max_new_tokens": 5}, 2),
    ],
)
def test_the_stricter_limit_holds(settings: dict[str, int], budget: int) -> None:
    assert Sampling(**settings).new_token_budget(10, 100) == budget


@pytest.mark.parametrize(
    ("settings", "tokens", "said"),
    [({}, 100, "100"), ({}, 101, "101"), ({"max_length": 10}, 10, "max_length 10")],
)
def test_no_room_for_an_answer(settings: dict[str, int], tokens: int, said: str) -> None:
    with pytest.raises(PromptTooLong, match=said):
        Sampling(**settings).new_token_budget(tokens, 100)
