"""Measures of difference: known values, bounds, symmetry, and None where nothing is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.grid.measures import distinct_n, distinct_texts, mean_similarity, similarity

texts = st.lists(st.integers(0, 9), max_size=20)


def test_distinct_n_counts_over_all_texts() -> None:
    assert distinct_n([[1, 2, 1, 2], [1, 2]], 1) == pytest.approx(2 / 6)
    assert distinct_n([[1, 2, 1, 2], [1, 2]], 2) == pytest.approx(2 / 4)
    assert distinct_n([[1], []], 2) is None


def test_similarity_of_known_texts() -> None:
    assert similarity([1, 2, 3, 4], [1, 3]) == pytest.approx(2 * 2 / 6)
    assert similarity([1, 2], [3, 4]) == 0
    assert similarity([], []) == 1


@given(texts, texts)
def test_similarity_is_symmetric_and_bounded(a: list[int], b: list[int]) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert similarity(a, a) == 1


def test_mean_similarity_within_and_across() -> None:
    a, b = [1, 2], [3, 4]
    assert mean_similarity([a, a, b]) == pytest.approx(1 / 3)
    assert mean_similarity([a, a], [a, b]) == pytest.approx(1 / 2)
    assert mean_similarity([a]) is None
    assert mean_similarity([a], []) is None


def test_distinct_texts() -> None:
    assert distinct_texts([[1, 2], [1, 2], [2, 1], []]) == 3
