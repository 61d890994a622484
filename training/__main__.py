"""``python -m training``: corpus, tokenizer, training, export and evaluation in one go."""

from pathlib import Path
from typing import Annotated

import typer

from training import probes
from training.card import write_card, write_curves
from training.evaluate import OUT, evaluate_folder, table
from training.pipeline import run
from training.train import COPY_STEPS, Plan

# What two ordinary CPU threads train in a minute; used only to turn minutes into tokens.
TOKENS_PER_MINUTE = 260_000


def main(
    tokens: Annotated[int, typer.Option(help="Tokens of dialogue to train on.")] = 26_000_000,
    minutes: Annotated[float, typer.Option(help="Instead of tokens: about so long.")] = 0.0,
    conversations: Annotated[int, typer.Option(help="Size of the corpus.")] = 280_000,
    processes: Annotated[int, typer.Option(help="Processes, a CPU core each.")] = 2,
    size: Annotated[str, typer.Option(help="small, base or large.")] = "base",
    seed: Annotated[int, typer.Option(help="Seed of corpus, start and order.")] = 1,
    start: Annotated[
        Path | None, typer.Option(help="A checkpoint to go on from, instead of nothing.")
    ] = None,
    peak: Annotated[float, typer.Option(help="Highest learning rate.")] = 3e-3,
    work: Annotated[Path, typer.Option(help="Intermediate files.")] = Path("build/training"),
    out: Annotated[Path, typer.Option(help="Folder for the checkpoint.")] = OUT,
) -> None:
    """Trains a model of the embedded one's kind: the same options give the same corpus and the same
    order."""
    budget = round(minutes * TOKENS_PER_MINUTE) if minutes else tokens
    plan = Plan(tokens=budget, seed=seed, peak=peak, copy_steps=0 if start else COPY_STEPS)
    rows = run(plan, conversations, processes, work, out, size, start)
    result = evaluate_folder(out)
    write_card(out, result, plan, rows, start is not None)
    write_curves(out / "curves.svg", rows)
    print(table(result))
    probes.main(out, write=True)


if __name__ == "__main__":
    typer.run(main)
