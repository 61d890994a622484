"""The ids of a stream are found again where a character has several of them."""

from collections.abc import Iterable
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from core.backends.tokenizer import Tokenizer
from core.llama.held_back import PartialTokens, StreamedIds

CONTROL = 256


class Bytes:
    """A tokenizer of bytes, as those of byte-level vocabularies tell their pieces."""

    vocab_size = 257

    def piece(self, token_id: int) -> str:
        if token_id == CONTROL:
            return "<|end|>"
        return chr(token_id) if token_id < 128 else f"<0x{token_id:02X}>"

    def is_control(self, token_id: int) -> bool:
        return token_id == CONTROL


class Pairs(Bytes):
    """The same with one token of two bytes in the middle of a character."""

    vocab_size = 258

    def piece(self, token_id: int) -> str:
        return "<0x9F><0x98>" if token_id == 257 else super().piece(token_id)


def streamed(ids: Iterable[int], raw: dict[int, bytes]) -> list[dict[str, object]]:
    """What llama.cpp tells of these tokens."""
    events: list[dict[str, object]] = []
    pending = b""
    for count, token_id in enumerate(ids, 1):
        pending += raw.get(token_id, b"" if token_id == CONTROL else bytes([token_id % 256]))
        try:
            text = pending.decode()
        except UnicodeDecodeError:
            continue
        pending = b""
        events.append({"content": text, "tokens": [token_id], "tokens_predicted": count})
    events.append({"content": "", "tokens": [], "tokens_predicted": len(list(ids)), "stop": True})
    return events


def found(tokenizer: Bytes, events: list[dict[str, object]]) -> StreamedIds:
    ids = StreamedIds(PartialTokens(cast(Tokenizer, tokenizer)))
    for event in events:
        ids.feed(event)
    return ids


@given(text=st.text(max_size=30))
def test_whole_characters_give_all_ids(text: str) -> None:
    ids = [*text.encode(), CONTROL]
    result = found(Bytes(), streamed(ids, {}))
    assert (result.ids, result.open) == (ids, False)


def test_half_a_character_at_the_end_is_left_open() -> None:
    ids = list("a😀".encode()[:-1])
    result = found(Bytes(), streamed(ids, {}))
    assert (result.ids, result.open) == ([97], True)


def test_of_two_ways_to_write_a_character_none_is_guessed() -> None:
    raw = {257: b"\x9f\x98"}
    # Four bytes as three tokens: the middle one may be the first two, the next two, or the pair
    one = found(Pairs(), streamed([0xF0, 257, 0x80], raw))
    assert (one.ids, one.open) == ([0xF0, 257, 0x80], False)
    other = found(Twice(), streamed([0xF0, 257, 0x80, 98], raw))
    assert (other.ids, other.open) == ([], True)


class Twice(Pairs):
    """The same pair under two ids."""

    vocab_size = 259

    def piece(self, token_id: int) -> str:
        return "<0x9F><0x98>" if token_id == 258 else super().piece(token_id)
