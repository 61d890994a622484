"""Deltas add up to the decoding of the whole, however the ids arrive."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.reply import Detokenizer, ReplyText, parse_reply, reply_text
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import TOKENIZER_FILE

TOKENIZER = ChatGLMTokenizer(EMBEDDED_FOLDER / TOKENIZER_FILE)
ALPHABET = "ab .,!?\n\t你好，世界。😀👩‍👩‍👧é<|user|>"
texts = st.one_of(st.text(ALPHABET, max_size=40), st.text(max_size=40))


def _split(ids: Sequence[int], seed: int) -> list[list[int]]:
    """`ids` cut into random parts, some of them empty."""
    chance = random.Random(seed)
    parts: list[list[int]] = [[]]
    for i in ids:
        parts[-1].append(i)
        while chance.random() < 0.5:
            parts.append([])
    return parts


def _deltas(tokenizer: ChatGLMTokenizer, ids: Sequence[int], seed: int) -> str:
    detokenizer = Detokenizer(tokenizer)
    parts = [detokenizer.feed(part) for part in _split(ids, seed)]
    return "".join(parts) + detokenizer.finish()


def _reply_deltas(ids: Sequence[int], seed: int) -> str:
    reply = ReplyText(TOKENIZER)
    parts = [reply.feed(part) for part in _split(ids, seed)]
    return "".join(parts) + reply.finish()


def _whole_reply(ids: Sequence[int]) -> str:
    return reply_text(parse_reply(TOKENIZER, ids))


@settings(deadline=None, max_examples=300)
@given(text=texts, seed=st.integers(0, 99))
def test_deltas_add_up(text: str, seed: int) -> None:
    ids = TOKENIZER.encode(text)
    assert _deltas(TOKENIZER, ids, seed) == TOKENIZER.decode(ids)


@settings(deadline=None, max_examples=60)
@given(text=st.text(ALPHABET, min_size=1, max_size=12), times=st.integers(10, 40))
def test_deltas_of_long_texts_add_up(text: str, times: int) -> None:
    ids = TOKENIZER.encode(text * times)
    assert _deltas(TOKENIZER, ids, times) == TOKENIZER.decode(ids)


@settings(deadline=None, max_examples=200)
@given(ids=st.lists(st.integers(0, TOKENIZER.vocab_size - 1), max_size=150))
def test_deltas_of_any_ids_add_up(ids: list[int]) -> None:
    assert _deltas(TOKENIZER, ids, len(ids)) == TOKENIZER.decode(ids)


def test_deltas_of_the_published_tokenizer_add_up(golden: Path) -> None:
    published = ChatGLMTokenizer(golden / "tokenizer/tokenizer.model")
    lines = (golden / "tokenizer/strings.jsonl").read_text(encoding="utf-8").splitlines()
    for seed, line in enumerate(lines):
        ids = json.loads(line)["ids"]
        assert _deltas(published, ids, seed) == published.decode(ids)
        assert _deltas(published, ids * 9, seed) == published.decode(ids * 9)


def test_half_a_character_is_held_back() -> None:
    ids = TOKENIZER.encode("a😀")
    detokenizer = Detokenizer(TOKENIZER)
    deltas = [detokenizer.feed([i]) for i in ids]
    assert all("\ufffd" not in delta for delta in deltas)
    assert "".join(deltas) == TOKENIZER.decode(ids)


@settings(deadline=None, max_examples=300)
@given(
    segments=st.lists(st.tuples(st.sampled_from(["", "weather"]), texts), min_size=1, max_size=4),
    stopped=st.booleans(),
    seed=st.integers(0, 99),
)
def test_reply_deltas_add_up(segments: list[tuple[str, str]], stopped: bool, seed: int) -> None:
    ids: list[int] = []
    for number, (metadata, content) in enumerate(segments):
        if number:
            ids.append(TOKENIZER.assistant_id)
        ids += [*TOKENIZER.encode(f"{metadata}\n"), *TOKENIZER.encode(content)]
    if stopped:
        ids.append(min(TOKENIZER.stop_ids))
    assert _reply_deltas(ids, seed) == _whole_reply(ids)


@settings(deadline=None, max_examples=200)
@given(ids=st.lists(st.integers(0, TOKENIZER.vocab_size - 1), max_size=120))
def test_reply_deltas_of_any_ids_add_up(ids: list[int]) -> None:
    assert _reply_deltas(ids, len(ids)) == _whole_reply(ids)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("", "Hello.")], "Hello."),
        ([("weather", "tool_call(city='Rome')")], "tool_call(city='Rome')"),
        ([("", " Let me see. "), ("weather", "tool_call()")], "Let me see.\n\ntool_call()"),
        ([("", ""), ("", "x")], "x"),
    ],
)
def test_replies_without_metadata_lines(parts: list[tuple[str, str]], expected: str) -> None:
    ids: list[int] = []
    for metadata, content in parts:
        ids += [TOKENIZER.assistant_id] if ids else []
        ids += [*TOKENIZER.encode(f"{metadata}\n"), *TOKENIZER.encode(content)]
    assert _whole_reply(ids) == expected
    assert [m.metadata for m in parse_reply(TOKENIZER, ids)] == [m for m, _content in parts]
