"""The chi-square test against tables, a closed form, and counts that are right or wrong."""

import math

import numpy as np
import pytest

from core.errors import InvalidInput
from core.sampling.chi_square import chi_square, upper_tail


# Quantiles as printed in any table of the distribution
@pytest.mark.parametrize(
    ("degrees", "statistic", "tail"),
    [
        (1, 3.841, 0.05),
        (1, 10.828, 0.001),
        (2, 5.991, 0.05),
        (5, 15.086, 0.01),
        (10, 18.307, 0.05),
        (30, 43.773, 0.05),
        (100, 149.449, 0.001),
    ],
)
def test_the_tail_is_that_of_the_tables(degrees: int, statistic: float, tail: float) -> None:
    assert upper_tail(statistic, degrees) == pytest.approx(tail, rel=2e-3)


@pytest.mark.parametrize("degrees", [2, 8, 40, 200])
@pytest.mark.parametrize("ratio", [0.0, 0.3, 1.0, 1.4])
def test_even_degrees_have_a_closed_form(degrees: int, ratio: float) -> None:
    half = ratio * degrees / 2
    closed = math.exp(-half) * sum(half**i / math.factorial(i) for i in range(degrees // 2))
    assert upper_tail(2 * half, degrees) == pytest.approx(closed, rel=1e-9)


def test_the_statistic_is_pearsons() -> None:
    result = chi_square([30, 20, 50], [0.25, 0.25, 0.5])
    assert result.statistic == pytest.approx(5**2 / 25 + 5**2 / 25)
    assert result.degrees == 2
    assert result.p_value == pytest.approx(math.exp(-1))


def test_rare_bins_are_pooled() -> None:
    rare = [0.001] * 10
    result = chi_square([500, 490, *[1] * 10], [0.495, 0.495, *rare])
    assert result.degrees == 2
    joined = chi_square([500, 499, 1], [0.5, 0.499, 0.001])
    assert joined.degrees == 1


def test_a_single_bin_has_nothing_to_test() -> None:
    assert chi_square([1000, 0], [1.0, 0.0]).p_value is None
    assert chi_square([3, 1], [0.9, 0.1]).p_value is None


def test_a_count_without_probability_is_impossible() -> None:
    result = chi_square([999, 1], [1.0, 0.0])
    assert result.statistic == math.inf
    assert result.p_value == 0


def test_fair_counts_pass_evenly_and_biased_ones_fail() -> None:
    chance = np.random.default_rng(4)
    probabilities = np.array([0.4, 0.3, 0.2, 0.06, 0.04])
    values = [
        chi_square(chance.multinomial(1000, probabilities), probabilities).p_value
        for _round in range(400)
    ]
    assert np.mean(np.array(values, dtype=float) < 0.1) == pytest.approx(0.1, abs=0.05)
    biased = chi_square([300, 400, 200, 60, 40], probabilities)
    assert biased.p_value is not None
    assert biased.p_value < 1e-9


@pytest.mark.parametrize("probabilities", [[0.5], [0.5, 0.4], [0.5, 0.5, 0.0]])
def test_what_does_not_fit_together_is_refused(probabilities: list[float]) -> None:
    with pytest.raises(InvalidInput, match="chi-square"):
        chi_square([1, 2], probabilities)
