"""A full disk is called that, however SQLite puts it; another failure is not."""

import errno
import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from core.errors import StorageError
from core.messages import Message
from core.storage import database
from core.store import Store

Usage = namedtuple("Usage", "total used free")


class Failing(sqlite3.OperationalError):
    """An error as SQLite raises it, with the name of its code."""

    def __init__(self, said: str, name: str) -> None:
        super().__init__(said)
        self.sqlite_errorname = name


def _said(tmp_path: Path, error: Exception) -> str:
    return str(database._explained(tmp_path / "promptlab.db", error))


def test_a_file_that_may_not_grow_is_a_full_disk_and_what_was_kept_stays(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path / "promptlab.db")
    talk = store.conversations.create().id
    first = store.conversations.add_message(talk, None, Message("user", "kept")).id

    def bound(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine = store._database._engine
    event.listen(engine, "connect", bound)
    with pytest.raises(StorageError, match="The disk is full") as error:
        store.conversations.add_message(talk, first, Message("user", "x" * 10**6))
    assert str(tmp_path) in str(error.value)
    event.remove(engine, "connect", bound)
    assert [m.message.content for m in store.conversations.path(talk)] == ["kept"]


@pytest.mark.parametrize("name", ["SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE", "SQLITE_CANTOPEN"])
def test_what_fails_on_a_disk_without_room_is_a_full_disk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OperationalError("BEGIN", {}, Failing("disk I/O error", name))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 10**9, 4096))
    assert "The disk is full" in _said(tmp_path, error)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 0, 10**9))
    assert "full" not in _said(tmp_path, error)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_folder_that_cannot_be_made_for_want_of_room(number: int, tmp_path: Path) -> None:
    assert "The disk is full" in _said(tmp_path, OSError(number, "no room"))
    assert "a folder you can write to" in _said(tmp_path, OSError(errno.EACCES, "denied"))
