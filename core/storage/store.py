"""The store: one database, and what is kept in it."""

from pathlib import Path
from typing import Self

from core.storage.branches import Branches
from core.storage.conversations import Conversations
from core.storage.database import Database
from core.storage.personas import Personas
from core.storage.runs import Runs


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
