"""A word is cut alike wherever it stands."""

import pytest

from core.models.chatglm_tokenizer import ChatGLMTokenizer
from training.evaluate import OUT
from training.tokenizer import BLANK

WORDS = ("compare", "temperature", "Zorblim", "weather", "price")


def _pieces(tokenizer: ChatGLMTokenizer, text: str) -> list[str]:
    return [tokenizer.piece(i) for i in tokenizer.encode(text)]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_behind_a_quote_has_the_pieces_that_it_has_behind_a_blank(
    tokenizer: ChatGLMTokenizer, word: str
) -> None:
    for one in (tokenizer, ChatGLMTokenizer(OUT / "tokenizer.model")):
        behind_blank = [piece.removeprefix(BLANK) for piece in _pieces(one, word)]
        quoted = _pieces(one, f'"{word}')
        assert quoted[0] == BLANK + '"'
        assert quoted[1:] == [piece for piece in behind_blank if piece]


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world",
        "  two  blanks ",
        "def f():\n    return 12 + 30\n",
        "你好，世界！ 狐狸",
        "𝄞 ø",
    ],
)
def test_text_comes_back_as_it_was(tokenizer: ChatGLMTokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_no_chinese_piece_is_half_a_sentence(tokenizer: ChatGLMTokenizer) -> None:
    pieces = (tokenizer.piece(i).strip(BLANK) for i in range(tokenizer.text_vocab_size))
    assert [piece for piece in pieces if not piece.isascii() and len(piece) > 4] == []
