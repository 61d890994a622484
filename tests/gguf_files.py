"""Small GGUF files of random weights, of every architecture that can be loaded.

Made of the checkpoints of `tests.families`, as llama.cpp's own converter does it; the names of the
tensors come from its library.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from tests.families import KINDS, Kind, make

# By name here: llama.cpp's name, the family, and whether rows of queries and keys are turned
ARCHITECTURES = {
    "llama": ("llama", "llama", True),
    "mistral": ("llama", "mistral", True),
    "smollm3": ("smollm3", "smollm3", True),
    "qwen2": ("qwen2", "qwen2", False),
    "qwen3": ("qwen3", "qwen3", False),
    "chatglm": ("chatglm", "glm", False),
    "glm4": ("glm4", "glm4", False),
}
QUANTISATIONS = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1")


def write_gguf(
    path: Path,
    architecture: str = "llama",
    quantisation: str = "F32",
    seed: int = 5,
    chat: bool = True,
    window: int = 512,
    reference: Path | None = None,
    changes: dict[str, Any] | None = None,
    **config: Any,
) -> Path:
    """Write a model of an architecture of `ARCHITECTURES` in one of `QUANTISATIONS`.

    reference: a folder for the same weights, as they are after quantising, in the library's own
    layout. changes: metadata to write otherwise, or None to leave it out. config: of the library.
    """
    name, family, turned = ARCHITECTURES[architecture]
    if name == "smollm3":
        # llama.cpp has no biases there
        config = {"attention_bias": False, **config}
    kind = KINDS[family]
    with tempfile.TemporaryDirectory() as aside:
        folder = reference or Path(aside) / "model"
        make(folder, kind, chat=chat, shards=1, window=window, **config)
        own_config = AutoConfig.from_pretrained(folder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        weights = _weights(folder, seed)
        writer = GGUFWriter(path, name)
        values = _metadata(name, own_config) | _vocabulary(kind, tokenizer, own_config.vocab_size)
        values |= {"general.file_type": _file_type(quantisation)}
        if chat:
            values["tokenizer.chat_template"] = kind.template
        for key, value in (values | (changes or {})).items():
            if value is not None:
                _add(writer, key, value)
        kept = {}
        for own, rows in _tensors(name, own_config, weights, turned).items():
            number = GGMLQuantizationType[quantisation if rows.ndim > 1 else "F32"]
            packed = gguf.quants.quantize(rows, number)
            writer.add_tensor(own, packed, raw_dtype=number)
            kept[own] = gguf.quants.dequantize(packed, number).reshape(rows.shape)
        if own_config.rope_parameters["rope_type"] == "llama3":
            writer.add_tensor("rope_freqs.weight", _factors(own_config))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        if reference:
            back = _back(name, own_config, weights, kept, turned)
            save_file(back, reference / "model.safetensors", {"format": "pt"})
    return path


def _weights(folder: Path, seed: int) -> dict[str, torch.Tensor]:
    """The weights of the checkpoint, drawn anew from the seed."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    draws = torch.Generator().manual_seed(seed)
    tied = model.config.tie_word_embeddings
    return {
        name: value + 0.05 * torch.randn(value.shape, generator=draws)
        for name, value in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }


def _metadata(name: str, config: Any) -> dict[str, Any]:
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    rotary = config.rope_parameters
    own = {
        "block_count": config.num_hidden_layers,
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": float(config.rms_norm_eps),
        "attention.key_length": head,
        "attention.value_length": head,
        "rope.dimension_count": int(head * rotary.get("partial_rotary_factor", 1.0)),
        "rope.freq_base": float(rotary["rope_theta"]),
        "vocab_size": config.vocab_size,
    }
    return {f"{name}.{key}": value for key, value in own.items()}


def _vocabulary(kind: Kind, tokenizer: Tokenizer, rows: int) -> dict[str, Any]:
    ids = tokenizer.get_vocab()
    tokens = [f"[PAD{i}]" for i in range(rows)]
    types = [int(TokenType.UNUSED)] * rows
    for token, i in ids.items():
        tokens[i] = token
        types[i] = int(TokenType.NORMAL)
        if re.fullmatch("<0x[0-9A-F]{2}>", token):
            types[i] = int(TokenType.BYTE)
        if token in kind.special:
            types[i] = int(TokenType.CONTROL)
        if token in kind.tags:
            types[i] = int(TokenType.USER_DEFINED)
        if token == "<unk>":
            types[i] = int(TokenType.UNKNOWN)
    values: dict[str, Any] = {
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.bos_token_id": ids[kind.special[0]],
        "tokenizer.ggml.eos_token_id": ids[
            kind.special[0] if kind.end.startswith("<|user") else kind.end
        ],
        "tokenizer.ggml.eot_token_id": ids[kind.end],
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.add_bos_token": kind.model_type in ("llama", "mistral"),
    }
    if kind.sentencepiece:
        return values | {
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.pre": "default",
            # The earlier a piece was found, the better
            "tokenizer.ggml.scores": [-float(i) for i in range(rows)],
        }
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return values | {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.merges": [" ".join(pair) for pair in merges],
    }


def _tensors(
    name: str, config: Any, weights: dict[str, torch.Tensor], turned: bool
) -> dict[str, np.ndarray]:
    """The weights under llama.cpp's names, laid out as it has them."""
    names = _names(name, config.num_hidden_layers)
    found: dict[str, np.ndarray] = {}
    for own, value in weights.items():
        stem, _dot, end = own.rpartition(".")
        if name == "chatglm" and stem.endswith(("q_proj", "k_proj", "v_proj")):
            if stem.endswith("q_proj"):
                three = [weights[own.replace("q_proj", f"{part}_proj")] for part in "qkv"]
                layer = stem.split(".")[2]
                found[f"blk.{layer}.attn_qkv.{end}"] = torch.cat(three).numpy()
            continue
        if turned and stem.endswith(("q_proj", "k_proj")):
            heads = config.num_attention_heads if "q_proj" in stem else config.num_key_value_heads
            value = _turned(value, heads)
        found[f"{names(stem)}.{end}"] = value.contiguous().numpy()
    return found


def _back(
    name: str,
    config: Any,
    weights: dict[str, torch.Tensor],
    kept: dict[str, np.ndarray],
    turned: bool,
) -> dict[str, torch.Tensor]:
    """What was written, under the library's names again."""
    names = _names(name, config.num_hidden_layers)
    found = {}
    for own, value in weights.items():
        stem, _dot, end = own.rpartition(".")
        if name == "chatglm" and stem.endswith(("q_proj", "k_proj", "v_proj")):
            three = torch.from_numpy(kept[f"blk.{stem.split('.')[2]}.attn_qkv.{end}"])
            sizes = [weights[own.replace(stem[-6:], f"{part}_proj")].shape[0] for part in "qkv"]
            found[own] = three.split(sizes)["qkv".index(stem[-6])].clone()
            continue
        held = torch.from_numpy(kept[f"{names(stem)}.{end}"]).reshape(value.shape).clone()
        if turned and stem.endswith(("q_proj", "k_proj")):
            heads = config.num_attention_heads if "q_proj" in stem else config.num_key_value_heads
            halves = held.reshape(heads, -1, 2, *held.shape[1:])
            held = halves.swapaxes(1, 2).reshape(held.shape).contiguous()
        found[own] = held
    return found


def _turned(value: torch.Tensor, heads: int) -> torch.Tensor:
    """As llama.cpp's converter permutes queries and keys."""
    halves = value.reshape(heads, 2, value.shape[0] // heads // 2, *value.shape[1:])
    return halves.swapaxes(1, 2).reshape(value.shape)


def _factors(config: Any) -> np.ndarray:
    """How many times longer Llama 3's waves are than they would be."""
    stretched, _scale = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    width = 2 * len(stretched)
    plain = config.rope_parameters["rope_theta"] ** -(torch.arange(0, width, 2) / width)
    return (plain / stretched).numpy().astype(np.float32)


def _names(name: str, layers: int) -> Any:
    arch = next(arch for arch, known in gguf.MODEL_ARCH_NAMES.items() if known == name)
    names = gguf.get_tensor_name_map(arch, layers)

    def named(stem: str) -> str:
        if stem.endswith("gate_up_proj"):
            return f"blk.{stem.split('.')[2]}.ffn_up"
        found = names.get_name(stem)
        assert found, stem
        return str(found)

    return named


def _file_type(quantisation: str) -> int:
    prefix = "ALL" if quantisation == "F32" else "MOSTLY"
    return int(LlamaFileType[f"{prefix}_{quantisation}"])


def _add(writer: GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)
