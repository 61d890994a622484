"""The store: one database, and what is kept in it."""

from pathlib import Path
from typing import Self

from core.branches.store import Branches
from core.chat.store import Conversations
from core.experiments.store import Experiments
from core.experiments.uses import PromptUses
from core.grid.store import Runs
from core.personas.store import Personas
from core.personas.uses import Uses
from core.storage.database import Database
from core.storage.documents import OwnTools, Prompts, Suites
from core.storage.drafts import Drafts
from core.storage.ownership import COMMON, Binned, sweep
from core.storage.schema import (
    BranchRow,
    ConversationRow,
    ExperimentRow,
    MessageRow,
    PersonaRow,
    PromptRow,
    RunRow,
    SuiteRow,
    ToolRow,
    TreeRow,
)
from core.storage.versions import sweep_versions


class Store:
    """Everything that survives a restart, as it is seen from one space. All methods may be called
    from any thread."""

    def __init__(self, database: Database, space: str = COMMON) -> None:
        self._database, self.space = database, space
        self.branches = Branches(database, space)
        self.conversations = Conversations(database, space)
        self.drafts = Drafts(database, space)
        self.experiments = Experiments(database, space)
        self.personas = Personas(database, space)
        self.prompt_uses = PromptUses(database, space)
        self.prompts = Prompts(database, space)
        self.runs = Runs(database, space)
        self.suites = Suites(database, space)
        self.tools = OwnTools(database, space)
        self.uses = Uses(database, space)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open or create the database, in the common space; raises `StorageError` when that is not
        possible. What has been in a bin for too long is removed."""
        opened = cls(Database(file))
        opened.sweep()
        return opened

    def of(self, space: str) -> "Store":
        """The same database, seen from another space."""
        return Store(self._database, space)

    def binned(self) -> list[Binned]:
        """All that is in the bin of this space, the last deleted first."""
        kinds = (
            self.conversations.binned,
            self.conversations.binned_messages,
            self.personas.binned,
            self.runs.binned,
            self.branches.binned,
            self.branches.binned_branches,
            self.prompts.binned,
            self.suites.binned,
            self.experiments.binned,
            self.tools.binned,
        )
        found = [one for kind in kinds for one in kind()]
        return sorted(found, key=lambda one: one.deleted_at, reverse=True)

    def restore(self, one: Binned) -> None:
        """Take it out of the bin; raises `NotFound` where it is not there any more."""
        {
            "conversation": self.conversations.restore,
            "message": self.conversations.restore_message,
            "persona": self.personas.restore,
            "run": self.runs.restore,
            "tree": self.branches.restore,
            "branch": self.branches.restore_branch,
            "prompt": self.prompts.restore,
            "suite": self.suites.restore,
            "experiment": self.experiments.restore,
            "tool": self.tools.restore,
        }[one.kind](one.id)

    def erase(self, one: Binned) -> None:
        """Remove it for good; raises `NotFound` where it is not in the bin any more."""
        {
            "conversation": self.conversations.erase,
            "message": self.conversations.erase_message,
            "persona": self.personas.erase,
            "run": self.runs.erase,
            "tree": self.branches.erase,
            "branch": self.branches.erase_branch,
            "prompt": self.prompts.erase,
            "suite": self.suites.erase,
            "experiment": self.experiments.erase,
            "tool": self.tools.erase,
        }[one.kind](one.id)

    def sweep(self) -> None:
        """Remove for good what has been in the bins of all spaces for longer than it is kept."""
        with self._database.writing() as session:
            for kind in (
                *(ConversationRow, MessageRow, PersonaRow, RunRow, TreeRow, BranchRow),
                *(PromptRow, SuiteRow, ExperimentRow, ToolRow),
            ):
                sweep(session, kind)
            sweep_versions(session)
