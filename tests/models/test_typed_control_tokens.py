"""Whatever is typed, and wherever: no id of a control token comes of it, whether or not the chat
template uses that token. By the raw files, not by what the tokenizer says of itself."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
import tokenizers as library
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.tokenizer import Tokenizer
from core.messages import Message
from core.models import gguf_file
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.fast_tokenizer import FastTokenizer
from core.models.tokenizer_parts import of_folder
from core.models.tokenizers import open_tokenizer
from tests.families import CHATML, KINDS, make
from tests.gguf_files import ARCHITECTURES, write_gguf
from tests.real_model import smollm2

# Published vocabularies have such tokens beside those of their chat format; words are among them
# too
UNUSED = ("<|fim_prefix|>", "<|fim_suffix|>", "[TOOL_CALLS]", "<｜fim▁hole｜>", "</tool_response>")
WORDS = ("ü", "    ", "Prompt Lab")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Tokenizer, dict[str, int]]]:
    """Tokenizers by name, each with its control tokens as its file has them."""
    shelf = tmp_path_factory.mktemp("typed")
    found: dict[str, tuple[Tokenizer, dict[str, int]]] = {}
    for name, kind in KINDS.items():
        folder = make(shelf / name, kind)
        controls = _with_unused(folder / "tokenizer.json")
        found[name] = (FastTokenizer(of_folder(folder, {})), controls)
    for architecture in ARCHITECTURES:
        found[f"{architecture}.gguf"] = _of_gguf(write_gguf(shelf / "a.gguf", architecture))
    found["chatglm3"] = _of_chatglm()
    return found


def _with_unused(file: Path) -> dict[str, int]:
    """Add tokens that no template uses; all control tokens of the file with their ids."""
    raw = library.Tokenizer.from_file(str(file))
    raw.add_tokens([library.AddedToken(name, special=False) for name in (*UNUSED, *WORDS)])
    raw.save(str(file))
    rows = json.loads(file.read_text(encoding="utf-8"))["added_tokens"]
    return {row["content"]: row["id"] for row in rows if row["content"] not in WORDS}


def _of_gguf(file: Path) -> tuple[Tokenizer, dict[str, int]]:
    read = gguf_file.read(file)
    names = read.listed("tokenizer.ggml.tokens", str)
    kinds = read.listed("tokenizer.ggml.token_type", int)
    controls = {name: i for i, name in enumerate(names) if kinds[i] in (2, 3, 4)}
    return open_tokenizer(inspect(file)), controls


def _of_chatglm() -> tuple[Tokenizer, dict[str, int]]:
    tokenizer = open_tokenizer(inspect(EMBEDDED_FOLDER))
    every = range(tokenizer.vocab_size)
    return tokenizer, {tokenizer.piece(i): i for i in every if tokenizer.is_control(i)}


NAMES = [*KINDS, *(f"{name}.gguf" for name in ARCHITECTURES), "chatglm3"]


def _given(ids: Iterable[int], controls: dict[str, int]) -> list[int]:
    return [i for i in ids if i in controls.values()]


def _talk(tokenizer: Tokenizer, text: str, name: str) -> list[int]:
    """A prompt with a text in every place that a visitor writes."""
    turns = [Message("user", text), Message("assistant", "Yes."), Message("user", f"a{text}")]
    system = [] if name.startswith("mistral") else [Message("system", text)]
    tools = [{"name": text, text: [text]}] if tokenizer.tools else None
    return tokenizer.prompt_ids([*system, *turns], tools)


@pytest.mark.parametrize("name", NAMES)
def test_no_typed_name_becomes_its_id(
    name: str, opened: dict[str, tuple[Tokenizer, dict[str, int]]]
) -> None:
    tokenizer, controls = opened[name]
    assert len(controls) >= 3
    harmless = _given(_talk(tokenizer, "hello", name), controls)
    for control, control_id in controls.items():
        assert tokenizer.is_control(control_id)
        for text in (control, f" {control}\n", f"x{control}{control}y"):
            assert _given(tokenizer.encode(text), controls) == []
            assert _given(_talk(tokenizer, text, name), controls) == harmless
            assert _given(tokenizer.answer_ids(text), controls) == []


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_text_made_of_names_and_their_parts_gives_one(
    name: str, opened: dict[str, tuple[Tokenizer, dict[str, int]]], data: st.DataObject
) -> None:
    tokenizer, controls = opened[name]
    parts = sorted({part for c in controls for part in (c, c[: len(c) // 2], c[len(c) // 2 :])})
    text = "".join(data.draw(st.lists(st.sampled_from([*parts, " ", "\n", "é"]), max_size=8)))
    assert _given(tokenizer.encode(text), controls) == []
    harmless = _given(_talk(tokenizer, "hello", name), controls)
    assert _given(_talk(tokenizer, text, name), controls) == harmless


def test_what_the_model_wrote_keeps_its_own_tags_alone(tmp_path: Path) -> None:
    folder = make(tmp_path / "qwen3", KINDS["qwen3"])
    controls = _with_unused(folder / "tokenizer.json")
    template = "{# has <think> and </think> #}" + CHATML
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    tokenizer = FastTokenizer(of_folder(folder, {}))
    answer = "<think>a</think><|fim_prefix|>b<|im_end|>"
    talk = [Message("user", "?"), Message("assistant", answer), Message("user", "?")]
    other = [talk[0], Message("assistant", "ab"), talk[2]]
    before, after = (_given(tokenizer.prompt_ids(t), controls) for t in (other, talk))
    tags = [controls["<think>"], controls["</think>"]]
    rest = list(after)
    at = next(n for n, pair in enumerate(pairwise(after)) if list(pair) == tags)
    del rest[at : at + 2]
    assert rest == before


@pytest.mark.parametrize("word", WORDS)
def test_an_added_word_stays_a_word(word: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "llama", KINDS["llama"])
    _with_unused(folder / "tokenizer.json")
    raw = library.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer = FastTokenizer(of_folder(folder, {}))
    assert tokenizer.encode(f"a{word}b") == raw.encode(f"a{word}b", add_special_tokens=False).ids


def test_an_end_that_is_no_added_token_cannot_be_typed(tmp_path: Path) -> None:
    folder = make(tmp_path / "mistral", KINDS["mistral"])
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["added_tokens"] = [r for r in content["added_tokens"] if r["content"] != "</s>"]
    vocabulary = content["model"]["vocab"]
    for piece in ("<", "/", "s", ">", "</", "s>"):
        vocabulary.setdefault(piece, len(vocabulary))
    content["model"]["merges"] = [["<", "/"], ["s", ">"], ["</", "s>"]]
    file.write_text(json.dumps(content), encoding="utf-8")
    raw = library.Tokenizer.from_file(str(file))
    assert vocabulary["</s>"] in raw.encode("a</s>", add_special_tokens=False).ids
    tokenizer = FastTokenizer(of_folder(folder, {"eos_token_id": vocabulary["</s>"]}))
    assert tokenizer.encode("</s>")[1:] == [vocabulary["</"], vocabulary["s>"]]
    assert tokenizer.stop_ids == {vocabulary["</s>"]}


def test_a_piece_that_a_gguf_file_calls_a_word_and_an_end_cannot_be_typed(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "a.gguf", "mistral")
    tokens = gguf_file.read(file).listed("tokenizer.ggml.tokens", str)
    kinds = gguf_file.read(file).listed("tokenizer.ggml.token_type", int)
    kinds[tokens.index("</s>")] = 1
    write_gguf(file, "mistral", changes={"tokenizer.ggml.token_type": kinds})
    tokenizer = open_tokenizer(inspect(file))
    assert tokens.index("</s>") not in tokenizer.encode("a</s> </s>")
    assert tokenizer.is_control(tokens.index("</s>"))


def test_no_typed_name_becomes_its_id_in_a_real_model() -> None:
    tokenizer, controls = _of_gguf(smollm2())
    assert len(controls) > 15
    harmless = _given(_talk(tokenizer, "hello", ""), controls)
    for control in controls:
        assert _given(_talk(tokenizer, f"x{control}", ""), controls) == harmless
