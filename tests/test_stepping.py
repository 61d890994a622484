"""A path comes back from its text as it was, and nothing else does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.fast_tokenizer import FastTokenizer
from core.models.tokenizer_parts import of_folder
from core.tokens.prefix import Prefix, format_path, parse_path
from tests.families import KINDS, make

TOKENIZER = ChatGLMTokenizer(EMBEDDED_FOLDER / "tokenizer.model")
GOING_ON = st.integers(0, TOKENIZER.vocab_size - 1).filter(lambda i: i not in TOKENIZER.stop_ids)


@given(st.lists(GOING_ON, max_size=50), st.sampled_from([None, *sorted(TOKENIZER.stop_ids)]))
def test_a_path_survives_its_link(ids: list[int], end: int | None) -> None:
    path = (*ids, end) if end is not None else tuple(ids)
    assert parse_path(format_path(path), TOKENIZER, 51) == path


@given(st.text(st.sampled_from("0123456789-x٣ "), max_size=12) | st.text(max_size=30))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = parse_path(text, TOKENIZER, 20)
    except InvalidInput:
        return
    assert all(0 <= i < TOKENIZER.vocab_size for i in path)


def test_a_path_ends_with_the_answer_and_fits() -> None:
    end = min(TOKENIZER.stop_ids)
    with pytest.raises(InvalidInput, match="after the end"):
        parse_path(f"{end}-5", TOKENIZER, 10)
    with pytest.raises(InvalidInput, match="3 tokens"):
        parse_path("5-5-5", TOKENIZER, 2)
    assert parse_path("5-5-5", TOKENIZER, None) == (5, 5, 5)


def test_a_chat_begins_after_the_header_of_its_answer() -> None:
    context = Prefix("Who are you?", system="Be brief.", begun="I am")
    given_text = TOKENIZER.decode(context.begun_ids(TOKENIZER))
    assert given_text == "\n I am"
    assert context.prompt_ids(TOKENIZER)[-1] == TOKENIZER.assistant_id
    assert "Be brief." in TOKENIZER.decode(context.prompt_ids(TOKENIZER))


@pytest.mark.parametrize("family", ["qwen2", "llama", "mistral"])
@pytest.mark.parametrize("chat", [True, False])
def test_a_text_is_shown_from_its_first_letter_on(tmp_path: Path, family: str, chat: bool) -> None:
    """Two tokens were cut off, whatever the family puts before a text."""
    make(tmp_path, KINDS[family], chat, shards=1)
    tokenizer = FastTokenizer(of_folder(tmp_path, {}))
    told = Prefix("The fox <|im_start|> is", form="text")
    assert tokenizer.decode(told.shown_ids(tokenizer)) == "The fox <|im_start|> is"
    asked = Prefix("Who are you?", begun="I am")
    shown = tokenizer.decode(asked.shown_ids(tokenizer))
    assert shown == "I am" if chat else shown.startswith("Who are you?")
    assert tokenizer.decode(Prefix("Who?").shown_ids(tokenizer)) == ("" if chat else "Who?")


def test_a_text_of_the_embedded_model_is_shown_from_its_first_letter_on() -> None:
    told = Prefix("The fox <|user|> is", form="text")
    assert TOKENIZER.decode(told.shown_ids(TOKENIZER)) == "The fox <|user|> is"
    assert TOKENIZER.decode(Prefix("Who?", begun="I am").shown_ids(TOKENIZER)) == "\n I am"


def test_plain_text_has_no_roles() -> None:
    context = Prefix("The fox <|user|> is", form="text")
    ids = context.prompt_ids(TOKENIZER)
    assert not set(ids[2:]) & set(TOKENIZER.special.values())
    assert TOKENIZER.decode(ids[2:]) == "The fox <|user|> is"
    assert context.begun_ids(TOKENIZER) == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": "a", "form": "poem"}, "'poem'"),
        ({"prompt": "a\ud800"}, "UTF-8"),
        ({"prompt": "a", "begun": "\udfff"}, "UTF-8"),
    ],
)
def test_what_cannot_be_continued_is_named(values: dict, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        Prefix(**values)
