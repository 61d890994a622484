"""Defining a tool without code; what is typed is a draft until it is saved."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.backends.calls import json_value
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.tools.own import ANSWERING, OwnTool
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.text import label
from ui.tools.state import ToolsState

_PARAMETER = {"name": "city", "type": "string", "description": "", "required": True}
_EMPTY: dict[str, Any] = {
    "name": "",
    "description": "",
    "parameters": [_PARAMETER],
    "schema": "",
    "answering": "fixed",
    "answer": "",
    "rows": "[]",
    "address": "",
}
_TYPES = ("string", "integer", "number", "boolean")


def start_new() -> None:
    """Begin to write a new tool, or go on with the one that was begun."""
    state(ToolsState).editing = ""


def editor(document_id: str) -> None:
    """Draw it. document_id: of the tool that is changed; empty for a new one."""
    try:
        kept = _draft(document_id)
    except NotFound:
        # Another window has deleted it: the page is told so once, and then shows what there is
        state(ToolsState).editing = None
        raise

    def keep(name: str) -> Callable[[Any], object]:
        return lambda value: _put(document_id, {**_draft(document_id), name: value})

    def own(name: str) -> dict[str, Any]:
        return held(f"own_{document_id}_{name}", kept[name], keep(name))

    st.subheader(_("Change the tool") if document_id else _("New tool"), anchor=False)
    st.text_input(_("Name"), placeholder=_("train_times"), **own("name"))
    st.text_area(
        _("What it is for"),
        height=80,
        help=_("The model chooses the tool by this sentence."),
        **own("description"),
    )
    _parameters(document_id, kept, keep("parameters"))
    with st.expander(_("JSON schema instead"), icon=":material/data_object:"):
        st.text_area(
            _("Schema of the arguments"),
            height=160,
            help=_("If there is a schema here, it counts, and the table above does not."),
            **own("schema"),
        )
    st.radio(
        _("How it answers"),
        ANSWERING,
        format_func={
            "fixed": _("always the same"),
            "table": _("by a table"),
            "get": _("from an address (GET)"),
            "manual": _("I answer"),
        }.get,
        horizontal=True,
        **own("answering"),
    )
    match kept["answering"]:
        case "fixed":
            st.text_area(_("Answer"), height=90, **own("answer"))
        case "table":
            # A schema that is none yet must not take the buttons away
            with boundary():
                _rows(document_id, kept, keep("rows"))
            st.text_input(_("Where no row fits"), placeholder=_("an error"), **own("answer"))
        case "get":
            _address(own("address"))
    _buttons(document_id)


def _parameters(document_id: str, kept: dict[str, Any], keep: Callable[[Any], object]) -> None:
    st.caption(_("Parameters"))
    # Without a row there would be no columns, and no way to a new one
    shown = kept["parameters"] or [dict(_PARAMETER, name="")]
    found = st.data_editor(
        shown,
        key=f"own_{document_id}_parameters",
        num_rows="dynamic",
        column_config={
            "name": st.column_config.TextColumn(_("Name")),
            "type": st.column_config.SelectboxColumn(_("Type"), options=_TYPES, default="string"),
            "description": st.column_config.TextColumn(_("Description")),
            "required": st.column_config.CheckboxColumn(_("Required"), default=True),
        },
    )
    _if_changed(f"own_{document_id}_parameters", shown, found, keep)


def _rows(document_id: str, kept: dict[str, Any], keep: Callable[[Any], object]) -> None:
    names = _names(_schema(kept))
    st.caption(_("An empty cell fits any value."))
    rows, _problem = json_value(kept["rows"])
    answer = _answer_column(names)
    blank = {**dict.fromkeys(names, ""), answer: ""}
    shown = [
        {**blank, **{k: v for k, v in row.items() if k in blank}}
        for row in (rows if isinstance(rows, list) else [])
    ] or [blank]
    key = f"own_{document_id}_rows_{'_'.join(names)}"
    found = st.data_editor(
        shown,
        key=key,
        num_rows="dynamic",
        column_config={answer: st.column_config.TextColumn(_("Answer"))},
    )
    _if_changed(key, shown, found, lambda value: keep(json.dumps(value, ensure_ascii=False)))


def _names(schema: dict[str, Any]) -> list[str]:
    """Of the parameters, whatever was typed as a schema."""
    properties = schema.get("properties")
    return list(properties) if isinstance(properties, dict) else []


def _answer_column(names: Sequence[str]) -> str:
    """What the column of the answers is kept under: a parameter may be called `answer` too."""
    name = "answer"
    while name in names:
        name += "_"
    return name


def _if_changed(
    key: str,
    shown: list[dict[str, Any]],
    found: list[dict[str, Any]],
    keep: Callable[[Any], object],
) -> None:
    """Keep an edited table; it is drawn from what is kept, so its own edits end there."""
    plain = [{k: v for k, v in row.items() if v is not None} for row in found]
    if plain != shown:
        keep(plain)
        del st.session_state[key]
        st.rerun()


def _address(widget: dict[str, Any]) -> None:
    hosts = resources.settings().tool_hosts
    st.text_input(
        _("Address"),
        help=_("Arguments stand in braces, behind the host."),
        **widget,
    )
    if hosts:
        st.caption(_("Allowed hosts: {hosts}.").format(hosts=label(", ".join(hosts))))
    else:
        st.info(
            _("No host is allowed here. The operator names some in PROMPTLAB_TOOL_HOSTS."),
            icon=":material/block:",
        )


def _buttons(document_id: str) -> None:
    with st.container(horizontal=True):
        st.button(
            _("Save"),
            key="tool_save",
            type="primary",
            on_click=explained(_save),
            args=(document_id,),
        )
        st.button(_("Cancel"), key="tool_cancel", on_click=explained(_cancel), args=(document_id,))
    with boundary():
        if _draft(document_id)["name"]:
            _made(_draft(document_id))


def _save(document_id: str) -> None:
    made = _made(_draft(document_id))
    taken = {tool.name for tool in _others(document_id)}
    if made.name in taken:
        raise InvalidInput(
            _("The name {name!r} is taken. Choose another one.").format(name=made.name)
        )
    tools = resources.store().tools
    if document_id:
        tools.save(document_id, made.name, made.to_dict())
    else:
        tools.create(made.name, made.to_dict())
    _cancel(document_id)
    # What it said before it was changed
    state(ToolsState).outcomes.pop(made.name, None)
    st.query_params["tool"] = made.name


def _others(document_id: str) -> list[Any]:
    from ui.tools.offered import tool_book

    own = next((d.name for d in resources.store().tools.list() if d.id == document_id), None)
    return [tool for tool in tool_book().tools if tool.name != own]


def _cancel(document_id: str) -> None:
    resources.store().drafts.drop("tool", document_id or "new")
    state(ToolsState).editing = None


def _made(kept: dict[str, Any]) -> OwnTool:
    """The tool that the draft says; raises `InvalidInput`."""
    schema = _schema(kept)
    rows, _problem = json_value(kept["rows"])
    answer = _answer_column(_names(schema))
    found = [
        {
            "when": {k: v for k, v in row.items() if k != answer and str(v).strip()},
            "answer": row.get(answer, ""),
        }
        for row in (rows if isinstance(rows, list) else [])
        if any(str(value).strip() for value in row.values())
    ]
    made = OwnTool.from_dict(
        kept["name"].strip(),
        {
            "description": kept["description"],
            "parameters": schema,
            "answering": kept["answering"],
            "answer": kept["answer"],
            "rows": found if kept["answering"] == "table" else [],
            "address": kept["address"],
        },
    )
    made.tool(resources.settings().tool_hosts)
    return made


def _schema(kept: dict[str, Any]) -> dict[str, Any]:
    """The schema that was typed, or else that of the table of parameters."""
    if kept["schema"].strip():
        schema, problem = json_value(kept["schema"])
        if problem or not isinstance(schema, dict):
            raise InvalidInput(_("The schema is not an object of JSON. Correct it."))
        return schema
    rows = [row for row in kept["parameters"] if str(row.get("name") or "").strip()]
    properties = {
        str(row["name"]).strip(): {
            **({"description": row["description"]} if row.get("description") else {}),
            "type": row.get("type") or "string",
        }
        for row in rows
    }
    required = [str(row["name"]).strip() for row in rows if row.get("required")]
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return {**found, "required": required} if required else found


def _draft(document_id: str) -> dict[str, Any]:
    """What is being written: the draft, or the tool as it is saved."""
    kept = resources.store().drafts.get("tool", document_id or "new")
    if kept:
        return {**_EMPTY, **kept}
    if not document_id:
        return dict(_EMPTY)
    document = resources.store().tools.get(document_id)
    content = document.content
    answer = _answer_column(_names(content.get("parameters", {})))
    rows = [{**row["when"], answer: row["answer"]} for row in content.get("rows", ())]
    return {
        **_EMPTY,
        "name": document.name,
        "description": content.get("description", ""),
        "schema": json.dumps(content.get("parameters", {}), ensure_ascii=False, indent=2),
        "answering": content.get("answering", "fixed"),
        "answer": content.get("answer", ""),
        "rows": json.dumps(rows, ensure_ascii=False),
        "address": content.get("address", ""),
    }


def _put(document_id: str, content: dict[str, Any]) -> None:
    resources.store().drafts.put("tool", document_id or "new", content)
