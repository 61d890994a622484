"""A notice with a button that takes back what was just done; it stands for some seconds on any
page.

(Streamlit's own notices have no buttons.)
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.text import label

STANDS_S = 15.0


@dataclass(slots=True)
class Undoable:
    """text: what was done. undo: takes it back; None where there is nothing to take back.

    number: counts what was offered, so that each notice stands its own time.
    """

    text: str = ""
    undo: Callable[[], object] | None = None
    until: float = 0.0
    number: int = 0


def offer_undo(text: str, undo: Callable[[], object]) -> None:
    """Say what was done (plain text), and offer to take it back; for a callback."""
    last = state(Undoable)
    last.text, last.undo, last.until = text, undo, time.monotonic() + STANDS_S
    last.number += 1


def undo_notice() -> None:
    """Draw the notice while it stands. It goes by itself, also where the page is not drawn anew."""
    last = state(Undoable)
    if last.undo is None or time.monotonic() > last.until:
        return
    with st.container(
        key=f"undo_{last.number}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.markdown(label(last.text))
        st.button(
            _("Undo"),
            key="undo",
            icon=":material/undo:",
            type="tertiary",
            on_click=explained(_undo),
        )


def _undo() -> None:
    last = state(Undoable)
    undo, last.undo = last.undo, None
    if undo:
        undo()
