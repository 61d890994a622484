"""Sentences one after the other."""

import pytest

from core.i18n import sentences


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([], ""),
        (["", "One."], "One."),
        (["One.", "", "Two."], "One. Two."),
        (["一。", "二。"], "一。二。"),
        (["一。", "Two."], "一。Two."),
        (["One.", "二。"], "One. 二。"),
    ],
)
def test_only_a_full_stop_without_a_space_of_its_own_gets_one(said: list[str], text: str) -> None:
    assert sentences(said) == text
