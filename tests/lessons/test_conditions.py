"""Conditions and texts over figures."""

import pytest

from core.errors import InvalidInput
from core.lessons.conditions import check_text, condition, filled, number

FIGURES = {"different_hot": 7, "different_cold": 1, "kl": 0.00171, "samples": 8}


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("different_hot >= 6", True),
        ("different_hot<6", False),
        ("different_hot > different_cold", True),
        ("different_hot > 6 * different_cold", True),
        ("different_hot > 7.5 * different_cold", False),
        ("different_hot == 7 and different_cold != 1", False),
        ("kl > 0.001 and kl < 0.002", True),
        ("different_hot >= -1", True),
    ],
)
def test_a_condition_compares_figures(source: str, holds: bool) -> None:
    assert condition(source, FIGURES.keys(), "when").holds(FIGURES) is holds


@pytest.mark.parametrize(
    "source",
    ["", "different_hot", "different_hot > ", "1 > different_hot", "different_hot > 6 or kl > 1",
     "__import__('os').remove('x') > 1", "different_hot >= 6; kl > 1", 3, None],
)  # fmt: skip
def test_what_is_no_condition_is_refused(source: object) -> None:
    with pytest.raises(InvalidInput, match="when must be a condition"):
        condition(source, FIGURES.keys(), "when")


def test_an_unknown_figure_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"promises 1: .*'different_warm'.*different_cold"):
        condition("different_warm > 1", FIGURES.keys(), "promises 1")


def test_a_text_gets_its_figures_and_only_the_paragraphs_that_hold() -> None:
    text = "{different_hot} of {samples:.1f}.\n\n{if kl > 1} Never.\n\n{if kl < 1} Small: {kl}."
    check_text(text, FIGURES.keys(), "# seen")
    assert filled(text, FIGURES) == "7 of 8.0.\n\nSmall: 0.00171."


@pytest.mark.parametrize(
    "text",
    ["{different_warm}", "{different_hot.__class__}", "{different_hot!r}", "{0}", "{", "a } b",
     "{different_hot:>1000000000}", "{if nothing > 1} a", "a {if different_hot > 1} b"],
)  # fmt: skip
def test_a_brace_that_names_no_figure_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="# seen"):
        check_text(text, FIGURES.keys(), "# seen")


@pytest.mark.parametrize(
    ("value", "said"),
    [(8, "8"), (8.0, "8"), (70.75, "70.8"), (-5.877, "-5.88"), (1.5e-5, "1.5e-05")],
)
def test_numbers_are_short(value: float, said: str) -> None:
    assert number(value) == said
