"""What a `config.json` may say: a family, its sizes, and nothing that cannot be loaded.

Values that are absent, of a wrong type or absurd are refused here, by name, before a library
builds anything from them.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import CheckpointError
from core.i18n import _
from core.models.chatglm_generations import other_generation
from core.models.families import FAMILIES, Family, family_of
from core.models.sizes import Sizes


@dataclass(frozen=True, slots=True)
class _Size:
    """A whole number of the configuration, under ChatGLM3's name or the library's.

    most: far above any published checkpoint; more is damage, and would only fill the memory.
    default: the value of ChatGLM3-6B, where the field may be absent.
    """

    name: str
    native: str
    most: int
    default: int | None = None

    def named(self, config: dict[str, Any]) -> str:
        """The name that the configuration has for it."""
        return self.native if self.native in config else self.name

    def of(self, file: Path, config: dict[str, Any]) -> int:
        """The value; raises `CheckpointError` where it is absent or cannot be."""
        names = list(dict.fromkeys((self.name, self.native)))
        present = [name for name in names if config.get(name) is not None]
        if not present:
            if self.default is not None and not any(name in config for name in names):
                return self.default
            raise CheckpointError(
                _("{file} is missing {field}. Copy it from the original checkpoint.").format(
                    file=file, field=_(" or ").join(names)
                )
            )
        for name in present:
            value = config[name]
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= self.most:
                raise CheckpointError(
                    _(
                        "{file}: {field} must be a whole number from 1 to {most}, got {value}. "
                        "Copy it from the original checkpoint."
                    ).format(file=file, field=name, most=self.most, value=_short(value))
                )
        return int(config[present[0]])


_HIDDEN = _Size("hidden_size", "hidden_size", 2**16)
_LAYERS = _Size("num_layers", "num_hidden_layers", 1024)
_VOCABULARY = _Size("padded_vocab_size", "vocab_size", 2**22)
_HEADS = _Size("num_attention_heads", "num_attention_heads", 1024)
_GROUPS = _Size("multi_query_group_num", "num_key_value_heads", 1024, default=2)
_HEAD = _Size("kv_channels", "head_dim", 2**12, default=128)
_FFN = _Size("ffn_hidden_size", "intermediate_size", 2**18, default=13696)
_WINDOW = _Size("seq_length", "max_position_embeddings", 2**21)
_SIZES = (_HIDDEN, _LAYERS, _VOCABULARY, _HEADS, _GROUPS, _HEAD, _FFN, _WINDOW)
# How a rotary embedding may be stretched: what the library computes for these families
_ROTARY = ("default", "linear", "dynamic", "yarn", "longrope", "llama3")
_POSITIVE = ("layernorm_epsilon", "rms_norm_eps", "rope_ratio", "rope_theta")
_FLAGS = (
    "multi_query_attention",
    "rmsnorm",
    "post_layer_norm",
    "add_bias_linear",
    "add_qkv_bias",
    "attention_bias",
    "mlp_bias",
    "apply_residual_connection_post_layernorm",
    "tie_word_embeddings",
    "use_sliding_window",
)


def check_config(file: Path, config: dict[str, Any]) -> Family:
    """The family of `config`, read from `file`.

    Raises `CheckpointError` with the first thing in it that cannot be.
    """
    family = family_of(config)
    if family is None:
        raise CheckpointError(
            _(
                "Model folder {folder} holds a model of type {type}; this version loads these "
                "types: {known}. Choose a checkpoint of one of them."
            ).format(
                folder=file.parent,
                type=_short(config.get("model_type")),
                known=", ".join(sorted(FAMILIES)),
            )
        )
    reason = _of_another_file(file, config) or (
        other_generation(file, config) or unsupported(config)
        if family.original
        else _partial(file, config, family)
    )
    if reason:
        raise CheckpointError(reason)
    _check_values(file, config if family.original else _filled(config, family))
    return family


def _of_another_file(file: Path, config: dict[str, Any]) -> str | None:
    """Why the weights would not be those that were looked into, or None."""
    if config.get("transformers_weights") is None:
        return None
    return _(
        "{file} points to a weight file of its own (transformers_weights = {value}). Do not use it."
    ).format(file=file, value=_short(config["transformers_weights"]))


def _partial(file: Path, config: dict[str, Any], family: Family) -> str | None:
    """Why a configuration of the library's own layout cannot be loaded, or None if it can."""
    if config.get("quantization_config"):
        return _quantised()
    for field in ("rope_scaling", "rope_parameters"):
        stretched = config.get(field)
        kind = (
            stretched.get("rope_type", stretched.get("type"))
            if isinstance(stretched, dict)
            else None
        )
        if kind is not None and kind not in _ROTARY:
            return _(
                "{file} stretches the context in a way that is not supported ({field} of type {kind}). "
                "Choose a checkpoint with one of these: {known}."
            ).format(file=file, field=field, kind=_short(kind), known=", ".join(_ROTARY))
    sliding = config.get("sliding_window", family.sliding_if_absent)
    windowed = sliding is not None and config.get(
        "use_sliding_window", family.model_type == "mistral"
    )
    layers = config.get("layer_types") or ["full_attention"]
    if windowed or not isinstance(layers, list) or set(map(str, layers)) != {"full_attention"}:
        return _(
            "{file} uses attention that sees only part of the text (sliding_window = {value}), "
            "which is not supported. Choose a checkpoint with full attention."
        ).format(file=file, value=_short(sliding))
    return None


def _filled(config: dict[str, Any], family: Family) -> dict[str, Any]:
    """The configuration with what the library takes absent sizes to be."""
    filled = {name: value for name, value in config.items() if value is not None}
    # Every family has another one of its own, and no published checkpoint leaves it out
    filled.setdefault("intermediate_size", None)
    heads, hidden = filled.get("num_attention_heads"), filled.get("hidden_size")
    if "num_key_value_heads" not in filled:
        asked = "num_key_value_heads" in config
        filled["num_key_value_heads"] = heads if asked or family.groups is None else family.groups
    if "head_dim" not in filled:
        whole = isinstance(heads, int) and isinstance(hidden, int) and heads > 0
        filled["head_dim"] = family.head or (hidden // heads if whole else None)  # type: ignore[operator]
    return filled


def _check_values(file: Path, config: dict[str, Any]) -> None:
    for size in _SIZES:
        size.of(file, config)
    for field in _POSITIVE:
        value = config.get(field, 1.0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value < math.inf:
            raise CheckpointError(
                _(
                    "{file}: {field} must be a number above 0, got {value}. Copy it from the "
                    "original checkpoint."
                ).format(file=file, field=field, value=_short(value))
            )
    for field in _FLAGS:
        if not isinstance(config.get(field, True), bool):
            raise CheckpointError(
                _(
                    "{file}: {field} must be true or false, got {value}. "
                    "Copy it from the original checkpoint."
                ).format(file=file, field=field, value=_short(config[field]))
            )
    heads, groups = _HEADS.of(file, config), _GROUPS.of(file, config)
    if heads % groups:
        raise CheckpointError(
            _(
                "{file}: {heads} attention heads cannot be divided evenly among {groups} groups "
                "({field}). Copy it from the original checkpoint."
            ).format(file=file, heads=heads, groups=groups, field=_GROUPS.named(config))
        )


def unsupported(config: dict[str, Any]) -> str | None:
    """Why a raw ChatGLM configuration cannot be loaded, or None if it can."""
    if config.get("pre_seq_len"):
        return _(
            "This checkpoint has a P-tuning prefix (pre_seq_len = {value}), which is not supported. "
            "Use the base checkpoint, or merge the tuning into its weights."
        ).format(value=config["pre_seq_len"])
    if config.get("quantization_bit"):
        return _(
            "This checkpoint is in the old integer format (quantization_bit = {value}), which is "
            "not supported. Use the original FP16 checkpoint instead."
        ).format(value=config["quantization_bit"])
    if config.get("quantization_config"):
        return _quantised()
    required = {
        "multi_query_attention": True,
        "rmsnorm": True,
        "post_layer_norm": True,
        "add_bias_linear": False,
        "apply_residual_connection_post_layernorm": False,
    }
    for field, value in required.items():
        if bool(config.get(field, value)) is not value:
            return _(
                "This is a ChatGLM variant with {field} = {value}, which the ChatGLM3 architecture "
                "does not have (first-generation ChatGLM?). Use a ChatGLM3 checkpoint."
            ).format(field=field, value=config[field])
    return None


def window(file: Path, config: dict[str, Any]) -> int:
    """The context window in tokens; raises `CheckpointError` where `config` does not say it."""
    return _WINDOW.of(file, config)


def sizes(file: Path, config: dict[str, Any]) -> Sizes:
    """The sizes of a checked configuration, read from `file`."""
    family = check_config(file, config)
    if not family.original:
        config = _filled(config, family)
    biased = (
        bool(config.get("add_qkv_bias", config.get("attention_bias", True)))
        if family.original
        else family.query_bias(config)
    )
    return Sizes(
        hidden=_HIDDEN.of(file, config),
        layers=_LAYERS.of(file, config),
        vocabulary=_VOCABULARY.of(file, config),
        heads=_HEADS.of(file, config),
        groups=_GROUPS.of(file, config),
        head=_HEAD.of(file, config),
        ffn=_FFN.of(file, config),
        window=_WINDOW.of(file, config),
        tied=bool(config.get("tie_word_embeddings", family.tied_if_absent)),
        biased=biased,
        output_biased=family.output_biased and biased,
        ffn_biased=family.ffn_biased and bool(config.get("mlp_bias", False)),
        head_normed=family.head_normed,
        sandwiched=family.sandwiched,
        fused_gate=family.original or family.fused_gate,
    )


def _quantised() -> str:
    return _(
        "This checkpoint was quantised by another program (quantization_config), which is not "
        "supported. Use the original FP16 checkpoint; it can be quantised while loading."
    )


def _short(value: object) -> str:
    """A value as a message shows it; a damaged file may hold one of any length."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
