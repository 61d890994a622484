"""The persona page: choose and edit a system message, talk to it, see the prompt, compare two.

The chosen persona is in the URL (`?persona=ID`); the preview talks to the text as it stands in
the editor, saved or not.
"""

from collections.abc import Sequence

import streamlit as st

from core.backends.backend import Backend
from core.errors import NotFound
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.text import PersonaEntry, PersonaText
from ui.personas.trial import clear_preview, trial
from ui.shell import resources
from ui.shell.choosing import Room
from ui.shell.page import explained
from ui.shell.text import label, lines

# Stands for a line break within a question
_BREAK = "↵"
WORDS = ("persona", "system_message", "role", "prompt_injection", "chat_template", "token")


def personas_room() -> Room:
    """What the model of the preview is chosen for."""
    return Room("personas")


def personas_page(backend: Backend) -> None:
    """Draw the page."""
    st.write(
        _(
            "A **system message** tells the model who it is before the conversation starts. Write "
            "one, try it out, and test how well the model sticks to it."
        )
    )
    book = PersonaBook(resources.store().personas)
    entry = _chosen(book)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _file_actions(book)
        system = _editor(book, entry)
    with right:
        trial(backend, book, entry, system)


def _chosen(book: PersonaBook) -> PersonaEntry:
    entries = book.list()
    wanted = st.query_params.get("persona", entries[0].id)
    try:
        entry = book.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
        entry = entries[0]
    with st.sidebar, st.container(key="list_personas"):
        for item in entries:
            current = item.id == entry.id
            st.button(
                label(item.text.name),
                key=f"{'current' if current else 'choose'}_{item.id}",
                icon=":material/theater_comedy:" if item.builtin else ":material/person:",
                type="secondary" if current else "tertiary",
                width="stretch",
                help=lines(item.text.description) or None,
                on_click=_choose,
                args=(item.id,),
            )
    return entry


def _choose(persona_id: str) -> None:
    st.query_params["persona"] = persona_id
    clear_preview()


# --- the editor ---------------------------------------------------------------------------


def _editor(book: PersonaBook, entry: PersonaEntry) -> str:
    own = not entry.builtin
    st.text_input(_("Name"), entry.text.name, key=f"name_{entry.id}", disabled=not own)
    st.text_input(
        _("Description"), entry.text.description, key=f"description_{entry.id}", disabled=not own
    )
    system = st.text_area(
        _("System message"),
        entry.text.system,
        key=f"system_{entry.id}",
        height=160,
        help=_("Edit it and try it right away; save it when it works."),
    )
    st.text_area(
        _("Questions to try, one per line"),
        _lines(entry.text.examples),
        key=f"examples_{entry.id}",
        disabled=not own,
        height=110,
        help=_("↵ stands for a line break within a question."),
    )
    # In callbacks: the list beside the editor and the questions below show what was saved at once
    with st.container(horizontal=True):
        label, key, action = (
            (_("Save"), "save", _save) if own else (_("Save as a copy"), "save_copy", _save_copy)
        )
        st.button(
            label,
            key=key,
            type="primary",
            icon=":material/save:",
            on_click=explained(action),
            args=(book, entry),
        )
        st.button(
            _("Duplicate"),
            key="duplicate",
            icon=":material/content_copy:",
            on_click=explained(lambda: _choose(book.duplicate(entry.id).id)),
        )
        if own:
            st.button(
                _("Delete"),
                key="delete",
                icon=":material/delete:",
                on_click=explained(_delete),
                args=(book, entry),
            )
    return system


def _lines(examples: Sequence[str]) -> str:
    """Questions as the editor shows them."""
    return "\n".join(_BREAK.join(example.splitlines()) for example in examples)


def _written(entry: PersonaEntry) -> PersonaText:
    """The persona as it stands in the editor; raises `InvalidInput` for what is none."""
    typed = st.session_state
    lines = typed[f"examples_{entry.id}"].splitlines()
    examples = (line.strip().replace(_BREAK, "\n") for line in lines if line.strip())
    return PersonaText(
        typed[f"name_{entry.id}"],
        typed[f"system_{entry.id}"],
        typed[f"description_{entry.id}"],
        tuple(examples),
    )


def _save(book: PersonaBook, entry: PersonaEntry) -> None:
    book.update(entry.id, _written(entry))
    st.toast(_("Saved."), icon=":material/check:")


def _save_copy(book: PersonaBook, entry: PersonaEntry) -> None:
    _choose(book.add(_written(entry)).id)


def _delete(book: PersonaBook, entry: PersonaEntry) -> None:
    book.delete(entry.id)
    st.query_params.pop("persona", None)


def _file_actions(book: PersonaBook) -> None:
    with st.container(horizontal=True):
        st.button(
            _("New"),
            key="new_persona",
            icon=":material/add:",
            on_click=explained(lambda: _choose(book.add(_blank()).id)),
        )
        with st.popover(_("Import and export"), icon=":material/swap_vert:"):
            _import(book)
            ids = [entry.id for entry in book.list()]
            for form, mime in (("yaml", "application/yaml"), ("json", "application/json")):
                st.download_button(
                    _("Export all as {form}").format(form=form.upper()),
                    book.export(ids, form),  # type: ignore[arg-type]
                    file_name=f"personas.{form}",
                    mime=mime,
                    key=f"export_{form}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def _blank() -> PersonaText:
    return PersonaText(_("New persona"), _("You are a … You only talk about …"))


def _import(book: PersonaBook) -> None:
    file = st.file_uploader(
        _("Persona file"), type=["yaml", "yml", "json"], key="persona_file", max_upload_size=1
    )
    if file:
        st.button(
            _("Import"),
            key="import_personas",
            on_click=explained(_take),
            args=(book, file.getvalue()),
        )


def _take(book: PersonaBook, content: bytes) -> None:
    added = book.import_(content)
    if not added:
        st.toast(_("These personas are here already."), icon=":material/info:")
        return
    names = ", ".join(entry.text.name for entry in added)
    st.toast(_("Imported: {names}").format(names=label(names)), icon=":material/check:")
    _choose(added[0].id)
