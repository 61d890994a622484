"""``python -m benchmarks.full_size FOLDER``: what a checkpoint takes and how quick it is here.

Every precision is measured in a process of its own, through the app's own loading and engine, with
plain `generate()` on the same model beside it. Printed is a Markdown table; ``--json`` keeps the
figures. Make a folder with ``python -m benchmarks.make_checkpoint``; its weights may be random.
"""

import json
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import torch
import typer

from benchmarks.memory import MemoryWatch, Peak, alone
from benchmarks.speed import (
    Speed,
    copy_bandwidth,
    first_token,
    ids_of,
    never_stop,
    of_engine,
    of_generate,
)
from core.engine.engine import Engine
from core.models.loading import load
from core.models.machine import processor

Precision = Literal["fp32", "bf16", "fp16", "int8", "nf4"]


@dataclass(frozen=True, slots=True)
class Figures:
    """One precision of one checkpoint. Bytes, seconds, tokens per second."""

    precision: str
    device: str
    parameters: int
    load_seconds: float
    planned: dict[str, int]
    measured: dict[str, int]
    loading: Peak
    running: Peak
    first_token: dict[int, float]
    engine: Speed
    generate_first_token: dict[int, float]
    generate: Speed
    bandwidth: float
    device_peak: int | None = field(default=None)

    @property
    def share(self) -> float:
        """Of the bandwidth limit alone: weights read per second at the quickest, over a copy's."""
        rate = self.engine.quickest or self.engine.one
        return self.measured["weights"] * rate / self.bandwidth

    @property
    def held(self) -> int:
        """What the model took in all: its weights, tensor by tensor, and what the process grew by
        after they were read. Weights that are read from their file are no memory of its own."""
        return self.device_peak or self.measured["weights"] + self.running.anonymous


def measure(
    folder: Path, precision: str, device: str, prompts: list[int], new_tokens: int, text: int = 0
) -> Figures:
    """All figures of one precision; to be called in a fresh process.

    text: tokens of a text that is scored too, which takes the most memory; 0 for none.
    """
    bandwidth = copy_bandwidth(device)
    with MemoryWatch() as loading:
        loaded = load(folder, device=cast(Any, device), precision=cast(Any, precision))
    never_stop(loaded)
    facts = loaded.facts
    with MemoryWatch() as running:
        engine = Engine(loaded)
        try:
            first = {length: first_token(engine, length) for length in (16, *prompts)}
            speed = of_engine(engine, new_tokens)
            cache = engine.status().cache_bytes
            if text:
                engine.score_many([ids_of(text, engine.tokenizer)])
        finally:
            engine.close()
    on_device = torch.cuda.max_memory_reserved() if facts.device.startswith("cuda") else None
    plain_first, plain = of_generate(loaded, prompts, new_tokens)
    return Figures(
        precision=facts.precision,
        device=facts.plan.place.name,
        parameters=facts.parameters,
        load_seconds=facts.load_seconds,
        planned={
            "weights": facts.plan.weights,
            "cache": facts.plan.cache,
            "working": facts.plan.working,
            "total": facts.plan.total,
        },
        measured={"weights": facts.weight_bytes, "cache": cache},
        loading=loading.peak,
        running=running.peak,
        first_token={length: first[length] for length in prompts},
        engine=speed,
        generate_first_token=plain_first,
        generate=plain,
        bandwidth=bandwidth,
        device_peak=on_device,
    )


def table(found: list[Figures]) -> str:
    """The figures as a Markdown table, a column per precision."""
    lengths = sorted({length for figures in found for length in figures.first_token})
    rows: list[tuple[str, list[str]]] = [
        ("weights, planned / measured", [_pair(f, "weights") for f in found]),
        ("KV cache, planned / measured", [_pair(f, "cache") for f in found]),
        (
            "in all, planned / measured",
            [f"{_gb(f.planned['total'])} / {_gb(f.held)}" for f in found],
        ),
        ("loading", [f"{f.load_seconds:.1f} s" for f in found]),
        ("peak while loading, own / with file pages", [_peak(f.loading) for f in found]),
        ("peak in use, own / with file pages", [_peak(f.running) for f in found]),
    ]
    if any(f.device_peak for f in found):
        rows.append(("peak on the device", [_gb(f.device_peak or 0) for f in found]))
    for length in lengths:
        rows.append(
            (
                f"first token of {length:,}, engine / `generate()`",
                [
                    f"{f.first_token[length]:.2f} s / {f.generate_first_token[length]:.2f} s"
                    if length in f.first_token
                    else "-"
                    for f in found
                ],
            )
        )
    rows += [
        ("tokens/s alone, engine / `generate()`", [_rates(f, "one") for f in found]),
        ("tokens/s of nine, engine / `generate()`", [_rates(f, "nine") for f in found]),
        ("tokens/s alone, the quickest one", [f"{f.engine.quickest:.2f}" for f in found]),
        ("copy bandwidth", [f"{_gb(round(f.bandwidth))}/s" for f in found]),
        ("share of the bandwidth limit, alone", [f"{f.share:.0%}" for f in found]),
    ]
    head = ["", *(f"{f.precision} on {f.device}" for f in found)]
    lines = [head, ["---"] * len(head), *([name, *values] for name, values in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _gb(count: int) -> str:
    return f"{count / 1e9:.2f} GB"


def _pair(figures: Figures, name: str) -> str:
    return f"{_gb(figures.planned[name])} / {_gb(figures.measured[name])}"


def _peak(peak: Peak) -> str:
    return f"{_gb(peak.anonymous)} / {_gb(peak.resident)}"


def _rates(figures: Figures, name: str) -> str:
    return f"{getattr(figures.engine, name):.2f} / {getattr(figures.generate, name):.2f}"


def main(
    folder: Annotated[Path, typer.Argument(help="The checkpoint.")],
    precision: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    prompt: Annotated[
        list[int] | None, typer.Option(help="Tokens of a prompt; several times.")
    ] = None,
    new_tokens: Annotated[int, typer.Option(min=2, help="Tokens of an answer.")] = 16,
    text: Annotated[int, typer.Option(min=0, help="Tokens of a text to score.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Keep the figures here.")] = None,
) -> None:
    """Measure a checkpoint in one or more precisions."""
    lengths = prompt or [50, 500]
    found: list[Figures] = []
    for wanted in precision or ["bf16", "nf4"]:
        started = time.perf_counter()
        found.append(alone(measure, folder, wanted, device, lengths, new_tokens, text))
        typer.echo(f"{wanted}: measured in {time.perf_counter() - started:.0f} s", err=True)
        if json_file:
            json_file.write_text(json.dumps([asdict(figures) for figures in found], indent=2))
    print(
        f"{found[0].parameters / 1e9:.2f} billion parameters; {platform.machine()}, "
        f"{torch.get_num_threads()} threads, {_gb(processor().total)} of memory; answers of "
        f"{new_tokens} tokens\n\n{table(found)}"
    )


if __name__ == "__main__":
    typer.run(main)
