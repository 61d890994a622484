"""The Tools page: what a model may call, each tried by hand, and tools without code.

The tool on screen is in the URL (`?tool=NAME`).
"""

import json

import streamlit as st

from core.errors import InvalidInput
from core.i18n import _, translated
from core.tools.running import run_tool
from core.tools.search import NAME as SEARCH
from core.tools.tool import Tool
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.session import state
from ui.shell.text import label
from ui.tools.arguments import arguments_form
from ui.tools.editor import editor, start_new
from ui.tools.offered import ask_servers_again, keep_texts, origin_label, texts, tool_book
from ui.tools.state import ToolsState
from ui.tools.steps import took

WORDS = ("tool", "observation", "code_interpreter", "role", "prompt_injection")
_MOST_FILE_MB = 5


def tools_page() -> None:
    """Draw the page."""
    st.write(
        _(
            "A model that knows tools can ask for these while it answers: choose them in the sidebar "
            "of a chat. Here you try them by hand, and define your own without code to see how a "
            "model would use them."
        )
    )
    # Servers that nobody has asked before may take a moment
    with st.spinner(_("Looking for tools…")):
        book = tool_book()
    _faults(book.faults)
    listed, shown = st.columns([2, 3], gap="large")
    mine = state(ToolsState)
    with listed:
        with st.container(horizontal=True):
            st.button(
                _("New tool"),
                key="tool_new",
                icon=":material/add:",
                on_click=explained(start_new),
            )
            _servers()
        current = _listed(book.tools)
        _texts()
    with shown, boundary():
        wanted = st.query_params.get("tool")
        if wanted and (current is None or current.name != wanted):
            st.warning(
                _(
                    "There is no tool {name} here: it may have been deleted or renamed, or it is "
                    "somebody else's."
                ).format(name=label(wanted[:64])),
                icon=":material/link_off:",
            )
        if mine.editing is not None:
            editor(mine.editing)
        elif current is not None:
            _tool(current)


def _faults(faults: tuple[str, ...]) -> None:
    """What could not be read; several are one line until somebody wants to know."""
    if len(faults) == 1:
        st.warning(label(faults[0]), icon=":material/report:")
    elif faults:
        title = _("Not all tools are there ({count})").format(count=len(faults))
        with st.expander(title, icon=":material/report:"):
            for fault in faults:
                st.markdown(label(fault))


def _listed(tools: tuple[Tool, ...]) -> Tool | None:
    """The list, and the tool that is chosen in it."""
    wanted = st.query_params.get("tool")
    current = next((tool for tool in tools if tool.name == wanted), tools[0] if tools else None)
    with st.container(key="list_tools"):
        for tool in tools:
            chosen = current is not None and tool.name == current.name
            st.button(
                label(tool.name),
                key=f"tool_open_{tool.name}",
                type="secondary" if chosen else "tertiary",
                width="stretch",
                help=label(description(tool)),
                on_click=explained(_open),
                args=(tool.name,),
            )
    return current


def _servers() -> None:
    """Asking the operator's MCP servers for their tools again."""
    if resources.settings().mcp is None:
        return
    if st.button(
        _("MCP servers"),
        key="tool_refresh",
        icon=":material/refresh:",
        help=_("Ask the MCP servers for their tools again"),
    ):
        with boundary(), st.spinner(_("Asking…")):
            ask_servers_again()
        st.rerun()


def description(tool: Tool) -> str:
    """What a tool does, in the visitor's language where it is one of ours. Models read it as it
    is."""
    return translated(tool.description) if tool.origin == "builtin" else tool.description


def _open(name: str) -> None:
    state(ToolsState).editing = None
    st.query_params["tool"] = name


def _tool(tool: Tool) -> None:
    st.subheader(label(tool.name), anchor=False)
    st.write(label(description(tool)))
    marks = [origin_label(tool)]
    if tool.leaves:
        sure = _("sends its arguments to another machine")
        marks.append(_("may send its arguments to another machine") if tool.source else sure)
    if tool.manual:
        marks.append(_("answered by you"))
    st.caption(" · ".join(marks))
    _actions(tool)
    _trial(tool)
    with st.expander(_("As a model is told of it"), icon=":material/data_object:"):
        st.code(json.dumps(tool.schema, ensure_ascii=False, indent=4), language="json")


def _actions(tool: Tool) -> None:
    with st.container(horizontal=True):
        if st.button(
            _("Chat"),
            key="tool_chat",
            icon=":material/chat:",
            help=_("A new conversation whose model may ask for this tool."),
        ):
            st.switch_page("pages/1_Chat.py", query_params={"tools": tool.name})
        if tool.origin == "own":
            _own_actions(tool)


def _own_actions(tool: Tool) -> None:
    document = next(
        (one for one in resources.store().tools.list() if one.name == tool.name and one.own), None
    )
    if document is None:
        return

    def change() -> None:
        state(ToolsState).editing = document.id

    def delete() -> None:
        resources.store().tools.delete(document.id)
        st.query_params.pop("tool", None)

    st.button(_("Change"), key="tool_change", icon=":material/edit:", on_click=explained(change))
    st.button(
        _("Delete"),
        key="tool_delete",
        icon=":material/delete:",
        help=_("It goes into the bin of your space, and can come back from there."),
        on_click=explained(delete),
    )


def _trial(tool: Tool) -> None:
    """The form made from the schema, and what came of it."""
    if tool.manual:
        st.info(
            _("In a chat this tool asks you for its result: nothing runs."),
            icon=":material/front_hand:",
        )
        return
    with st.container(border=True):
        given: dict[str, object] | None = None
        with boundary():
            given = arguments_form(tool.parameters, f"try_{tool.name}", tool.example)
        pressed = st.button(
            _("Run"),
            key="tool_run",
            type="primary",
            icon=":material/play_arrow:",
            disabled=given is None,
        )
        if pressed and given is not None:
            with boundary(), st.spinner(_("Running…")):
                state(ToolsState).outcomes.pop(tool.name, None)
                state(ToolsState).outcomes[tool.name] = run_tool(tool, given)
        outcome = state(ToolsState).outcomes.get(tool.name)
        if outcome:
            parts = [_("Result"), took(outcome.seconds)]
            st.caption(" · ".join([*parts, _("failed")] if outcome.failed else parts))
            st.code(outcome.text, language=None, wrap_lines=True)


def _texts() -> None:
    """The texts that the search tool looks into."""
    kept, mine = texts(), state(ToolsState)
    title = _("Texts to search ({count})").format(count=len(kept)) if kept else _("Texts to search")
    # By its key it stays open when its title changes
    box = st.expander(title, icon=":material/library_books:", key="tool_texts_box")
    with box, boundary():
        st.caption(
            _("With texts here there is a tool {name}, which finds passages in them.").format(
                name=label(SEARCH)
            )
        )
        files = st.file_uploader(
            _("Add text files"),
            type=["txt", "md", "csv", "json"],
            accept_multiple_files=True,
            # A box goes on giving its files, also one that was removed since: each takes files once
            key=f"tool_texts_{mine.uploads}",
            max_upload_size=_MOST_FILE_MB,
        )
        added = {}
        for file in files or ():
            try:
                added[file.name[:120]] = file.getvalue().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise InvalidInput(
                    _("{file} is not text in UTF-8. Save it as UTF-8.").format(file=file.name)
                ) from error
        if added:
            keep_texts(kept | added)
            mine.uploads += 1
            st.rerun()
        for name in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"{label(name)} · {len(kept[name]):,}")
                st.button(
                    _("Remove"),
                    key=f"text_remove_{name}",
                    type="tertiary",
                    on_click=explained(_remove),
                    args=(name,),
                )


def _remove(name: str) -> None:
    keep_texts({other: text for other, text in texts().items() if other != name})
