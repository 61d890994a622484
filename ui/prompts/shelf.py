"""The shelf of prompts: keeping what a variant says, and taking it again, in any version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.errors import NotFound
from core.experiments.prompt import Prompt, origin_of, taken_from
from core.i18n import _
from core.storage.documents import MAX_NAME, Document
from core.storage.versions import MAX_NOTE, Version
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.held import held
from ui.shell.session import state
from ui.shell.text import label
from ui.shell.undo import offer_undo
from ui.versions.history import said_when
from ui.versions.text_diff import text_diff

Use = Callable[[dict[str, Any]], object]


@dataclass(slots=True)
class ShelfState:
    """By shelf: which prompt is chosen, and which of its versions."""

    chosen: dict[str, str] = field(default_factory=dict)
    version: dict[str, int] = field(default_factory=dict)


def prompt_shelf(key: str, current: Mapping[str, Any] | None, use: Use) -> None:
    """Draw it, in a popover or a dialog. current: what the variant says, with its `origin`; None
    where there is nothing to keep. use: is given a prompt's fields and its origin."""
    prompts = resources.store().prompts.list()
    by_id = {one.id: one for one in prompts}
    now = Prompt.from_dict(current or {})
    came_from = taken_from(str((current or {}).get("origin", "")))
    if current is not None:
        _keeping(key, now, by_id.get(came_from[0]) if came_from else None)
    if not prompts:
        st.caption(_("Prompts that you keep appear here, each with all its versions."))
        return
    document = _choice(key, by_id, came_from[0] if came_from else None)
    versions = _versions_of(document)
    version = _version(key, document, versions)
    if version is None:
        return
    kept = Prompt.from_dict(version.content)
    if current is not None:
        _difference(f"shelf_{key}_{document.id}_{version.number}", now, kept)
    _taking(key, document, version, kept, use, same=current is not None and kept == now)


# --- keeping ------------------------------------------------------------------------------


def _keeping(key: str, now: Prompt, source: Document | None) -> None:
    """Save as a new prompt, or as the next version of the one it was taken from."""
    name_key, note_key = f"shelf_name_{key}", f"shelf_note_{key}"
    if name_key not in st.session_state and source and source.own:
        st.session_state[name_key] = source.name
    st.text_input(_("Keep this prompt as"), key=name_key, max_chars=MAX_NAME, placeholder=_("Name"))
    st.text_input(
        _("Note on this version"),
        key=note_key,
        max_chars=MAX_NOTE,
        placeholder=_("What changed? (optional)"),
        label_visibility="collapsed",
    )

    def keep() -> None:
        saved = _save(st.session_state[name_key].strip(), now, st.session_state[note_key].strip())
        st.session_state[note_key] = ""
        mine = state(ShelfState)
        mine.chosen[key] = saved.id
        mine.version.pop(key, None)
        st.toast(
            _("Kept as {name}, version {number}.").format(
                name=label(saved.name), number=saved.version
            ),
            icon=":material/check:",
        )

    st.button(
        _("Keep"),
        key=f"shelf_keep_{key}",
        icon=":material/bookmark_add:",
        disabled=now.empty,
        help=_("Under a name that you have used already it becomes the next version."),
        on_click=explained(keep),
    )


def _save(name: str, prompt: Prompt, note: str) -> Document:
    prompts = resources.store().prompts
    known = next(
        (p for p in prompts.list() if p.own and p.name.casefold() == name.casefold()), None
    )
    if known:
        return prompts.save(known.id, known.name, prompt.to_dict(), note)
    return prompts.create(name, prompt.to_dict(), note)


# --- taking -------------------------------------------------------------------------------


def _choice(key: str, by_id: Mapping[str, Document], usual: str | None) -> Document:
    now = state(ShelfState)
    chosen = now.chosen.get(key, usual or "")
    chosen = chosen if chosen in by_id else next(iter(by_id))

    def keep(id: str) -> None:
        now.chosen[key] = id
        now.version.pop(key, None)

    st.selectbox(
        _("Your prompts"),
        list(by_id),
        format_func=lambda id: by_id[id].name,
        **held(f"shelf_prompt_{key}", chosen, keep),
    )
    return by_id[chosen]


def _versions_of(document: Document) -> Sequence[Version]:
    try:
        return resources.store().prompts.versions(document.id)
    except NotFound:  # deleted since the list was read
        return ()


def _version(key: str, document: Document, versions: Sequence[Version]) -> Version | None:
    by_number = {one.number: one for one in versions}
    if len(versions) < 2:
        return versions[0] if versions else None
    now = state(ShelfState)

    def titled(number: int) -> str:
        one = by_number[number]
        said = _("Version {number}").format(number=number)
        return " · ".join(filter(None, [said, said_when(one.created_at), one.note]))

    def keep(number: int) -> None:
        now.version[key] = number

    chosen = now.version.get(key, versions[0].number)
    chosen = chosen if chosen in by_number else versions[0].number
    st.selectbox(
        _("Version"),
        list(by_number),
        format_func=titled,
        **held(f"shelf_version_{key}", chosen, keep),
    )
    return by_number[chosen]


def _difference(key: str, now: Prompt, kept: Prompt) -> None:
    """What taking it would change in the variant."""
    titles = {
        "system": _("System message"),
        "template": _("Question template"),
        "follow_ups": _("Follow-up questions, one a line"),
    }
    for name, title in titles.items():
        before, after = getattr(now, name), getattr(kept, name)
        if before != after:
            st.caption(title)
            text_diff(title, before, after, f"{key}_{name}")


def _taking(
    key: str, document: Document, version: Version, kept: Prompt, use: Use, same: bool
) -> None:
    def take() -> None:
        use(kept.to_dict() | {"origin": origin_of(document.id, version.number)})

    def delete() -> None:
        prompts = resources.store().prompts
        prompts.delete(document.id)
        offer_undo(
            _("{name} was deleted.").format(name=document.name),
            lambda: prompts.restore(document.id),
        )

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use"),
            key=f"shelf_use_{key}",
            type="primary",
            icon=":material/input:",
            disabled=same,
            help=_("Put it into this variant, in place of what stands there."),
            on_click=explained(take),
        )
        if document.own:
            st.button(
                _("Delete"),
                key=f"shelf_delete_{key}",
                type="tertiary",
                icon=":material/delete:",
                on_click=explained(delete),
            )
    if same:
        st.caption(_("The variant says this now."))
