"""The page of a visitor's space: how to open it in another browser, and what is in its bin."""

from datetime import datetime

import streamlit as st

from core.i18n import _, ngettext
from core.storage.ids import now
from core.storage.ownership import KEPT, Binned, BinnedKind
from core.store import Store
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.space import space_link
from ui.shell.text import label

_ICONS: dict[BinnedKind, str] = {
    "conversation": ":material/chat:",
    "message": ":material/chat_bubble:",
    "persona": ":material/person:",
    "run": ":material/grid_view:",
    "tree": ":material/account_tree:",
    "branch": ":material/alt_route:",
    "prompt": ":material/edit_note:",
    "suite": ":material/checklist:",
    "tool": ":material/build:",
    "experiment": ":material/science:",
}
_LONGEST_TITLE = 80
WORDS = ("persona", "run", "branch")


def space_page() -> None:
    """Draw the page."""
    if resources.settings().own_spaces:
        _space()
    _bin(resources.store())


def _space() -> None:
    st.write(
        _(
            "Conversations, personas and runs belong to this browser: others who use the same "
            "server do not see them, unless you share one."
        )
    )
    st.header(_("Open your space in another browser"), anchor=False)
    st.caption(
        _(
            "Whoever opens this link sees and changes everything that is yours. Keep it like a "
            "password, and keep it somewhere: without it a browser that forgets its cookies loses "
            "its space."
        )
    )
    with st.popover(_("Show the link"), icon=":material/key:"):
        st.code(space_link(), language=None, wrap_lines=True)


def _bin(store: Store) -> None:
    found = store.binned()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(_("Bin"), anchor=False)
        st.space("stretch")
        if found:
            with st.popover(_("Empty the bin"), icon=":material/delete_forever:"):
                st.write(_("Everything in the bin is removed for good."))
                st.button(
                    _("Delete for good"),
                    key="bin_empty",
                    type="primary",
                    on_click=explained(_empty),
                    args=(store, found),
                )
    st.caption(
        ngettext(
            "What is deleted can be restored for {count} day.",
            "What is deleted can be restored for {count} days.",
            KEPT.days,
        ).format(count=KEPT.days)
    )
    if not found:
        st.write(_("The bin is empty."))
    for one in found:
        _row(store, one)


def _row(store: Store, one: Binned) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None):
            st.markdown(f"{_ICONS[one.kind]} {label(_title(one))}")
            st.caption(f"{_kind(one.kind)} · {_left(one.deleted_at)}")
        st.button(
            _("Restore"),
            key=f"restore_{one.kind}_{one.id}",
            icon=":material/restore_from_trash:",
            on_click=explained(store.restore),
            args=(one,),
        )
        with st.popover(_("Delete for good"), icon=":material/delete_forever:"):
            st.write(_("This cannot be undone."))
            st.button(
                _("Delete for good"),
                key=f"erase_{one.kind}_{one.id}",
                type="primary",
                on_click=explained(store.erase),
                args=(one,),
            )


def _title(one: Binned) -> str:
    line = " ".join(one.title.split())
    if len(line) > _LONGEST_TITLE:
        line = line[: _LONGEST_TITLE - 1] + "…"
    return line or _("Untitled")


def _kind(kind: BinnedKind) -> str:
    return {
        "conversation": _("Conversation"),
        "message": _("Message, with what followed it"),
        "persona": _("Persona"),
        "run": _("Grid run"),
        "tree": _("Tree of branches"),
        "branch": _("Branch"),
        "prompt": _("Prompt"),
        "suite": _("Suite"),
        "tool": _("Tool"),
        "experiment": _("Experiment"),
    }[kind]


def _left(deleted_at: datetime) -> str:
    days = max(0, (deleted_at + KEPT - now()).days)
    return ngettext("{count} day left", "{count} days left", days).format(count=days)


def _empty(store: Store, found: list[Binned]) -> None:
    # The parts before the wholes, with which they would go
    for one in sorted(found, key=lambda one: one.kind not in ("message", "branch")):
        store.erase(one)
