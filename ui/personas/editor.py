"""The editor of a persona: what is typed is kept at once as unsaved changes, and saved by a click."""

from pathlib import Path

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.edits import FIELDS, Edits, Field, persona_of, typed
from core.personas.text import PersonaEntry
from ui.chat.state import ask_anew, change_draft
from ui.shell.boundary import explained
from ui.shell.choosing import model_link
from ui.shell.copying import copy_button, copy_link_button
from ui.shell.held import held
from ui.shell.text import label, spoken
from ui.shell.undo import offer_undo

# Questions are many and short
_STYLE = """<style>
[class*="st-key-persona_questions"] {row-gap: 0.4rem}
[class*="st-key-persona_questions"] button {min-height: 2.1rem; padding: 0.1rem 0.75rem}
</style>"""
_TYPING = (Path(__file__).parent / "assets" / "typing.js").read_text(encoding="utf-8")


def choose(persona_id: str) -> None:
    """Open a persona."""
    st.query_params["persona"] = persona_id


def editor(backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry) -> str:
    """Draw it; the system message as it is typed."""
    now = edits.now(entry)
    _actions(backend, book, edits, entry)
    _standing(edits, entry)

    def field(name: Field) -> dict:
        return held(f"{name}_{entry.id}", now[name], lambda value: edits.change(entry, name, value))

    with st.container(key="persona_editor"):
        st.text_input(_("Name"), **field("name"))
        st.text_input(_("Description"), **field("description"))
        system = st.text_area(
            _("System message"),
            **field("system"),
            height=160,
            help=_("Edit it and try it right away; save it when it works."),
        )
        copy_button(system, f"copy_system_{entry.id}", _("Copy the system message"), _("Copy"))
        st.text_area(
            _("Questions to try, one per line"),
            **field("examples"),
            height=124,
            help=_("↵ stands for a line break within a question."),
        )
    with st.container(key="page_typing"):
        st.html(f"{_STYLE}<script>{_TYPING}</script>", unsafe_allow_javascript=True)
    return system


def _actions(backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    # In callbacks: the list beside the editor and the questions show what was saved at once
    with st.container(horizontal=True, gap="xsmall"):
        if entry.own:
            st.button(
                _("Save"),
                key="save",
                type="primary",
                icon=":material/save:",
                on_click=explained(_save),
                args=(book, edits, entry),
            )
        else:
            _save_copy_button(book, edits, entry, "primary")
        if st.button(
            _("Chat"),
            key="persona_chat",
            icon=":material/chat:",
            help=_(
                "Chat with this persona: a new conversation with the system message as it is in "
                "the editor."
            ),
        ):
            _begin_chat(edits, entry)
            st.switch_page("pages/1_Chat.py", query_params=model_link(backend))
        with st.popover(
            spoken(_("More about this persona")),
            icon=":material/more_horiz:",
            help=_("More about this persona"),
        ):
            if entry.own:
                _save_copy_button(book, edits, entry, "tertiary")
            _sharing(book, entry)
            if entry.own:
                st.button(
                    _("Delete"),
                    key="delete",
                    type="tertiary",
                    icon=":material/delete:",
                    on_click=explained(_delete),
                    args=(book, entry),
                )


def _save_copy_button(book: PersonaBook, edits: Edits, entry: PersonaEntry, kind: str) -> None:
    st.button(
        _("Save as a copy"),
        key="save_copy",
        type=kind,  # type: ignore[arg-type]
        icon=":material/save_as:" if kind == "primary" else ":material/content_copy:",
        on_click=explained(_save_copy),
        args=(book, edits, entry),
    )


def _sharing(book: PersonaBook, entry: PersonaEntry) -> None:
    if entry.own:
        st.toggle(
            _("Shared with everyone on this server"),
            **held(f"share_{entry.id}", entry.shared, lambda on: book.share(entry.id, on)),
            help=_("Others can use and copy it. Only you can change it."),
        )
    copy_link_button(
        f"link_{entry.id}",
        _("Copy the link to this persona"),
        _("Copy link"),
        persona=entry.id,
    )
    if entry.own and not entry.shared:
        st.caption(_("While it is not shared, the link works in this browser only."))


def _standing(edits: Edits, entry: PersonaEntry) -> None:
    """What is saved and what is not, and whose it is."""
    if edits.changed(entry):
        with st.container(horizontal=True, vertical_alignment="center", key="unsaved"):
            st.badge(_("Unsaved changes"), icon=":material/edit:", color="orange")
            st.button(
                _("Discard"),
                key="discard",
                type="tertiary",
                icon=":material/undo:",
                on_click=explained(_discard),
                args=(edits, entry),
            )
    elif entry.builtin:
        st.caption(_("Built in. Your changes are saved as a copy."))
    elif not entry.own:
        st.caption(_("Shared by somebody else. Your changes are saved as a copy."))
    elif entry.shared:
        st.caption(_("Yours, shared with everyone on this server."))
    else:
        st.caption(_("Yours. Nobody else sees it."))


# --- actions ------------------------------------------------------------------------------


def _take(edits: Edits, entry: PersonaEntry) -> None:
    """Note what stands in the fields: a click may be told before what was typed until then."""
    for name in FIELDS:
        value = st.session_state.get(f"{name}_{entry.id}")
        if isinstance(value, str):
            edits.change(entry, name, value)


def _forget(edits: Edits, entry: PersonaEntry) -> None:
    """Let the fields be as they are saved, also if they tell afterwards what was typed."""
    edits.discard(entry.id)
    for name, value in typed(entry.text).items():
        st.session_state[f"{name}_{entry.id}"] = value


def _save(book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    _take(edits, entry)
    _forget(edits, book.update(entry.id, persona_of(edits.now(entry), entry.text)))
    st.toast(_("Saved."), icon=":material/check:")


def _save_copy(book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    _take(edits, entry)
    made = book.add(persona_of(edits.now(entry), entry.text))
    # What was changed is in the copy: the original is again as it was saved
    _forget(edits, entry)
    choose(made.id)
    st.toast(_("Saved as {name}.").format(name=label(made.text.name)), icon=":material/check:")


def _discard(edits: Edits, entry: PersonaEntry) -> None:
    before = edits.changed(entry)
    _forget(edits, entry)

    def undo() -> None:
        for name, value in before.items():
            edits.change(entry, name, value)

    offer_undo(_("Your changes were discarded."), undo)


def _delete(book: PersonaBook, entry: PersonaEntry) -> None:
    book.delete(entry.id)
    st.query_params.pop("persona", None)

    def undo() -> None:
        book.restore(entry.id)
        choose(entry.id)

    offer_undo(_("{name} was deleted.").format(name=label(entry.text.name)), undo)


def _begin_chat(edits: Edits, entry: PersonaEntry) -> None:
    """Let the next new conversation begin with the persona as it stands in the editor."""
    _take(edits, entry)
    change_draft({"system": edits.now(entry)["system"], "persona_id": entry.id})
    ask_anew([])
