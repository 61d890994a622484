"""Importing what the command line and the pages import first loads no slow library."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SLOW = ("torch", "sacrebleu", "transformers", "streamlit", "alembic")
QUICK = (
    "core.chat.turn",
    "core.cli.app",
    "core.grid.spec",
    "core.grid.code",
    "core.grid.export",
    "core.grid.over_models",
    "core.grid.run",
    "core.models.catalogue",
    "core.personas.book",
    "core.storage",
)


def test_importing_loads_no_slow_library() -> None:
    script = f"import sys, {', '.join(QUICK)}; print([n for n in {SLOW} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
