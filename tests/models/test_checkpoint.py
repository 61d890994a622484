"""A damaged or foreign model folder gives one clear line, and none of its code ever runs."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core.config import Settings
from core.errors import CheckpointError, InvalidInput, NotFound
from core.models import catalogue
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.loading import load

Damage = Callable[[Path], object]


def _config(**changes: Any) -> Damage:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")

    return change


def _text(name: str, text: str) -> Damage:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _index(shard: str) -> Damage:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        index = json.dumps({"weight_map": {"lm_head.weight": shard}})
        (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")

    return change


def _truncate(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the embedded checkpoint, to be damaged."""
    copy = tmp_path / "model"
    copy.mkdir()
    for name in ("config.json", "tokenizer.model", "model.safetensors"):
        shutil.copyfile(EMBEDDED_FOLDER / name, copy / name)
    return copy


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(shutil.rmtree, "no model folder", id="missing folder"),
        pytest.param(lambda f: (f / "config.json").unlink(), "config.json", id="missing config"),
        pytest.param(_text("config.json", "{"), "not readable JSON", id="broken config"),
        pytest.param(_text("config.json", "[]"), "JSON object", id="config is a list"),
        pytest.param(_config(model_type="llama"), "'llama'", id="other architecture"),
        pytest.param(_config(pre_seq_len=128), "pre_seq_len = 128", id="prefix tuning"),
        pytest.param(_config(quantization_bit=4), "quantization_bit = 4", id="old integers"),
        pytest.param(
            _config(multi_query_attention=False), "multi_query_attention", id="first generation"
        ),
        pytest.param(_config(hidden_size="big"), "hidden_size", id="size is text"),
        pytest.param(
            lambda f: (f / "tokenizer.model").unlink(), "tokenizer.model", id="missing tokenizer"
        ),
        pytest.param(
            _text("tokenizer.model", "garbage" * 99), "sentencepiece", id="garbage tokenizer"
        ),
        pytest.param(
            lambda f: (f / "model.safetensors").unlink(), "no weights", id="missing weights"
        ),
        pytest.param(_index("model-00001-of-00002.safetensors"), "1 of 1", id="missing shard"),
        pytest.param(_index("../outside.safetensors"), "outside its folder", id="path upwards"),
        pytest.param(_index("/outside.safetensors"), "outside its folder", id="absolute path"),
        pytest.param(_truncate, "cannot be loaded", id="truncated weights"),
        pytest.param(
            _text("model.safetensors", "not weights"), "cannot be loaded", id="garbage weights"
        ),
    ],
)
def test_damage_is_named_in_one_line(folder: Path, damage: Damage, said: str) -> None:
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        load(folder, device="cpu")
    message = str(error.value)
    assert said in message
    assert "\n" not in message


def test_tokenizer_larger_than_the_model(folder: Path, golden: Path) -> None:
    shutil.copyfile(golden / "tokenizer/tokenizer.model", folder / "tokenizer.model")
    with pytest.raises(CheckpointError, match="do not belong together"):
        load(folder, device="cpu")


def _plain_pickle(value: object, file: Path) -> None:
    file.write_bytes(pickle.dumps(value, protocol=2))


@pytest.mark.parametrize("write", [torch.save, _plain_pickle])
def test_pickled_code_is_not_run(folder: Path, tmp_path: Path, write: Callable) -> None:
    witness = tmp_path / "witness"

    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch '{witness}'",)

    (folder / "model.safetensors").unlink()
    write({"lm_head.weight": Payload()}, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="cannot be loaded") as error:
        load(folder, device="cpu")
    assert "\n" not in str(error.value)
    assert not witness.exists()


def test_an_intact_folder_loads(folder: Path) -> None:
    loaded = load(folder, name="mine", device="cpu")
    assert loaded.facts.name == "mine"
    assert loaded.facts.window == loaded.model.config.max_position_embeddings
    assert not loaded.model.training


def test_unknown_device_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'abacus'"):
        load(EMBEDDED_FOLDER, device="abacus")  # type: ignore[arg-type]


def test_catalogue_offers_the_operators_models(folder: Path) -> None:
    settings = Settings.from_environment({"PROMPTLAB_MODEL_DIR": str(folder.parent)})
    assert [entry.name for entry in catalogue.entries(settings)] == ["embedded", "model"]
    assert catalogue.find("model", settings).folder == folder
    assert catalogue.find("embedded", settings).embedded
    with pytest.raises(NotFound, match="'nothing'"):
        catalogue.find("nothing", settings)
