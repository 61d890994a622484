"""In which numbers the library holds a model's weights, what they take, and writing quantised
ones."""

import logging
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import BitsAndBytesConfig, PreTrainedModel

from core.models.plan import Plan

log = logging.getLogger(__name__)
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
# The library copies a whole file in memory before it writes it
_SAVED_SHARD = "500MB"


def numbers(chosen: Plan) -> dict[str, Any]:
    """In which numbers the library is to hold and compute: its own keywords."""
    if chosen.precision in _DTYPES:
        return {"dtype": _DTYPES[chosen.precision]}
    compute = torch.bfloat16 if chosen.place.kind == "cpu" else torch.float16
    quantised = (
        BitsAndBytesConfig(load_in_8bit=True)
        if chosen.precision == "int8"
        else BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
        )
    )
    return {"dtype": compute, "quantization_config": quantised}


def held_bytes(model: PreTrainedModel) -> int:
    """Bytes that the weights of a model take, with the scales of quantised ones."""
    total = 0
    for parameter in model.parameters():
        total += parameter.nbytes
        state = getattr(parameter, "quant_state", None)
        while state is not None:
            total += state.absmax.nbytes
            state = state.state2 if state.nested else None
        scales = getattr(parameter, "SCB", None)
        total += 0 if scales is None else scales.nbytes
    return total


def save(model: PreTrainedModel, folder: Path) -> None:
    """Write quantised weights as they are held; the folder stays empty if the disk refuses them.

    To be called before the first step, which packs them in another way.
    """
    # The way back to the checkpoint's own names would cut packed weights at the wrong places
    model._weight_conversions = []  # type: ignore[assignment]
    try:
        model.save_pretrained(folder, max_shard_size=_SAVED_SHARD)
    except (OSError, SafetensorError) as error:
        log.warning("quantised weights cannot be written to %s (%s)", folder, error)
        for file in folder.iterdir():
            file.unlink()
