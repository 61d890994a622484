"""Files that people write by hand: YAML or JSON, read as plain values and nothing else."""

import codecs
import json
from collections.abc import Mapping
from typing import Any

import yaml

from core.errors import InvalidInput
from core.i18n import _

MAX_BYTES = 20 * 2**20
MAX_DEPTH = 24
_BEGINS = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_ENDS = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def read_plain(
    content: str | bytes, format: str, version: int, hint: str, most_bytes: int = MAX_BYTES
) -> dict[str, Any]:
    """The mapping that a file holds; raises `InvalidInput` with what is wrong.

    format, version: what it must say of itself. hint: a sentence that says where to see one.
    """
    if len(content) > most_bytes:
        raise InvalidInput(
            _("The file has {size:,} bytes; at most {most:,} are read. Split it.").format(
                size=len(content), most=most_bytes
            )
        )
    try:
        value = _read(_decoded(content) if isinstance(content, bytes) else content)
    except InvalidInput:
        raise
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # values: dates, endless numbers
        raise InvalidInput(
            _("The file is neither YAML nor JSON ({reason}). Correct it. {hint}").format(
                reason=" ".join(str(error).split())[:200] or type(error).__name__, hint=hint
            )
        ) from error
    found = value.get("format") if isinstance(value, dict) else value
    if not isinstance(value, dict) or found != format:
        raise InvalidInput(
            _("The file must say format: {format}, got {found}. {hint}").format(
                format=format, found=quoted(found), hint=hint
            )
        )
    if value.get("version") != version:
        raise InvalidInput(
            _(
                "The file has version {found}; this Prompt Lab reads {known}. Update Prompt Lab, or "
                "write the file anew."
            ).format(found=quoted(value.get("version")), known=version)
        )
    return {name: one for name, one in value.items() if name not in ("format", "version")}


def write_plain(values: Mapping[str, Any], format: str, version: int) -> str:
    """The file that `read_plain` reads back, as YAML."""
    content = {"format": format, "version": version, **values}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)


def known_only(item: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
    """Raise `InvalidInput` that names a field that is not known. where: such as "a variant"."""
    unknown = sorted(str(name) for name in set(item) - set(known))
    if unknown:
        raise InvalidInput(
            _("There is no field {name} in {where}. Known fields: {known}.").format(
                name=quoted(unknown[0]), where=where, known=", ".join(known)
            )
        )


def quoted(value: object) -> str:
    """A value as it is quoted in a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _decoded(content: bytes) -> str:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig")


def _read(text: str) -> Any:
    """What a file says. JSON first: to a reader of YAML its escapes and tabs are mistakes."""
    try:
        return json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError:
        _check_form(text)
        return yaml.safe_load(text)


def _check_form(text: str) -> None:
    """Refuse what costs far more to read than to send: aliases, and nesting without end."""
    depth = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        depth += isinstance(token, _BEGINS) - isinstance(token, _ENDS)
        if isinstance(token, yaml.AliasToken):
            raise InvalidInput(
                _("The file uses YAML aliases, which are not supported. Write each text out.")
            )
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidInput:
    return InvalidInput(
        _("The file has lists nested more than {most} deep. Correct it.").format(most=MAX_DEPTH)
    )
