"""A model as a folder that other programs load: safetensors, a config.json and a tokenizer.json.

For GGUF files, whose matrices are unpacked again, and for ChatGLM3's own layout, which becomes that
of the library's GLM class, without remote code. Any other folder is loaded elsewhere as it is.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from core.i18n import _
from core.models import gguf_file, gguf_tokenizer
from core.models.checkpoint import CONFIG_FILE, Checkpoint, inspect, read_json
from core.models.families import TOKENIZER_JSON
from core.models.plan import Precision
from core.models.progress import Progress
from core.models.tokenizer_parts import TokenizerParts

PRECISIONS: tuple[Precision, ...] = ("bf16", "fp16", "fp32")
# The library's own class for ChatGLM3's block, and the name that its folders have
_GLM = {"model_type": "glm", "architectures": ["GlmForCausalLM"]}


@dataclass(frozen=True, slots=True)
class Exported:
    """A folder that was written. bytes: of its weights."""

    folder: Path
    bytes: int


def check_export(source: Path, folder: Path) -> Checkpoint:
    """The model to write; raises `InvalidInput` where there is nothing to do, or the folder is
    taken, and `CheckpointError` as `inspect`."""
    checkpoint = inspect(source)
    if not (checkpoint.gguf or checkpoint.family.original):
        raise InvalidInput(
            _("{folder} is loaded by other programs as it is: there is nothing to do.").format(
                folder=checkpoint.folder
            )
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(_("{folder} is not empty. Name a new folder.").format(folder=folder))
    return checkpoint


def export(
    source: Path, folder: Path, precision: Precision = "bf16", progress: Progress | None = None
) -> Exported:
    """Write the model at `source` to a new folder, its weights in one of `PRECISIONS`.

    Raises as `check_export` and `core.models.loading.load`.
    """
    if precision not in PRECISIONS:
        raise InvalidInput(
            _("Unknown precision {precision!r}. Use one of: {known}.").format(
                precision=precision, known=", ".join(PRECISIONS)
            )
        )
    checkpoint = check_export(source, folder)
    parts = _parts(checkpoint)
    # With torch, which the checks do without
    from core.models.loading import load
    from core.models.precision import save

    model = load(checkpoint.source, device="cpu", precision=precision, progress=progress).model
    model.generation_config.eos_token_id = sorted(parts.ends)
    folder.mkdir(parents=True, exist_ok=True)
    save(model, folder)
    if not (folder / CONFIG_FILE).is_file():
        raise InvalidInput(
            _("{folder} cannot be written. Check the room on its disk.").format(folder=folder)
        )
    # Weights are written for their owner alone, and a server often runs as somebody else
    mode = (folder / CONFIG_FILE).stat().st_mode
    for file in folder.glob("*.safetensors"):
        file.chmod(mode)
    if checkpoint.family.original:
        _write(folder / CONFIG_FILE, {**read_json(folder / CONFIG_FILE), **_GLM})
    _write(folder / TOKENIZER_JSON, {"version": "1.0", **parts.content})
    _write(folder / "tokenizer_config.json", _named(parts, checkpoint.window))
    return Exported(folder, sum(file.stat().st_size for file in folder.glob("*.safetensors")))


def _parts(checkpoint: Checkpoint) -> TokenizerParts:
    if checkpoint.gguf:
        return gguf_tokenizer.of_file(gguf_file.read(checkpoint.gguf), checkpoint.config)
    from core.models import chatglm_json

    return chatglm_json.of_file(checkpoint.tokenizer_file, checkpoint.chat)


def _named(parts: TokenizerParts, window: int) -> dict[str, Any]:
    """What the library's own tokenizer class wants to know."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": window,
        "clean_up_tokenization_spaces": False,
        **({"chat_template": parts.template} if parts.template else {}),
        **parts.tokens,
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
