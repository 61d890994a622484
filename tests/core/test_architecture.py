"""The layers: pages -> ui -> core, nothing points back, and importing core is quick."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "core": ("streamlit", "ui", "pages"),
    "ui": ("torch", "transformers", "pages"),
    "pages": ("torch", "transformers"),
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_nothing_points_back(layer: str) -> None:
    for file in (ROOT / layer).rglob("*.py"):
        found = {name.split(".")[0] for name in imported(file)}
        assert not found & set(FORBIDDEN[layer]), file


def test_figures_know_no_streamlit() -> None:
    assert not any(name.startswith("streamlit") for name in imported(ROOT / "ui" / "charts.py"))


def test_pages_are_thin() -> None:
    for file in [*(ROOT / "pages").glob("*.py"), ROOT / "Home.py"]:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 120, file


def test_importing_core_loads_no_model_library() -> None:
    script = (
        "import sys, core, core.chat, core.grid, core.personas, core.models.catalogue, core.cli.app\n"
        "print([m for m in ('torch', 'transformers', 'streamlit') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr
