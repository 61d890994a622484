"""A form for the arguments of a tool, made from its schema."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.backends.calls import json_value
from core.errors import InvalidInput
from core.i18n import _
from core.tools.tool import Schema
from ui.shell.text import label

# Characters that an input of one line has room for
_LINE = 120


def arguments_form(parameters: Schema, key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Draw an input for each parameter, with these values at first; what they hold now.

    One that may be left out and is empty is left out, unless its value was there and empty. Raises
    `InvalidInput` for what is no value, when all are drawn.
    """
    properties = parameters.get("properties", {})
    required = set(parameters.get("required", ()))
    if not properties and not values:
        st.caption(_("It takes no arguments."))
    found: dict[str, Any] = {}
    wrong: list[InvalidInput] = []
    for name, schema in properties.items():
        schema = schema if isinstance(schema, dict) else {}
        try:
            value = _input(name, schema, f"{key}_{name}", values.get(name), name in required)
        except InvalidInput as error:
            wrong.append(error)
            continue
        if value is not None or (name in values and values[name] is None):
            found[name] = value
        elif values.get(name) == "":
            found[name] = ""
    # Where a schema lets others be there
    more = {name: value for name, value in values.items() if name not in properties}
    if more:
        try:
            found |= _others(more, f"{key}:")
        except InvalidInput as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return found


def _others(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    title = _("Further arguments")
    text = st.text_area(title, _json(values), key=key, placeholder="JSON", height=80)
    value = _read(title, text, "json") if text.strip() else {}
    if not isinstance(value, dict):
        raise InvalidInput(_("{name} must be one JSON object.").format(name=title))
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _input(name: str, schema: Schema, key: str, value: Any, required: bool) -> Any:
    title = label(name) if required else _("{name} (optional)").format(name=label(name))
    about = label(str(schema.get("description", ""))) or None
    kind = _kind(schema)
    if kind == "choice":
        options = schema["enum"]
        at = options.index(value) if value in options else None
        return st.selectbox(title, options, index=at, key=key, help=about, placeholder="")
    if kind == "boolean":
        default = value if isinstance(value, bool) else None
        return st.selectbox(title, [True, False], _place(default), key=key, help=about)
    shown = "" if value is None else value if isinstance(value, str) else _json(value)
    if kind == "string":
        # A line alone would lose the others
        long = "\n" in shown or len(shown) > _LINE
        text = (st.text_area if long else st.text_input)(title, shown, key=key, help=about)
        return text if text or required else None
    if kind == "json":
        text = st.text_area(title, shown, key=key, help=about, placeholder="JSON", height=80)
    else:
        text = st.text_input(title, shown, key=key, help=about)
    if not text.strip():
        return None
    return _read(name, text, kind)


def _place(value: bool | None) -> int | None:
    return None if value is None else int(not value)


def _kind(schema: Schema) -> str:
    """string, number, boolean, choice; json for anything else."""
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return "choice"
    given = schema.get("type")
    kinds = given if isinstance(given, list) else [given]
    if isinstance(schema.get("anyOf"), list):
        kinds = [one.get("type") if isinstance(one, dict) else None for one in schema["anyOf"]]
    kinds = [str(kind) for kind in kinds if kind != "null"]
    if len(kinds) == 1 and kinds[0] in ("string", "boolean"):
        return str(kinds[0])
    return "number" if kinds and set(kinds) <= {"integer", "number"} else "json"


def _read(name: str, text: str, kind: str) -> Any:
    value, problem = json_value(text)
    if problem or (
        kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float))
    ):
        wanted = _("a number") if kind == "number" else _("JSON")
        raise InvalidInput(
            _("{name} must be {wanted}, got {value!r}.").format(
                name=name, wanted=wanted, value=text[:60]
            )
        )
    return value
