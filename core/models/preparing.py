"""Looks into a checkpoint and decides how it is to run: by which program, where, in which numbers.

A GGUF file on the processor runs in llama.cpp, everything else in torch, or on OpenVINO's kernels
where those are asked for. Nothing is read before the plan says that it fits; torch is only loaded
where it is to run the model, or has to be asked about accelerators.
"""

import importlib.util
import platform
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
    OPENVINO_PRECISIONS,
    OPENVINO_SMALL,
    PRECISIONS,
    QUANTISED,
    Plan,
    all_plans,
    check_fits,
    mapped_plan,
    openvino_plan,
    plan,
    recommend,
)
from core.models.sizes import Sizes
from core.models.tokenizers import open_tokenizer

Device = Literal["auto", "cpu", "cuda", "mps"]
Runner = Literal["torch", "llama.cpp", "openvino"]
TORCH: Runner = "torch"
LLAMA: Runner = "llama.cpp"
OPENVINO: Runner = "openvino"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the pages say about a loaded model. Sizes in bytes, the window in tokens.

    plan: what was foreseen. weight_bytes: what the weights really take. cached: whether they were
    read from the cache of weights. runner: the program that runs it. instead: why it is that one,
    and not OpenVINO, which was to run it. agrees: at how many of how many places of a text OpenVINO
    found the likeliest token that torch finds in float32. title: as `Prepared` has it.
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
    instead: str | None = None
    agrees: tuple[int, int] | None = None

    @property
    def precision(self) -> str:
        return self.plan.precision

    @property
    def device(self) -> str:
        return self.plan.place.device


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checkpoint that was looked into and fits: what is left is to read it.

    runner: the program that is to run it; torch where OpenVINO turns out not to know the model.
    title: tells what people call it.
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
    openvino: bool = False,
) -> Prepared:
    """Look into the checkpoint at `path` and plan for it, without reading the weights.

    precision: one of `Precision`, "auto", or for llama.cpp what the file has. chat: False for a
    base model, which continues plain text. freed: bytes, by device, that will be free by the time
    it is read. openvino: whether that may be chosen where no runner is. Raises `CheckpointError`
    when it is damaged, `NotEnoughMemory` when it would not fit, `InvalidInput` for a device that
    this machine lacks or a runner that cannot run it.
    """
    checkpoint = inspect(path)
    runs = runner_of(checkpoint, device, precision, runner, openvino)
    if runs == LLAMA:
        chosen = _mapped(checkpoint, freed)
    elif runs == OPENVINO:
        numbers = "fp32" if precision == "auto" else precision
        chosen = openvino_plan(checkpoint.sizes, machine.cpu(freed), numbers)
        check_fits(chosen, [])
    else:
        chosen = choose(checkpoint, device, precision, freed)
    tokenizer = open_tokenizer(checkpoint, chat)
    _check_parts(checkpoint, tokenizer)
    if runs != LLAMA:
        # With torch, which llama.cpp does without
        from core.models.library import library_config

        library_config(checkpoint)
    return Prepared(name or checkpoint.name, checkpoint, chosen, tokenizer, runs)


def plans_of(
    checkpoint: Checkpoint, places: Sequence[machine.DeviceMemory], openvino: bool = False
) -> list[Plan]:
    """Every way to run it on these devices, the preferred ones first: what pages show of it.

    openvino: as `prepare` has it.
    """
    plans = with_openvino(all_plans(checkpoint.sizes, places), checkpoint.sizes, openvino)
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
    openvino: bool = False,
) -> Runner:
    """The program that is to run a checkpoint; "auto" leaves the choice to what it is and where.

    openvino: whether that may be chosen, for models as small as it is good for.

    Raises `InvalidInput` where the one that is asked for cannot.
    """
    if runner not in ("auto", TORCH, LLAMA, OPENVINO):
        raise InvalidInput(
            _("Unknown runner {runner!r}. Use one of: {known}.").format(
                runner=runner, known=f"auto, {TORCH}, {LLAMA}, {OPENVINO}"
            )
        )
    own = precision in ("auto", checkpoint.quantisation)
    if runner == "auto":
        fits = own and device in ("auto", "cpu") and llama_runs(checkpoint)
        alone = device == "cpu" or not machine.may_have_accelerator()
        if fits and alone:
            return LLAMA
        if precision in OPENVINO_PRECISIONS and precision != "fp32":
            runner = OPENVINO
        else:
            small = checkpoint.sizes.parameters < OPENVINO_SMALL
            suits = openvino and alone and small and precision in ("auto", "fp32")
            return OPENVINO if suits and not _openvino_refusal(device, precision) else TORCH
    if runner == LLAMA:
        refusal = _refusal(checkpoint, device, own)
        if refusal:
            raise InvalidInput(refusal)
    if runner == OPENVINO:
        refusal = _openvino_refusal(device, precision)
        if refusal:
            raise InvalidInput(refusal)
    return runner


def with_openvino(plans: Sequence[Plan], sizes: Sizes, openvino: bool = False) -> list[Plan]:
    """Ways to run a model in torch and, for a small one where they can be used, on OpenVINO's
    kernels.

    Last of all; in float32 before the processor's others where `openvino` may be chosen by itself.
    """
    at, cpu = next(((n, p.place) for n, p in enumerate(plans) if p.place.kind == "cpu"), (0, None))
    if cpu is None or sizes.parameters >= OPENVINO_SMALL or not openvino_runs():
        return list(plans)
    if not openvino:
        at = len(plans)
    exact, *others = (openvino_plan(sizes, cpu, name) for name in openvino_precisions())
    return [*plans[:at], exact, *plans[at:], *others]


def openvino_precisions() -> list[str]:
    """Those of `OPENVINO_PRECISIONS` that this processor computes in, float32 first."""
    return [n for n, kind in OPENVINO_PRECISIONS.items() if kind != "bf16" or machine.has_bf16()]


def openvino_runs() -> bool:
    """Whether OpenVINO is here, with kernels for this processor; nothing is loaded for the
    answer."""
    known = platform.machine().lower() in ("x86_64", "amd64")
    return known and importlib.util.find_spec("openvino") is not None


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


def _openvino_refusal(device: Device, precision: str) -> str | None:
    """Why OpenVINO cannot run a model so, or None if it can."""
    if device not in ("auto", "cpu"):
        return _("OpenVINO runs on the processor here, not on {device}. Use torch.").format(
            device=device
        )
    if precision not in ("auto", *openvino_precisions()):
        return _("OpenVINO runs models in {known} here, not in {precision}. Use torch.").format(
            known=", ".join(openvino_precisions()), precision=precision
        )
    if not openvino_runs():
        return _("OpenVINO is not installed, or not for this processor. Use torch.")
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
