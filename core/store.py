"""The store: one database, and what is kept in it."""

from pathlib import Path
from typing import Self

from core.branches.store import Branches
from core.chat.store import Conversations
from core.grid.store import Runs
from core.personas.store import Personas
from core.storage.database import Database


class Store:
    """Everything that survives a restart. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self.branches = Branches(database)
        self.conversations = Conversations(database)
        self.personas = Personas(database)
        self.runs = Runs(database)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open or create the database; raises `StorageError` when that is not possible."""
        return cls(Database(file))
