"""Settings that a model takes no notice of, where that is known."""

import streamlit as st

from core.backends.backend import Backend
from ui.shell.text import label


def left_out(backend: Backend, setting: str) -> bool:
    """Whether a setting, by its name in `Sampling`, is not sent to the model."""
    return backend.unheeded(setting) is not None


def heeded_note(backend: Backend, setting: str) -> None:
    """Say below a setting why it does nothing here, or not all that it does elsewhere."""
    reason = backend.unheeded(setting)
    if setting == "seed":
        reason = reason or backend.why_not("exact_seeds")
    if reason:
        st.caption(label(reason))
