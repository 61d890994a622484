"""Opening: a file that cannot be used is refused with advice, and left as it was."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.errors import StorageError
from core.messages import Message
from core.storage import Store

ROOT = Path(__file__).parents[2]


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    file.write_bytes(b"something else entirely " * 50)
    before = file.read_bytes()
    with pytest.raises(StorageError, match="not a database"):
        Store.open(file)
    assert file.read_bytes() == before


def test_a_newer_database_is_refused_with_its_rows_untouched(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    Store.open(file).conversations.create("kept")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer"):
        Store.open(file)
    rows = sqlite3.connect(file).execute("SELECT title FROM conversations").fetchall()
    assert rows == [("kept",)]


@pytest.mark.parametrize("make", ["folder", "below a file"])
def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path: Path, make: str) -> None:
    place = tmp_path / "place"
    if make == "folder":
        place.mkdir()
        file = place
    else:
        place.write_text("a file")
        file = place / "promptlab.db"
    with pytest.raises(StorageError, match="PROMPTLAB_DATA"):
        Store.open(file)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    Store.open(file)
    before = sqlite3.connect(file).execute("SELECT sql FROM sqlite_master").fetchall()
    Store.open(file)
    assert sqlite3.connect(file).execute("SELECT sql FROM sqlite_master").fetchall() == before


def test_many_threads_open_one_new_file(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def open_it() -> None:
        try:
            Store.open(tmp_path / "promptlab.db").conversations.list()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_two_programs_and_two_threads_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "promptlab.db"
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from core.messages import Message\n"
        "from core.storage import Store\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "def write():\n"
        "    talk = store.conversations.create().id\n"
        "    for number in range(20):\n"
        "        store.conversations.add_message(talk, None, Message('user', str(number)))\n"
        "threads = [threading.Thread(target=write) for _ in range(2)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", script, str(file)], cwd=ROOT) for _ in range(2)
    ]
    assert [program.wait() for program in programs] == [0, 0]
    store = Store.open(file)
    talks = store.conversations.list()
    assert len(talks) == 4
    for talk in talks:
        assert store.conversations.path(talk.id)[0].versions == 20


def test_importing_the_store_loads_neither_models_nor_pages() -> None:
    script = (
        "import sys, core.storage; print([n for n in "
        "('torch', 'transformers', 'streamlit', 'alembic') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_message_of_a_conversation_survives_its_store(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "promptlab.db")
    talk = store.conversations.create().id
    store.conversations.add_message(talk, None, Message("user", "你好 👋"))
    again = Store.open(tmp_path / "promptlab.db")
    assert [message.content for message in again.conversations.path(talk)] == ["你好 👋"]
