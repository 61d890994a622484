"""What a model folder says of itself is checked value by value, and none of its code ever runs."""

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
from core.models.checkpoint import Checkpoint, inspect
from core.models.loading import LoadedModel, load

Damage = Callable[[Path], object]


def _config(**changes: Any) -> Damage:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")

    return change


def _without(*fields: str) -> Damage:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kept = {name: value for name, value in config.items() if name not in fields}
        (folder / "config.json").write_text(json.dumps(kept), encoding="utf-8")

    return change


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the embedded checkpoint, to be damaged."""
    copy = tmp_path / "model"
    copy.mkdir()
    for name in ("config.json", "tokenizer.model", "model.safetensors"):
        shutil.copyfile(EMBEDDED_FOLDER / name, copy / name)
    return copy


SIZES = {
    "hidden_size": "hidden_size",
    "num_layers": "num_layers or num_hidden_layers",
    "num_attention_heads": "num_attention_heads",
    "padded_vocab_size": "padded_vocab_size or vocab_size",
    "seq_length": "seq_length or max_position_embeddings",
}


@pytest.mark.parametrize("field", SIZES)
def test_a_size_that_is_absent_is_named(folder: Path, field: str) -> None:
    _without(field)(folder)
    with pytest.raises(CheckpointError) as error:
        inspect(folder)
    assert str(folder / "config.json") in str(error.value)
    assert f"is missing {SIZES[field]}." in str(error.value)


@pytest.mark.parametrize("value", ["1024", 0, -1, 10**30, 1.5, True, [], {}])
@pytest.mark.parametrize("field", [*SIZES, "multi_query_group_num", "ffn_hidden_size"])
def test_a_size_that_cannot_be_is_named_with_its_value(
    folder: Path, field: str, value: object
) -> None:
    _config(**{field: value})(folder)
    with pytest.raises(CheckpointError) as error:
        inspect(folder)
    assert f"{field} must be a whole number from 1 to" in str(error.value)
    assert f"got {value!r}." in str(error.value)


@pytest.mark.parametrize("field", [*SIZES, "multi_query_group_num"])
def test_a_size_that_is_null_counts_as_absent(folder: Path, field: str) -> None:
    _config(**{field: None})(folder)
    with pytest.raises(CheckpointError, match=f"is missing {field}"):
        inspect(folder)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rope_ratio", 0, "a number above 0"),
        ("rope_ratio", "8", "a number above 0"),
        ("layernorm_epsilon", None, "a number above 0"),
        ("layernorm_epsilon", float("inf"), "a number above 0"),
        ("layernorm_epsilon", float("nan"), "a number above 0"),
        ("rmsnorm", "yes", "true or false"),
        ("tie_word_embeddings", 1, "true or false"),
        ("num_attention_heads", 5, "cannot be divided evenly among 2 groups"),
    ],
)
def test_other_values_that_cannot_be_are_named(
    folder: Path, field: str, value: object, said: str
) -> None:
    _config(**{field: value})(folder)
    with pytest.raises(CheckpointError) as error:
        inspect(folder)
    assert said in str(error.value)
    assert str(value) in str(error.value)


def test_a_value_of_any_length_leaves_a_short_message(folder: Path) -> None:
    _config(hidden_size=["x"] * 10_000)(folder)
    with pytest.raises(CheckpointError) as error:
        inspect(folder)
    assert len(str(error.value)) < 400


def test_the_window_of_a_configuration_without_one_is_explained(folder: Path) -> None:
    checkpoint = Checkpoint(folder, {"model_type": "chatglm"}, ())
    with pytest.raises(CheckpointError, match="is missing seq_length"):
        _ = checkpoint.window


def test_the_sizes_of_either_format_are_read(folder: Path) -> None:
    _without("seq_length", "num_layers")(folder)
    _config(max_position_embeddings=512, num_hidden_layers=7)(folder)
    assert inspect(folder).window == 512


def test_the_parameters_of_a_configuration_are_those_of_the_model(loaded: LoadedModel) -> None:
    checkpoint = inspect(EMBEDDED_FOLDER)
    assert checkpoint.sizes.parameters == sum(p.numel() for p in loaded.model.parameters())


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

    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    weights.unlink()
    # As large as the weights were, so that nothing but its code can be the reason
    write({"lm_head.weight": Payload(), "rest": bytes(size)}, folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="cannot be read") as error:
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
    assert [entry.name for entry in catalogue.entries(settings)][:2] == ["embedded", "model"]
    assert catalogue.find("model", settings).folder == folder
    assert catalogue.find("embedded", settings).embedded
    with pytest.raises(NotFound, match="'nothing'"):
        catalogue.find("nothing", settings)
