"""Ways on from what is looked at in the playground: its link and its prompt to copy, a grid on it.

(The grid's form takes its prompt from the URL, see `ui.lessons.links.take_playground`.)
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.presenting import OWN

# A longer address is cut off by mail programs and refused by servers
MOST_IN_LINK = 6000


def page_link(parameters: Mapping[str, str] | None = None) -> str:
    """The address of this page as it is, or with these parameters instead; not presented."""
    base = (st.context.url or "").split("?")[0]
    if parameters is None:
        parameters = {name: st.query_params[name] for name in st.query_params if name not in OWN}
    return f"{base}?{urlencode(parameters)}" if parameters else base


def share(link: str, prompt: str, key: str) -> None:
    """Draw a popover with the link and the prompt, each to be copied with a click."""
    with st.popover(_("Copy"), icon=":material/content_copy:", key=key):
        if len(link) <= MOST_IN_LINK:
            st.markdown("**" + _("Link to this view") + "**")
            st.code(link, language=None, wrap_lines=True)
        else:
            st.caption(_("The text is too long for a link."))
        if prompt:
            st.markdown("**" + _("Prompt") + "**")
            st.code(prompt, language=None, wrap_lines=True)


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
