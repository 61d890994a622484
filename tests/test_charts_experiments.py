"""The figures of an experiment, by their data."""

import time

import pytest

from core.statistics.comparison import compare
from core.statistics.outcomes import rate
from ui.charts.experiments import (
    Difference,
    difference_forest,
    difference_of,
    drift_lines,
    question_matrix,
    rule_heatmap,
)


def outcomes(*passed, tries: int = 1):
    return {str(row): [i < one for i in range(tries)] for row, one in enumerate(passed)}


NONE, ALL = outcomes(*[0] * 20), outcomes(*[1] * 20)


@pytest.mark.parametrize("value", [-90, -8, 0.4, 30])
def test_zero_is_in_the_middle_of_differences(value):
    figure = difference_forest([Difference("b", value, value - 3, value + 3)])
    low, high = figure.layout.xaxis.range
    assert low == -high
    assert high >= abs(value) + 3
    assert 0 in figure.layout.xaxis.tickvals


def test_a_difference_is_a_line_between_the_ends_of_its_interval():
    found = compare(NONE, ALL)
    one = difference_of("b", found)
    assert (one.value, one.claimed) == (100, 1)
    trace = difference_forest([one]).data[0]
    assert list(trace.x) == [100 * found.low, 100, 100 * found.high]
    assert difference_of("b", compare(ALL, NONE)).claimed == -1
    assert difference_of("b", compare(ALL, ALL)).claimed == 0


def test_what_is_claimed_differs_by_sign_and_not_by_colour_alone():
    traces = difference_forest([Difference("", 5, 1, 9, 1), Difference("", 5, -1, 11)]).data
    symbols = [trace.marker.symbol[1] for trace in traces]
    assert symbols == ["circle", "circle-open"]


def test_names_are_texts_and_no_html():
    name = "<b>x</b>"
    figures = (
        difference_forest([Difference(name, 0, -1, 1)]),
        drift_lines({name: [rate(ALL)]}, name),
        rule_heatmap([name], [name], [[rate(ALL)]]),
        question_matrix({name: {name: [True]}}, [name]),
    )
    for figure in figures:
        assert "<b>" not in figure.to_json().replace("\\u003c", "<")


def test_shares_are_drawn_from_0_to_100_percent_whatever_they_are():
    low = outcomes(*[1] * 1, *[0] * 19)
    heat = rule_heatmap(["r"], ["a", "b"], [[rate(low), None]]).data[0]
    assert (heat.zmin, heat.zmax) == (0, 100)
    assert list(heat.z[0]) == [5, None]
    assert list(heat.text[0]) == ["1/20", "–"]
    matrix = question_matrix({"a": low}, list(low)).data[0]
    assert (matrix.zmin, matrix.zmax) == (0, 100)
    axis = drift_lines({"a": [rate(low), rate(low)]}, "a").layout.yaxis
    assert axis.range[0] <= 0
    assert axis.range[1] >= 100


def test_drift_stands_beside_a_dashed_baseline_with_its_intervals():
    turns = {"none": [rate(NONE), rate(NONE)], "persona": [rate(ALL), rate({}), rate(NONE)]}
    base, own = drift_lines(turns, "none").data
    assert (base.line.dash, own.line.dash) == ("dash", "solid")
    # A turn that nobody answered is left out
    assert list(own.y) == [100, 0]
    assert own.error_y.array[1] == pytest.approx(100 * rate(NONE).high)
    assert own.error_y.arrayminus[1] == 0


def test_a_question_without_an_answer_is_empty():
    found = question_matrix({"a": {"x": [None], "y": [True, False]}, "b": {}}, ["x", "y"]).data[0]
    assert [list(row) for row in found.z] == [[None, 50], [None, None]]


def test_twenty_variants_over_200_questions_are_drawn_at_once():
    variants = {str(name): outcomes(*[2] * 200, tries=3) for name in range(20)}
    started = time.process_time()
    question_matrix(variants, [str(row) for row in range(200)]).to_json()
    assert time.process_time() - started < 2


def test_questions_that_were_picked_out_keep_their_numbers_and_stand_side_by_side():
    variants = {"a": outcomes(1, 0, 1)}
    figure = question_matrix(variants, list(variants["a"]), numbers=[2, 40, 9_999])
    assert list(figure.data[0].x) == list(figure.data[1].x) == ["2", "40", "9999"]
    axis = figure.layout.xaxis
    assert (axis.type, *axis.range) == ("category", -0.5, 2.5)
    whole = question_matrix(variants, list(variants["a"]), numbers=[7, 8, 9]).layout.xaxis
    assert (whole.type, *whole.range) == ("linear", 6.5, 9.5)


def test_every_field_of_the_matrix_has_a_point_that_a_click_finds():
    variants = {"a": {"x": [True], "y": [False]}, "b": {"x": [None], "y": [True]}}
    notes = [["one <b>", "two"], ["three", "four"]]
    points = question_matrix(variants, ["x", "y"], notes, [201, 202]).data[1]
    assert list(zip(points.x, points.y, strict=True)) == [(201, 0), (202, 0), (201, 1), (202, 1)]
    assert list(points.text) == [
        "x<br>100 %<br>one &lt;b&gt;",
        "y<br>0 %<br>two",
        "x<br>–<br>three",
        "y<br>100 %<br>four",
    ]
