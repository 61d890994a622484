"""Looks at a model folder, without loading it, and says what it is or what is wrong with it.

Covered: missing folders and files, broken JSON, other architectures, unsupported variants of
ChatGLM, shards that an index names and the folder lacks, names in an index that lead out of the
folder. Not covered: damage inside a weight file, which loading itself reports.
"""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import CheckpointError
from core.i18n import _

CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.model"
_SINGLE = ("model.safetensors", "pytorch_model.bin")
_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder that can be loaded."""

    folder: Path
    config: dict[str, Any]
    weight_files: tuple[Path, ...]

    @property
    def tokenizer_file(self) -> Path:
        return self.folder / TOKENIZER_FILE

    @property
    def window(self) -> int:
        """The context window in tokens: prompt and answer together."""
        return int(self.config.get("seq_length") or self.config["max_position_embeddings"])

    @property
    def weight_bytes(self) -> int:
        return sum(file.stat().st_size for file in self.weight_files)


def inspect(folder: Path) -> Checkpoint:
    """What lies in `folder`; raises `CheckpointError` when it cannot be loaded."""
    if not folder.is_dir():
        raise CheckpointError(
            _("There is no model folder {folder}. Check the path, or MODEL_PATH.").format(
                folder=folder
            )
        )
    config = _read_json(folder / CONFIG_FILE)
    _check_architecture(folder, config)
    if not (folder / TOKENIZER_FILE).is_file():
        raise CheckpointError(
            _("Model folder {folder} has no {file}. Copy it from the original checkpoint.").format(
                folder=folder, file=TOKENIZER_FILE
            )
        )
    return Checkpoint(folder, config, _weight_files(folder))


def _check_architecture(folder: Path, config: dict[str, Any]) -> None:
    model_type = config.get("model_type")
    if model_type != "chatglm":
        raise CheckpointError(
            _(
                "Model folder {folder} holds a model of type {type!r}; this version loads the "
                "ChatGLM3 family (type 'chatglm'). Choose a ChatGLM3 checkpoint."
            ).format(folder=folder, type=model_type)
        )
    reason = unsupported(config)
    if reason:
        raise CheckpointError(reason)
    for field in ("hidden_size", "num_layers", "num_attention_heads", "padded_vocab_size"):
        native = {"num_layers": "num_hidden_layers", "padded_vocab_size": "vocab_size"}
        value = config.get(field, config.get(native.get(field, field)))
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise CheckpointError(
                _("{file}: {field} must be a whole number over 0, got {value!r}.").format(
                    file=folder / CONFIG_FILE, field=field, value=value
                )
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
            "not supported. Use the original FP16 checkpoint with 4-bit precision instead."
        ).format(value=config["quantization_bit"])
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


def _weight_files(folder: Path) -> tuple[Path, ...]:
    for name in _INDEXES:
        if (folder / name).is_file():
            return _indexed_files(folder, folder / name)
    for name in _SINGLE:
        if (folder / name).is_file():
            return (folder / name,)
    raise CheckpointError(
        _("Model folder {folder} has no weights ({files}). Download it again.").format(
            folder=folder, files=", ".join((*_SINGLE, *_INDEXES))
        )
    )


def _indexed_files(folder: Path, index: Path) -> tuple[Path, ...]:
    weight_map = _read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(
            _("{file} has no weight_map. Download the file again.").format(file=index)
        )
    names = sorted({str(name) for name in weight_map.values()})
    for name in names:
        if PurePosixPath(name).name != name or "\\" in name:
            raise CheckpointError(
                _("{file} names a shard outside its folder: {name!r}. Do not use it.").format(
                    file=index, name=name
                )
            )
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            _(
                "Model folder {folder} lacks {count} of {total} shards: {names}. Download them."
            ).format(folder=folder, count=len(missing), total=len(names), names=", ".join(missing))
        )
    return tuple(folder / name for name in names)


def _read_json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            _("Model folder {folder} has no {name}. Copy it from the original checkpoint.").format(
                folder=file.parent, name=file.name
            )
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            _("{file} is not readable JSON ({reason}). Download the file again.").format(
                file=file, reason=error
            )
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            _("{file} must hold a JSON object, got {kind}. Download the file again.").format(
                file=file, kind=type(value).__name__
            )
        )
    return value
