"""What was made with which version of a persona: conversations, runs of grids, experiments.

What was made keeps the text that it was made with, and versions are never overwritten: so a version
is found by its text, and where several have the same, by the time. An experiment may name it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.storage.database import Database
from core.storage.ownership import COMMON, in_space, listed
from core.storage.schema import ConversationRow, ExperimentRow, PersonaRow, RunRow
from core.storage.versions import Version, Versions

Kind = Literal["conversation", "run", "experiment"]
# As the variant of an experiment names a version
ORIGIN = "persona {id} {version}"


@dataclass(frozen=True, slots=True)
class Use:
    """Something that was made with a version of a persona or a prompt. title: what it is known by;
    may be empty. version: its number; 0 for a text that no version has."""

    kind: Kind
    id: str
    title: str
    version: int
    at: datetime


class Uses:
    """What is made with the personas of one space."""

    def __init__(self, database: Database, space: str = COMMON) -> None:
        self._database, self._space = database, space
        self._versions = Versions(database, "persona")

    def of(self, persona_id: str) -> Sequence[Use]:
        """What this space has made with a persona of its own, the newest first; nothing for any
        other."""
        versions = self._versions.list(persona_id)
        with self._database.reading() as session:
            query = select(PersonaRow).where(
                PersonaRow.id == persona_id, in_space(PersonaRow, self._space)
            )
            row = session.scalar(query)
            if row is None:
                return []
            # Saved before there were versions
            versions = versions or [Version(1, {"system": row.system}, "", row.updated_at)]
            found = [
                *self._conversations(session, persona_id, versions),
                *self._runs(session, versions),
                *self._experiments(session, persona_id, versions),
            ]
        return sorted(found, key=lambda use: use.at, reverse=True)

    def _conversations(
        self, session: Session, persona_id: str, versions: Sequence[Version]
    ) -> Iterator[Use]:
        query = select(ConversationRow).where(
            listed(ConversationRow, self._space), ConversationRow.persona_id == persona_id
        )
        for row in session.scalars(query):
            version = version_of(versions, row.system, row.created_at)
            yield Use("conversation", row.id, row.title, version, row.created_at)

    def _runs(self, session: Session, versions: Sequence[Version]) -> Iterator[Use]:
        kept = (RunRow.id, RunRow.title, RunRow.prompt, RunRow.system, RunRow.created_at)
        query = select(*kept, RunRow.rows, RunRow.columns).where(listed(RunRow, self._space))
        for id, title, prompt, system, at, *axes in session.execute(query):
            texts = [
                system,
                *(v for axis in axes if axis["name"] == "persona" for v in axis["values"]),
            ]
            for version in {version_of(versions, text, at) for text in texts} - {0}:
                yield Use("run", id, title or prompt, version, at)

    def _experiments(
        self, session: Session, persona_id: str, versions: Sequence[Version]
    ) -> Iterator[Use]:
        kept = (ExperimentRow.id, ExperimentRow.title, ExperimentRow.spec, ExperimentRow.created_at)
        query = select(*kept).where(listed(ExperimentRow, self._space))
        for id, title, spec, at in session.execute(query):
            named = title or " · ".join(one["name"] for one in spec["variants"])
            used = {_version_of_variant(one, persona_id, versions, at) for one in spec["variants"]}
            for version in used - {0}:
                yield Use("experiment", id, named, version, at)


def version_of(versions: Sequence[Version], system: str, at: datetime) -> int:
    """The number of the version that a system message is of: the newest one with this text that was
    saved by then, else the first one with it; 0 where none has it. versions: the newest first."""
    alike = [one for one in versions if one.content["system"].strip() == system.strip()]
    by_then = [one for one in alike if one.created_at <= at]
    found = by_then[:1] or alike[-1:]
    return found[0].number if found else 0


def _version_of_variant(
    variant: dict[str, Any], persona_id: str, versions: Sequence[Version], at: datetime
) -> int:
    for one in versions:
        if variant.get("origin") == ORIGIN.format(id=persona_id, version=one.number):
            return one.number
    return version_of(versions, variant["system"], at)
