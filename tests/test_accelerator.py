"""The benchmark of a GPU tells what it knows, whatever fails."""

import json
from pathlib import Path

import pytest
from safetensors import safe_open

from benchmarks.accelerator import Run, precision_of
from benchmarks.make_checkpoint import make


def _lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_part_that_fails_does_not_end_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(limit=60)

    def fail() -> dict:
        raise RuntimeError("out of memory")

    assert run.part("first", fail) is None
    assert run.part("second", lambda: {"seconds": 1}, precision="nf4") == {"seconds": 1}
    told = capsys.readouterr()
    first, second = _lines(told.out)
    assert first["failed"] == "RuntimeError: out of memory"
    assert "Traceback" in told.err
    assert (second["part"], second["precision"], second["seconds"]) == ("second", "nf4", 1)
    assert run.failed == 1


def test_no_part_begins_after_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(limit=-1)
    assert run.part("late", lambda: pytest.fail("begun")) is None
    assert _lines(capsys.readouterr().out)[0]["skipped"]


@pytest.mark.long
def test_a_small_checkpoint_is_measured_in_every_part(
    small_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"prompts": [5, 40], "new_tokens": 4, "long": 100, "bandwidth": 1e9}
    parts = ["window", "first", "rates", "long", "generate", "full"]
    precision_of(Run(limit=300), small_checkpoint, "cpu", "bf16", parts, options)
    told = {line["part"]: line for line in _lines(capsys.readouterr().out)}
    assert set(told) == {"load", *parts}
    assert not any("failed" in line or "skipped" in line for line in told.values())
    assert told["load"]["weights"] == told["load"]["weights_planned"]
    assert told["rates"]["nine"] > 0 < told["rates"]["share_of_bandwidth"]
    assert set(told["first"]["median"]) == {"5", "40"} == set(told["generate"]["first"])
    assert told["full"]["windows"] > 1


def test_the_same_seed_gives_the_same_checkpoint(tmp_path: Path) -> None:
    sizes = [make(tmp_path / name, layers=1, hidden=128, shards=3) for name in ("one", "two")]
    files = [sorted((tmp_path / name).glob("*.safetensors")) for name in ("one", "two")]
    assert sizes[0] == sizes[1]
    assert len(files[0]) == 3
    for one, two in zip(*files, strict=True):
        with safe_open(one, "pt") as left, safe_open(two, "pt") as right:
            assert set(left.keys()) == set(right.keys())
            for name in left.keys():  # noqa: SIM118 - the file is no mapping
                assert left.get_tensor(name).equal(right.get_tensor(name))
