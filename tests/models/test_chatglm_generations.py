"""Every other ChatGLM is refused by its name, with the model to take instead; ChatGLM3 is not."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.errors import CheckpointError
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.configuration import check_config
from core.models.preparing import prepare

# What ChatGLM2 and ChatGLM3 publish alike, in small sizes
SHARED = {
    "model_type": "chatglm",
    "architectures": ["ChatGLMModel"],
    "add_bias_linear": False,
    "add_qkv_bias": True,
    "ffn_hidden_size": 96,
    "hidden_size": 64,
    "kv_channels": 32,
    "layernorm_epsilon": 1e-05,
    "multi_query_attention": True,
    "multi_query_group_num": 2,
    "num_attention_heads": 2,
    "num_layers": 2,
    "original_rope": True,
    "padded_vocab_size": 65024,
    "post_layer_norm": True,
    "rmsnorm": True,
    "seq_length": 32768,
    "eos_token_id": 2,
}
FIRST = {
    "model_type": "chatglm",
    "architectures": ["ChatGLMModel"],
    "bos_token_id": 130004,
    "eos_token_id": 130005,
    "hidden_size": 4096,
    "inner_hidden_size": 16384,
    "layernorm_epsilon": 1e-05,
    "max_sequence_length": 2048,
    "num_attention_heads": 32,
    "num_layers": 28,
    "position_encoding_2d": True,
    "vocab_size": 130528,
}
ROLES_2 = 'special_tokens = ["[MASK]", "[gMASK]", "[sMASK]", "sop", "eop"]'
ROLES_3 = ROLES_2.replace('"eop"', '"eop", "<|system|>", "<|user|>"')


def _refusal(folder: Path, config: dict[str, Any]) -> str:
    with pytest.raises(CheckpointError) as error:
        check_config(folder / "config.json", config)
    return str(error.value)


@pytest.mark.parametrize("name", ["THUDM/chatglm2-6b", "zai-org/chatglm2-6b-32k", "ChatGLM2"])
def test_chatglm2_is_known_by_the_name_it_was_published_under(tmp_path: Path, name: str) -> None:
    said = _refusal(tmp_path / "model", SHARED | {"_name_or_path": name})
    assert "holds ChatGLM2" in said
    assert "zai-org/chatglm3-6b" in said


@pytest.mark.parametrize("folder", ["chatglm2-6b", "THUDM--chatglm2-6b-32k", "ChatGLM2_mine"])
def test_chatglm2_is_known_by_its_folder(tmp_path: Path, folder: str) -> None:
    assert "holds ChatGLM2" in _refusal(tmp_path / folder, SHARED)


def test_chatglm2_is_known_by_the_code_beside_it(tmp_path: Path) -> None:
    (tmp_path / "tokenization_chatglm.py").write_text(ROLES_2, encoding="utf-8")
    assert "holds ChatGLM2" in _refusal(tmp_path, SHARED)


def test_chatglm3_is_not_taken_for_another(tmp_path: Path) -> None:
    for folder, name in (
        ("model", "THUDM/chatglm3-6b"),
        ("chatglm2-replaced", "THUDM/chatglm3-6b-base"),
        ("chatglm3-better-than-chatglm2", ""),
        ("model", "/home/me/chatglm"),
    ):
        assert check_config(tmp_path / folder / "config.json", SHARED | {"_name_or_path": name})
    (tmp_path / "tokenization_chatglm.py").write_text(ROLES_3, encoding="utf-8")
    assert check_config(tmp_path / "config.json", SHARED)


@pytest.mark.parametrize("more", [{}, {"quantization_bit": 4}, {"pre_seq_len": 128}])
def test_the_first_chatglm_is_named(tmp_path: Path, more: dict[str, Any]) -> None:
    said = _refusal(tmp_path / "model", FIRST | more)
    assert "holds the first ChatGLM-6B" in said
    assert "zai-org/chatglm3-6b" in said


def test_glm4_in_its_first_layout_is_told_of_the_one_that_loads(tmp_path: Path) -> None:
    config = SHARED | {
        "padded_vocab_size": 151552,
        "eos_token_id": [151329, 151336, 151338],
        "rope_ratio": 500,
    }
    said = _refusal(tmp_path / "glm-4-9b-chat", config)
    assert "GLM-4 in its first layout" in said
    assert "zai-org/glm-4-9b-chat-hf" in said


def test_a_tiktoken_file_is_not_asked_for_again(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(EMBEDDED_FOLDER / name, folder / name)
    words = b"".join(base64.b64encode(bytes([n])) + b" %d\n" % n for n in range(256))
    (folder / "tokenizer.model").write_bytes(words)
    with pytest.raises(CheckpointError, match="glm-4-9b-chat-hf") as error:
        prepare(folder)
    assert "again" not in str(error.value)
    (folder / "tokenizer.model").write_bytes(b"\0not one either")
    with pytest.raises(CheckpointError, match=r"Copy the checkpoint's tokenizer\.model again"):
        prepare(folder)


def test_a_whole_folder_of_chatglm2_is_not_called_sound(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EMBEDDED_FOLDER, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["_name_or_path"] = "THUDM/chatglm2-6b"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(CheckpointError, match="holds ChatGLM2"):
        inspect(folder)
