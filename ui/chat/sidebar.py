"""The chat page's sidebar: the conversations first, then the settings of the one on screen."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.chat.export import export_json, export_markdown
from core.chat.records import Conversation, StoredMessage
from core.i18n import _
from ui.chat.settings import settings
from ui.chat.state import LISTED_FIRST, LISTED_MORE, ChatState
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import leave_choice
from ui.shell.copying import copy_link_button
from ui.shell.session import state
from ui.shell.text import label, spoken
from ui.shell.undo import offer_undo


def sidebar(backend: Backend, conversation: Conversation | None) -> Any:
    """Draw it; what is changed in it is stored at once, and nothing else. Gives the place for the
    files of code, if there is one."""
    place: Any = None
    with st.sidebar:
        st.button(
            _("New conversation"),
            key="new_conversation",
            icon=":material/add:",
            width="stretch",
            on_click=explained(_new),
        )
        with boundary():
            _conversations(conversation)
        if conversation is None or conversation.own:
            with boundary():
                place = settings(backend, conversation)
    return place


def _new() -> None:
    state(ChatState).last = None
    st.query_params.pop("conversation", None)
    leave_choice()


def _open(conversation_id: str) -> None:
    leave_choice()
    st.query_params["conversation"] = conversation_id


def _conversations(current: Conversation | None) -> None:
    search = st.text_input(
        _("Search"),
        key="search",
        placeholder=_("Search conversations"),
        label_visibility="collapsed",
        icon=":material/search:",
    )
    conversations, mine = resources.store().conversations, state(ChatState)
    found = conversations.list(search, limit=mine.listed)
    if not found:
        st.caption(_("Nothing found.") if search else _("Your conversations appear here."))
    listed: Sequence[Conversation] = found
    if current and current.id not in {item.id for item in found}:
        # What is on screen is listed, however long ago it was
        listed = [current, *found]
    with st.container(key="list_conversations"):
        for item in listed:
            if current is not None and item.id == current.id:
                _current(current)
            else:
                st.button(
                    label(item.title) or _("Untitled"),
                    key=f"open_{item.id}",
                    width="stretch",
                    type="tertiary",
                    on_click=explained(_open),
                    args=(item.id,),
                )
    total = conversations.count(search) if len(found) == mine.listed else len(found)
    if total > len(found):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                _("{count} of {total} conversations").format(count=len(found), total=total),
                width="stretch",
            )
            st.button(
                _("Show more"), key="show_more", type="tertiary", on_click=explained(_show_more)
            )
    elif mine.listed > LISTED_FIRST and len(found) > LISTED_FIRST:
        st.button(
            _("Show fewer"), key="show_fewer", type="tertiary", on_click=explained(_show_fewer)
        )


def _show_more() -> None:
    state(ChatState).listed += LISTED_MORE


def _show_fewer() -> None:
    state(ChatState).listed = LISTED_FIRST


def _current(conversation: Conversation) -> None:
    """The row of the conversation on screen, with a menu of what can be done with it."""
    with st.container(
        key="row_current", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False
    ):
        st.button(
            label(conversation.title) or _("Untitled"),
            key=f"current_{conversation.id}",
            width="stretch",
            type="secondary",
            on_click=explained(_open),
            args=(conversation.id,),
        )
        with st.popover(
            spoken(_("This conversation")),
            icon=":material/more_horiz:",
            type="tertiary",
            help=_("This conversation"),
        ):
            _menu(conversation)


def _written(
    conversation: Conversation, export: Callable[[Conversation, Sequence[StoredMessage]], str]
) -> str:
    return export(conversation, resources.store().conversations.path(conversation.id))


def _menu(conversation: Conversation) -> None:
    if conversation.own:
        _rename(conversation)
    for form, name, export, mime in (
        ("markdown", _("Export as Markdown"), export_markdown, "text/markdown"),
        ("json", _("Export as JSON"), export_json, "application/json"),
    ):
        st.download_button(
            name,
            # Made when it is clicked
            partial(_written, conversation, export),
            file_name=f"conversation.{'md' if form == 'markdown' else form}",
            mime=mime,
            key=f"export_{form}",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
    if conversation.own:
        _share(conversation)
        st.button(
            _("Delete conversation"),
            key="delete_conversation",
            icon=":material/delete:",
            width="stretch",
            on_click=explained(_delete),
            args=(conversation.id, conversation.title),
        )


def _rename(conversation: Conversation) -> None:
    key = f"title_{conversation.id}"
    # What is stored, also where another window has renamed it
    st.session_state[key] = conversation.title

    def rename() -> None:
        title = st.session_state[key].strip()
        if title:
            resources.store().conversations.rename(conversation.id, title)

    st.text_input(_("Name"), key=key, on_change=explained(rename))


def _share(conversation: Conversation) -> None:
    def link() -> None:
        said = _("Copy link")
        copy_link_button(f"link_{conversation.id}", said, said, conversation=conversation.id)

    if not resources.settings().own_spaces:
        link()
        return
    key = f"share_{conversation.id}"
    st.session_state[key] = conversation.shared

    def share() -> None:
        resources.store().conversations.share(conversation.id, st.session_state[key])

    st.toggle(
        _("Share by link"),
        key=key,
        on_change=explained(share),
        help=_("Whoever has the link can read this conversation, and cannot change it."),
    )
    if conversation.shared:
        link()


def _delete(conversation_id: str, title: str) -> None:
    resources.jobs().forget(("chat", conversation_id))
    conversations = resources.store().conversations
    conversations.delete(conversation_id)
    _new()

    def undo() -> None:
        conversations.restore(conversation_id)
        _open(conversation_id)

    offer_undo(
        _("“{title}” deleted.").format(title=title) if title else _("Conversation deleted."), undo
    )
