"""The interpreter's conversations, and the settings of the next answer."""

from dataclasses import replace

import streamlit as st

from core.backends.backend import Backend
from core.chat.records import Conversation
from core.i18n import _
from core.interpreter.loop import INTERPRETER
from core.interpreter.sandbox import Sandbox
from core.interpreter.transcript import draft
from ui.interpreter.state import InterpreterState
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import leave_choice
from ui.shell.held import held
from ui.shell.kept import Kept, kept_list
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.undo import offer_undo
from ui.tools.files import files

_LISTED = 30


def sidebar(
    backend: Backend, conversation: Conversation | None, running: Sandbox | None, busy: bool
) -> None:
    """Draw it. running: the kernel of the conversation; busy: the model or its code is at work."""
    with st.sidebar:
        st.button(
            _("New conversation"),
            key="interpreter_new",
            icon=":material/add:",
            width="stretch",
            on_click=explained(begin_anew),
        )
        own = conversation is None or conversation.own
        if own and resources.probe().reason() is None:
            with boundary():
                files(conversation, running, busy, _begin_with_files)
        with boundary():
            _conversations(conversation)
        if conversation and own:
            with boundary():
                _settings(backend, conversation, busy)


def begin_anew() -> None:
    """Leave the conversation on screen for a new one."""
    state(InterpreterState).last = None
    st.query_params.pop("conversation", None)
    leave_choice()


def _begin_with_files() -> Conversation:
    return resources.store().conversations.begin(draft())


def _open(conversation_id: str) -> None:
    leave_choice()
    st.query_params["conversation"] = conversation_id


def _conversations(current: Conversation | None) -> None:
    found = list(resources.store().conversations.list(limit=_LISTED, offering=INTERPRETER))
    if current and current.id not in {one.id for one in found}:
        found.insert(0, current)
    if not found:
        st.caption(_("Your conversations appear here."))
    kept = (Kept(one.id, one.title) for one in found)
    kept_list("interpreter", kept, current.id if current else None, _open)


def _settings(backend: Backend, conversation: Conversation, busy: bool) -> None:
    conversations = resources.store().conversations

    def keep(value: float) -> None:
        conversations.change(conversation.id, {"temperature": value})

    st.slider(
        _("Temperature"),
        0.0,
        2.0,
        step=0.05,
        help=_("0 is best for code: the likeliest token each time."),
        **held(
            f"interpreter_temperature_{conversation.id}",
            float(conversation.sampling.temperature),
            keep,
            0.0,
            2.0,
        ),
    )
    # Other models cannot read results of code in a chat
    if can(backend, "tools") and st.button(
        _("Go on as a chat"),
        key="interpreter_to_chat",
        icon=":material/forum:",
        type="tertiary",
        disabled=busy,
        help=_("No code is run there, but the model can be offered tools."),
    ):
        tools = tuple(name for name in conversation.tools.names if name != INTERPRETER)
        conversations.change(conversation.id, {"tools": replace(conversation.tools, names=tools)})
        state(InterpreterState).last = None
        st.switch_page("pages/1_Chat.py", query_params={"conversation": conversation.id})
    st.button(
        _("Delete conversation"),
        key="interpreter_delete",
        icon=":material/delete:",
        type="tertiary",
        on_click=explained(_delete),
        args=(conversation.id, conversation.title),
    )


def _delete(conversation_id: str, title: str) -> None:
    resources.jobs().forget(("interpreter", conversation_id))
    conversations = resources.store().conversations
    conversations.delete(conversation_id)
    resources.kernels().end(conversation_id)
    begin_anew()

    def undo() -> None:
        conversations.restore(conversation_id)
        _open(conversation_id)

    offer_undo(
        _("“{title}” deleted.").format(title=title) if title else _("Conversation deleted."), undo
    )
