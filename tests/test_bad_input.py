"""Bad input of every kind gets its one clear message, and nothing stored is lost."""

import json
import math
import shutil
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import CheckpointError, InvalidInput, NotFound, PromptLabError, StorageError
from core.grid import GridSpec
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER, find
from core.models.checkpoint import inspect
from core.personas import PersonaText, parse_file
from core.sampling import Sampling
from core.storage import Store

SETTINGS = [
    ("temperature", -0.1),
    ("temperature", 2.1),
    ("temperature", math.nan),
    ("temperature", math.inf),
    ("temperature", "hot"),
    ("temperature", True),
    ("top_p", 0),
    ("top_p", 1.5),
    ("top_p", -1),
    ("top_p", None),
    ("top_k", -1),
    ("top_k", 2.5),
    ("top_k", "all"),
    ("max_new_tokens", 0),
    ("max_new_tokens", "many"),
    ("max_length", 0),
    ("seed", -1),
    ("seed", 2**31),
    ("seed", 1.5),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_an_illegal_setting_is_named_with_its_value(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        Sampling.from_dict({name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(InvalidInput, match="warmth"):
        Sampling.from_dict({"warmth": 1})


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": " "},
        {"prompt": "x", "temperatures": ()},
        {"prompt": "x", "temperatures": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)},
        {"prompt": "x", "top_ps": (0.5, 0.5)},
        {"prompt": "x", "samples": 9},
        {"prompt": "x", "temperatures": (3.0,)},
    ],
)
def test_a_grid_that_cannot_run_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        GridSpec(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("role", "content"), [("narrator", "x"), ("user", None)])
def test_a_message_that_is_none_is_refused(role: str, content: object) -> None:
    with pytest.raises(InvalidInput):
        Message(role, content)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00bad",
        "just text",
        "{broken",
        "format: other",
        "format: promptlab-personas\nversion: 99\npersonas: []",
        "format: promptlab-personas\nversion: 1\npersonas: []",
        "format: promptlab-personas\nversion: 1\npersonas: [7]",
        "format: promptlab-personas\nversion: 1\npersonas: [{name: '', system: x}]",
        "format: promptlab-personas\nversion: 1\npersonas: [{name: x}]",
        "format: promptlab-personas\nversion: 1\npersonas: [{name: x, system: y, colour: z}]",
        "a: &a [1]\nb: *a",
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_a_bad_persona_file_is_explained(content: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_file(content)


def test_a_persona_needs_a_name_of_some_length() -> None:
    with pytest.raises(InvalidInput, match="81"):
        PersonaText("x" * 81, "system")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EMBEDDED_FOLDER, tmp_path / "model"))


def change(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "llama"),
        ("pre_seq_len", 128),
        ("quantization_bit", 4),
        ("multi_query_attention", False),
        ("add_bias_linear", True),
        ("hidden_size", "wide"),
        ("num_layers", 0),
    ],
)
def test_an_unsupported_configuration_is_named(checkpoint: Path, field: str, value: object) -> None:
    change(checkpoint, **{field: value})
    with pytest.raises(CheckpointError) as caught:
        inspect(checkpoint)
    assert str(value) in str(caught.value)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.model", "model.safetensors"])
def test_a_missing_file_is_named(checkpoint: Path, file: str) -> None:
    (checkpoint / file).unlink()
    with pytest.raises(CheckpointError, match=file.split(".")[0]):
        inspect(checkpoint)


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_a_configuration_that_is_no_object_is_refused(checkpoint: Path, content: str) -> None:
    (checkpoint / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        inspect(checkpoint)


@pytest.mark.parametrize("shard", ["../secret.safetensors", "/etc/passwd", "gone.safetensors"])
def test_an_index_that_leads_elsewhere_is_refused(checkpoint: Path, shard: str) -> None:
    index = {"weight_map": {"transformer.output_layer.weight": shard}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=shard.replace(".", r"\.")):
        inspect(checkpoint)


@pytest.mark.parametrize("damage", ["weights", "tokenizer"])
def test_damaged_files_are_refused_when_loading(checkpoint: Path, damage: str) -> None:
    from core.models.loading import load

    if damage == "weights":
        file = checkpoint / "model.safetensors"
        file.write_bytes(file.read_bytes()[:5000])
    else:
        (checkpoint / "tokenizer.model").write_bytes(b"not a model")
    with pytest.raises(CheckpointError):
        load(checkpoint)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(NotFound, match="nowhere"):
        find("nowhere", Settings.from_environment({}))


def test_a_setting_of_the_environment_is_checked() -> None:
    with pytest.raises(InvalidInput, match="abacus"):
        Settings.from_environment({"PROMPTLAB_DEVICE": "abacus"})


def test_a_data_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="PROMPTLAB_DATA"):
        Store.open(tmp_path / "file" / "promptlab.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    file.write_bytes(b"precious" * 1000)
    with pytest.raises(StorageError):
        Store.open(file)
    assert file.read_bytes() == b"precious" * 1000


def test_a_database_of_a_newer_version_is_refused_and_kept(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "promptlab.db"
    conversation = Store.open(file).conversations.create(title="kept")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="9999"):
        Store.open(file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    assert Store.open(file).conversations.get(conversation.id).title == "kept"


def test_every_error_is_one_of_ours() -> None:
    for kind in (InvalidInput, NotFound, CheckpointError, StorageError):
        assert issubclass(kind, PromptLabError)
