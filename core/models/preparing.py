"""Looks into a checkpoint and decides how it is to run: by which program, where, in which numbers.

A GGUF file on the processor runs in llama.cpp, everything else in torch. Nothing is read before the
plan says that it fits; torch is only loaded where it is to run the model, or has to be asked about
accelerators.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.backends.tokenizer import Tokenizer
from core.errors import CheckpointError, InvalidInput
from core.i18n import _
from core.models import gguf_file, machine, tensors
from core.models.checkpoint import Checkpoint, inspect
from core.models.gguf_tokenizer import names_its_end
from core.models.plan import (
    PRECISIONS,
    QUANTISED,
    Plan,
    all_plans,
    check_fits,
    mapped_plan,
    plan,
    recommend,
)
from core.models.tokenizers import open_tokenizer

Device = Literal["auto", "cpu", "cuda", "mps"]
Runner = Literal["torch", "llama.cpp"]
TORCH: Runner = "torch"
LLAMA: Runner = "llama.cpp"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the pages say about a loaded model. Sizes in bytes, the window in tokens.

    plan: what was foreseen. weight_bytes: what the weights really take. cached: whether they were
    read from the cache of weights. runner: the program that runs it. title: as `Prepared` has it.
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
    runner: Runner = TORCH
    title: Callable[[], str] | None = None

    @property
    def precision(self) -> str:
        return self.plan.precision

    @property
    def device(self) -> str:
        return self.plan.place.device


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checkpoint that was looked into and fits: what is left is to read it.

    runner: the program that is to run it, "torch" or "llama.cpp". title: tells what people call it.
    """

    name: str
    checkpoint: Checkpoint
    plan: Plan
    tokenizer: Tokenizer
    runner: Runner = TORCH
    title: Callable[[], str] | None = None


def prepare(
    path: Path,
    name: str = "",
    device: Device = "auto",
    precision: str = "auto",
    freed: Mapping[str, int] | None = None,
    chat: bool = True,
    runner: Runner | Literal["auto"] = "auto",
) -> Prepared:
    """Look into the checkpoint at `path` and plan for it, without reading the weights.

    precision: one of `Precision`, "auto", or for llama.cpp what the file has. chat: False for a
    base model, which continues plain text. freed: bytes, by device, that will be free by the time
    it is read. Raises `CheckpointError` when it is damaged, `NotEnoughMemory` when it would not
    fit, `InvalidInput` for a device that this machine lacks or a runner that cannot run it.
    """
    checkpoint = inspect(path)
    runs = runner_of(checkpoint, device, precision, runner)
    chosen = (
        choose(checkpoint, device, precision, freed)
        if runs == TORCH
        else _mapped(checkpoint, freed)
    )
    tokenizer = open_tokenizer(checkpoint, chat)
    _check_parts(checkpoint, tokenizer)
    if runs == TORCH:
        # With torch, which llama.cpp does without
        from core.models.library import library_config

        library_config(checkpoint)
    return Prepared(name or checkpoint.name, checkpoint, chosen, tokenizer, runs)


def plans_of(checkpoint: Checkpoint, places: Sequence[machine.DeviceMemory]) -> list[Plan]:
    """Every way to run it on these devices, the preferred ones first: what pages show of it."""
    plans = all_plans(checkpoint.sizes, places)
    cpu = next((place for place in places if place.kind == "cpu"), None)
    if not (cpu and llama_runs(checkpoint)):
        return plans
    mapped = _mapped_plan(checkpoint, cpu)
    at = next((n for n, found in enumerate(plans) if found.place.kind == "cpu"), len(plans))
    return [*plans[:at], mapped, *plans[at:]]


def runner_of(
    checkpoint: Checkpoint,
    device: Device = "auto",
    precision: str = "auto",
    runner: Runner | Literal["auto"] = "auto",
) -> Runner:
    """The program that is to run a checkpoint; "auto" leaves the choice to what it is and where.

    Raises `InvalidInput` where the one that is asked for cannot.
    """
    if runner not in ("auto", TORCH, LLAMA):
        raise InvalidInput(
            _("Unknown runner {runner!r}. Use one of: {known}.").format(
                runner=runner, known=f"auto, {TORCH}, {LLAMA}"
            )
        )
    own = precision in ("auto", checkpoint.quantisation)
    if runner == "auto":
        fits = own and device in ("auto", "cpu") and llama_runs(checkpoint)
        alone = device == "cpu" or not machine.may_have_accelerator()
        return LLAMA if fits and alone else TORCH
    if runner == LLAMA:
        refusal = _refusal(checkpoint, device, own)
        if refusal:
            raise InvalidInput(refusal)
    return runner


def llama_installed() -> bool:
    """Whether llama.cpp is here; nothing is loaded for the answer."""
    return importlib.util.find_spec("xllamacpp") is not None


def llama_runs(checkpoint: Checkpoint) -> bool:
    """Whether llama.cpp is here and can run the checkpoint."""
    file = checkpoint.gguf
    return file is not None and llama_installed() and names_its_end(gguf_file.read(file))


def _mapped(checkpoint: Checkpoint, freed: Mapping[str, int] | None) -> Plan:
    """The plan for llama.cpp; raises `NotEnoughMemory` where it does not fit."""
    chosen = _mapped_plan(checkpoint, machine.cpu(freed))
    check_fits(chosen, [])
    return chosen


def _mapped_plan(checkpoint: Checkpoint, place: machine.DeviceMemory) -> Plan:
    quantisation, file_bytes = checkpoint.quantisation or "", checkpoint.weight_bytes
    return mapped_plan(checkpoint.sizes, quantisation, file_bytes, place)


def _refusal(checkpoint: Checkpoint, device: Device, own: bool) -> str | None:
    """Why llama.cpp cannot run it so, or None if it can."""
    if not checkpoint.gguf:
        return _("llama.cpp runs GGUF files only; {path} is none. Use torch.").format(
            path=checkpoint.source
        )
    if device not in ("auto", "cpu"):
        return _("llama.cpp runs on the processor here, not on {device}. Use torch.").format(
            device=device
        )
    if not own:
        return _("llama.cpp runs {path} in {precision}, as it is. Use torch for others.").format(
            path=checkpoint.source, precision=checkpoint.quantisation
        )
    if not names_its_end(gguf_file.read(checkpoint.gguf)):
        return _(
            "{path} names no token that ends an answer, and llama.cpp would take an ordinary one for it. "
            "Use torch."
        ).format(path=checkpoint.source)
    if not llama_installed():
        return _("llama.cpp is not installed (xllamacpp). Install it, or use torch.")
    return None


def _check_parts(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    """Raise `CheckpointError` where the weights or the tokenizer do not fit the rest."""
    faults = tensors.check(checkpoint).faults
    if faults:
        raise CheckpointError(
            _("The checkpoint in {folder} is damaged. {fault} Download it again.").format(
                folder=checkpoint.source, fault=faults[0]
            )
        )
    rows = checkpoint.sizes.vocabulary
    if tokenizer.vocab_size > rows:
        raise CheckpointError(
            _(
                "The tokenizer in {folder} knows {tokens} tokens, but the model has only {rows} "
                "rows: they do not belong together. Copy both from one checkpoint."
            ).format(folder=checkpoint.source, tokens=tokenizer.vocab_size, rows=rows)
        )


def choose(
    checkpoint: Checkpoint,
    device: Device = "auto",
    precision: str = "auto",
    freed: Mapping[str, int] | None = None,
) -> Plan:
    """Where and how torch loads it; "auto" leaves it to `recommend`. Raises as `prepare` does."""
    if precision not in ("auto", *PRECISIONS):
        raise InvalidInput(
            _("Unknown precision {precision!r}. Use one of: {known}.").format(
                precision=precision, known=", ".join(("auto", *PRECISIONS))
            )
        )
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
