"""A run of the sampling grid as a table, as CSV for spreadsheet programs, and as exact JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.storage.records import Cell, Run

FILE_FORMAT = "promptlab-run"
FILE_VERSION = 1
# A spreadsheet program takes a text that begins with one of these for a formula and runs it
# (https://owasp.org/www-community/attacks/CSV_Injection); the last four are full-width forms
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def table(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """One plain row per cell, for a table, CSV or JSON."""
    return [
        {
            "temperature": cell.temperature,
            "top_p": cell.top_p,
            "sample": cell.sample,
            "seed": cell.seed,
            "text": cell.text,
            "new_tokens": len(cell.token_ids),
            "finish_reason": cell.finish_reason,
            "mean_logprob": cell.mean_logprob,
        }
        for cell in cells
    ]


def export_csv(cells: Sequence[Cell]) -> str:
    """The table as CSV. A text that would become a formula has an apostrophe before it."""
    rows = table(cells)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]) if rows else [])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _inert(value) for name, value in row.items()})
    return out.getvalue()


def export_json(run: Run, cells: Sequence[Cell]) -> str:
    """The run with all that is stored about it and its cells, nothing changed, as JSON."""
    content = {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "run": asdict(run),
        "cells": [asdict(cell) for cell in cells],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact form in JSON")
