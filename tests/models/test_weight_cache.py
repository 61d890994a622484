"""Quantised weights are kept once, read again as they were, and never trusted when damaged."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchmarks.make_checkpoint import make
from core.errors import CheckpointError, InvalidInput
from core.models import weight_cache
from core.models.checkpoint import inspect
from core.models.loading import LoadedModel, load
from core.models.weight_cache import MANIFEST_FILE, WeightCache

IDS = [[64790, 64792, 30910, 13, 300, 400, 500]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One layer, as wide as quantised weights need it."""
    folder = tmp_path_factory.mktemp("checkpoints") / "one"
    make(folder, layers=1, hidden=128, shards=1, window=256)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> WeightCache:
    return WeightCache(tmp_path / "quantised")


def _load(folder: Path, cache: WeightCache, precision: str = "nf4") -> LoadedModel:
    return load(folder, device="cpu", precision=precision, cache=cache)  # type: ignore[arg-type]


@torch.inference_mode()
def _logits(loaded: LoadedModel) -> torch.Tensor:
    return loaded.model(torch.tensor(IDS)).logits


@pytest.mark.parametrize("precision", ["nf4", "int8"])
def test_weights_from_the_cache_are_the_ones_that_were_made(
    source: Path, cache: WeightCache, precision: str
) -> None:
    fresh, kept = _load(source, cache, precision), _load(source, cache, precision)
    assert (fresh.facts.cached, kept.facts.cached) == (False, True)
    assert torch.equal(_logits(fresh), _logits(kept))
    assert kept.facts.weight_bytes == fresh.facts.weight_bytes
    (manifest,) = cache.manifests()
    assert (manifest.name, manifest.precision) == ("one", precision)
    assert manifest.bytes >= fresh.facts.weight_bytes


def test_only_what_the_processor_quantised_is_kept(source: Path, cache: WeightCache) -> None:
    assert not _load(source, cache, "bf16").facts.cached
    assert not cache.folder.exists()


@pytest.mark.parametrize("damage", ["a byte", "an end", "a file", "the manifest"])
def test_a_damaged_cache_is_made_again(source: Path, cache: WeightCache, damage: str) -> None:
    before = _logits(_load(source, cache))
    (place,) = cache.folder.iterdir()
    file = place / "model.safetensors"
    if damage == "a byte":
        values = bytearray(file.read_bytes())
        values[-1000] ^= 1
        file.write_bytes(values)
    elif damage == "an end":
        os.truncate(file, file.stat().st_size // 2)
    elif damage == "a file":
        file.unlink()
    else:
        (place / MANIFEST_FILE).write_text("{")
    again = _load(source, cache)
    assert not again.facts.cached
    assert torch.equal(_logits(again), before)
    assert _load(source, cache).facts.cached


def test_weights_that_the_library_refuses_fall_back_to_the_checkpoint(
    source: Path, cache: WeightCache
) -> None:
    _load(source, cache)
    (place,) = cache.folder.iterdir()
    # Whole, but not of this model
    tensors = load_file(place / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, place / "model.safetensors", metadata={"format": "pt"})
    manifest = json.loads((place / MANIFEST_FILE).read_text())
    seen = weight_cache._seen(place / "model.safetensors")
    manifest["files"]["model.safetensors"] = seen
    (place / MANIFEST_FILE).write_text(json.dumps(manifest))
    assert not _load(source, cache).facts.cached
    assert _load(source, cache).facts.cached


def test_a_checkpoint_that_changed_is_quantised_again(
    source: Path, cache: WeightCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(source, tmp_path / "one")
    _load(folder, cache)
    place = cache.find(inspect(folder), "nf4")
    assert place is not None
    assert cache.find(inspect(source), "nf4") is None
    assert cache.find(inspect(folder), "int8") is None
    os.utime(folder / "model-00001-of-00001.safetensors", (1, 1))
    assert cache.find(inspect(folder), "nf4") is None
    _load(folder, cache)
    assert len(list(cache.folder.iterdir())) == 1  # in the place of the old ones
    monkeypatch.setattr(weight_cache.metadata, "version", lambda name: "another")
    assert cache.find(inspect(folder), "nf4") is None


def test_a_cancelled_or_failed_load_keeps_nothing(
    source: Path, cache: WeightCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(done: int, of: int) -> None:
        if done == of:
            raise InvalidInput("enough")

    with pytest.raises(InvalidInput, match="enough"):
        load(source, device="cpu", precision="nf4", progress=end, cache=cache)
    assert not cache.manifests()
    from core.models import loading

    def broken(*given: object) -> None:
        raise CheckpointError("no numbers")

    monkeypatch.setattr(loading, "_check_finite", broken)
    with pytest.raises(CheckpointError, match="no numbers"):
        _load(source, cache)
    assert list(cache.folder.iterdir()) == []


def test_without_room_the_model_is_loaded_all_the_same(
    source: Path, cache: WeightCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(source)
    monkeypatch.setattr(weight_cache.shutil, "disk_usage", lambda folder: usage._replace(free=1000))
    assert _logits(_load(source, cache)).isfinite().all()
    assert not cache.manifests()


def test_a_folder_that_cannot_be_written_is_no_obstacle(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert not _load(source, WeightCache(tmp_path / "file" / "quantised")).facts.cached


def test_what_nothing_reads_again_is_swept_away(
    source: Path, cache: WeightCache, tmp_path: Path
) -> None:
    gone = shutil.copytree(source, tmp_path / "gone")
    _load(gone, cache)
    shutil.rmtree(gone)
    left = cache.folder / ".writing-left"
    left.mkdir()
    os.utime(left, (1, 1))
    _load(source, cache)
    assert [manifest.name for manifest in cache.manifests()] == ["one"]
    assert not left.exists()


def test_what_another_process_moves_away_meanwhile_is_no_obstacle(
    source: Path, cache: WeightCache
) -> None:
    cache.folder.mkdir()
    moved = cache.folder / ".writing-moved"
    moved.symlink_to(cache.folder / "gone")  # listed, and not there when it is asked about
    _load(source, cache)
    assert [manifest.precision for manifest in cache.manifests()] == ["nf4"]


def test_clearing_says_what_it_gave_back(source: Path, cache: WeightCache) -> None:
    assert cache.clear() == 0
    _load(source, cache)
    (manifest,) = cache.manifests()
    assert cache.clear() == manifest.bytes
    assert cache.manifests() == []
