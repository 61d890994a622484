"""A checkpoint's configuration as the library has it, without anything in it that names code."""

from transformers import CONFIG_MAPPING, PreTrainedConfig

import core.models.chatglm  # noqa: F401 - registers the model type
from core.errors import CheckpointError
from core.i18n import _
from core.models.checkpoint import Checkpoint

# Modules beside the checkpoint, and kernels that would be fetched from elsewhere
_CODE = ("auto_map", "attn_implementation", "experts_implementation")


def library_config(checkpoint: Checkpoint) -> PreTrainedConfig:
    """The configuration for the library; raises `CheckpointError` where it refuses a value."""
    values = {
        name: value
        for name, value in checkpoint.config.items()
        if name.strip("_").removesuffix("_internal") not in _CODE
    }
    try:
        return CONFIG_MAPPING[checkpoint.family.model_type](**values)
    except Exception as error:  # one kind per field
        raise CheckpointError(
            _("{file} cannot be used ({reason}). Copy it from the original checkpoint.").format(
                file=checkpoint.config_file, reason=said(error)
            )
        ) from error


def said(error: Exception) -> str:
    """An error of the library in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("above report" in line for line in lines):
        # The report of differences is printed, and silenced here
        return _("its tensor sizes do not match config.json")
    # "Validation error for field 'x':" goes on in the next line
    text = " ".join(lines[:2]) if lines and lines[0].endswith(":") else "".join(lines[:1])
    return f"{type(error).__name__}: {text[:200]}"
