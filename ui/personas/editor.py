"""The editor of a persona: what is typed is kept at once as unsaved changes, and saved by a
click."""

from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _
from core.personas.book import PersonaBook
from core.personas.edits import TYPED, Edits, Field, contract_of, questions, typed
from core.personas.text import PersonaEntry
from core.personas.trials import Trials
from core.storage.versions import MAX_NOTE
from ui.chat.state import ask_anew, change_draft
from ui.personas.contract import contract_part, scope_part
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import model_link
from ui.shell.copying import copy_button, copy_link_button
from ui.shell.held import held, held_inside, keep_typing
from ui.shell.text import label, spoken
from ui.shell.undo import offer_undo
from ui.shell.url_choice import from_url

# What is edited at a time, with its boxes
PARTS: dict[str, tuple[Field, ...]] = {
    "message": ("name", "description", "system", "examples"),
    "contract": (),
    "scope": ("inside", "outside"),
}

# Questions are many and short
_STYLE = """<style>
[class*="st-key-persona_questions"] {row-gap: 0.4rem}
[class*="st-key-persona_questions"] button {min-height: 2.1rem; padding: 0.1rem 0.75rem}
</style>"""


def choose(persona_id: str) -> None:
    """Open a persona."""
    st.query_params.pop("version", None)
    st.query_params["persona"] = persona_id


def editor(backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry) -> str:
    """Draw it; the system message as it is typed."""
    now = edits.now(entry)
    _actions(backend, book, edits, entry)
    _standing(edits, entry)

    part = _part(edits, entry)
    # Before its fields: what is typed into the first one drawn is heard
    keep_typing()
    with st.container(key="persona_contract" if part == "contract" else "typed_persona"):
        match part:
            case "contract":
                said = Trials(resources.store().drafts).preview(entry.id)
                answered = [one for one in said if one.reason and one.text]
                contract_part(edits, entry, answered[-1] if answered else None)
            case "scope":
                scope_part(edits, entry)
            case _:
                _message_part(edits, entry)
    st.html(_STYLE)
    return now["system"]


def _part(edits: Edits, entry: PersonaEntry) -> str:
    """Which part of the persona is edited, which is in the URL."""
    now = edits.now(entry)
    rules = len(contract_of(now))
    asked = len(questions(now["inside"])) + len(questions(now["outside"]))
    names = {
        "message": _("Message"),
        "contract": _("Contract · {count}").format(count=rules) if rules else _("Contract"),
        "scope": _("Scope · {count}").format(count=asked) if asked else _("Scope"),
    }
    to_url = from_url("part", list(PARTS))
    st.segmented_control(
        _("What to edit"),
        list(PARTS),
        required=True,
        format_func=lambda part: names[part],
        key="part",
        on_change=explained(to_url),
        label_visibility="collapsed",
    )
    chosen: str = st.session_state["part"]
    return chosen


def _message_part(edits: Edits, entry: PersonaEntry) -> None:
    now = edits.now(entry)

    def field(name: Field) -> dict:
        return held(f"{name}_{entry.id}", now[name], lambda value: edits.change(entry, name, value))

    st.text_input(_("Name"), **field("name"))
    st.text_input(_("Description"), **field("description"))
    system = st.text_area(
        _("System message"),
        **field("system"),
        height=160,
        help=_("Edit it and try it right away; save it when it works."),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        copy_button(system, f"copy_system_{entry.id}", _("Copy the system message"), _("Copy"))
        if entry.why:
            with st.popover(_("Why it is written so"), type="tertiary"):
                st.markdown(label(entry.why))
    st.text_area(
        _("Questions to try, one per line"),
        **field("examples"),
        height=124,
        help=_("↵ stands for a line break within a question."),
    )


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
            **held_inside(f"share_{entry.id}", entry.shared, lambda on: book.share(entry.id, on)),
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
    if edits.is_changed(entry):
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
        if entry.own:
            _note(edits, entry)
    elif entry.size == "real":
        st.caption(
            _("Built in, for real models. Your changes are saved as a copy."),
            help=_("It has more rules than a small model keeps."),
        )
    elif entry.builtin:
        st.caption(_("Built in. Your changes are saved as a copy."))
    elif not entry.own:
        st.caption(_("Shared by somebody else. Your changes are saved as a copy."))
    elif entry.shared:
        st.caption(_("Yours, shared with everyone on this server."))
    else:
        st.caption(_("Yours. Nobody else sees it."))


def _note(edits: Edits, entry: PersonaEntry) -> None:
    st.text_input(
        _("Note on this version"),
        max_chars=MAX_NOTE,
        placeholder=_("What changed? (optional)"),
        label_visibility="collapsed",
        width="stretch",
        **held(
            f"note_{entry.id}", edits.note(entry.id), lambda note: edits.set_note(entry.id, note)
        ),
    )


# --- actions ------------------------------------------------------------------------------


def _take(edits: Edits, entry: PersonaEntry) -> None:
    """Note what stands in the fields: a click may be told before what was typed until then."""
    # Of boxes that are not drawn Streamlit has an older text
    for name in PARTS[st.session_state["part"]]:
        value = st.session_state.get(f"{name}_{entry.id}")
        if isinstance(value, str):
            edits.change(entry, name, value)


def _forget(edits: Edits, entry: PersonaEntry) -> dict[str, Any]:
    """Let the fields be as they are saved, also if they tell afterwards what was typed; what the
    unsaved changes were."""
    before, saved = edits.discard(entry.id), typed(entry.text)
    for name in TYPED:
        st.session_state[f"{name}_{entry.id}"] = saved[name]
    return before


def _save(book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    _take(edits, entry)
    note = st.session_state.get(f"note_{entry.id}") or edits.note(entry.id)
    _forget(edits, book.update(entry.id, edits.persona(entry), note.strip()))
    st.session_state.pop(f"note_{entry.id}", None)
    st.toast(_("Saved."), icon=":material/check:")


def _save_copy(book: PersonaBook, edits: Edits, entry: PersonaEntry) -> None:
    _take(edits, entry)
    made = book.add(edits.persona(entry))
    # What was changed is in the copy: the original is again as it was saved
    _forget(edits, entry)
    choose(made.id)
    st.toast(_("Saved as {name}.").format(name=label(made.text.name)), icon=":material/check:")


def _discard(edits: Edits, entry: PersonaEntry) -> None:
    before = _forget(edits, entry)
    offer_undo(_("Your changes were discarded."), lambda: edits.put_back(entry.id, before))


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
