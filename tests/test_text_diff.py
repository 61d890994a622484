"""Differences: both texts can be read from them, and they are as short as reading allows."""

import random
import time
from itertools import pairwise

import pytest

from core.text_diff import Change, ItemChange, by_items, by_tokens, by_words, words_of

TEXTS = [
    "",
    "\n",
    "You are a Java expert. Answer only questions about Java.",
    "You are a friendly Kotlin expert. Answer only questions about Kotlin and Java.",
    "你是一名 Java 专家。只回答关于 Java 的问题。",
    "你是一位厨师。只回答关于做饭的问题，别的都不说。",
    "  two  blanks\tand a tab\r\nand lines\n\n",
    "<script>alert(1)</script> don't **bold** :smile: 👩‍👩‍👧 e\u0301",
]


def before(changes: tuple[Change, ...]) -> str:
    return "".join(one.text for one in changes if one.kind != "added")


def after(changes: tuple[Change, ...]) -> str:
    return "".join(one.text for one in changes if one.kind != "removed")


@pytest.mark.parametrize("one", TEXTS)
@pytest.mark.parametrize("other", TEXTS)
def test_both_texts_can_be_read_from_the_changes(one: str, other: str) -> None:
    changes = by_words(one, other)
    assert (before(changes), after(changes)) == (one, other)
    assert all(change.text for change in changes)
    assert all(a.kind != b.kind for a, b in pairwise(changes))


def test_both_texts_can_be_read_from_the_changes_of_any_texts() -> None:
    draw = random.Random(7)
    for _ in range(300):
        one, other = ("".join(draw.choices("ab c\n是的。", k=draw.randrange(30))) for _ in "12")
        changes = by_words(one, other)
        assert (before(changes), after(changes)) == (one, other)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_as_it_is(text: str) -> None:
    assert {change.kind for change in by_words(text, text)} <= {"same"}
    assert "".join(words_of(text)) == text


def test_words_change_as_wholes() -> None:
    assert by_words("never promise refunds", "never promise refund") == (
        Change("same", "never promise "),
        Change("removed", "refunds"),
        Change("added", "refund"),
    )


def test_chinese_changes_by_characters() -> None:
    assert by_words("只回答关于做饭的问题", "只回答关于洗碗的问题") == (
        Change("same", "只回答关于"),
        Change("removed", "做饭"),
        Change("added", "洗碗"),
        Change("same", "的问题"),
    )


def test_another_sentence_is_not_cut_into_words_that_it_shares_by_chance() -> None:
    changes = by_words(
        "The invoice is sent within 3 days by e-mail.", "Whatever you do, never promise a refund."
    )
    assert [change.kind for change in changes] == ["removed", "added", "same"]


def test_texts_of_the_longest_length_are_compared_in_time() -> None:
    draw = random.Random(1)
    one, other = ("".join(draw.choices("你我他的是在有不这个", k=20_000)) for _ in "12")
    began = time.process_time()
    by_words(one, other)
    assert time.process_time() - began < 15


def test_tokens_are_told_in_order_and_none_is_lost() -> None:
    one, other = [1, 2, 3, 4], [1, 5, 3, 6, 7]
    changes = by_tokens(one, other)
    assert [id for kind, id in changes if kind != "added"] == one
    assert [id for kind, id in changes if kind != "removed"] == other
    assert ("same", 3) in changes


def test_items_that_keep_words_are_rewritten_and_others_replaced() -> None:
    changes = by_items(["What is a list?", "Who are you?"], ["What is a tuple?", "Hello!", "Bye!"])
    assert [change.kind for change in changes] == ["rewritten", "removed", "added", "added"]
    assert before(changes[0].parts) == "What is a list?"
    assert after(changes[0].parts) == "What is a tuple?"


def test_an_item_that_moves_goes_and_comes() -> None:
    assert [one.kind for one in by_items(["a", "b", "c"], ["b", "c", "a"])] == [
        "removed",
        "same",
        "same",
        "added",
    ]
    assert by_items(["a"], ["a"]) == (ItemChange("same", (Change("same", "a"),)),)
