"""Widgets whose values are kept elsewhere, in the database mostly.

A value that another tab has changed since shows at the next drawing; one that is as it was is not
touched, or what is being typed at that moment would be lost.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from ui.shell.boundary import explained

_TYPING = (Path(__file__).parent / "assets" / "typing.js").read_text(encoding="utf-8")


def keep_typing() -> None:
    """Have what is typed in containers whose keys begin with `typed_` told in a pause, and not only
    when its field is left."""
    with st.container(key="page_typing"):
        st.html(f"<script>{_TYPING}</script>", unsafe_allow_javascript=True)


def held(
    key: str,
    value: Any,
    keep: Callable[[Any], object],
    least: float | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    """The key and the callback of a widget that shows `value` and has what is entered kept.

    least, most: what a number is shown as, where it was kept by something that has other limits: a
    widget with a value outside of its own is an error.
    """
    if least is not None and most is not None:
        value = min(max(value, least), most)
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value

    def changed() -> None:
        nonlocal value
        entered = st.session_state[key]
        # A field that has gone can be told once more, as it was: by a timer that went off meanwhile
        if entered != value:
            keep(entered)
            value = entered

    return {"key": key, "on_change": explained(changed)}


def held_inside(
    key: str,
    value: Any,
    keep: Callable[[Any], object],
    least: float | None = None,
    most: float | None = None,
) -> dict[str, Any]:
    """As `held`, for a widget in a popover. The browser makes it when the popover is opened, of
    what the last drawing said: without a `value` of its own it would begin with the least there is,
    and that would be kept."""
    given = held(key, value, keep, least, most)
    return {**given, "value": st.session_state[key]}


def held_choice(key: str, value: Any, keep: Callable[[Any], object]) -> dict[str, Any]:
    """As `held`, for a box whose options change their names: the browser knows an option by its
    name alone, and would go on sending the old one, unless it is told at each drawing."""
    st.session_state[key] = value
    return held(key, value, keep)
