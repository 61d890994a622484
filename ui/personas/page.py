"""The persona page: choose and edit a system message, talk to it, see the prompt, compare two.

The chosen persona is in the URL (`?persona=ID`); what is tried is the text as it stands in the
editor, saved or not.
"""

from collections.abc import Sequence

import streamlit as st

from core.backends.backend import Backend
from core.errors import NotFound
from core.i18n import _, language
from core.personas.book import PersonaBook
from core.personas.edits import Edits
from core.personas.text import PersonaEntry, PersonaText, speaks_chinese
from ui.personas.editor import choose, editor
from ui.personas.trial import trial
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import Room
from ui.shell.text import label, lines

WORDS = ("persona", "system_message", "role", "prompt_injection", "chat_template", "token")


def personas_room() -> Room:
    """What the model of the preview is chosen for."""
    return Room("personas")


def personas_page(backend: Backend) -> None:
    """Draw the page."""
    st.write(
        _(
            "A **system message** tells the model who it is. Write one, try it out, and compare "
            "wordings."
        )
    )
    store = resources.store()
    book, edits = PersonaBook(store.personas), Edits(store.drafts)
    entry = _chosen(book, edits)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        system = editor(backend, book, edits, entry)
    with right:
        trial(backend, book, edits, entry, system)


# --- the list -----------------------------------------------------------------------------


def _chosen(book: PersonaBook, edits: Edits) -> PersonaEntry:
    entries = book.list()
    wanted = st.query_params.get("persona", entries[0].id)
    try:
        entry = book.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
        entry = entries[0]
    with st.sidebar:
        st.button(
            _("New persona"),
            key="new_persona",
            icon=":material/add:",
            width="stretch",
            on_click=explained(lambda: choose(book.add(_blank()).id)),
        )
        # One that was opened by its link is no entry of the list where nobody shares it
        _list(entries, edits.unsaved(entries), entry)
        with st.popover(_("Import and export"), icon=":material/swap_vert:", width="stretch"):
            _import(book)
            _export(book)
    return entry


def _list(entries: Sequence[PersonaEntry], unsaved: set[str], current: PersonaEntry) -> None:
    groups = (
        ("own", _("Yours"), [one for one in entries if one.own]),
        (
            "shared",
            _("Shared with you"),
            [one for one in entries if not one.own and not one.builtin],
        ),
        ("builtin", _("Built in"), [one for one in entries if one.builtin and _near(one)]),
    )
    for name, title, members in groups:
        if members:
            st.caption(title)
            _items(name, members, unsaved, current)
    others = [one for one in entries if one.builtin and not _near(one)]
    title = _("Built in, in English") if language() == "zh" else _("Built in, in Chinese")
    # Open where the one on the page would not be seen
    with st.expander(title, expanded=current.id in {one.id for one in others}):
        _items("others", others, unsaved, current)


def _near(entry: PersonaEntry) -> bool:
    """Whether it speaks the visitor's language."""
    return speaks_chinese(entry.text.system) == (language() == "zh")


def _items(
    name: str, members: Sequence[PersonaEntry], unsaved: set[str], current: PersonaEntry
) -> None:
    with st.container(key=f"list_personas_{name}"):
        for item in members:
            _item(item, item.id in unsaved, item.id == current.id)


def _item(item: PersonaEntry, unsaved: bool, current: bool) -> None:
    icon = ":material/theater_comedy:" if item.builtin else ":material/person:"
    if item.shared:
        icon = ":material/group:"
    notes = [_("Unsaved changes")] if unsaved else []
    notes += [label(item.text.description)] if item.text.description else []
    notes += [_("For real models.")] if item.size == "real" else []
    st.button(
        f":orange[●] {label(item.text.name)}" if unsaved else label(item.text.name),
        key=f"{'current' if current else 'choose'}_{item.id}",
        icon=icon,
        type="secondary" if current else "tertiary",
        width="stretch",
        help=" · ".join(notes) or None,
        on_click=explained(choose),
        args=(item.id,),
    )


# --- files --------------------------------------------------------------------------------


def _blank() -> PersonaText:
    return PersonaText(_("New persona"), _("You are a … You only talk about …"))


def _export(book: PersonaBook) -> None:
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
    choose(added[0].id)
