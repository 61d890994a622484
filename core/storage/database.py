"""Opens the SQLite file, brings its schema up to date, and explains what can go wrong.

Every call is one short transaction on its own connection, so any thread may call. Readers wait
for nobody: each sees the file as it was when its first query began (WAL). Writers wait for each
other, up to five seconds.
"""

import errno
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from core.errors import StorageError
from core.i18n import _

# The newest revision in migrations/versions.
HEAD = "0011"
BUSY_TIMEOUT_MS = 5000
# What SQLite needs beside the file: with less it may fail in any of many ways
_ROOM_BYTES = 2**20
# The execution option of a connection that only reads
_READS = "promptlab_reads"
# SQLite does not wait while another connection changes the journal of a new file
_opening = threading.Lock()


class Database:
    """One SQLite file, opened and up to date."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _explained(file, error) from error
        self._engine = create_engine(
            # In a URL written by hand ? and # would end the path
            URL.create("sqlite", database=str(file)),
            poolclass=NullPool,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(self._engine, "connect", _set_pragmas)
        event.listen(self._engine, "begin", _begin)
        self._reader = self._engine.execution_options(**{_READS: True})
        try:
            with _opening:
                self._bring_up_to_date()
        except (SQLAlchemyError, OSError) as error:
            raise _explained(file, error) from error

    def reading(self) -> AbstractContextManager[Session]:
        """One transaction that waits for no other; SQLite refuses whatever would write in it."""
        return self._session(self._reader)

    def writing(self) -> AbstractContextManager[Session]:
        """One transaction that holds the write lock from its first moment on; committed at the
        end, undone on an error."""
        return self._session(self._engine)

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise _explained(self.file, error) from error

    def _bring_up_to_date(self) -> None:
        with self._reader.begin() as connection:
            if _revision(connection) == HEAD:
                return
        # Takes a while, in which other programs that open this file should not have to wait
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        # A % begins a variable there
        scripts = str(Path(__file__).parent / "migrations").replace("%", "%%")
        config.set_main_option("script_location", scripts)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        with self._engine.begin() as connection:
            current = _revision(connection)
            if current is not None and current not in known:
                raise StorageError(
                    _(
                        "The database {file} comes from a newer version of Prompt Lab (revision "
                        "{revision}). Update Prompt Lab, or set PROMPTLAB_DATA to another folder."
                    ).format(file=self.file, revision=current)
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """How far a file is; None for one in which nothing is yet."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.execute(text(known)).first() is None:
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    # SQLite itself ignores the case of Latin letters only
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _casefold(text: str | None) -> str | None:
    return text if text is None else text.casefold()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_READS):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    else:
        # A deferred transaction that turns into a writing one fails at once instead of waiting
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _explained(file: Path, error: Exception) -> StorageError:
    reason = str(getattr(error, "orig", None) or error)
    low = reason.lower()
    if _full(file.parent, error):
        advice = _("The disk is full: free some space in {folder} and try again.")
    elif "readonly" in low or "unable to open" in low or isinstance(error, OSError):
        advice = _("Make {folder} a folder you can write to, or set PROMPTLAB_DATA to another one.")
    elif "not a database" in low or "malformed" in low:
        advice = _(
            "The file is damaged or was not made by Prompt Lab: move {file} away, or restore a "
            "backup."
        )
    elif "locked" in low:
        advice = _("Another program is writing to {file}: close it and try again.")
    else:
        advice = _("Check {file}, or set PROMPTLAB_DATA to another folder.")
    return StorageError(
        _("The database {file} cannot be used ({reason}).").format(file=file, reason=reason)
        + " "
        + advice.format(file=file, folder=file.parent)
    )


def _full(folder: Path, error: Exception) -> bool:
    """Whether the disk is full: SQLite says so, or it could not write and there is no room."""
    name = str(getattr(getattr(error, "orig", None), "sqlite_errorname", ""))
    if name == "SQLITE_FULL" or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return True
    if not name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return False
    try:
        return shutil.disk_usage(folder).free < _ROOM_BYTES
    except OSError:
        return False
