"""The benchmarks can be run, on a model of any family."""

import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks import genai, grid, openvino
from benchmarks.memory import MemoryWatch, Took, alone, table, took
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.preparing import OPENVINO, TORCH
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


@pytest.mark.long
@pytest.mark.usefixtures("on_openvino")
def test_openvino_is_measured_to_its_last_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openvino, "genai_installed", lambda: False)
    asked = ["--rounds", "1", "--tokens", "3", "--at", "2", "--only", "speed"]
    monkeypatch.setattr(sys, "argv", ["openvino", *asked])
    openvino.main()
    told = capsys.readouterr().out
    assert "GenAI is not installed" in told
    assert re.search(r"\n2 at once +torch \S+   openvino \S+ \(\S+\)   generate\(\) \S+ ", told)
    assert re.search(r"\nfirst token of 850, 1/s +torch \S+   openvino \S+ \(\S+\)\n$", told)


@pytest.mark.long
@pytest.mark.usefixtures("on_openvino")
def test_a_model_takes_no_more_on_openvino_than_was_planned() -> None:
    found = alone(took, EMBEDDED_FOLDER, OPENVINO, free=1e9)
    assert found.runner == OPENVINO
    assert found.weights + found.cache < found.taken <= found.planned["total"]


def test_memory_that_is_more_than_planned_is_told() -> None:
    planned = {"weights": 10**7, "cache": 10**7, "working": 10**7, "total": 3 * 10**7}
    mapped = Took(TORCH, planned, 10**7, 10**7, 10**6, 2 * 10**7, 10**7, 100)
    more = Took(OPENVINO, planned, 10**7, 10**7, 10**6, 31 * 10**6, 10**7, 100)
    # Weights that torch reads from their file count; OpenVINO has them in memory of its own
    assert (mapped.taken, mapped.working) == (3 * 10**7, 10**7)
    assert (more.taken, more.working) == (31 * 10**6, 11 * 10**6)
    assert "| in all, planned / taken | 30 / 30 MB | 30 / 31 MB: MORE THAN PLANNED |" in table(
        [mapped, more]
    )


def held_and_given_back(size: int) -> int:
    """The most that was there while so many bytes were in use for a moment."""
    with MemoryWatch() as watch:
        held = bytearray(b"x" * size)
        while watch.peak.anonymous < len(held) // 2:
            pass
        del held
    return watch.peak.anonymous


def test_the_watch_tells_the_most_that_was_there() -> None:
    # In a process that gives back nothing of its own meanwhile
    assert alone(held_and_given_back, 5 * 10**7) >= 2 * 10**7


def test_what_genai_cannot_read_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no requirement: its lines are left out where it is not, and for what it does not
    know."""
    monkeypatch.setattr(openvino, "genai_installed", lambda: False)
    assert openvino._genai(tmp_path / "model.gguf") is None
    monkeypatch.setattr(openvino, "genai_installed", lambda: True)
    assert openvino._genai(None) is None

    def refuse(self: genai.GenAI, file: Path) -> None:
        raise RuntimeError("unknown architecture")

    monkeypatch.setattr(genai.GenAI, "__init__", refuse)
    assert openvino._genai(tmp_path / "model.gguf") is None
    told = capsys.readouterr().out
    assert "not installed" in told
    assert "not this folder" in told
    assert "unknown architecture" in told
