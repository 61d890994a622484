"""Tokens on screen: colours that can be read and ordered by everyone, figures that show the cut."""

import math

import pytest

from core.tokens.inspection import MEASURES, Alternative, InspectedToken, TokenMeasure
from ui.charts.tokens import (
    CUT_SIGN,
    DARK,
    LIGHT,
    STEPS,
    TAKEN_SIGN,
    Palette,
    alternatives_figure,
    drawn_rows,
    legend,
    step_of,
)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_step_can_be_read(palette: Palette) -> None:
    assert len(palette.steps) == STEPS
    assert all(contrast(step, palette.text) >= 4.5 for step in palette.steps)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_the_steps_are_in_order_without_their_hue(palette: Palette) -> None:
    values = [luminance(step) for step in palette.steps]
    assert values in (sorted(values), sorted(values, reverse=True))
    assert all(
        contrast(a, b) > 1.05 for a, b in zip(palette.steps, palette.steps[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("measure", "calm", "strong"),
    [
        ("probability", 0.99, 0.0001),
        ("rank", 1, 5000),
        ("entropy", 0.0, 9.0),
        ("surprise", 0.0, 20),
    ],
)
def test_the_more_surprising_the_stronger(
    measure: TokenMeasure, calm: float, strong: float
) -> None:
    steps = [step_of(measure, calm + (strong - calm) * i / 999) for i in range(1000)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, STEPS - 1)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_step_has_its_words(measure: TokenMeasure) -> None:
    assert len(set(legend(measure))) == STEPS


def token(own: int, kept: int, count: int = 6) -> InspectedToken:
    raw = [2.0 ** -(i + 1) for i in range(count)]
    mass = sum(raw[:kept])
    rows = tuple(
        Alternative(
            i, f"▁<b>{i}", math.log(p), p, p, p / mass if i < kept else 0.0, True, i < kept, False
        )
        for i, p in enumerate(raw)
    )
    mine = (
        rows[own]
        if own < count
        else Alternative(own, "x", -9.0, 0.0001, 0.0001, 0, True, False, False)
    )
    return InspectedToken(3, mine, own + 1, 1.5, kept, mass, rows)


def test_the_figure_tells_kept_cut_and_drawn_apart_without_colour() -> None:
    figure = alternatives_figure(token(own=1, kept=3))
    own, drawn = figure.data[0], figure.data[1]
    assert list(own.marker.pattern.shape) == ["", "", "", "/", "/", "/"]
    assert [x > 0 for x in drawn.x] == [True, True, True, False, False, False]
    names = figure.layout.yaxis.ticktext
    assert [name.startswith(TAKEN_SIGN) for name in names] == [False, True] + [False] * 4
    assert [name.startswith(CUT_SIGN) for name in names] == [False] * 3 + [True] * 3
    assert figure.layout.shapes[0].y0 == 2.5
    assert "top_p" in figure.layout.annotations[0].text
    # A piece never becomes a tag
    assert all("<" not in name for name in names)


def test_the_figure_shows_a_token_beyond_the_likeliest_too() -> None:
    figure = alternatives_figure(token(own=99, kept=6))
    assert len(figure.data[0].x) == 7
    assert figure.layout.yaxis.ticktext[-1].startswith(TAKEN_SIGN)
    assert not figure.layout.shapes
    assert (
        "temperature 0" in alternatives_figure(token(0, 1), greedy=True).layout.annotations[0].text
    )


def test_negligible_alternatives_have_no_bar_unless_they_can_be_drawn() -> None:
    assert [row.id for row in drawn_rows(token(own=0, kept=1, count=20))] == list(range(13))
    assert len(drawn_rows(token(own=0, kept=18, count=20))) == 18
    assert len(drawn_rows(token(own=0, kept=1))) == 6


def test_the_cut_is_drawn_where_all_beyond_it_is_negligible() -> None:
    figure = alternatives_figure(token(own=0, kept=18, count=20))
    assert figure.layout.shapes[0].y0 == 17.5
    assert len(figure.data[0].x) == 18


def test_the_token_that_was_taken_always_has_its_bar() -> None:
    assert [row.id for row in drawn_rows(token(own=19, kept=1, count=20))] == [*range(13), 19]
