"""A run of the sampling grid as a table, as CSV for spreadsheet programs, as Markdown, and as exact
JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.grid.measure_labels import measure_label, shown
from core.grid.measures import MEASURES, greedy_agreement, mean_entropy
from core.grid.records import Cell, Run, by_place
from core.grid.spec import GridSpec
from core.i18n import _, translated

FILE_FORMAT = "promptlab-run"
FILE_VERSION = 3
# A spreadsheet program takes a text that begins with one of these for a formula and runs it
# (https://owasp.org/www-community/attacks/CSV_Injection); the last four are full-width forms
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def table(spec: GridSpec, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """One plain row per cell, for a table or CSV; the first columns are the two axes."""
    rows = []
    for cell in cells:
        labels = {str(a.name): a.labels[i] for a, i in zip(spec.axes, cell.place, strict=True)}
        named = {n: labels[n] if n == "persona" else v for n, v in spec.values(cell.place).items()}
        rows.append(
            {
                **named,
                "sample": cell.sample,
                "seed": cell.seed,
                "text": cell.text,
                "new_tokens": cell.tokens,
                "finish_reason": cell.finish_reason,
                "mean_logprob": cell.mean_logprob,
                "mean_entropy_bits": mean_entropy(cell),
                "greedy_agreement": greedy_agreement(cell),
                "starred": cell.starred,
                "note": cell.note,
                "loaded_as": " ".join(asdict(cell.loaded_as).values()) if cell.loaded_as else None,
            }
        )
    return rows


def export_csv(spec: GridSpec, cells: Sequence[Cell]) -> str:
    """The table as CSV. A text that would become a formula has an apostrophe before it."""
    rows = table(spec, cells)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: inert(value) for name, value in row.items()})
    return out.getvalue()


def export_json(run: Run, cells: Sequence[Cell]) -> str:
    """The run with all that is stored about it and its cells, nothing changed, as JSON."""
    content = {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "run": {
            "id": run.id,
            "title": run.title,
            **asdict(run.spec),
            "model": run.model,
            "precision": run.precision,
            "created_at": run.created_at,
            "prompts": [asdict(prompt) for prompt in run.prompts],
        },
        "cells": [asdict(cell) for cell in cells],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)


def export_markdown(run: Run, cells: Sequence[Cell], model: str = "") -> str:
    """The run to read: its settings, its best texts, a table of the measures, every text as quoted
    lines. model: as in `settings_line`."""
    spec = run.spec
    places = by_place(cells)
    parts = [f"# {' '.join((run.title or run.spec.prompt).split())}", *_about(run, model)]
    best = [cell for cell in cells if cell.starred]
    if best:
        parts.append(f"## {_('Best of this run')}")
        for cell in best:
            parts.append(f"### ★ {spec.sample_label(cell.place, cell.sample)}")
            parts += _text(cell)
    head = [_("cell"), *map(measure_label, MEASURES)]
    lines = [_row(head), _row(["---"] * len(head))]
    for place, own in places.items():
        values = [shown(name, measure.spread(own)) for name, measure in MEASURES.items()]
        lines.append(_row([spec.label(place), *values]))
    parts.append("\n".join(lines))
    for place, own in places.items():
        parts.append(f"## {spec.label(place)}")
        for cell in own:
            parts += _text(cell)
    return "\n\n".join(parts) + "\n"


def settings_line(run: Run, model: str = "") -> str:
    """What holds for every cell, in one line. model: what the run's model is called there, where
    that is not its name and precision."""
    fixed, spec = run.spec.fixed, run.spec
    varied = {axis.name for axis in spec.axes}
    facts = [] if "model" in varied else [model or f"{run.model} {run.precision}".strip()]
    facts += [
        f"{translated(name)} {value:g}"
        for name, value in (
            ("temperature", fixed.temperature),
            ("top_p", fixed.top_p),
            ("top_k", fixed.top_k),
            ("max_new_tokens", fixed.max_new_tokens),
            ("max_length", fixed.max_length),
        )
        if name not in varied and value is not None
    ]
    if "seed" not in varied:
        facts.append(_("seed {seed}").format(seed=fixed.seed))
    return " · ".join(facts)


def _text(cell: Cell) -> list[str]:
    """A text as quoted lines below its seed, and what its reader noted."""
    said = _("seed {seed}").format(seed=cell.seed)
    head = f"**{'★ ' if cell.starred else ''}{said}**"
    note = [_("Note: {note}").format(note=cell.note)] if cell.note else []
    return [f"{head}\n\n{_quoted(cell.text)}", *note]


def _about(run: Run, model: str) -> list[str]:
    about = [f"**{_('Prompt')}**", _quoted(run.spec.prompt)]
    if run.spec.system.strip():
        about += [f"**{_('System message')}**", _quoted(run.spec.system)]
    for axis in (run.spec.rows, run.spec.columns):
        if axis.name == "persona":
            for label, text in zip(axis.labels, axis.values, strict=True):
                about += [f"**{label}**", _quoted(str(text))]
    return [*about, settings_line(run, model)]


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(value.replace("|", "\\|") for value in values) + " |"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines() or [""])


def inert(value: Any) -> Any:
    """A field of a CSV file that no spreadsheet program takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact form in JSON")
