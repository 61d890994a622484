"""Persona files, to give personas to others and take theirs.

A file is YAML or JSON: `format: promptlab-personas`, `version: 1`, and a list `personas` of `name`,
`description`, `system` and `examples`, and perhaps a `contract` of rules and a `scope`.
"""

import codecs
import json
from collections.abc import Iterable
from typing import Literal

import yaml

from core.errors import InvalidInput
from core.i18n import _
from core.personas.text import PersonaText, persona_text, short

FILE_FORMAT = "promptlab-personas"
FILE_VERSION = 1
MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 16


def file_content(personas: Iterable[PersonaText], form: Literal["yaml", "json"]) -> str:
    """The file that has these personas."""
    items = [persona.to_dict() for persona in personas]
    content = {"format": FILE_FORMAT, "version": FILE_VERSION, "personas": items}
    if form == "json":
        return json.dumps(content, ensure_ascii=False, indent=2)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _check_form(text: str) -> None:
    """Refuse what costs far more to read than to send: aliases, and nesting without end."""
    begins = (
        yaml.FlowSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.BlockMappingStartToken,
    )
    ends = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
    depth = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        depth += isinstance(token, begins) - isinstance(token, ends)
        if isinstance(token, yaml.AliasToken):
            raise InvalidInput(
                _(
                    "The persona file uses YAML aliases, which are not supported. Write each "
                    "text out."
                )
            )
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidInput:
    return InvalidInput(
        _(
            "The persona file has lists nested more than {most} deep. Correct it, or "
            "export a persona to see what a file looks like."
        ).format(most=MAX_DEPTH)
    )


def _decoded(content: bytes) -> str:
    """Text that is UTF-8, or UTF-16 where its first bytes say so."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig")


def _read(text: str) -> object:
    """What a file says. JSON first: to a reader of YAML its escapes and tabs are mistakes."""
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError:
        _check_form(text)
        return yaml.safe_load(text)


def parse_file(content: str | bytes) -> list[PersonaText]:
    """The personas of a file's content; raises `InvalidInput` with what is wrong."""
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput(
            _("The persona file has {size} bytes; at most {most} are read. Split it.").format(
                size=len(content), most=MAX_FILE_BYTES
            )
        )
    try:
        value = _read(_decoded(content) if isinstance(content, bytes) else content)
    except InvalidInput:
        raise
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # values: dates, endless numbers
        raise InvalidInput(
            _(
                "The persona file is neither YAML nor JSON ({reason}). Correct it, or export a "
                "persona to see what a file looks like."
            ).format(reason=(str(error).splitlines() or [type(error).__name__])[0])
        ) from error
    found = value.get("format") if isinstance(value, dict) else value
    if not isinstance(value, dict) or found != FILE_FORMAT:
        raise InvalidInput(
            _("This is not a persona file: it must say format: {format}, got {found}.").format(
                format=FILE_FORMAT, found=short(found)
            )
        )
    if value.get("version") != FILE_VERSION:
        raise InvalidInput(
            _(
                "The persona file has version {version}; this Prompt Lab reads {known}. Update "
                "Prompt Lab, or export the personas again."
            ).format(version=short(value.get("version")), known=FILE_VERSION)
        )
    items = value.get("personas")
    if not isinstance(items, list) or not items:
        raise InvalidInput(_("The persona file has no list of personas. Put them under personas:."))
    return [persona_text(item) for item in items]
