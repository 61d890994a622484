"""Pieces read as text: whatever is encoded comes back in characters, each with its pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.tokens.pieces import byte_of, characters, text_of, visible

TOKENIZER = ChatGLMTokenizer(EMBEDDED_FOLDER / "tokenizer.model")


def bytes_of(text: str) -> list[str]:
    return [f"<0x{byte:02X}>" for byte in text.encode()]


@given(st.text(max_size=40))
def test_bytes_of_any_text_become_its_characters(text: str) -> None:
    found = characters(bytes_of(text))
    assert "".join(character.text for character in found) == text
    assert [c.start for c in found[1:]] == [c.end for c in found[:-1]]


@given(st.text(max_size=40))
def test_characters_cover_the_pieces_of_any_encoded_text(text: str) -> None:
    pieces = [TOKENIZER.piece(i) for i in TOKENIZER.encode(text)]
    found = characters(pieces)
    assert sum(c.end - c.start for c in found) == len(pieces)
    assert (
        "".join(c.text for c in found).strip() == TOKENIZER.decode(TOKENIZER.encode(text)).strip()
    )


@given(st.lists(st.integers(0, 255), max_size=12))
def test_any_bytes_are_shown_and_none_is_lost(raw: list[int]) -> None:
    found = characters([f"<0x{byte:02X}>" for byte in raw])
    assert sum(c.end - c.start for c in found) == len(raw)
    assert all(c.text for c in found)


def test_a_byte_that_belongs_to_nothing_has_its_name() -> None:
    found = characters(["▁the", "<0xE7>", "<0x8B>", "x", "<0xE7>", "<0x8B>", "<0x90>", "<0x0A>"])
    assert [c.text for c in found] == [" the", "0xE7", "0x8B", "x", "狐", "\n"]
    assert (found[4].start, found[4].end) == (4, 7)


@pytest.mark.parametrize(
    ("piece", "text", "seen"),
    [
        ("▁the", " the", "·the"),
        ("<0x0A>", "\n", "↵"),
        ("狐", "狐", "狐"),
        ("<0xE4>", "0xE4", "0xE4"),
    ],
)
def test_what_is_seen_of_a_piece(piece: str, text: str, seen: str) -> None:
    assert text_of(piece) == text
    assert visible(text) == seen


def test_nothing_hides() -> None:
    assert visible("a\u202eb\u0000") == "aU+202EbU+0000"
    assert visible("") == "∅"
    assert byte_of("<0x0A>") == 10
    assert byte_of("<0x0AB>") is None
