"""Widgets whose values are kept elsewhere, in the database mostly.

A value that another tab has changed since shows at the next drawing; one that is as it was is not
touched, or what is being typed at that moment would be lost.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.shell.boundary import explained


def held(key: str, value: Any, keep: Callable[[Any], object]) -> dict[str, Any]:
    """The key and the callback of a widget that shows `value` and has what is entered kept."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value

    def changed() -> None:
        keep(st.session_state[key])

    return {"key": key, "on_change": explained(changed)}
