"""Opens a checkpoint on a device: the model, its tokenizer, and the facts to show about them.

Never runs code from a checkpoint: no remote code, and pickled shards only as plain tensors.
Nothing is read before the plan says that it fits.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, PreTrainedModel

from core.backends.tokenizer import Tokenizer
from core.errors import CheckpointError, PromptLabError
from core.i18n import _
from core.messages import Message
from core.models import tensors
from core.models.checkpoint import Checkpoint
from core.models.gguf_weights import lazy_tensors
from core.models.library import library_config, said
from core.models.plan import QUANTISED, Plan, Precision
from core.models.precision import held_bytes, numbers, save
from core.models.preparing import TORCH, Device, ModelFacts, Prepared, prepare
from core.models.progress import Progress, reported
from core.models.weight_cache import WeightCache

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory with its tokenizer."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    facts: ModelFacts


def load(
    path: Path,
    name: str = "",
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
    progress: Progress | None = None,
    chat: bool = True,
    cache: WeightCache | None = None,
) -> LoadedModel:
    """Load the checkpoint at `path` with torch; for plain completion unless `chat`.

    Raises what `prepare` raises, and what `progress` raises.
    """
    prepared = prepare(path, name, device, precision, chat=chat, runner=TORCH)
    return load_prepared(prepared, progress, cache)


def load_prepared(
    prepared: Prepared, progress: Progress | None = None, cache: WeightCache | None = None
) -> LoadedModel:
    """Read the weights; raises `CheckpointError` where they are damaged after all, and what
    `progress` raises.

    cache: where weights that were quantised, or came out of a GGUF file, are read from if they are
    there, and kept otherwise.
    """
    started = time.perf_counter()
    chosen = prepared.plan
    made = chosen.precision in QUANTISED or prepared.checkpoint.gguf is not None
    # An accelerator makes them in seconds: only what the processor made is worth the disk
    if cache and (not made or chosen.place.kind != "cpu"):
        cache = None
    held = _from_cache(prepared, progress, cache) if cache else None
    cached = held is not None
    model, weight_bytes = held or _from_checkpoint(prepared, progress, cache)
    facts = ModelFacts(
        name=prepared.name,
        folder=prepared.checkpoint.source,
        family=prepared.checkpoint.family.name,
        parameters=prepared.checkpoint.sizes.parameters,
        plan=chosen,
        weight_bytes=weight_bytes,
        window=prepared.checkpoint.window,
        load_seconds=time.perf_counter() - started,
        cached=cached,
        title=prepared.title,
    )
    return LoadedModel(model, prepared.tokenizer, facts)


def _from_checkpoint(
    prepared: Prepared, progress: Progress | None, cache: WeightCache | None
) -> tuple[PreTrainedModel, int]:
    """The model from its own files, and the bytes that its weights take; `cache` keeps them."""
    checkpoint, chosen = prepared.checkpoint, prepared.plan
    model = _load_weights(checkpoint, chosen, progress)
    # Counted and kept before the first step, which packs quantised weights in another way
    weight_bytes = held_bytes(model)
    if cache is None:
        _check_finite(prepared, model)
        return model, weight_bytes
    with cache.writing(checkpoint, chosen.precision, weight_bytes) as aside:
        if aside:
            save(model, aside)
        if progress:
            progress(1, 1)
        _check_finite(prepared, model)
    return model, weight_bytes


def _from_cache(
    prepared: Prepared, progress: Progress | None, cache: WeightCache
) -> tuple[PreTrainedModel, int] | None:
    """The same from the cache; None where it has nothing that can be used."""
    checkpoint, chosen = prepared.checkpoint, prepared.plan
    folder = cache.find(checkpoint, chosen.precision)
    if folder is None:
        return None
    try:
        model = _load_weights(checkpoint, chosen, progress, folder)
        weight_bytes = held_bytes(model)
        _check_finite(prepared, model)
    except CheckpointError as error:
        log.warning("the quantised weights in %s are not used: %s", folder, error)
        cache.discard(checkpoint, chosen.precision)
        return None
    return model, weight_bytes


def _load_weights(
    checkpoint: Checkpoint, chosen: Plan, progress: Progress | None, kept: Path | None = None
) -> PreTrainedModel:
    """The model with the checkpoint's weights, or with those in `kept`, quantised before."""
    held = numbers(chosen)
    config = library_config(checkpoint)
    if kept and "quantization_config" in held:
        config.quantization_config = held.pop("quantization_config").to_dict()
    loader: Any = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    given: dict[str, Any] = {}
    if checkpoint.gguf and not kept:
        given["state_dict"] = lazy_tensors(checkpoint, held["dtype"])
    try:
        with reported(progress):
            # The library's annotations do not know that the report comes along
            model, report = cast(
                tuple[PreTrainedModel, dict[str, Any]],
                loader.from_pretrained(
                    None if given else kept or checkpoint.folder,
                    config=config,
                    device_map={"": chosen.place.device},
                    trust_remote_code=False,
                    weights_only=True,
                    local_files_only=True,
                    output_loading_info=True,
                    attn_implementation="sdpa",
                    **given,
                    **held,
                ),
            )
    except PromptLabError:
        raise
    except Exception as error:  # the library raises many kinds for damaged files
        raise CheckpointError(
            _("The weights in {folder} cannot be loaded ({reason}). Download them again.").format(
                folder=checkpoint.source, reason=said(error)
            )
        ) from error
    # A tensor too many means that config.json tells of fewer layers than there are
    sizes = checkpoint.sizes
    wrong = sorted(
        name
        for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")
        for name in report[kind]
        if not tensors.ignored(str(name), sizes)
    )
    if wrong:
        raise CheckpointError(
            _(
                "The weights in {folder} do not fit its config.json: {count} tensors are missing "
                "or unexpected, e.g. {name}. Copy both from one checkpoint."
            ).format(folder=checkpoint.source, count=len(wrong), name=wrong[0])
        )
    return model.eval()


@torch.inference_mode()
def _check_finite(prepared: Prepared, model: PreTrainedModel) -> None:
    """One step through the whole model: a weight that is no number spoils every score."""
    ids = prepared.tokenizer.prompt_ids([Message("user", "?")])
    scores = model(torch.tensor([ids], device=model.device), logits_to_keep=1).logits
    if scores.isfinite().all():
        return
    named = (
        name
        for name, value in model.named_parameters()
        if value.is_floating_point() and not value.isfinite().all()
    )
    raise CheckpointError(
        _(
            "The weights in {folder} contain values that are not numbers (NaN or infinite), first "
            "in {name}. Download them again; or, if they are intact, load them in bf16."
        ).format(folder=prepared.checkpoint.source, name=next(named, "lm_head.weight"))
    )
