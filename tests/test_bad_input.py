"""Bad input of every kind gets one clear message, and nothing that is stored is lost."""

import json
import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from core.backends.request import Request
from core.chat import turn as chat
from core.config import WITHOUT_SANDBOX, ClassSettings, Settings, classroom_variables
from core.engine.engine import Engine
from core.errors import (
    CheckpointError,
    InvalidInput,
    NotFound,
    PromptLabError,
    PromptTooLong,
    StorageError,
)
from core.grid.axes import Axis, parse_axis
from core.grid.records import Cell
from core.grid.spec import GridSpec
from core.grid.stored_run import create_run, fill_run
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER, find
from core.models.loading import load
from core.personas.book import PersonaBook
from core.personas.file import MAX_FILE_BYTES
from core.personas.text import PersonaText
from core.sampling.settings import Sampling
from core.store import Store

Damage = Callable[[Path], object]
# What a message tells to do begins with one of these
ADVICE = (
    "Check", "Copy", "Download", "Use the", "Use a", "Choose", "Do not use", "Make", "Move", "move",
    "restore", "Update", "set PROMPTLAB_DATA", "Correct", "Split", "Write", "Give", "Shorten",
    "Raise", "Type it again", "Available", "Allowed", "Known", "must be", "can have", "must say", "Remove", "Put", "Enter",
)  # fmt: skip


def assert_explained(error: PromptLabError, *said: str | tuple[str, ...]) -> None:
    """One line that ends as a sentence and has each of `said`, or one of each tuple."""
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    for part in said:
        choices = (part,) if isinstance(part, str) else part
        assert any(choice in message for choice in choices), message


def rows(file: Path) -> set[tuple[object, ...]]:
    """Every row of what users made, with its table's name; what a later message moves left out."""
    found: set[tuple[object, ...]] = set()
    with sqlite3.connect(file) as database:
        for table in ("conversations", "messages", "personas", "runs", "cells"):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            kept = [f'"{name}"' for name in columns if name not in ("updated_at", "head_id")]
            for row in database.execute(f"SELECT {', '.join(kept)} FROM {table}"):
                found.add((table, *row))
    return found


@pytest.fixture(scope="module")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a conversation, a persona and a run, closed and in one file."""
    file = tmp_path_factory.mktemp("filled") / "promptlab.db"
    store = Store.open(file)
    talk = store.conversations.create("kept", "Be brief.")
    chat.ask(store.conversations, talk.id, "question")
    PersonaBook(store.personas).create(PersonaText("Kept", "You stay."))
    run = store.runs.create(GridSpec("kept"), "embedded")
    store.runs.save_cell(run.id, Cell(0, 0, 0, 0, 0, "text", (1, 2), "stop"))
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def stored(filled_database: Path, tmp_path: Path) -> Iterator[Path]:
    """A database with something in it, all of which must still be there afterwards."""
    file = tmp_path / "data" / "promptlab.db"
    file.parent.mkdir()
    shutil.copyfile(filled_database, file)
    before = rows(file)
    assert len(before) == 5
    yield file
    assert before <= rows(file)


@pytest.fixture
def store(stored: Path) -> Store:
    return Store.open(stored)


# --- parameters -------------------------------------------------------------------------------

SETTINGS = [
    ("temperature", -0.1),
    ("temperature", 2.1),
    ("temperature", math.nan),
    ("temperature", "hot"),
    ("top_p", 0),
    ("top_p", 1.5),
    ("top_p", None),
    ("top_k", -1),
    ("top_k", 2.5),
    ("max_new_tokens", 0),
    ("max_length", 0),
    ("seed", -1),
    ("seed", 2**31),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_an_illegal_setting_changes_no_conversation(store: Store, name: str, value: object) -> None:
    (talk,) = store.conversations.list()
    with pytest.raises(InvalidInput) as error:
        store.conversations.change(talk.id, {name: value})
    assert_explained(error.value, f"{name} must be", f"got {value!r}")
    assert store.conversations.get(talk.id) == talk


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GridSpec(" "), "The prompt is empty. Write"),
        (lambda: GridSpec("x", samples=9), "samples must be 1 to 8, got 9"),
        (lambda: GridSpec("x", samples="3"), "samples must be a whole number, got '3'"),  # type: ignore[arg-type]
        (lambda: GridSpec("x", samples=2.5), "samples must be a whole number, got 2.5"),  # type: ignore[arg-type]
        (
            lambda: GridSpec("x", Axis("top_p", (1,))),
            "are both top_p. Choose two different axes",
        ),
        (lambda: Axis("heat", (1,)), "There is no axis 'heat'. Available axes: temperature"),  # type: ignore[arg-type]
        (lambda: Axis("temperature", ()), "Give 1 to 6 different values of temperature, got none"),
        (lambda: Axis("seed", (1, 2, 3, 4, 5, 6, 7)), "got 1, 2, 3, 4, 5, 6, 7"),
        (lambda: Axis("temperature", (3.0,)), "temperature must be 0 to 2, got 3.0"),
        (lambda: Axis("temperature", ("hot",)), "temperature must be 0 to 2, got 'hot'"),
        (lambda: Axis("temperature", ([],)), "temperature must be 0 to 2, got []"),  # type: ignore[arg-type]
        (lambda: Axis("top_p", (0.5, 0.5)), "different values of top_p, got 0.5, 0.5"),
        (lambda: Axis("seed", (None,)), "seed must be a whole number, got None"),  # type: ignore[arg-type]
        (lambda: Axis("max_new_tokens", (0,)), "max_new_tokens must be a whole number, 1 or more"),
        (lambda: Axis("top_k", (-2,)), "top_k must be a whole number, 0 (off) or more, got -2"),
        (lambda: Axis("persona", (5,)), "A persona must be text, got 5. Choose"),
        (lambda: Axis("model", ("",)), "A model must be text, got ''. Choose"),
        (
            lambda: parse_axis("top_p", "0.5, warm"),
            "'warm' is not a number. Write numbers like 0.2",
        ),
        (lambda: parse_axis("top_k", "2.5"), "'2.5' is not a whole number. Write"),
        (lambda: parse_axis("model", ""), "values of model, got none"),
    ],
)
def test_a_grid_that_cannot_run_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidInput) as error:
        make()
    assert_explained(error.value, said)


@pytest.mark.parametrize(("role", "content"), [("narrator", "x"), ("user", None)])
def test_a_message_that_is_none_is_refused(store: Store, role: Any, content: Any) -> None:
    (talk,) = store.conversations.list()
    with pytest.raises(InvalidInput, match=repr(content if content is None else role)):
        store.conversations.add_message(talk.id, talk.head_id, Message(role, content))


def test_a_setting_of_the_environment_is_checked() -> None:
    with pytest.raises(InvalidInput) as error:
        Settings.from_environment({"PROMPTLAB_DEVICE": "abacus"})
    assert_explained(error.value, "PROMPTLAB_DEVICE must be one of", "'abacus'")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMPTLAB_RESIDENT_MODELS", "0"),
        ("PROMPTLAB_RESIDENT_MODELS", "two"),
        ("PROMPTLAB_RESIDENT_MODELS", "²"),
        ("PROMPTLAB_MEMORY", "0"),
        ("PROMPTLAB_MEMORY", "nan"),
        ("PROMPTLAB_MEMORY", "8 GB"),
    ],
)
def test_a_bound_on_models_is_checked(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Settings.from_environment({name: value})
    assert_explained(error.value, f"{name} must be a", repr(value))


def test_bounds_on_models_are_read() -> None:
    bounded = Settings.from_environment(
        {
            "PROMPTLAB_RESIDENT_MODELS": "2",
            "PROMPTLAB_MEMORY": "1.5",
            "PROMPTLAB_PIN": " embedded, owner/name ,",
        }
    )
    assert (bounded.resident_models, bounded.memory) == (2, 1_500_000_000)
    assert bounded.pinned == ("embedded", "owner/name")
    free = Settings.from_environment({})
    assert (free.resident_models, free.memory, free.pinned) == (None, None, ())


def test_code_without_a_sandbox_is_chosen_and_never_in_a_class() -> None:
    assert not Settings.from_environment({}).without_sandbox
    chosen = {WITHOUT_SANDBOX: "on"}
    assert Settings.from_environment(chosen).without_sandbox
    classroom = ClassSettings("a-join-code", "a-key-of-the-teacher", "http://192.168.1.5:8501")
    with pytest.raises(InvalidInput) as error:
        Settings.from_environment(chosen | classroom_variables(classroom))
    assert_explained(error.value, WITHOUT_SANDBOX, "Unset it")


# --- prompts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["", "  ", "\n\t"])
def test_an_empty_question_is_refused(store: Store, empty: str) -> None:
    (talk,) = store.conversations.list()
    with pytest.raises(InvalidInput) as error:
        chat.ask(store.conversations, talk.id, empty)
    assert_explained(error.value, "The message is empty. Write something first")


def test_an_empty_prompt_is_refused_by_the_engine(engine: Engine) -> None:
    with pytest.raises(InvalidInput) as error:
        engine.submit(Request((), Sampling()))
    assert_explained(error.value, "the prompt is empty. Write something")


def test_a_question_over_the_window_is_explained_and_not_kept(store: Store, engine: Engine) -> None:
    (talk,) = store.conversations.list()
    with pytest.raises(PromptTooLong) as error:
        list(chat.turns(store.conversations, engine, talk.id, ["why " * 5000]))
    assert_explained(error.value, f"{engine.window:,}", "Shorten it")
    assert [said.content for said in store.conversations.path(talk.id)] == ["question"]


def test_a_grid_over_the_window_stores_no_cell(store: Store, engine: Engine) -> None:
    run = create_run(store.runs, engine, GridSpec("why " * 5000))
    with pytest.raises(PromptTooLong) as error:
        list(fill_run(store.runs, engine, run))
    assert_explained(error.value, str(engine.window), "Shorten the prompt")
    assert list(store.runs.cells(run.id)) == []


# --- checkpoints ------------------------------------------------------------------------------


def _config(**changes: Any) -> Damage:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")

    return change


def _one_layer_more(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    _config(num_layers=config["num_layers"] + 1)(folder)


def _text(name: str, text: str) -> Damage:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _index_text(text: str) -> Damage:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")

    return change


def _index(*shards: str) -> Damage:
    names = ("lm_head.weight", "model.norm.weight")
    return _index_text(json.dumps({"weight_map": dict(zip(names, shards, strict=False))}))


def _truncate(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 9 // 10])


def _cut_first_shard(folder: Path) -> None:
    whole = load_file(folder / "model.safetensors")
    names = sorted(whole)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for shard, own in halves.items():
        save_file({name: whole[name] for name in own}, folder / shard, {"format": "pt"})
    (folder / "model.safetensors").unlink()
    weight_map = {name: shard for shard, own in halves.items() for name in own}
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    shard = folder / "a.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1000])


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
        pytest.param(_text("config.json", "[" * 99_999), "not readable JSON", id="config is deep"),
        pytest.param(
            lambda f: (f / "config.json").write_bytes(b"\xff\xfe"),
            "not readable JSON",
            id="config in another encoding",
        ),
        pytest.param(_config(model_type="mamba"), "'mamba'", id="other architecture"),
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
        pytest.param(_index_text("{"), "not readable JSON", id="broken index"),
        pytest.param(_index_text("[]"), "JSON object", id="index is a list"),
        pytest.param(_index_text("{}"), "no weight_map", id="index without a map"),
        pytest.param(_index_text('{"weight_map": {}}'), "no weight_map", id="index of nothing"),
        pytest.param(_index_text('{"weight_map": {"x": 7}}'), "1 of 1", id="shard is a number"),
        pytest.param(_index("a.safetensors", "b.safetensors"), "2 of 2", id="missing shards"),
        pytest.param(_truncate, "cannot be read", id="truncated weights"),
        pytest.param(_cut_first_shard, "cannot be read", id="truncated shard"),
        pytest.param(_text("model.safetensors", "not weights"), "11 bytes", id="garbage weights"),
        pytest.param(_text("tokenizer.model", ""), "sentencepiece", id="empty tokenizer"),
        pytest.param(
            _config(num_layers=1), "do not belong to this model", id="fewer layers than there are"
        ),
        pytest.param(_one_layer_more, "missing", id="more layers than there are"),
        pytest.param(_config(kv_channels=16), "has the shape", id="narrower heads"),
        pytest.param(
            _config(add_qkv_bias=False), "do not belong to this model", id="biases left over"
        ),
        pytest.param(_config(padded_vocab_size=2**20), "bytes", id="absurd vocabulary"),
        pytest.param(_config(use_cache="yes"), "use_cache", id="flag that the library refuses"),
    ],
)
def test_a_damaged_checkpoint_is_named(
    folder: Path, stored: Path, damage: Damage, said: str
) -> None:
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        load(folder, device="cpu")
    assert_explained(error.value, said, ADVICE)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(NotFound) as error:
        find("nowhere", Settings.from_environment({}))
    assert_explained(error.value, "'nowhere'", "embedded", "give a checkpoint folder")


# --- persona files ----------------------------------------------------------------------------

HEAD = "format: promptlab-personas\nversion: 1\npersonas: "


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "neither YAML nor JSON"),
        ("{broken", "neither YAML nor JSON"),
        ("[" * 1_000_000, "lists nested"),
        (HEAD + "[{name: 2020-99-99, system: x}]", "neither YAML nor JSON"),
        (HEAD + "[{name: " + "9" * 5000 + ", system: x}]", "neither YAML nor JSON"),
        ("!!python/object/apply:os.system ['true']", "neither YAML nor JSON"),
        ("just text", "got 'just text'"),
        ("format: other", "got 'other'"),
        ("", "got None"),
        ("format: promptlab-personas\nversion: 99\npersonas: []", "version 99"),
        (HEAD + "[]", "no list of personas"),
        (HEAD + "[7]", "got 7"),
        (HEAD + "[{name: '', system: x}]", "needs a name"),
        (HEAD + "[{name: x}]", "'x' needs a system message"),
        (HEAD + "[{name: x, system: 5}]", "system must be text, got 5"),
        (HEAD + "[{name: x, system: y, colour: z}]", "unknown fields: colour"),
        (HEAD + "[{name: x, system: y, examples: 3}]", "must be a list, got 3"),
        (HEAD + '[{name: "\\ud800", system: y}]', "name contains an incomplete character"),
        (HEAD + "[{name: good, system: y}, {name: " + "x" * 81 + ", system: y}]", "got 81"),
        ("a: &a [1]\nb: *a", "YAML aliases"),
        ("x" * (MAX_FILE_BYTES + 1), "1,000,001 bytes"),
    ],
)
def test_a_bad_persona_file_adds_nobody(store: Store, content: str | bytes, said: str) -> None:
    book = PersonaBook(store.personas)
    before = book.list()
    with pytest.raises(InvalidInput) as error:
        book.import_(content)
    assert_explained(error.value, said, ADVICE)
    assert book.list() == before


# --- databases --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", ["folder", "below a file"])
def test_a_place_that_cannot_hold_a_database_is_refused(tmp_path: Path, make: str) -> None:
    place = tmp_path / "place"
    if make == "folder":
        place.mkdir()
    else:
        place.write_text("in the way")
    file = place if make == "folder" else place / "promptlab.db"
    with pytest.raises(StorageError) as error:
        Store.open(file)
    assert_explained(error.value, str(file), "PROMPTLAB_DATA")


@pytest.fixture
def unprivileged(read_only: Path) -> Iterator[None]:
    """Not the superuser, to whom nothing is read-only."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)
    yield
    if superuser:
        os.seteuid(0)


@pytest.fixture
def read_only(filled_database: Path) -> Iterator[Path]:
    """A database in a folder that anybody may read and nobody may write to."""
    folder = Path(tempfile.mkdtemp())
    file = folder / "promptlab.db"
    shutil.copyfile(filled_database, file)
    before = file.read_bytes()
    file.chmod(0o444)
    folder.chmod(0o555)
    yield file
    assert file.read_bytes() == before
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.usefixtures("unprivileged")
def test_a_read_only_folder_is_explained(read_only: Path) -> None:
    with pytest.raises(StorageError) as error:
        Store.open(read_only)
    assert_explained(error.value, str(read_only), "you can write to", "PROMPTLAB_DATA")


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_made_is_explained(read_only: Path) -> None:
    with pytest.raises(StorageError) as error:
        Store.open(read_only.parent / "deeper" / "promptlab.db")
    assert_explained(error.value, "deeper", "you can write to", "PROMPTLAB_DATA")


@pytest.mark.parametrize("content", [b"precious" * 1000, b"SQLite format 3\0" + b"x" * 4096])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "promptlab.db"
    file.write_bytes(content)
    with pytest.raises(StorageError) as error:
        Store.open(file)
    assert_explained(error.value, str(file), "not a database", f"move {file} away")
    assert file.read_bytes() == content


def test_a_database_of_a_newer_version_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    conversation = Store.open(file).conversations.create("kept")
    with sqlite3.connect(file) as database:
        (own,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError) as error:
        Store.open(file)
    assert_explained(error.value, str(file), "newer version", "9999", "Update Prompt Lab")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (own,))
    assert Store.open(file).conversations.get(conversation.id) == conversation
