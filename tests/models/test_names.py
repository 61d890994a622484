"""Models are offered by name: two of one name are told apart, and a name may have any
characters."""

import shutil
from pathlib import Path

import pytest

from core.config import Settings
from core.engine.choices import choice_of
from core.engine.residents import ModelChoice
from core.errors import NotFound
from core.models import catalogue
from core.models.added import add
from core.models.same_names import whereabouts
from tests.gguf_files import write_gguf

ODD = [
    "a b",
    "我的 模型",
    "it's",
    'a"b"',
    "100%",
    "a#b",
    "a?b=c",
    "a&b",
    "--a",
    "a--b--c",
    "[x](y)",
    "*_`$",
]


def _settings(shelf: Path, **more: str) -> Settings:
    places = {"PROMPTLAB_DATA": str(shelf / ".data"), "HOME": str(shelf / ".home")}
    return Settings.from_environment({**places, "PROMPTLAB_MODEL_DIR": str(shelf), **more})


def _copied(checkpoint: Path, to: Path) -> Path:
    return Path(shutil.copytree(checkpoint, to))


def test_two_folders_of_one_name_are_told_apart(small_checkpoint: Path, tmp_path: Path) -> None:
    first = _copied(small_checkpoint, tmp_path / "here" / "twin")
    second = _copied(small_checkpoint, tmp_path / "shelf" / "twin")
    third = _copied(small_checkpoint, tmp_path / "there" / "twin")
    settings = _settings(tmp_path / "shelf", MODEL_PATH=str(first))
    add(third, settings.data_dir)
    found = [e for e in catalogue.entries(settings) if e.folder.name == "twin"]
    assert [e.title for e in found] == ["twin (here)", "twin (there)", "twin (shelf)"]
    # The first one keeps its name: what was recorded under it is that model's
    assert [e.name for e in found] == ["twin", "twin (there)", "twin (shelf)"]
    for entry, folder in zip(found, (first, third, second), strict=True):
        choice = choice_of(entry.name, settings)
        assert choice.entry.folder == folder
        assert choice.prepared({}).checkpoint.folder == folder
        assert catalogue.find(entry.name, settings) == catalogue.find(str(folder), settings)


def test_a_folder_and_a_file_of_one_name_are_told_apart(
    small_checkpoint: Path, tmp_path: Path
) -> None:
    _copied(small_checkpoint, tmp_path / "twin")
    write_gguf(tmp_path / "twin.gguf")
    found = [e for e in catalogue.entries(_settings(tmp_path)) if e.folder.stem == "twin"]
    assert [e.title for e in found] == ["twin", "twin.gguf"]
    assert [e.name for e in found] == ["twin", "twin.gguf"]


def test_nobody_else_is_called_embedded(small_checkpoint: Path, tmp_path: Path) -> None:
    folder = _copied(small_checkpoint, tmp_path / "embedded")
    settings = _settings(tmp_path)
    assert catalogue.find("embedded", settings).embedded
    mine = catalogue.find(str(folder), settings)
    assert mine.name != "embedded"
    assert choice_of(mine.name, settings).entry.folder == folder


def test_models_of_the_hub_with_one_title_are_told_apart_by_their_owners(
    small_checkpoint: Path, tmp_path: Path
) -> None:
    for owner in ("ann", "bob"):
        _copied(small_checkpoint, tmp_path / f"{owner}--tiny")
    found = [e for e in catalogue.entries(_settings(tmp_path)) if e.hub]
    assert [(e.name, e.title) for e in found] == [
        ("ann/tiny", "tiny (ann)"),
        ("bob/tiny", "tiny (bob)"),
    ]


def test_a_folder_with_two_dashes_has_its_own_name_too(
    small_checkpoint: Path, tmp_path: Path
) -> None:
    folder = _copied(small_checkpoint, tmp_path / "a--b")
    settings = _settings(tmp_path)
    for name in ("a--b", "a/b", str(folder)):
        assert catalogue.find(name, settings).folder == folder
    named = _settings(tmp_path, PROMPTLAB_MODEL="a--b")
    assert catalogue.starting(named, "en").folder == folder


@pytest.mark.parametrize("name", ODD)
def test_a_name_may_have_any_characters(name: str, small_checkpoint: Path, tmp_path: Path) -> None:
    folder = _copied(small_checkpoint, tmp_path / name)
    settings = _settings(tmp_path)
    entry = catalogue.find(name, settings)
    assert (entry.folder, entry.name) == (folder, name)
    choice = choice_of(ModelChoice(entry, precision="bf16").value, settings)
    assert (choice.entry, choice.precision) == (entry, "bf16")
    assert choice.prepared({}).checkpoint.folder == folder


def test_a_place_that_cannot_be_read_is_no_model(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "nothing", PROMPTLAB_MODEL="~nobody-of-that-name/model")
    with pytest.raises(NotFound):
        catalogue.starting(settings, "en")
    with pytest.raises(NotFound):
        catalogue.find("\0", settings)


def test_whereabouts_are_as_short_as_they_can_be() -> None:
    paths = [Path("/a/x/m"), Path("/b/x/m"), Path("/b/y/m"), Path("/m")]
    assert whereabouts(paths) == ["a/x", "b/x", "y", "/"]
