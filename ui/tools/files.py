"""Files for the code, which stay with the conversation, and files that it has written."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.chat.records import Conversation
from core.errors import PromptLabError
from core.i18n import _
from core.interpreter.sandbox import Sandbox, checked_name
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.text import label, lines, spoken
from ui.tools.state import ToolsState

MOST_MB = 20
_LISTED = 30


def files(
    conversation: Conversation | None,
    running: Sandbox | None,
    busy: bool,
    begin: Callable[[], Conversation],
    expanded: bool = True,
) -> None:
    """A box for files, and the files in the folder of the code. busy: something is being run.
    begin: makes the conversation that files are given to where there is none."""
    mine = state(ToolsState)
    # By its key it stays open where a conversation begins with a file
    box = st.expander(
        _("Files"), icon=":material/attach_file:", expanded=expanded, key="code_files_box"
    )
    with box:
        key = f"code_files_{mine.file_boxes}"
        st.file_uploader(
            _("Files for the code"),
            key=key,
            accept_multiple_files=True,
            max_upload_size=MOST_MB,
            disabled=busy,
            on_change=explained(_take),
            args=(key, conversation.id if conversation else None, begin),
            help=_(
                "The code finds them in its folder, and the model is told their names and sizes. "
                "They stay with the conversation; what the code writes itself is lost when the "
                "interpreter ends."
            ),
        )
        if conversation is None:
            return
        if busy:
            st.caption(_("Files are listed when the code has ended."))
            return
        given = resources.store().conversations.files(conversation.id)
        found = given
        read: Callable[[str], bytes] = partial(
            resources.store().conversations.file, conversation.id
        )
        if running and running.alive:
            try:
                found, read = running.files(), running.get
            except PromptLabError as error:
                st.caption(lines(str(error)))
        for place, (name, size) in enumerate(sorted(found.items())[:_LISTED]):
            _file(conversation.id, place, name, size, read, name in given)
        if len(found) > _LISTED:
            st.caption(_("Only the first {count} files are listed.").format(count=_LISTED))


def _file(
    conversation_id: str,
    place: int,
    name: str,
    size: int,
    read: Callable[[str], bytes],
    given: bool,
) -> None:
    """given: by the visitor, who can take it away again."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap=None
    ):
        st.download_button(
            label(f"{name} · {_size(size)}"),
            # Read when it is clicked
            partial(read, name),
            file_name=name,
            mime="application/octet-stream",
            key=f"file_{place}_{name}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if given:
            st.button(
                spoken(_("Remove {name}").format(name=label(name))),
                key=f"file_remove_{name}",
                icon=":material/close:",
                type="tertiary",
                help=_("Remove {name}").format(name=label(name)),
                on_click=explained(_remove),
                args=(conversation_id, name),
            )


def _size(size: int) -> str:
    if size < 1024:
        return _("{size} bytes").format(size=size)
    return f"{size / 1024:.0f} KB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MB"


def _take(key: str, conversation_id: str | None, begin: Callable[[], Conversation]) -> None:
    """Keep the files, and give them to the kernel that runs; a conversation begins with them where
    there is none."""
    given = st.session_state.get(key) or []
    if not given:
        return
    names = [checked_name(file.name) for file in given]
    conversations = resources.store().conversations
    if conversation_id is None:
        conversation_id = st.query_params["conversation"] = begin().id
    running = resources.kernels().find(conversation_id)
    for name, file in zip(names, given, strict=True):
        conversations.put_file(conversation_id, name, file.getvalue())
        # One that begins later finds them
        if running and running.alive:
            running.put(name, file.getvalue())
    state(ToolsState).file_boxes += 1


def _remove(conversation_id: str, name: str) -> None:
    resources.store().conversations.remove_file(conversation_id, name)
    running = resources.kernels().find(conversation_id)
    if running and running.alive:
        running.drop(name)
