"""Folders may have any characters, and ~ is the home: of the data, the models and the settings."""

import os
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import InvalidInput
from core.store import Store

ODD = [
    "a?b",
    "a#b",
    "100%",
    "%20",
    "a b",
    "it's",
    'a"b',
    "数据",
    "a&b=c",
    "a;b",
    "a:b@c",
    "file:x",
    "-x",
]
VARIABLES = {
    "PROMPTLAB_DATA": "data_dir",
    "MODEL_PATH": "model_path",
    "PROMPTLAB_MODEL_DIR": "model_dir",
    "PROMPTLAB_CATALOGUE": "catalogue",
    "PROMPTLAB_LESSONS": "lessons",
    "OLLAMA_MODELS": "ollama",
}


@pytest.mark.parametrize("name", ODD)
def test_the_database_is_in_the_folder_that_was_named(name: str, tmp_path: Path) -> None:
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path / name)})
    talk = Store.open(settings.database).conversations.create()
    assert settings.database == tmp_path / name / "promptlab.db"
    assert settings.database.stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert Store.open(settings.database).conversations.get(talk.id).id == talk.id


def test_a_relative_folder_is_one_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open(Settings.from_environment({"PROMPTLAB_DATA": "a?b"}).database)
    assert (tmp_path / "a?b" / "promptlab.db").is_file()


@pytest.mark.parametrize("name", VARIABLES)
def test_a_tilde_is_the_home(name: str, tmp_path: Path) -> None:
    for written, meant in (("~/x y", tmp_path / "x y"), ("~", tmp_path), ("/~/x", Path("/~/x"))):
        settings = Settings.from_environment({"HOME": str(tmp_path), name: written})
        assert getattr(settings, VARIABLES[name]) == meant


@pytest.mark.parametrize("name", VARIABLES)
def test_the_home_of_somebody_who_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="no such user") as error:
        Settings.from_environment({name: "~nobody-of-that-name/x"})
    assert name in str(error.value)


def test_a_model_path_with_a_tilde_is_the_model_to_start_on(tmp_path: Path) -> None:
    settings = Settings.from_environment({"HOME": str(tmp_path), "MODEL_PATH": "~/m"})
    assert settings.model == str(tmp_path / "m")
    assert not settings.model.startswith(f"~{os.sep}")
