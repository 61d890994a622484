"""What a server sends, as text: results of calls, and the schemas of tools.

It is data of somebody else's: nothing in it is run, fetched or shown as anything but text. A schema
is taken with its references written out; a reference into itself, and so anything without an end,
becomes "any value", and patterns are left out, for one can be made to be matched for ever.
"""

import json
from collections.abc import Sequence
from typing import Any

from core.i18n import _
from core.tools.tool import ENDLESS

MOST_NODES = 2_000
MOST_CHARACTERS = 20_000
_DEEPEST = 24
# Of use to programs, or to nobody
_LEFT_OUT = {
    *("$schema", "$id", "$comment", "$anchor", "$defs", "definitions", "title", "examples"),
    *ENDLESS,
}
# Mappings from names, which may be any word, to schemas
_NAMED = ("properties",)


class TooLarge(Exception):
    """A schema that no model could be given."""


def plain_schema(schema: Any) -> Any:
    """The schema with its local references written out; raises `TooLarge`."""
    budget = [MOST_NODES]
    found = _plain(schema, schema, (), budget, 0)
    if len(json.dumps(found)) > MOST_CHARACTERS:
        raise TooLarge
    return found


def _plain(one: Any, root: Any, within: tuple[str, ...], budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEEPEST:
        raise TooLarge
    if isinstance(one, list):
        return [_plain(item, root, within, budget, depth + 1) for item in one]
    if not isinstance(one, dict):
        return one
    found: dict[str, Any] = {}
    reference = one.get("$ref")
    if isinstance(reference, str):
        if reference in within:
            return {}
        target = _at(root, reference)
        if isinstance(target, dict):
            found = _plain(target, root, (*within, reference), budget, depth + 1)
    for key, value in one.items():
        if key == "$ref" or key in _LEFT_OUT:
            continue
        if key in ("enum", "const", "default"):
            found[key] = value
        elif key in _NAMED and isinstance(value, dict):
            found[key] = {
                # `true` is any value; what is said of parameters has a word for it
                name: _plain(inner, root, within, budget, depth + 1) if inner is not True else {}
                for name, inner in value.items()
            }
        else:
            found[key] = _plain(value, root, within, budget, depth + 1)
    return found


def _at(root: Any, reference: str) -> Any:
    """What a reference within the document leads to; None where it leads nowhere, or out of it."""
    if not reference.startswith("#"):
        return None
    found = root
    for part in reference[1:].split("/")[1:]:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def as_plain(content: Sequence[Any], structured: Any) -> Any:
    """A result as a model reads it: the texts, and a word for each thing that is none.

    content: blocks of the protocol. structured: what came as values beside them; read where there
    is no text.
    """
    said = [_block(block) for block in content]
    if structured is not None and not any(block.type == "text" for block in content):
        return structured if not said else "\n".join([json.dumps(structured), *said])
    return "\n".join(said)


def _block(block: Any) -> str:
    if block.type == "text":
        return str(block.text)
    if block.type == "resource_link":
        return f"[{block.name}: {block.uri}]"
    if block.type == "resource":
        inner = block.resource
        text = getattr(inner, "text", None)
        return str(text) if text is not None else _left_out(inner.mime_type, inner.blob)
    return _left_out(block.mime_type, block.data)


def _left_out(kind: Any, base64: str) -> str:
    return _("[{kind}, {count:,} bytes, not shown]").format(
        kind=str(kind or "?")[:80], count=len(base64) * 3 // 4
    )


def tool_name(server: str, name: str) -> str:
    """What a tool is called here: the server's name before its own, with letters that names may
    have."""
    whole = f"{server}_{name}"
    return "".join(
        one if one.isascii() and (one.isalnum() or one in "_-") else "_" for one in whole
    )
