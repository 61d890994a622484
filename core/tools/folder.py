"""The operator's folder of tools: each `.py` file may make some, by `@tool` on typed functions.

Files are code of the operator's and run as such, in this process; nobody else may write there. One
that cannot be read or makes no tool is told of, and the others are there all the same.
"""

import importlib.util
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core.i18n import _
from core.tools.tool import Tool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FolderTools:
    """tools: of all files. faults: a sentence for each file that gave none."""

    tools: tuple[Tool, ...] = ()
    faults: tuple[str, ...] = ()


def folder_tools(folder: Path | None) -> FolderTools:
    """The tools of a folder; a file that was changed is read again. None: there is no folder."""
    if folder is None:
        return FolderTools()
    if not folder.is_dir():
        return FolderTools(
            faults=(
                _("The folder of tools {folder} is not there. Correct PROMPTLAB_TOOLS.").format(
                    folder=folder.name
                ),
            )
        )
    tools: dict[str, Tool] = {}
    faults: list[str] = []
    for file in sorted(folder.glob("*.py")):
        # Editors put files of their own there while one is written, and links that lead nowhere
        if file.name.startswith(("_", ".")):
            continue
        found = _read(file, _changed_at(file))
        if isinstance(found, str):
            faults.append(
                _("{file} gives no tools: {reason}.").format(file=file.name, reason=found)
            )
            continue
        for one in found:
            if one.name in tools:
                faults.append(
                    _("{file}: there is already a tool {name}.").format(
                        file=file.name, name=one.name
                    )
                )
            else:
                tools[one.name] = one
    return FolderTools(tuple(tools.values()), tuple(faults))


def _changed_at(file: Path) -> int:
    """When it was changed; 0 where there is nothing, which reading it then tells of."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _read(file: Path, _changed: int) -> Sequence[Tool] | str:
    """The tools that a file makes, or why it makes none."""
    spec = importlib.util.spec_from_file_location(f"promptlab_tools_{file.stem}", file)
    if spec is None or spec.loader is None:
        return _("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the operator's code raises
        log.warning("the tools of %s cannot be read", file, exc_info=True)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        # Every visitor reads it: where the folder lies is the operator's
        return said.replace(f"{file.parent}{os.sep}", "")[:200]
    tools = [
        replace(one, origin="folder") for one in vars(module).values() if isinstance(one, Tool)
    ]
    return tools or _("it has no function with @tool")
