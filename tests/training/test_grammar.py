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


def test_unfolded_wordings_of_short_lists_do_not_meet() -> None:
    templates = ("[so|well|and|but] how [is|was|goes] [it|your day|work|life]",)
    train, held = Draw(1), Draw(1, heldout=True)
    seen = {train.ask(templates) for _ in range(600)}
    unseen = {held.ask(templates) for _ in range(600)}
    assert seen
    assert unseen
    assert not seen & unseen


def test_phrases_are_held_out_by_combination_and_all_occur_in_training() -> None:
    phrases = ("hello", "hi", "what's up", "good morning", "howdy", "你好", "早上好")
    train, held = Draw(1), Draw(1, heldout=True)
    seen = {train.phrase(phrases).lower() for _ in range(4000)}
    unseen = {held.phrase(phrases).lower() for _ in range(400)}
    assert not seen & unseen
    for phrase in phrases:
        assert any(phrase in text for text in seen)


def test_answers_lean_to_what_stands_first() -> None:
    draw = Draw(1)
    said = [draw.say(("a[x|y]", "b", "c")) for _ in range(2000)]
    assert said.count("Ax") > 2 * said.count("Ay") > 0
    assert said.count("Ax") + said.count("Ay") > 2 * said.count("B") > 0


def test_slot_values_may_hold_marks() -> None:
    assert Draw(1).say("x {v}", v="[1, 2] {a|b}") == "X [1, 2] {a|b}"


@pytest.mark.parametrize(
    ("noun", "article"),
    [("owl", "an"), ("fox", "a"), ("UX designer", "a"), ("SQL expert", "an"), ("user", "a")],
)
def test_articles_go_by_the_sound(noun: str, article: str) -> None:
    assert with_article(noun) == f"{article} {noun}"
