"""Opening: the schema is complete, and any number of threads and programs may open and write."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from core.storage import database
from core.store import Store

ROOT = Path(__file__).parents[2]


def test_the_migrations_make_the_schema(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from core.storage.schema import Base

    Store.open(tmp_path / "promptlab.db")
    with create_engine(f"sqlite:///{tmp_path / 'promptlab.db'}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_newest_migration_is_the_head() -> None:
    """A file of the revision before would otherwise be taken for a whole one."""
    from alembic.script import ScriptDirectory

    migrations = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(migrations)).get_current_head() == database.HEAD


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
        "from core.store import Store\n"
        "from core.storage import database\n"
        "database.BUSY_TIMEOUT_MS = 600_000\n"
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
