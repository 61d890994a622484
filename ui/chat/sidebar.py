"""The chat page's sidebar: conversations, their settings, search and export."""

from typing import get_args

import streamlit as st

from core.backends.backend import Backend
from core.chat.export import export_json, export_markdown
from core.chat.records import Conversation, WhenFull
from core.i18n import _
from core.personas.book import PersonaBook
from core.sampling.settings import MAX_SEED, Sampling
from ui.chat.state import ChatState, Draft
from ui.shell import resources
from ui.shell.choosing import leave_choice
from ui.shell.completion import continues_text, no_system_help
from ui.shell.glossary import term
from ui.shell.page import boundary, explained
from ui.shell.session import state
from ui.shell.text import label


def sidebar(backend: Backend, conversation: Conversation | None) -> None:
    """Draw it; changed settings of a stored conversation are stored at once."""
    with st.sidebar:
        st.button(
            _("New conversation"),
            key="new_conversation",
            icon=":material/add:",
            width="stretch",
            on_click=_new,
        )
        with st.expander(_("Settings"), icon=":material/tune:", expanded=True), boundary():
            _settings(backend, conversation)
        _conversations(conversation)
        if conversation:
            _manage(conversation)


def _new() -> None:
    st.query_params.pop("conversation", None)
    leave_choice()


def _settings(backend: Backend, conversation: Conversation | None) -> None:
    scope = conversation.id if conversation else "new"
    kept = conversation or state(ChatState).draft
    now = kept.sampling
    window = backend.facts.window
    temperature = st.slider(
        _("temperature"),
        0.0,
        2.0,
        now.temperature,
        0.05,
        key=f"temperature_{scope}",
        help=term("temperature"),
    )
    top_p = st.slider(
        _("top_p"),
        0.05,
        1.0,
        now.top_p,
        0.05,
        key=f"top_p_{scope}",
        help=term("top_p"),
    )
    top_k = st.number_input(
        _("top_k"),
        0,
        1000,
        now.top_k,
        key=f"top_k_{scope}",
        help=term("top_k"),
    )
    max_new_tokens = _limit("max_new_tokens", 1, window, now.max_new_tokens, None, scope)
    max_length = _limit("max_length", 2, window, now.max_length, window, scope)
    seed = st.number_input(
        _("seed"),
        0,
        MAX_SEED,
        now.seed,
        key=f"seed_{scope}",
        placeholder=_("random"),
        help=term("seed"),
    )
    sampling = Sampling(
        temperature=temperature,
        top_p=top_p,
        top_k=top_k,
        max_new_tokens=max_new_tokens,
        max_length=max_length,
        seed=seed,
    )
    persona_id, system = _system_message(backend, kept.persona_id, kept.system, scope)
    trim = st.radio(
        _("When the context window is full"),
        get_args(WhenFull),
        index=get_args(WhenFull).index(kept.when_full),
        key=f"when_full_{scope}",
        format_func={
            "trim": _("drop the oldest turns"),
            "stop": _("stop the conversation"),
        }.get,
    )
    if conversation is None:
        state(ChatState).draft = Draft(sampling, system, trim, persona_id)
    elif (sampling, system, trim, persona_id) != (
        conversation.sampling,
        conversation.system,
        conversation.when_full,
        conversation.persona_id,
    ):
        resources.store().conversations.update(
            conversation.id,
            sampling=sampling,
            system=system,
            persona_id=persona_id,
            when_full=trim,
        )


def _limit(
    name: str, least: int, window: int | None, kept: int | None, absent: int | None, scope: str
) -> int | None:
    """A limit in tokens, `absent` where none is kept; as it is kept, unless another is typed: a model
    with a smaller window changes nothing by being looked at."""
    wanted = kept or absent
    shown = min(wanted, window) if wanted and window else wanted
    key, drawn_for = f"{name}_{scope}", f"window_of_{name}_{scope}"
    if st.session_state.get(drawn_for) not in (None, window):
        st.session_state[key] = shown
    st.session_state[drawn_for] = window
    typed = st.number_input(
        name, least, window, shown, key=key, placeholder=_("no limit"), help=term(name)
    )
    return kept if typed == shown else typed


def _system_message(
    backend: Backend, persona_id: str | None, now: str, scope: str
) -> tuple[str | None, str]:
    """The persona that was chosen last and the system message, which may differ from it since."""
    key = f"system_{scope}"
    if key not in st.session_state:
        st.session_state[key] = now
    # One that another model was given can still be taken out
    off = continues_text(backend) and not (now.strip() or st.session_state[key].strip())
    personas = {entry.id: entry.text for entry in PersonaBook(resources.store().personas).list()}

    def take() -> None:
        chosen = st.session_state.get(f"persona_{scope}")
        if chosen:
            st.session_state[key] = personas[chosen].system

    chosen = st.selectbox(
        _("Persona"),
        list(personas),
        index=list(personas).index(persona_id) if persona_id in personas else None,
        key=f"persona_{scope}",
        format_func=lambda one: personas[one].name,
        placeholder=_("none"),
        on_change=take,
        disabled=off,
        help=_("Fills in the system message below.") + " " + term("persona"),
    )
    system = st.text_area(
        _("System message"),
        key=key,
        height=90,
        disabled=off,
        help=no_system_help() if off else term("system_message"),
    )
    return chosen, system


def _conversations(current: Conversation | None) -> None:
    search = st.text_input(
        _("Search"),
        key="search",
        placeholder=_("Search conversations"),
        label_visibility="collapsed",
        icon=":material/search:",
    )
    found = resources.store().conversations.list(search, limit=30)
    if not found:
        st.caption(_("Nothing found.") if search else _("Your conversations appear here."))
    with st.container(key="list_conversations"):
        for item in found:
            shown = current is not None and item.id == current.id
            st.button(
                label(item.title) or _("Untitled"),
                key=f"{'current' if shown else 'open'}_{item.id}",
                width="stretch",
                type="secondary" if shown else "tertiary",
                on_click=_open,
                args=(item.id,),
            )


def _open(conversation_id: str) -> None:
    leave_choice()
    st.query_params["conversation"] = conversation_id


def _manage(conversation: Conversation) -> None:
    store = resources.store()
    path = store.conversations.path(conversation.id)
    with st.popover(_("This conversation"), icon=":material/more_horiz:", width="stretch"):
        title = st.text_input(_("Name"), conversation.title, key=f"title_{conversation.id}")
        if title.strip() and title != conversation.title:
            store.conversations.rename(conversation.id, title.strip())
            st.rerun()
        st.download_button(
            _("Export as Markdown"),
            export_markdown(conversation, path),
            file_name="conversation.md",
            mime="text/markdown",
            key="export_markdown",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        st.download_button(
            _("Export as JSON"),
            export_json(conversation, path),
            file_name="conversation.json",
            mime="application/json",
            key="export_json",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )

        def delete() -> None:
            resources.jobs().forget(("chat", conversation.id))
            store.conversations.delete(conversation.id)
            _new()

        st.button(
            _("Delete conversation"),
            key="delete_conversation",
            icon=":material/delete:",
            width="stretch",
            on_click=explained(delete),
        )
