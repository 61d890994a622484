"""What a GGUF file says of its model, in the words of config.json; and the names of its tensors.

The families are those of `families`; llama.cpp has other names for some of them, and stores some
tensors otherwise: queries and keys of the Llama kind have their rows in another order, for its
rotary embedding, and GLM-4's first version has queries, keys and values in one matrix.
Source: llama.cpp's convert_hf_to_gguf.py and src/llama-arch.cpp.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import CheckpointError
from core.i18n import _
from core.models.gguf_file import GGUFFile, refused
from core.models.sizes import Sizes

# By llama.cpp's name: the family, and whether queries and keys have their rows in another order
_FAMILIES = {
    "llama": ("llama", True),
    "qwen2": ("qwen2", False),
    "qwen3": ("qwen3", False),
    "smollm3": ("smollm3", True),
    "chatglm": ("glm", False),
    "glm4": ("glm4", False),
}
_ENDS = (
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
)
_FACTORS = "rope_freqs.weight"
_MOST_FACTORS = 2**16
# Llama 3.1 and later: which waves are stretched, and the window that they were trained on first
_LLAMA3_LOW, _LLAMA3_HIGH, _LLAMA3_WINDOW = 1.0, 4.0, 8192
_FUSED = "attn_qkv"
_ROWS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "post_attention_norm": "post_self_attn_layernorm",
    "post_ffw_norm": "post_mlp_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


@dataclass(frozen=True, slots=True)
class Part:
    """A tensor by the library's name: some rows of one in the file.

    heads: how many heads these rows belong to, where they are in llama.cpp's order; else 0.
    """

    name: str
    source: str
    start: int
    stop: int
    heads: int = 0


def config_of(file: GGUFFile) -> dict[str, Any]:
    """The configuration, in the words of config.json; its values are still to be checked.

    Raises `CheckpointError` for kinds of model that are not of our families.
    """
    known = _FAMILIES.get(file.architecture)
    if known is None:
        raise CheckpointError(
            _(
                "{file} holds a model of the architecture {type}; this version loads GGUF files of "
                "these: {known}. Choose one of them."
            ).format(file=file.path, type=repr(file.architecture)[:80], known=", ".join(_FAMILIES))
        )
    _check_kind(file)
    embedding = file.tensors.get("token_embd.weight")
    if embedding is None:
        raise refused(file.path, _("{name} is missing").format(name="token_embd.weight"))
    heads, hidden = file.own("attention.head_count"), file.own("embedding_length")
    head = file.own("attention.key_length")
    if head is None and isinstance(heads, int) and isinstance(hidden, int) and heads > 0:
        head = hidden // heads
    config = {
        "model_type": known[0],
        "hidden_size": hidden,
        "num_hidden_layers": file.own("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": file.own("attention.head_count_kv") or heads,
        "head_dim": head,
        "intermediate_size": file.own("feed_forward_length"),
        "max_position_embeddings": file.own("context_length"),
        "rms_norm_eps": file.own("attention.layer_norm_rms_epsilon"),
        "rope_theta": file.own("rope.freq_base") or 10000.0,
        "vocab_size": embedding.shape[0],
        "tie_word_embeddings": "output.weight" not in file.tensors,
        "eos_token_id": [
            file.values[key] for key in _ENDS if isinstance(file.values.get(key), int)
        ],
        "bos_token_id": file.values.get("tokenizer.ggml.bos_token_id"),
        "pad_token_id": file.values.get("tokenizer.ggml.padding_token_id"),
        "attention_bias": any(f"blk.0.{n}.bias" in file.tensors for n in ("attn_q", _FUSED)),
        "mlp_bias": "blk.0.ffn_down.bias" in file.tensors,
    }
    if (table := file.tensors.get(_FACTORS)) is not None:
        base = config["rope_theta"]
        usual = isinstance(base, float) and 1 < base < math.inf and table.type.name == "F32"
        if not usual or table.bytes > _MOST_FACTORS:
            raise _unlike(file, _FACTORS, table.type.name)
        config["rope_scaling"] = _stretched(file, base)
    rotated = file.own("rope.dimension_count")
    if known[0] in ("glm", "glm4"):
        if isinstance(rotated, int) and isinstance(head, int) and head > 0:
            config["partial_rotary_factor"] = rotated / head
    elif rotated not in (None, head):
        raise _unlike(file, "rope.dimension_count", rotated)
    return config


def _check_kind(file: GGUFFile) -> None:
    """Raise `CheckpointError` for what the families do not have."""
    for key in ("expert_count", "attention.sliding_window"):
        if file.own(key):
            raise _unlike(file, key, file.own(key))
    scaling = file.own("rope.scaling.type")
    if scaling not in (None, "", "none"):
        raise _unlike(file, "rope.scaling.type", scaling)
    lengths = (file.own("attention.key_length"), file.own("attention.value_length"))
    if lengths[0] != lengths[1]:
        raise _unlike(file, "attention.value_length", lengths[1])


def _unlike(file: GGUFFile, field: str, value: object) -> CheckpointError:
    return CheckpointError(
        _(
            "{file} has {field} = {value}, which this version does not support. Choose another "
            "model."
        ).format(file=file.path, field=f"{file.architecture}.{field}", value=repr(value)[:80])
    )


def _stretched(file: GGUFFile, base: float) -> dict[str, Any]:
    """How the rotary embedding is stretched, which the file has as a table of factors.

    Raises `CheckpointError` for a table that is not Llama 3's.
    """
    table = file.tensors[_FACTORS]
    with file.path.open("rb") as opened:
        opened.seek(table.offset)
        factors = struct.unpack(f"<{table.bytes // 4}f", opened.read(table.bytes))
    factor = max(factors)
    for index, found in enumerate(factors):
        turns = _LLAMA3_WINDOW / (2 * math.pi * base ** (index / len(factors)))
        part = min(max((turns - _LLAMA3_LOW) / (_LLAMA3_HIGH - _LLAMA3_LOW), 0), 1)
        wanted = 1 / ((1 - part) / factor + part) if factor > 0 else 0.0
        if not math.isclose(found, wanted, rel_tol=1e-3):
            raise _unlike(file, _FACTORS, found)
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": _LLAMA3_LOW,
        "high_freq_factor": _LLAMA3_HIGH,
        "original_max_position_embeddings": _LLAMA3_WINDOW,
    }


def parts(file: GGUFFile, sizes: Sizes) -> Iterator[Part]:
    """All tensors of the file by the library's names; those without one by their own.

    A matrix that is several ones in the library is told part by part.
    """
    turned = _FAMILIES[file.architecture][1]
    queries, keys = sizes.heads * sizes.head, sizes.groups * sizes.head
    cuts = (
        ("q_proj", 0, queries),
        ("k_proj", queries, queries + keys),
        ("v_proj", queries + keys, queries + 2 * keys),
    )
    for name, tensor in file.tensors.items():
        rows = tensor.shape[0]
        stem, _dot, kind = name.rpartition(".")
        if stem in _TOP:
            yield Part(f"{_TOP[stem]}.{kind}", name, 0, rows)
            continue
        if name == _FACTORS:
            continue
        prefix, _dot, layer_stem = stem.partition(".")
        index, _dot, part = layer_stem.partition(".")
        where = f"model.layers.{index}"
        if prefix == "blk" and part == _FUSED and rows == cuts[-1][2]:
            for own, start, stop in cuts:
                yield Part(f"{where}.self_attn.{own}.{kind}", name, start, stop)
        elif prefix == "blk" and part == "ffn_up" and sizes.fused_gate:
            yield Part(f"{where}.mlp.gate_up_proj.{kind}", name, 0, rows)
        elif prefix == "blk" and part in _ROWS:
            heads = {"attn_q": sizes.heads, "attn_k": sizes.groups}.get(part, 0) if turned else 0
            yield Part(f"{where}.{_ROWS[part]}.{kind}", name, 0, rows, heads)
        else:
            yield Part(name, name, 0, rows)
