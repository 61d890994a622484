"""Opens a checkpoint on a device: the model, its tokenizer, and the facts to show about them.

Never runs code from a checkpoint: no remote code, and pickled shards only as plain tensors.
Nothing is read before the plan says that it fits.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from core.errors import CheckpointError, InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message
from core.models import layout, machine
from core.models.checkpoint import Checkpoint, inspect
from core.models.library import library_config, said
from core.models.plan import Plan, all_plans, check_fits, plan, recommend
from core.models.text import Tokenizer, open_tokenizer

Precision = Literal["fp32", "bf16", "fp16", "int8", "nf4"]
Device = Literal["auto", "cpu", "cuda", "mps"]
# Told after every tensor: how many are done, of how many. What it raises ends the loading.
Progress = Callable[[int, int], None]
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
# The library's progress and verbosity belong to the process
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the pages say about a loaded model. Sizes in bytes, the window in tokens.

    plan: what was foreseen. weight_bytes: what the weights really take.
    """

    name: str
    folder: Path
    family: str
    parameters: int
    plan: Plan
    weight_bytes: int
    window: int
    load_seconds: float

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
) -> LoadedModel:
    """Load the checkpoint in `folder`; for plain completion unless `chat`.

    Raises what `prepare` raises, and what `progress` raises.
    """
    return load_prepared(prepare(folder, name, device, precision, chat=chat), progress)


def prepare(
    folder: Path,
    name: str = "",
    device: Device = "auto",
    precision: Precision | Literal["auto"] = "auto",
    freed: Mapping[str, int] | None = None,
    chat: bool = True,
) -> Prepared:
    """Look into the checkpoint in `folder` and plan for it, without reading the weights.

    chat: False for a base model, which continues plain text. freed: bytes, by device, that will be free by the time it is read. Raises `CheckpointError`
    when it is damaged, `NotEnoughMemory` when it would not fit, `InvalidInput` for a device that
    this machine lacks.
    """
    checkpoint = inspect(folder)
    chosen = choose(checkpoint, device, precision, freed)
    tokenizer = open_tokenizer(checkpoint, chat)
    faults = layout.check(checkpoint).faults
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


def load_prepared(prepared: Prepared, progress: Progress | None = None) -> LoadedModel:
    """Read the weights; raises `CheckpointError` where they are damaged after all, and what
    `progress` raises."""
    started = time.perf_counter()
    checkpoint, tokenizer = prepared.checkpoint, prepared.tokenizer
    model = _load_weights(checkpoint, prepared.plan, progress)
    # Counted before the first step, which packs quantised weights in another way
    weight_bytes = held_bytes(model)
    _check_finite(checkpoint, model, tokenizer.prompt_ids([Message("user", "?")]))
    facts = ModelFacts(
        name=prepared.name,
        folder=checkpoint.folder,
        family=checkpoint.family.name,
        parameters=checkpoint.sizes.parameters,
        plan=prepared.plan,
        weight_bytes=weight_bytes,
        window=checkpoint.window,
        load_seconds=time.perf_counter() - started,
    )
    return LoadedModel(model, tokenizer, facts)


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
    able = [place for place in places if precision not in ("int8", "nf4") or place.kind != "mps"]
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


def _places(device: Device, freed: Mapping[str, int] | None) -> Sequence[machine.Place]:
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


def _load_weights(
    checkpoint: Checkpoint, chosen: Plan, progress: Progress | None
) -> PreTrainedModel:
    try:
        with _reported(progress):
            # The library's annotations do not know that the report comes along
            model, report = cast(
                tuple[PreTrainedModel, dict[str, Any]],
                AutoModelForCausalLM.from_pretrained(
                    checkpoint.folder,
                    config=library_config(checkpoint),
                    device_map={"": chosen.place.device},
                    trust_remote_code=False,
                    weights_only=True,
                    local_files_only=True,
                    output_loading_info=True,
                    attn_implementation="sdpa",
                    **_numbers(chosen),
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
        if not layout.ignored(str(name), sizes)
    )
    if wrong:
        raise CheckpointError(
            _(
                "The weights in {folder} do not fit its config.json: {count} tensors are missing "
                "or left over, e.g. {name}. Copy both from one checkpoint."
            ).format(folder=checkpoint.folder, count=len(wrong), name=wrong[0])
        )
    return model.eval()


def _numbers(chosen: Plan) -> dict[str, Any]:
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


@contextmanager
def _reported(progress: Progress | None) -> Iterator[None]:
    """The library's own bar and warnings off, its steps told to `progress` instead."""

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if progress is None or not args or keywords.get("desc") != "Loading weights":
            return factory(*args, **keywords)
        return _told(list(args[0]), progress)

    with _loading:
        transformers_logging.disable_progress_bar()
        verbosity = transformers_logging.get_verbosity()
        transformers_logging.set_verbosity_error()
        before = transformers_logging.set_tqdm_hook(hook)
        try:
            yield
        finally:
            transformers_logging.set_tqdm_hook(before)
            transformers_logging.set_verbosity(verbosity)


def _told(items: list[Any], progress: Progress) -> Iterator[Any]:
    for done, item in enumerate(items):
        progress(done, len(items))
        yield item
    progress(len(items), len(items))


@torch.inference_mode()
def _check_finite(checkpoint: Checkpoint, model: PreTrainedModel, ids: list[int]) -> None:
    """One step through the whole model: a weight that is no number spoils every score."""
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
            "The weights in {folder} hold values that are no numbers (NaN or infinite), first in "
            "{name}. Download them again; or, if they are sound, load them in bf16."
        ).format(folder=checkpoint.folder, name=next(named, "lm_head.weight"))
    )
