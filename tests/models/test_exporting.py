"""What is written for other programs is the same model: its ids, its scores, its ends."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from core.errors import CheckpointError, InvalidInput
from core.messages import Message
from core.models import chatglm_json
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.chatglm_tokenizer import ChatGLMTokenizer
from core.models.checkpoint import inspect
from core.models.exporting import export
from core.models.loading import LoadedModel, load
from core.models.tokenizers import open_tokenizer
from tests.families import KINDS, make
from tests.gguf_files import write_gguf

TALKS = [
    [Message("user", "你好，你是谁？")],
    [Message("system", "  Be brief. \n"), Message("user", "a <|user|> b\n\nc")],
    [
        Message("user", "What is the weather in Oslo?"),
        Message("assistant", 'tool_call(location="Oslo")', "get_weather"),
        Message("observation", '{"temperature": -5}'),
        Message("assistant", "-5 °C."),
        Message("user", " 😀 [gMASK]"),
    ],
]


@pytest.fixture(scope="module")
def glm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "glm"
    export(EMBEDDED_FOLDER, folder, "fp32")
    return folder


def test_whoever_reads_the_configuration_reads_the_weights(glm: Path) -> None:
    assert len({file.stat().st_mode for file in glm.iterdir()}) == 1


def test_chatglm3_becomes_a_glm_of_the_same_scores(glm: Path, loaded: LoadedModel) -> None:
    ids = torch.tensor([loaded.tokenizer.prompt_ids(TALKS[0])])
    # As anybody loads it, without this program's classes
    other = AutoModelForCausalLM.from_pretrained(glm, dtype=torch.float32)
    assert type(other).__name__ == "GlmForCausalLM"
    with torch.inference_mode():
        assert torch.allclose(other(ids).logits, loaded.model(ids).logits, atol=1e-5)


@pytest.mark.parametrize("talk", range(len(TALKS)))
def test_chatglm3_keeps_the_ids_of_its_conversations(glm: Path, talk: int) -> None:
    written, own = open_tokenizer(inspect(glm)), open_tokenizer(inspect(EMBEDDED_FOLDER))
    ids = own.prompt_ids(TALKS[talk])
    assert written.prompt_ids(TALKS[talk]) == ids
    assert written.stop_ids == own.stop_ids
    assert written.text_start() == own.text_start()
    if "<|" in TALKS[talk][-1].content or "[gMASK]" in TALKS[talk][-1].content:
        return  # where a text is all that there is, a typed role becomes one
    library = PreTrainedTokenizerFast.from_pretrained(glm)
    messages = [{"role": m.role, "content": m.content} for m in TALKS[talk]]
    made = library.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert made == ids


def test_its_tokenizer_gives_the_published_ids(golden: Path, tmp_path: Path) -> None:
    folder = golden / "tokenizer"
    file = folder / "tokenizer.model"
    own = ChatGLMTokenizer(file)
    parts = chatglm_json.of_file(file)
    from core.models.fast_tokenizer import FastTokenizer

    written = FastTokenizer(parts)
    for line in (folder / "strings.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        assert written.encode(row["text"]) == row["ids"]
        assert written.decode(row["ids"]) == own.decode(row["ids"])
    for line in (folder / "conversations.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        turns = [*row["history"], {"role": row["role"], "content": row["query"]}]
        talk = [Message(t["role"], t["content"], t.get("metadata", "")) for t in turns]
        assert written.prompt_ids(talk) == own.prompt_ids(talk)


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path) -> None:
    import sentencepiece

    text = tmp_path / "text"
    text.write_text("\n".join(f"some words {n} and others" for n in range(300)))
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(tmp_path / "tokenizer"),
        vocab_size=300,
        model_type="unigram",
        byte_fallback=True,
        minloglevel=2,
    )
    with pytest.raises(CheckpointError, match="cuts texts in a way"):
        chatglm_json.of_file(tmp_path / "tokenizer.model")


def test_a_gguf_file_becomes_a_folder_of_the_same_model(tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "small.gguf", "llama", "Q4_1")
    made = export(file, tmp_path / "out", "fp32")
    assert made.bytes > 4 * inspect(file).sizes.parameters
    one, other = load(file, device="cpu", precision="fp32"), load(made.folder, device="cpu")
    ids = torch.tensor([one.tokenizer.prompt_ids(TALKS[0])])
    assert other.tokenizer.prompt_ids(TALKS[0]) == ids[0].tolist()
    assert other.tokenizer.stop_ids == one.tokenizer.stop_ids
    with torch.inference_mode():
        assert torch.equal(one.model(ids).logits, other.model(ids).logits)


def test_what_needs_no_copy_is_told(tmp_path: Path) -> None:
    folder = make(tmp_path / "qwen", KINDS["qwen2"])
    with pytest.raises(InvalidInput, match="as it is"):
        export(folder, tmp_path / "out")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InvalidInput, match="not empty"):
        export(EMBEDDED_FOLDER, tmp_path)
    with pytest.raises(InvalidInput, match="int8"):
        export(EMBEDDED_FOLDER, tmp_path / "new", "int8")
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
