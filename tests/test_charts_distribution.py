"""The figures of a distribution and of draws, by their data."""

import math

import pytest

from ui.charts.distribution import (
    DrawCount,
    Heat,
    TokenBar,
    distribution_bars,
    distribution_legend,
    draws_figure,
    surprise_line,
    temperature_animation,
)
from ui.charts.tokens import token_label
from ui.charts.words import percent

BARS = [
    TokenBar("·a", before=0.4, warmed=0.5, after=0.625),
    TokenBar("<b>", before=0.3, warmed=0.3, after=0.375),
    TokenBar("<b>", before=0.1, warmed=0.05, after=0.0),
]


def test_kept_and_cut_differ_in_pattern_and_in_words() -> None:
    figure = distribution_bars(BARS)
    kept, cut, before = figure.data
    assert list(kept.x) == [0.625, 0.375, None]
    assert list(cut.x) == [None, None, 0.05]
    assert list(before.x) == [0.4, 0.3, 0.1]
    assert cut.marker.pattern.shape
    assert not kept.marker.pattern.shape
    assert list(figure.layout.yaxis2.ticktext) == [percent(0.625), percent(0.375), "cut off"]
    assert "▨]\u00a0cut by top_k 2" in distribution_legend("cut by top_k 2")
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == 1.5


def test_tokens_that_look_alike_have_rows_of_their_own_and_no_markup() -> None:
    axis = distribution_bars(BARS).layout.yaxis
    assert list(axis.tickvals) == [0, 1, 2]
    assert list(axis.ticktext) == ["·a", "&lt;b&gt;", "&lt;b&gt;"]
    assert axis.range[0] > axis.range[1]


def test_without_a_cut_there_is_no_line() -> None:
    assert not distribution_bars(BARS[:2]).layout.shapes


def test_the_drawn_token_is_marked() -> None:
    notes = distribution_bars(BARS, marked=1).layout.yaxis2.ticktext
    assert ["sampled" in note for note in notes] == [False, True, False]


def test_a_logarithmic_axis_holds_every_bar() -> None:
    axis = distribution_bars(BARS, log=True).layout.xaxis
    assert axis.type == "log"
    assert axis.range[0] < math.log10(0.05)
    assert axis.range[1] > math.log10(0.625)
    none = distribution_bars([TokenBar("x", 1.0, 1.0, 1.0), TokenBar("y", 0, 0, 0)], log=True)
    assert none.layout.xaxis.range[0] < 0


def test_frames_move_the_bars_and_leave_the_rest() -> None:
    heats = [Heat(t, BARS, f"at {t}") for t in (0.5, 1.0, 1.5)]
    figure = temperature_animation(heats, 1)
    assert [frame.name for frame in figure.frames] == ["0.5", "1", "1.5"]
    assert all(tuple(frame.traces) == (0, 1) for frame in figure.frames)
    assert figure.layout.title.text == "at 1.0"
    slider = figure.layout.sliders[0]
    assert slider.active == 1
    assert [step.args[0][0] for step in slider.steps] == ["0.5", "1", "1.5"]
    play, pause = figure.layout.updatemenus[0].buttons
    assert play.method == pause.method == "animate"


def test_draws_stand_beside_what_is_expected() -> None:
    figure = draws_figure([DrawCount("a", 700, 690.0, 28.7), DrawCount("all others", 3, 2.0, 2.8)])
    drawn, expected = figure.data
    assert list(drawn.x) == [700, 3]
    assert list(expected.x) == [690.0, 2.0]
    assert list(expected.error_x.array) == [28.7, 2.8]
    assert list(expected.error_x.arrayminus) == [28.7, 2.0]


def test_surprise_follows_the_text() -> None:
    trace = surprise_line(["·a", "<i>"], [0.5, 3.25]).data[0]
    assert list(trace.y) == [0.5, 3.25]
    assert list(trace.x) == [1, 2]
    assert trace.customdata[1] == "&lt;i&gt;"


def test_surprise_of_a_certain_text_lies_flat() -> None:
    assert surprise_line(["a", "b"], [0.0001, 0.0]).layout.yaxis.range[1] >= 1


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0, "0 %"),
        (1e-9, "< 0.001 %"),
        (0.000123, "0.012 %"),
        (0.0123, "1.23 %"),
        (0.903, "90.3 %"),
        (1, "100 %"),
        (0.9999, "> 99.9 %"),
    ],
)
def test_a_probability_never_rounds_to_what_it_is_not(probability: float, said: str) -> None:
    assert percent(probability) == said.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("piece", "label"),
    [("▁the", "·the"), ("<0x0A>", "↵"), ("<0xE4>", "0xE4"), ("<|user|>", "<|user|>"), ("狐", "狐")],
)
def test_a_label_shows_what_cannot_be_seen(piece: str, label: str) -> None:
    assert token_label(piece) == label
    assert len(token_label("▁" + "长" * 60)) <= 18
