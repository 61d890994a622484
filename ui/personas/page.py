"""The persona page: choose and edit a system message, talk to it, see the prompt, compare two.

The chosen persona is in the URL (`?persona=ID`); the preview talks to the text as it stands in
the editor, saved or not.
"""

import streamlit as st

from core.backends.backend import Backend
from core.errors import NotFound
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.text import PersonaEntry, PersonaText
from ui.personas.trial import clear_preview, trial
from ui.shell import resources
from ui.shell.choosing import Room
from ui.shell.page import boundary
from ui.shell.stream import plain

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
        st.warning(str(error))
        entry = entries[0]
    with st.sidebar, st.container(key="list_personas"):
        for item in entries:
            current = item.id == entry.id
            st.button(
                plain(item.text.name),
                key=f"{'current' if current else 'choose'}_{item.id}",
                icon=":material/theater_comedy:" if item.builtin else ":material/person:",
                type="secondary" if current else "tertiary",
                width="stretch",
                help=item.text.description or None,
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
    name = st.text_input(_("Name"), entry.text.name, key=f"name_{entry.id}", disabled=not own)
    description = st.text_input(
        _("Description"), entry.text.description, key=f"description_{entry.id}", disabled=not own
    )
    system = st.text_area(
        _("System message"),
        entry.text.system,
        key=f"system_{entry.id}",
        height=160,
        help=_("Edit it and try it right away; save it when it works."),
    )
    examples = st.text_area(
        _("Questions to try, one per line"),
        "\n".join(entry.text.examples),
        key=f"examples_{entry.id}",
        disabled=not own,
        height=110,
    )
    lines = tuple(line.strip() for line in examples.splitlines() if line.strip())
    with boundary(), st.container(horizontal=True):
        if own and st.button(_("Save"), key="save", type="primary", icon=":material/save:"):
            book.update(entry.id, PersonaText(name, system, description, lines))
            st.toast(_("Saved."), icon=":material/check:")
        if not own and st.button(
            _("Save as a copy"), key="save_copy", type="primary", icon=":material/save:"
        ):
            copy = book.duplicate(entry.id)
            book.update(copy.id, PersonaText(copy.text.name, system, description, lines))
            _choose(copy.id)
            st.rerun()
        if st.button(_("Duplicate"), key="duplicate", icon=":material/content_copy:"):
            _choose(book.duplicate(entry.id).id)
            st.rerun()
        if own and st.button(_("Delete"), key="delete", icon=":material/delete:"):
            book.delete(entry.id)
            st.query_params.pop("persona", None)
            st.rerun()
    return system


def _file_actions(book: PersonaBook) -> None:
    with st.container(horizontal=True):
        if st.button(_("New"), key="new_persona", icon=":material/add:"):
            with boundary():
                _choose(book.add(_blank()).id)
                st.rerun()
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
    if file and st.button(_("Import"), key="import_personas"):
        with boundary():
            added = book.import_(file.getvalue())
            st.success(_("Imported: {names}").format(names=", ".join(e.text.name for e in added)))
