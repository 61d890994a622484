"""The benchmarks can be run, on a model of any family."""

import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks import grid
from tests.families import KINDS, make


@pytest.mark.parametrize("name", [one.name for one in pkgutil.iter_modules(benchmarks.__path__)])
def test_every_benchmark_finds_what_it_imports(name: str) -> None:
    importlib.import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_the_grid_is_measured_to_its_last_figure_on_another_family(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(tmp_path / kind, KINDS[kind])
    monkeypatch.setattr(grid, "NEW_TOKENS", 4)
    monkeypatch.setattr(sys, "argv", ["grid", "--model", str(folder), "--rounds", "1"])
    grid.main()
    told = capsys.readouterr().out
    assert re.search(r"5x5 grid, 4 samples +[\d.]+ s", told)
    assert re.search(r"first token, 256 ids, repeated +[\d.]+ ms\n$", told)
