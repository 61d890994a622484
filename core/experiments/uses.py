"""What was asked with which version of a prompt: experiments.

A variant names the version that it was taken from, as long as it says the same. One that was
written first and kept afterwards names none: it is found by what it says, as uses of personas are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.experiments.prompt import Prompt, taken_from
from core.personas.uses import Use
from core.storage.database import Database
from core.storage.documents import Prompts
from core.storage.ownership import COMMON, listed
from core.storage.schema import ExperimentRow
from core.storage.versions import Version


class PromptUses:
    """What is asked with the prompts that one space can see."""

    def __init__(self, database: Database, space: str = COMMON) -> None:
        self._database, self._space = database, space
        self._prompts = Prompts(database, space)

    def of(self, prompt_id: str) -> Sequence[Use]:
        """What this space has asked with a prompt, the newest first; raises `NotFound`."""
        versions = self._prompts.versions(prompt_id)
        kept = (ExperimentRow.id, ExperimentRow.title, ExperimentRow.spec, ExperimentRow.created_at)
        query = select(*kept).where(listed(ExperimentRow, self._space))
        found = []
        with self._database.reading() as session:
            for id, title, spec, at in session.execute(query):
                named = title or " · ".join(one["name"] for one in spec["variants"])
                used = {_version_of(one, prompt_id, versions, at) for one in spec["variants"]}
                found += [Use("experiment", id, named, version, at) for version in used - {0}]
        return sorted(found, key=lambda use: use.at, reverse=True)


def _version_of(
    variant: Mapping[str, Any], prompt_id: str, versions: Sequence[Version], at: datetime
) -> int:
    """The number of the version that a variant is of: the one that it names, else the newest that
    says the same and was saved by then, else the first one that does; 0 where none does."""
    named = taken_from(variant.get("origin", ""))
    if named:
        return named[1] if named[0] == prompt_id else 0
    said = _said(variant["system"], variant["template"], "\n".join(variant["follow_ups"]))
    alike = []
    for one in versions:
        prompt = Prompt.from_dict(one.content)
        if _said(prompt.system, prompt.template, prompt.follow_ups) == said:
            alike.append(one)
    by_then = [one for one in alike if one.created_at <= at]
    found = by_then[:1] or alike[-1:]
    return found[0].number if found else 0


def _said(system: str, template: str, follow_ups: str) -> tuple[str, str, list[str]]:
    lines = [line.strip() for line in follow_ups.splitlines()]
    return system.strip(), template.strip(), [line for line in lines if line]
