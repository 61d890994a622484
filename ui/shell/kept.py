"""What a visitor has kept of one kind, as a list in the sidebar."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.text import label


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them. under_way: whether the server is at work on it."""

    id: str
    title: str
    under_way: bool = False


def kept_list(
    kind: str, kept: Iterable[Kept], current: str | None, open_one: Callable[[str], object]
) -> None:
    """Draw a button for each; `current`, the id of the one on screen, stands out."""
    with st.container(key=f"list_{kind}"):
        for one in kept:
            shown = one.id == current
            st.button(
                (":orange[●] " if one.under_way else "") + (label(one.title) or _("Untitled")),
                key=f"{'current' if shown else 'open'}_{one.id}",
                type="secondary" if shown else "tertiary",
                width="stretch",
                on_click=explained(open_one),
                args=(one.id,),
            )
