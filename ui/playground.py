"""The playground page: its views, one at a time; the one on screen is in the URL (`?view=`)."""

from collections.abc import Callable

import streamlit as st

from core.i18n import _
from ui.grid import grid_view

WORDS = (
    "temperature",
    "top_p",
    "nucleus",
    "top_k",
    "seed",
    "max_new_tokens",
    "run",
    "cell",
    "replay",
    "logprob",
)


def playground_page() -> None:
    """Draw the page."""
    views: dict[str, tuple[str, Callable[[], None]]] = {
        "grid": (_("Grid"), grid_view),
    }
    chosen = "grid"
    if len(views) > 1:
        chosen = st.segmented_control(
            _("View"),
            list(views),
            default="grid",
            required=True,
            format_func=lambda view: views[view][0],
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
    views[chosen][1]()
