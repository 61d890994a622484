"""Opens a checkpoint on a device: the model, its tokenizer, and the facts to show about them.

Never runs code from a checkpoint: no remote code, and pickled shards only as plain tensors.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils import logging as transformers_logging

from core.errors import CheckpointError, InvalidInput
from core.i18n import _
from core.models.chatglm import ChatGLMConfig
from core.models.checkpoint import CONFIG_FILE, Checkpoint, inspect
from core.models.tokenizer import ChatGLMTokenizer

Precision = Literal["float32", "bfloat16", "float16"]
Device = Literal["auto", "cpu", "cuda", "mps"]
# Below this many parameters float32 costs nothing that matters and replays exactly.
_SMALL = 100_000_000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the pages say about a loaded model. Sizes in bytes, the window in tokens."""

    name: str
    folder: Path
    parameters: int
    precision: Precision
    device: str
    weight_bytes: int
    window: int
    load_seconds: float


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory with its tokenizer."""

    model: PreTrainedModel
    tokenizer: ChatGLMTokenizer
    facts: ModelFacts


def load(
    folder: Path,
    name: str = "",
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
) -> LoadedModel:
    """Load the checkpoint in `folder`; raises `CheckpointError` when it cannot be."""
    checkpoint = inspect(folder)
    started = time.perf_counter()
    place = choose_device(device)
    dtype = getattr(torch, choose_precision(checkpoint, place, precision))
    tokenizer = ChatGLMTokenizer(checkpoint.tokenizer_file)
    model = _load_weights(checkpoint, dtype, place)
    if tokenizer.vocab_size > model.config.vocab_size:
        raise CheckpointError(
            _(
                "The tokenizer in {folder} knows {tokens} tokens, but the model has only {rows} "
                "rows: they do not belong together. Copy both from one checkpoint."
            ).format(folder=folder, tokens=tokenizer.vocab_size, rows=model.config.vocab_size)
        )
    facts = ModelFacts(
        name=name or folder.name,
        folder=folder,
        parameters=sum(p.numel() for p in model.parameters()),
        precision=str(dtype).removeprefix("torch."),  # type: ignore[arg-type]
        device=str(place),
        weight_bytes=sum(p.numel() * p.element_size() for p in model.parameters()),
        window=checkpoint.window,
        load_seconds=time.perf_counter() - started,
    )
    return LoadedModel(model, tokenizer, facts)


def choose_device(device: Device) -> torch.device:
    """The device to load on; "auto" takes a GPU where there is one."""
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    if device not in available:
        raise InvalidInput(
            _("Unknown device {device!r}. Use one of: {known}.").format(
                device=device, known="auto, cpu, cuda, mps"
            )
        )
    if not available[device]:
        raise InvalidInput(
            _("This machine has no {device} device. Use --device cpu.").format(device=device)
        )
    return torch.device(device)


def choose_precision(
    checkpoint: Checkpoint, device: torch.device, precision: Precision | Literal["auto"]
) -> Precision:
    """Float32 for small models, else float16 on a GPU and bfloat16 on the CPU."""
    if precision != "auto":
        return precision
    if checkpoint.weight_bytes / 2 < _SMALL:
        return "float32"
    return "bfloat16" if device.type == "cpu" else "float16"


def _load_weights(
    checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device
) -> PreTrainedModel:
    _check_library_accepts(checkpoint)
    transformers_logging.disable_progress_bar()
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    try:
        # The library's annotations do not know that the report comes along
        model, report = cast(
            tuple[PreTrainedModel, dict[str, Any]],
            AutoModelForCausalLM.from_pretrained(
                checkpoint.folder,
                dtype=dtype,
                device_map={"": device},
                trust_remote_code=False,
                weights_only=True,
                local_files_only=True,
                output_loading_info=True,
            ),
        )
    except Exception as error:  # the library raises many kinds for damaged files
        raise CheckpointError(
            _("The weights in {folder} cannot be loaded ({reason}). Download them again.").format(
                folder=checkpoint.folder, reason=_reason(error)
            )
        ) from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    # A tensor too many means that config.json tells of fewer layers than there are
    wrong = sorted(
        {*report["missing_keys"], *report["unexpected_keys"], *report["mismatched_keys"]}
    )
    if wrong:
        raise CheckpointError(
            _(
                "The weights in {folder} do not fit its config.json: {count} tensors are missing "
                "or left over, e.g. {name}. Copy both from one checkpoint."
            ).format(folder=checkpoint.folder, count=len(wrong), name=wrong[0])
        )
    return model.eval()


def _check_library_accepts(checkpoint: Checkpoint) -> None:
    file = checkpoint.folder / CONFIG_FILE
    # Names Python modules for remote code, which is never run; the library would parse it
    values = {name: value for name, value in checkpoint.config.items() if name != "auto_map"}
    try:
        ChatGLMConfig(**values)
    except Exception as error:  # one kind per field
        raise CheckpointError(
            _("{file} cannot be used ({reason}). Copy it from the original checkpoint.").format(
                file=file, reason=_reason(error)
            )
        ) from error


def _reason(error: Exception) -> str:
    """An error of the library in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("above report" in line for line in lines):
        # The report of differences is printed, and silenced here
        return _("its tensors have other sizes than config.json says")
    # "Validation error for field 'x':" goes on in the next line
    said = " ".join(lines[:2]) if lines and lines[0].endswith(":") else "".join(lines[:1])
    return f"{type(error).__name__}: {said[:200]}"
