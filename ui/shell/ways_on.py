"""Ways on from what is looked at in the playground: its link and its prompt to copy, a grid on it.

(The grid's form takes its prompt from the URL, see `ui.lessons.links.take_playground`.)
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.copying import copy_button, copy_link_button
from ui.shell.presenting import OWN

# A longer address is cut off by mail programs and refused by servers
MOST_IN_LINK = 6000


def copy_buttons(prompt: str, key: str, parameters: Mapping[str, str] | None = None) -> None:
    """Draw the buttons that copy the link and the prompt. parameters: what the link opens; None for
    the page as it is, though not presented."""
    if parameters is None:
        parameters = {name: st.query_params[name] for name in st.query_params if name not in OWN}
    if len(urlencode(parameters)) <= MOST_IN_LINK:
        copy_link_button(
            f"{key}_link", _("Copy the link to this view"), _("Copy link"), **parameters
        )
    if prompt:
        copy_button(prompt, f"{key}_prompt", _("Copy the prompt"), _("Copy prompt"))


def grid_button(prompt: str, system: str, key: str) -> None:
    """Draw a button that leads to the grid, with the prompt in its form."""
    st.button(
        _("Run a grid on this prompt"),
        key=key,
        icon=":material/grid_view:",
        disabled=not prompt.strip(),
        on_click=explained(_to_grid),
        args=(prompt, system),
    )


def _to_grid(prompt: str, system: str) -> None:
    for name in ("run", "cell"):
        st.query_params.pop(name, None)
    st.query_params.update({"view": "grid", "prompt": prompt, "system": system})
