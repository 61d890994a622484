"""Probabilities in the words of a class."""

import math

import pytest

from ui.charts.words import choice, fairness, once_in, openness, times


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "never"),
        (1e-4, "1 time in 10,000"),
        (1 / 3417, "1 time in 3,400"),
        (0.012, "1 time in 83"),
        (0.051, "1 time in 20"),
        (0.26, "1 time in 4"),
        (0.5, "1 time in 2"),
        (0.74, "3 times in 4"),
        (0.985, "99 times in 100"),
        (0.999, "almost always"),
        (1.0, "always"),
    ],
)
def test_a_share_is_said_as_people_say_it(share: float, said: str) -> None:
    assert times(share) == said


def test_what_is_said_lies_close_to_the_share() -> None:
    for percent in range(1, 99):
        words = times(percent / 100).replace(",", "").split()
        assert abs(int(words[0]) / int(words[-1]) - percent / 100) < 0.06


def test_a_probability_that_no_float_holds_is_said_as_a_power() -> None:
    assert once_in(math.log(0.25)) == "1 time in 4"
    assert once_in(-2000 * math.log(10)) == "1 time in 10²⁰⁰⁰"


def test_a_fair_count_is_called_fair_and_a_strange_one_is_not() -> None:
    assert "fair:**" in fairness(0.74)
    assert "3 times in 4" in fairness(0.74)
    assert "Unusual" in fairness(0.01)
    assert "Hardly chance" in fairness(1e-12)


def test_the_openness_of_a_choice_is_a_number_of_tokens_and_the_exact_bits() -> None:
    assert choice(3) == "as open as a choice between 8 equally likely tokens (3.00 bits)"
    assert "practically no choice" in choice(0.01)
    said = openness(2.74, 0.99)
    assert "between 2 equally" in said
    assert "between 6.7 (2.74 bits)" in said
