"""Whose the things on the page are: without sign-in each browser has a space of its own.

Its key is random and nobody can guess it. The browser keeps it in a cookie; a link with it
(`?space=KEY`) opens the space in another browser, once its visitor agrees. The operator can have
one space for all (PROMPTLAB_SPACES=common).
"""

import json
import re
import secrets
from dataclasses import dataclass

import streamlit as st

from core.i18n import _
from core.storage.ownership import COMMON
from ui.shell.boundary import explained
from ui.shell.session import state, visited

PARAMETER = "space"
COOKIE = "promptlab_space"
_KEY = re.compile(r"[0-9a-f]{32}")
_YEAR_S = 365 * 24 * 3600


@dataclass(slots=True)
class Space:
    """key: of the space of this visitor; empty before it was asked for. told: the browser keeps
    it."""

    key: str = ""
    told: bool = False


def space(own: bool) -> str:
    """The space of the visitor whose script runs in this thread; the common one outside of any, and
    where spaces are not each browser's `own`."""
    if not own or not visited():
        return COMMON
    mine = state(Space)
    if not mine.key:
        kept = str(st.context.cookies.get(COOKIE, ""))
        mine.key = kept if _KEY.fullmatch(kept) else secrets.token_hex(16)
    return mine.key


def keep_space(own: bool) -> None:
    """Let the browser remember its space; offer to change to the one that a link brings.

    Only the key, hexadecimal digits, gets into the script.
    """
    if not own:
        return
    now = space(own)
    cookie = f"{COOKIE}={now}; path=/; max-age={_YEAR_S}; SameSite=Lax"
    with st.container(key="page_space"):
        st.html(
            f"<script>document.cookie = {json.dumps(cookie)};</script>",
            unsafe_allow_javascript=True,
        )
    offered = st.query_params.get(PARAMETER, "")
    if not offered:
        return
    if offered == now or not _KEY.fullmatch(offered):
        del st.query_params[PARAMETER]
        return
    with st.container(border=True):
        st.write(
            _(
                "This link opens another space. What you write from now on is kept there, and who "
                "has the link can read it. Your own space stays as it is."
            )
        )
        with st.container(horizontal=True):
            st.button(
                _("Open that space"), key="space_take", type="primary", on_click=explained(_take)
            )
            st.button(_("Stay in mine"), key="space_stay", on_click=explained(_stay))


def space_link() -> str:
    """The address that opens this space in another browser; whoever has it can do everything in
    it."""
    base = (st.context.url or "").split("?")[0].rsplit("/", 1)[0]
    return f"{base}/?{PARAMETER}={state(Space).key}"


def _take() -> None:
    state(Space).key = st.query_params.get(PARAMETER, "")
    _stay()


def _stay() -> None:
    st.query_params.pop(PARAMETER, None)
