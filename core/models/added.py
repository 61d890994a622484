"""Models that the operator added by their path: a list in the data folder, and looking for more.

Only the list is this program's; what it names stays where it is.
"""

import json
import logging
import os
from pathlib import Path

from core.errors import CheckpointError
from core.i18n import _
from core.models.checkpoint import inspect, is_model

log = logging.getLogger(__name__)
FILE = "models.json"
_MOST = 24


def added(data_dir: Path) -> list[Path]:
    """The paths that were added, those that are still there; an unreadable list counts as empty."""
    try:
        paths = json.loads((data_dir / FILE).read_text(encoding="utf-8"))
        return [Path(path) for path in paths if is_model(Path(path))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        log.warning("the list of models in %s cannot be read (%s)", data_dir / FILE, error)
        return []


def add(path: Path, data_dir: Path) -> None:
    """Keep a folder or a GGUF file on the list; raises `CheckpointError` where it is no sound
    model, or the list cannot be written."""
    inspect(path)
    paths = [str(known) for known in added(data_dir)]
    if str(path.resolve()) not in paths:
        _write([*paths, str(path.resolve())], data_dir)


def remove(path: Path, data_dir: Path) -> None:
    """Take a path off the list; its files stay."""
    _write([str(known) for known in added(data_dir) if known != path], data_dir)


def completions(typed: str) -> list[Path]:
    """The folders and GGUF files whose path begins with what was typed, models first; a few."""
    head, _slash, begun = os.path.expanduser(typed).rpartition(os.sep)
    folder = Path(head + os.sep)
    try:
        found = [
            place
            for place in folder.iterdir()
            if place.name.startswith(begun or "") and (begun or not place.name.startswith("."))
            if place.is_dir() or is_model(place)
        ]
    except (OSError, ValueError):
        return []  # not there, not readable, or no path at all
    return sorted(found, key=lambda place: (not is_model(place), place.name))[:_MOST]


def _write(paths: list[str], data_dir: Path) -> None:
    file = data_dir / FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(paths, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise CheckpointError(
            _("The list of models {file} cannot be written ({reason}).").format(
                file=file, reason=error
            )
        ) from error
