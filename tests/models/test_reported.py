"""What people report of loaders: odd files are read as they are meant, or refused by name."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import CheckpointError
from core.messages import Message
from core.models.checkpoint import inspect
from core.models.preparing import prepare
from core.models.tokenizers import open_tokenizer
from tests.families import KINDS, make

PLAIN = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}<|im_start|>"
OTHER = "<|im_start|>{{ messages[-1].content }} of another<|im_end|>"
# Takes a flag out of the system message, whose rest it leaves
NO_THINK = (
    '{%- set s = messages[0].content if messages[0].role == "system" else "" -%}'
    '{{- "<|im_start|>system\\nMode: " ~ ("off" if "/no_think" in s else "on") ~ "\\n" ~ '
    's.replace("/no_think", "").rstrip() ~ "<|im_end|>\\n" -}}'
    '{%- for m in messages if m.role != "system" -%}'
    '{{- "<|im_start|>" ~ m.role ~ "\\n" ~ m.content ~ "<|im_end|>\\n" -}}{%- endfor -%}'
    '{{- "<|im_start|>assistant\\n" -}}'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make(tmp_path / "model", KINDS["qwen2"])
    (made / "chat_template.jinja").unlink()
    return made


def _set(file: Path, **values: Any) -> None:
    content = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(content | values), encoding="utf-8")


def _prompt(folder: Path) -> str:
    tokenizer = open_tokenizer(inspect(folder))
    assert tokenizer.chat == inspect(folder).chat
    return tokenizer.decode(tokenizer.prompt_ids([Message("user", "hi")]))


@pytest.mark.parametrize(
    "given",
    [
        [{"name": "rag", "template": OTHER}, {"name": "default", "template": PLAIN}],
        [{"name": "rag", "template": OTHER}, {"name": "tool_use", "template": PLAIN}],
        [{"name": "whatever", "template": PLAIN}],
        {"default": PLAIN, "rag": OTHER},
        PLAIN,
    ],
)
def test_of_templates_by_name_that_of_a_conversation_is_taken(folder: Path, given: Any) -> None:
    wanted = "<|im_start|>hi<|im_end|><|im_start|>"
    _set(folder / "tokenizer_config.json", chat_template=given)
    assert _prompt(folder) == wanted
    _set(folder / "tokenizer_config.json", chat_template=None)
    _set(folder / "chat_template.json", chat_template=given)
    assert _prompt(folder) == wanted


@pytest.mark.parametrize(
    "given", [[], {}, 7, "", [{"name": ["a"]}], [1], [{"name": "rag", "template": 3}]]
)
def test_no_template_is_plain_text(folder: Path, given: Any) -> None:
    _set(folder / "tokenizer_config.json", chat_template=given)
    assert _prompt(folder) == "hi"
    (folder / "chat_template.jinja").write_text(" \n", encoding="utf-8")
    assert _prompt(folder) == "hi"


def test_a_mark_of_the_encoding_belongs_to_no_text(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text(PLAIN, encoding="utf-8-sig")
    for name in ("config.json", "tokenizer_config.json"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8-sig")
    assert _prompt(folder) == "<|im_start|>hi<|im_end|><|im_start|>"


@pytest.mark.parametrize("given", ["<|endoftext|>", ["<|endoftext|>", "nothing"], True, -1, {}])
def test_an_end_may_be_named_by_its_token(folder: Path, given: Any) -> None:
    _set(folder / "generation_config.json", eos_token_id=given)
    tokenizer = open_tokenizer(inspect(folder))
    named = {tokenizer.piece(i) for i in tokenizer.stop_ids}
    assert named == {"<|im_end|>"} | ({"<|endoftext|>"} if "endof" in str(given) else set())


@pytest.mark.parametrize("kind", ["foo", "su", "mrope", ["x"], {}, 3])
@pytest.mark.parametrize("field", ["rope_scaling", "rope_parameters"])
def test_an_unknown_way_to_stretch_the_context_is_named(
    folder: Path, field: str, kind: Any
) -> None:
    _set(folder / "config.json", **{field: {"type": kind, "factor": 2.0}})
    with pytest.raises(CheckpointError, match=f"stretches the context.*{re.escape(repr(kind))}"):
        inspect(folder)


def _beyond(folder: Path) -> None:
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    next_id = max(row["id"] for row in content["added_tokens"]) + 1
    row = {**content["added_tokens"][-1]}
    content["added_tokens"] += [row | {"id": next_id + n, "content": f"<|{n}|>"} for n in range(99)]
    file.write_text(json.dumps(content), encoding="utf-8")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a missing shard": (
        lambda f: next(f.glob("model-00002*")).unlink(),
        "is missing 1 of 2 shards: model-00002-of-00002.safetensors",
    ),
    "tokens beyond the rows": (_beyond, "they do not belong together"),
    "untied without a head": (
        lambda f: _set(f / "config.json", tie_word_embeddings=False),
        "the first is lm_head.weight",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_missing_is_named(folder: Path, name: str) -> None:
    damage, said = DAMAGES[name]
    damage(folder)
    with pytest.raises(CheckpointError, match=re.escape(said)):
        prepare(folder, device="cpu")


@pytest.mark.parametrize("system", ["/no_think", "Be brief. /no_think", "Be brief.", ""])
def test_a_flag_may_be_taken_out_of_the_system_message(folder: Path, system: str) -> None:
    (folder / "chat_template.jinja").write_text(NO_THINK, encoding="utf-8")
    tokenizer = open_tokenizer(inspect(folder))
    talk = [Message("system", system), Message("user", "hi")]
    said = tokenizer.decode(tokenizer.prompt_ids(talk))
    mode = "off" if "/no_think" in system else "on"
    rest = system.replace("/no_think", "").rstrip()
    assert said.startswith(f"<|im_start|>system\nMode: {mode}\n{rest}<|im_end|>\n")
