"""Memory is measured once for a machine, and what is expected of a model follows from it."""

import json
import os
from pathlib import Path

import pytest

from core.models import bandwidth
from core.models.catalogue import published_sizes
from core.models.machine import DeviceMemory
from core.models.plan import plan

CPU = DeviceMemory("cpu", "CPU", 64 * 10**9, 60 * 10**9)


def test_memory_is_measured_once_a_day_and_the_best_figure_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bandwidth.measure(2**20) > 10**8
    figures = iter((1e10, 2e10, 3e10, 2e10))
    monkeypatch.setattr(bandwidth, "measure", lambda: next(figures))
    assert [bandwidth.bandwidth(tmp_path) for _turn in range(3)] == [1e10] * 3
    file = tmp_path / bandwidth.FILE
    file.write_text(json.dumps({"machine": "another", "bytes_per_s": 5e9}), encoding="utf-8")
    assert bandwidth.bandwidth(tmp_path) == 2e10
    file.write_text("damaged", encoding="utf-8")
    assert bandwidth.bandwidth(tmp_path) == 3e10
    os.utime(file, (0, 0))
    assert bandwidth.bandwidth(tmp_path) == 3e10
    assert next(figures, None) is None


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert bandwidth.bandwidth(tmp_path / "file" / "data") > 0


def test_expected_speed_follows_the_bytes_and_is_near_what_was_measured() -> None:
    """The measured figures of benchmarks/README.md, where memory gave 20 GB/s."""
    sizes = published_sizes("chatglm3-6b")
    expected = [
        bandwidth.tokens_per_s(plan(sizes, precision, CPU), sizes, 20.5e9)
        for precision in ("bf16", "int8", "nf4")
    ]
    assert expected == pytest.approx([0.77, 1.35, 2.21], rel=0.15)


def test_nothing_is_expected_of_another_memory_than_was_measured() -> None:
    sizes = published_sizes("chatglm3-6b")
    gpu = DeviceMemory("cuda:0", "GPU", 64 * 10**9, 60 * 10**9)
    assert bandwidth.tokens_per_s(plan(sizes, "fp16", gpu), sizes, 20e9) is None
