"""Layers point one way, pages stay thin, and importing the core stays quick."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL_CODE = {"torch", "transformers", "sentencepiece", "safetensors"}
FORBIDDEN = {
    "core": {"streamlit", "ui", "pages", "Home", "training", "benchmarks", "tests"},
    "ui": {"pages", "Home", "training", "benchmarks", "tests"} | MODEL_CODE,
    "pages": {"training", "benchmarks", "tests"} | MODEL_CODE,
}
MAX_PAGE_LINES = 120
MAX_MODULE_LINES = 350


def _modules(layer: str) -> list[Path]:
    entry = [ROOT / "Home.py"] if layer == "pages" else []
    return [file for file in [*entry, *sorted((ROOT / layer).rglob("*.py"))] if file.is_file()]


def _imported(file: Path) -> set[str]:
    """The top-level packages that a module imports anywhere, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_imports_point_one_way(layer: str) -> None:
    wrong = {
        str(file.relative_to(ROOT)): found
        for file in _modules(layer)
        if (found := _imported(file) & FORBIDDEN[layer])
    }
    assert not wrong


def test_pages_are_thin() -> None:
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in _modules("pages")
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_PAGE_LINES}


def test_modules_are_of_one_idea() -> None:
    long = {}
    for file in [*_modules("core"), *_modules("ui")]:
        name = file.relative_to(ROOT).as_posix()
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > MAX_MODULE_LINES:
            long[name] = lines
    assert not long


def test_modules_say_what_they_are() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for layer in FORBIDDEN
        for file in _modules(layer)
        if file.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_docstrings_end_their_sentence() -> None:
    cut_off = [
        f"{file.relative_to(ROOT)}: {node.name}"
        for layer in FORBIDDEN
        for file in _modules(layer)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not (ast.get_docstring(node) or ".").endswith((".", "?", "!", ":", ")", "`"))
    ]
    assert not cut_off


def test_importing_the_core_is_quick() -> None:
    code = (
        "import sys, core, core.config, core.sampling.settings;"
        "print(*{'torch', 'transformers', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(("given", "kept"), [("", "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep_unless_the_operator_says_otherwise(given: str, kept: str) -> None:
    """A draw took up to 200 ms instead of 2 with one of two cores busy: its threads spun."""
    code = "import core, os, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    others = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=others | ({"OMP_WAIT_POLICY": given} if given else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [kept, "False"]
