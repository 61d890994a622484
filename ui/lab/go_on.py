"""Ways on from a prefix: the other view of it, a grid on its prompt, its link."""

import streamlit as st

from core.i18n import _
from core.tokens.prefix import Prefix
from ui.shell.boundary import explained
from ui.shell.ways_on import copy_buttons, grid_button


def go_on(prefix: Prefix, view: str) -> None:
    """Draw them. view: the one that is on screen, "lab" or "steps"; the other is offered."""
    in_lab = view == "lab"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lab_go_on"):
        st.button(
            _("Step through this answer") if in_lab else _("Open in the distribution lab"),
            key="lab_other_view",
            icon=":material/footprint:" if in_lab else ":material/bar_chart:",
            on_click=explained(_show),
            args=("steps" if in_lab else "lab",),
        )
        grid_button(prefix.prompt, prefix.system, "lab_grid")
        copy_buttons(prefix.prompt, "lab_copy")


def _show(view: str) -> None:
    st.query_params["view"] = view
