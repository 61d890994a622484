"""What a visitor is in the middle of, typed: one value of each kind for a session.

What should survive is in the database instead, and what should be shared is in the URL. Every
room of the app has a kind of its own, such as `ui.chat.state.ChatState`.
"""

from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Kind = TypeVar("Kind")
_KEY = "state"


def state(kind: type[Kind]) -> Kind:
    """The value of this kind for this visitor, made without arguments at its first use."""
    kept: dict[str, Kind] = st.session_state.setdefault(_KEY, {})
    return kept.setdefault(kind.__name__, kind())


def visited() -> bool:
    """Whether a visitor's script runs in this thread."""
    return get_script_run_ctx(suppress_warning=True) is not None
