"""Outputs as plain values, to be kept beside their observation, and back; their size is bounded."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from core.interpreter.limits import MIB
from core.interpreter.outputs import (
    Ended,
    Failure,
    Figure,
    Note,
    Output,
    Picture,
    Table,
    Text,
    merged,
    picture,
    plain,
)

# Of one run, in characters as they are stored: what is beyond is shown once, and not kept
KEPT = 4 * MIB


def to_keep(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    """The outputs as plain values; those beyond `KEPT` are left out, and a note says so."""
    kept: list[dict[str, Any]] = []
    left, whole = KEPT, True
    for one in merged(outputs):
        values = _values(one)
        size = sum(len(value) for value in values.values() if isinstance(value, str))
        if size > left:
            whole = False
            continue
        left -= size
        kept.append(values)
    return kept if whole else [*kept, _values(Note("kept"))]


def _values(one: Output) -> dict[str, Any]:
    match one:
        case Text():
            return {"kind": "text", "text": one.text, "of": one.kind}
        case Table():
            return {"kind": "table", "text": one.text}
        case Failure():
            return {
                "kind": "failure",
                "name": one.name,
                "message": one.message,
                "traceback": one.traceback,
            }
        case Picture():
            return {"kind": "picture", "png": base64.b64encode(one.png).decode()}
        case Figure():
            return {"kind": "figure", "json": one.json}
        case Note():
            return {"kind": "note", "about": one.about}
        case Ended():
            return {"kind": "ended", "why": one.why}


def from_kept(kept: Sequence[Mapping[str, Any]]) -> list[Output]:
    """The outputs again; what no version has written is left out."""
    return [one for values in kept if (one := _output(values)) is not None]


def _output(values: Mapping[str, Any]) -> Output | None:
    match values:
        case {"kind": "text", "text": str(text), "of": "stdout" | "stderr" | "result" as of}:
            return Text(plain(text), of)
        case {"kind": "table", "text": str(text)}:
            return Table(plain(text))
        case {
            "kind": "failure",
            "name": str(name),
            "message": str(message),
            "traceback": str(traceback),
        }:
            return Failure(plain(name), plain(message), plain(traceback))
        case {"kind": "picture", "png": png}:
            return picture(png)
        case {"kind": "figure", "json": str(figure)}:
            return Figure(figure)
        case {
            "kind": "note",
            "about": "text" | "results" | "size" | "picture" | "figure" | "kept" as about,
        }:
            return Note(about)
        case {"kind": "ended", "why": str(why)}:
            return Ended(why)
    return None
