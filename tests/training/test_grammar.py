"""The template engine and the split into training and held-out."""

import pytest

from training.grammar import Draw, TemplateError, heldout_places, reserved, with_article


def test_same_seed_gives_same_text() -> None:
    text = "[a|b|c] and [d|e|f] [g|h]"
    first, second = Draw(3), Draw(3)
    assert [first.say(text) for _ in range(20)] == [second.say(text) for _ in range(20)]


def test_choices_nest_and_may_be_empty() -> None:
    draw = Draw(1)
    seen = {draw.say("x[ [y|z]|]") for _ in range(100)}
    assert seen == {"X", "X y", "X z"}


def test_slots_take_an_article() -> None:
    assert Draw(1).say("{an a} saw {b}", a="owl", b="Tom") == "An owl saw Tom"
    assert with_article("fox") == "a fox"


@pytest.mark.parametrize("text", ["[a|b", "a]", "{name", "{missing}"])
def test_faulty_templates_are_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        Draw(1).say(text)


def test_first_entry_is_never_held_out_and_long_lists_hold_one_out() -> None:
    options = tuple(f"wording number {i}" for i in range(40))
    for size in range(1, 40):
        held = heldout_places(options[:size])
        assert 0 not in held
        assert held or size < 5


def test_splits_do_not_meet() -> None:
    options = [f"value {i}" for i in range(100)]
    train, held = Draw(1), Draw(1, heldout=True)
    seen = {train.value(options) for _ in range(2000)}
    unseen = {held.value(options) for _ in range(2000)}
    assert not seen & unseen
    assert seen | unseen == set(options)


def test_reserved_is_a_fixed_share() -> None:
    count = sum(reserved(f"text {i}") for i in range(4000))
    assert 400 < count < 600
