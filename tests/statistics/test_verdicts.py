"""How often a verdict is wrong, and how often it finds what is there: on answers drawn from
chances."""

import numpy as np
import pytest

from benchmarks.verdicts import (
    WORLDS,
    any_of_several,
    called_different,
    stored,
    stored_called_different,
)
from core.statistics.planning import (
    LEAST_MOVERS,
    detectable_gap,
    rounded,
    rows_for_gap,
    rows_needed,
)


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_variant_twice_is_called_different_in_at_most_5_percent(world):
    assert called_different(world, rows=40, tries=5, rounds=200) <= 0.05


def test_many_copies_are_no_more_often_called_different():
    assert any_of_several("middling", variants=6, rows=40, tries=3, rounds=25) <= 0.05


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("tries", [1, 5])
def test_20_points_are_found_at_100_questions(tries, everywhere):
    found = called_different(
        "middling", rows=100, tries=tries, rounds=60, gap=0.2, everywhere=everywhere
    )
    assert found >= 0.8


def test_answers_that_a_model_gave_are_drawn_in_halves(tmp_path):
    draw = np.random.default_rng(3)
    lines = ["variant,question,try,outcome"]
    for question, chance in enumerate(draw.beta(0.5, 0.7, 60)):
        lines += [
            f"kind,{question},{n},{'passed' if draw.random() < chance else 'failed'}"
            for n in range(10)
        ]
    file = tmp_path / "answers.csv"
    file.write_text("\n".join([*lines, "kind,7,11,untold", "kind,8,11,copy"]))
    (own,) = stored(file).values()
    assert [len(own[str(question)]) for question in range(60)] == [10] * 60
    assert stored_called_different(own, 40, 5, 100) <= 0.05
    assert stored_called_different(own, 60, 5, 40, 0.25) >= 0.8


def test_what_is_promised_before_a_run_is_mostly_found():
    gap = detectable_gap(100, 3, 0.2)
    assert 0.65 <= called_different("middling", 100, 3, rounds=80, gap=gap) <= 0.95


def test_more_questions_and_more_tries_show_smaller_gaps():
    gaps = [detectable_gap(rows, 3) for rows in (8, 15, 30, 100, 1000, 10_000)]
    assert all(gaps)
    assert gaps == sorted(gaps, reverse=True)
    by_tries = [detectable_gap(30, tries) for tries in (1, 3, 5, 20)]
    assert by_tries == sorted(by_tries, reverse=True)
    assert detectable_gap(3, 20) is None


@pytest.mark.parametrize("gap", [0.03, 0.1, 0.3])
@pytest.mark.parametrize("tries", [1, 3])
def test_the_least_number_of_questions_is_the_one_that_shows_the_gap(gap, tries):
    rows = rows_for_gap(gap, tries)
    assert detectable_gap(rows, tries) <= gap
    fewer = detectable_gap(rows - 1, tries)
    assert fewer is None or fewer > gap


def test_questions_needed_follow_the_square_of_the_gap():
    # (1.959964 + 0.841621)² * 0.2² / 0.03²
    assert rows_needed(0.03, 0.2) == 349
    assert rows_needed(0.9, 0.1) == LEAST_MOVERS


@pytest.mark.parametrize(
    ("count", "said"), [(6, 10), (53, 55), (100, 100), (461, 470), (1012, 1100)]
)
def test_a_number_of_questions_is_rounded_up(count, said):
    assert rounded(count) == said
