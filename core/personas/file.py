"""Persona files, to give personas to others and take theirs.

A file is YAML or JSON: `format: promptlab-personas`, `version: 1`, and a list `personas` of `name`,
`description`, `system` and `examples`, and perhaps a `contract` of rules and a `scope`.
"""

import json
from collections.abc import Iterable
from typing import Literal

from core.errors import InvalidInput
from core.i18n import _
from core.personas.text import PersonaText, persona_text
from core.plain_files import read_plain, write_plain

FILE_FORMAT = "promptlab-personas"
FILE_VERSION = 1
MAX_FILE_BYTES = 1_000_000


def file_content(personas: Iterable[PersonaText], form: Literal["yaml", "json"]) -> str:
    """The file that has these personas."""
    items = [persona.to_dict() for persona in personas]
    if form == "json":
        content = {"format": FILE_FORMAT, "version": FILE_VERSION, "personas": items}
        return json.dumps(content, ensure_ascii=False, indent=2)
    return write_plain({"personas": items}, FILE_FORMAT, FILE_VERSION)


def parse_file(content: str | bytes) -> list[PersonaText]:
    """The personas of a file's content; raises `InvalidInput` with what is wrong."""
    value = read_plain(
        content, FILE_FORMAT, FILE_VERSION, _("Export a persona to see one."), MAX_FILE_BYTES
    )
    items = value.get("personas")
    if not isinstance(items, list) or not items:
        raise InvalidInput(_("The persona file has no list of personas. Put them under personas:."))
    return [persona_text(item) for item in items]
