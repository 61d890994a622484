"""Two variants over the same questions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.statistics.comparison import (
    bootstrap_interval,
    compare,
    compare_all,
    holm,
    sign_flip_p,
)

SHARES = (0.0, 1 / 3, 2 / 3, 1.0)
TRIES = st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=3)
PAIRS = st.lists(st.tuples(TRIES, TRIES), max_size=14)
FEW = settings(max_examples=25, deadline=None)


def outcomes(*passed: int, tries: int = 1) -> dict[str, list[bool]]:
    """Questions of which so many tries pass."""
    return {str(row): [i < one for i in range(tries)] for row, one in enumerate(passed)}


def pair(pairs):
    return (
        {str(row): a for row, (a, _b) in enumerate(pairs)},
        {str(row): b for row, (_a, b) in enumerate(pairs)},
    )


@FEW
@given(PAIRS)
def test_the_other_way_round_is_the_mirror_image(pairs):
    a, b = pair(pairs)
    there, back = compare(a, b), compare(b, a)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.better, there.worse, there.same) == (back.worse, back.better, back.same)
    assert there.sign_flip_p == pytest.approx(back.sign_flip_p)
    assert there.mid_p == pytest.approx(back.mid_p)
    mirrored = {"a_better": "b_better", "b_better": "a_better"}
    assert there.verdict == mirrored.get(back.verdict, back.verdict)


@FEW
@given(PAIRS)
def test_every_question_is_better_worse_same_or_unanswered(pairs):
    a, b = pair(pairs)
    found = compare(a, b)
    parts = (*found.better, *found.worse, *found.same, *found.unanswered)
    assert sorted(parts) == sorted(a)
    assert -1 <= found.low <= found.high <= 1
    if found.rows:
        assert found.low <= found.high
    assert found.better or found.difference <= 1e-9


@FEW
@given(PAIRS, st.integers(2, 3))
def test_repeats_are_no_further_evidence(pairs, times):
    a, b = pair(pairs)
    once = compare(a, b)
    again = compare(*({k: t * times for k, t in side.items()} for side in (a, b)))
    assert (again.rows, again.sign_flip_p, again.mid_p) == (
        once.rows,
        pytest.approx(once.sign_flip_p),
        once.mid_p,
    )
    assert again.difference == pytest.approx(once.difference)


def test_an_unanswered_question_changes_no_figure():
    a, b = outcomes(1, 0, 1, 0, 0), outcomes(1, 1, 1, 1, 0)
    whole = compare(a, b)
    holes = compare({**a, "x": [None], "y": [True]}, {**b, "x": [False], "z": [True]})
    assert holes.unanswered == ("x", "y", "z")
    assert (holes.low, holes.high, holes.sign_flip_p) == (whole.low, whole.high, whole.sign_flip_p)


def test_the_answers_of_before_are_judged_as_before():
    """Everything random has a seed."""
    drawn = np.random.default_rng(0).integers(0, 4, (2, 40))
    sides = [outcomes(*side, tries=3) for side in drawn]
    assert compare(*sides) == compare(*sides)


@pytest.mark.parametrize("movers", range(6))
def test_fewer_than_six_movers_claim_nothing(movers):
    a, b = outcomes(*[0] * 30), outcomes(*[1] * movers, *[0] * (30 - movers))
    found = compare(a, b)
    assert found.verdict == ("cannot_tell" if movers else "none_passed")
    assert found.low <= 0 or movers > 3


def test_six_movers_in_one_direction_are_enough():
    a, b = outcomes(*[0] * 30), outcomes(*[1] * 6, *[0] * 24)
    assert compare(a, b).verdict == "b_better"
    assert compare(b, a).verdict == "a_better"
    assert compare(a, b).sign_flip_p == pytest.approx(2 / 64)


def test_verdicts_without_a_difference():
    none, full = outcomes(*[0] * 8), outcomes(*[1] * 8)
    assert compare({}, {}).verdict == "nothing"
    assert compare(none, none).verdict == "none_passed"
    assert compare(full, full).verdict == "all_passed"
    both = outcomes(1, 0, 1, 0)
    assert compare(both, both).verdict == "cannot_tell"
    assert compare(both, both).needed is None


@pytest.mark.parametrize("size", [1, 5, 30])
def test_questions_of_which_none_moved_still_leave_room(size):
    low, high = bootstrap_interval(np.zeros(size))
    assert low < -0.02
    assert high > 0.02


def test_the_interval_is_that_of_scipy_where_there_are_many_questions():
    from scipy.stats import bootstrap

    differences = np.random.default_rng(5).choice([-1, -1 / 3, 0, 1 / 3, 2 / 3], 2000)
    theirs = bootstrap(
        (differences,), np.mean, n_resamples=4000, batch=200, method="percentile", rng=1
    ).confidence_interval
    assert bootstrap_interval(differences, 3) == pytest.approx(tuple(theirs), abs=0.003)


def test_the_interval_has_the_truth_inside_as_often_as_it_says():
    generator = np.random.default_rng(6)
    held = 0
    for _round in range(150):
        passing = generator.beta(0.4, 0.6, 25)
        lifted = passing + 0.3 * (1 - passing)
        a = (generator.random((25, 3)) < passing[:, None]).mean(axis=1)
        b = (generator.random((25, 3)) < lifted[:, None]).mean(axis=1)
        low, high = bootstrap_interval(b - a, 3)
        held += low <= 0.3 * 0.6 <= high
    assert 0.92 <= held / 150 <= 1


@given(st.lists(st.sampled_from([-1.0, -2 / 3, -1 / 3, 0.0, 1 / 3, 2 / 3, 1.0]), max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_sign_flip_tries_all_signs_of_few_movers(values):
    moved = [round(3 * value) for value in values if value]
    sums = [
        abs(sum(s * m for s, m in zip(signs, moved, strict=True)))
        for signs in product((-1, 1), repeat=len(moved))
    ]
    expected = sum(one >= abs(sum(moved)) for one in sums) / len(sums)
    assert sign_flip_p(np.array(values)) == pytest.approx(expected)


def test_random_flips_agree_with_all_of_them():
    """Thirteen movers are flipped at random, of which all ways can still be tried here."""
    generator = np.random.default_rng(3)
    for _round in range(5):
        moved = generator.choice([-2, -1, 1, 2, 3], 13)
        signs = np.array(list(product((-1, 1), repeat=13)))
        expected = (np.abs(signs @ moved) >= abs(moved.sum())).mean()
        assert sign_flip_p(moved / 3) == pytest.approx(expected, abs=0.012)


def test_several_comparisons_are_corrected_for_their_number():
    base = outcomes(*[0] * 30)
    good = outcomes(*[1] * 6, *[0] * 24)
    alone = compare_all({"base": base, "good": good}, "base")["good"]
    assert alone.adjusted_p == alone.sign_flip_p
    assert alone.verdict == "b_better"
    among = compare_all({"base": base, "good": good, "c": base, "d": base}, "base")
    assert list(among) == ["good", "c", "d"]
    assert among["good"].adjusted_p == pytest.approx(3 * alone.sign_flip_p)
    assert among["good"].verdict == "cannot_tell"


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_never_helps(p_values):
    adjusted = holm(p_values)
    assert all(p <= own <= 1 for p, own in zip(p_values, adjusted, strict=True))
    for i, j in product(range(len(p_values)), repeat=2):
        if p_values[i] < p_values[j]:
            assert adjusted[i] <= adjusted[j]
