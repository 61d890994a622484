"""Opens a checkpoint on a device: the model, its tokenizer, and the facts to show about them.

Never runs code from a checkpoint: no remote code, and pickled shards only as plain tensors.
Nothing is read before the plan says that it fits.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from core.backends.tokenizer import Tokenizer
from core.errors import CheckpointError, InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message
from core.models import machine, tensors
from core.models.checkpoint import Checkpoint, inspect
from core.models.library import library_config, said
from core.models.plan import Plan, Precision, all_plans, check_fits, plan, recommend
from core.models.precision import QUANTISED, held_bytes, numbers, save
from core.models.progress import Progress, reported
from core.models.tokenizers import open_tokenizer
from core.models.weight_cache import WeightCache

log = logging.getLogger(__name__)
Device = Literal["auto", "cpu", "cuda", "mps"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the pages say about a loaded model. Sizes in bytes, the window in tokens.

    plan: what was foreseen. weight_bytes: what the weights really take. cached: whether they were
    read from the cache of quantised weights.
    """

    name: str
    folder: Path
    family: str
    parameters: int
    plan: Plan
    weight_bytes: int
    window: int
    load_seconds: float
    cached: bool = False

    @property
    def precision(self) -> str:
        return self.plan.precision

    @property
    def device(self) -> str:
        return self.plan.place.device


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory with its tokenizer."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    facts: ModelFacts


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checkpoint that was looked into and fits: what is left is to read it."""

    name: str
    checkpoint: Checkpoint
    plan: Plan
    tokenizer: Tokenizer


def load(
    folder: Path,
    name: str = "",
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
    progress: Progress | None = None,
    chat: bool = True,
    cache: WeightCache | None = None,
) -> LoadedModel:
    """Load the checkpoint in `folder`; for plain completion unless `chat`.

    Raises what `prepare` raises, and what `progress` raises.
    """
    return load_prepared(prepare(folder, name, device, precision, chat=chat), progress, cache)


def prepare(
    folder: Path,
    name: str = "",
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
    freed: Mapping[str, int] | None = None,
    chat: bool = True,
) -> Prepared:
    """Look into the checkpoint in `folder` and plan for it, without reading the weights.

    chat: False for a base model, which continues plain text. freed: bytes, by device, that will
    be free by the time it is read. Raises `CheckpointError` when it is damaged, `NotEnoughMemory`
    when it would not fit, `InvalidInput` for a device that this machine lacks.
    """
    checkpoint = inspect(folder)
    chosen = choose(checkpoint, device, precision, freed)
    tokenizer = open_tokenizer(checkpoint, chat)
    faults = tensors.check(checkpoint).faults
    if faults:
        raise CheckpointError(
            _("The checkpoint in {folder} is damaged. {fault} Download it again.").format(
                folder=folder, fault=faults[0]
            )
        )
    rows = checkpoint.sizes.vocabulary
    if tokenizer.vocab_size > rows:
        raise CheckpointError(
            _(
                "The tokenizer in {folder} knows {tokens} tokens, but the model has only {rows} "
                "rows: they do not belong together. Copy both from one checkpoint."
            ).format(folder=folder, tokens=tokenizer.vocab_size, rows=rows)
        )
    library_config(checkpoint)
    return Prepared(name or folder.name, checkpoint, chosen, tokenizer)


def load_prepared(
    prepared: Prepared, progress: Progress | None = None, cache: WeightCache | None = None
) -> LoadedModel:
    """Read the weights; raises `CheckpointError` where they are damaged after all, and what
    `progress` raises.

    cache: where quantised weights are read from if they are there, and kept otherwise.
    """
    started = time.perf_counter()
    chosen = prepared.plan
    # An accelerator quantises in seconds: only what the processor made is worth the disk
    if cache and (chosen.precision not in QUANTISED or chosen.place.kind != "cpu"):
        cache = None
    held = _from_cache(prepared, progress, cache) if cache else None
    cached = held is not None
    model, weight_bytes = held or _from_checkpoint(prepared, progress, cache)
    facts = ModelFacts(
        name=prepared.name,
        folder=prepared.checkpoint.folder,
        family=prepared.checkpoint.family.name,
        parameters=prepared.checkpoint.sizes.parameters,
        plan=chosen,
        weight_bytes=weight_bytes,
        window=prepared.checkpoint.window,
        load_seconds=time.perf_counter() - started,
        cached=cached,
    )
    return LoadedModel(model, prepared.tokenizer, facts)


def choose(
    checkpoint: Checkpoint,
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
    freed: Mapping[str, int] | None = None,
) -> Plan:
    """Where and how to load; "auto" leaves it to `recommend`. Raises as `load` does."""
    places = _places(device, freed)
    plans = all_plans(checkpoint.sizes, places)
    if precision == "auto":
        return recommend(plans).plan
    able = [place for place in places if precision not in QUANTISED or place.kind != "mps"]
    if not able:
        raise InvalidInput(
            _("{precision} does not run on {device}. Use --precision fp16.").format(
                precision=precision, device=places[0].name
            )
        )
    wanted = [plan(checkpoint.sizes, precision, place) for place in able]
    chosen = next((found for found in wanted if found.fits), wanted[0])
    check_fits(chosen, plans)
    return chosen


def _places(device: Device, freed: Mapping[str, int] | None) -> Sequence[machine.DeviceMemory]:
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise InvalidInput(
            _("Unknown device {device!r}. Use one of: {known}.").format(
                device=device, known="auto, cpu, cuda, mps"
            )
        )
    found = [place for place in machine.places(freed) if device in ("auto", place.kind)]
    if not found:
        raise InvalidInput(
            _("This machine has no {device} device. Use --device cpu.").format(device=device)
        )
    return found


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
    if kept:
        config.quantization_config = held.pop("quantization_config").to_dict()
    try:
        with reported(progress):
            # The library's annotations do not know that the report comes along
            model, report = cast(
                tuple[PreTrainedModel, dict[str, Any]],
                AutoModelForCausalLM.from_pretrained(
                    kept or checkpoint.folder,
                    config=config,
                    device_map={"": chosen.place.device},
                    trust_remote_code=False,
                    weights_only=True,
                    local_files_only=True,
                    output_loading_info=True,
                    attn_implementation="sdpa",
                    **held,
                ),
            )
    except PromptLabError:
        raise
    except Exception as error:  # the library raises many kinds for damaged files
        raise CheckpointError(
            _("The weights in {folder} cannot be loaded ({reason}). Download them again.").format(
                folder=checkpoint.folder, reason=said(error)
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
            ).format(folder=checkpoint.folder, count=len(wrong), name=wrong[0])
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
        ).format(folder=prepared.checkpoint.folder, name=next(named, "lm_head.weight"))
    )
