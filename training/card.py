"""The model card of the checkpoint and the page with its loss curves."""

from pathlib import Path
from typing import Any

from training.evaluate import table
from training.train import Plan

Rows = list[dict[str, float]]

CARD = """---
language:
- en
- zh
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags:
- chatglm
- demonstration
---

# Prompt Lab's embedded model

A ChatGLM3 in miniature: {parameters:,} parameters in the published layout (`config.json`,
`model.safetensors` in float16, `tokenizer.model`). It is the model a newcomer talks to first, and
the one the tests run with.

## What it is for

Trying out prompts, roles and sampling settings at once, on any computer. It explains these
settings, greets, plays roles and follows rules from a system message, calls tools, writes short
programs, does sums up to 100, tells small stories, remembers what was said, and says so when it
does not know something. It speaks English and some Chinese.

## What it is not for

Facts, advice or work. It knows nothing outside its small world, it makes mistakes, and it
must not be relied on.

## Training

All of its text comes from the grammar in `training/`: no data from elsewhere. {conversation}
Loss was taken on the assistant's tokens only; the first two layers started with heads that look
one, two and three tokens back (`training/model_init.py`). Repeat it with `python -m training`.

![Losses and right answers over time](curves.svg)

## Speed

`make benchmark` measures it, for one answer and for nine at once.

## Evaluation

On wordings, values and roles that were held out of the corpus (`python -m training.evaluate`;
`training/README.md` tells what exactly is held out). An aim that was not reached is marked.

{table}
"""


def write_card(
    folder: Path, result: dict[str, Any], plan: Plan, rows: Rows, went_on: bool = False
) -> None:
    """Writes MODEL_CARD.md into the checkpoint's folder; `went_on`: from an earlier checkpoint."""
    last = rows[-1] if rows else {"tokens": 0, "seconds": 0}
    conversation = (
        f"It was trained on {last['tokens'] / 1e6:.1f} million tokens in "
        f"{last['seconds'] / 60:.0f} minutes on a CPU, seed {plan.seed}"
        f"{', going on from an earlier checkpoint' if went_on else ''}."
    )
    text = CARD.format(
        parameters=result["model"]["parameters"],
        conversation=conversation,
        table=table(result),
    )
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")


def _path(points: list[tuple[float, float]], right: float, top: float) -> str:
    shown = [f"{40 + 540 * x / right:.1f},{260 - 240 * min(y, top) / top:.1f}" for x, y in points]
    return " ".join(shown)


def write_curves(path: Path, rows: Rows) -> None:
    """A drawing: training loss, held-out loss and the share of right answers against tokens."""
    right = max(row["tokens"] for row in rows)
    top = 2.0
    rows = [row | ({"right": row["right"] * top} if "right" in row else {}) for row in rows]
    lines = [
        ("right", "#228833", "right answers (0 to 100 %)"),
        ("loss", "#4477aa", "training loss"),
        ("validation", "#cc6677", "held-out loss"),
    ]
    marks = []
    for i, (key, colour, label) in enumerate(lines):
        points = [(row["tokens"], row[key]) for row in rows if key in row]
        marks.append(
            f'<polyline fill="none" stroke="{colour}" points="{_path(points, right, top)}"/>'
            f'<text x="420" y="{130 + 20 * i}" fill="{colour}">{label}</text>'
        )
    ticks = "".join(
        f'<text x="8" y="{264 - 240 * y / top:.0f}">{y}</text>' for y in (0.0, 0.5, 1.0, 1.5, 2.0)
    )
    path.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 600 300' "
        "font-family='sans-serif' font-size='12'><rect width='600' height='300' fill='white'/>"
        f"{ticks}<path d='M40 20V260H580' fill='none' stroke='#888'/>{''.join(marks)}"
        f"<text x='400' y='285'>{right / 1e6:.1f} million tokens</text></svg>\n",
        encoding="utf-8",
    )
