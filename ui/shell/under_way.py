"""How far something is that goes on, beside what ends it."""

from collections.abc import Callable

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained


def how_far(fraction: float, said: str, key: str, stop: Callable[[], object] | None) -> None:
    """Draw a bar with what is said above it, and a button where the visitor may stop it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(min(1.0, fraction), said)
        if stop is not None:
            st.button(_("Stop"), key=key, icon=":material/stop_circle:", on_click=explained(stop))
