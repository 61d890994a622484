"""What the pages say and leave out while a model is loaded that continues text and cannot chat."""

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _
from ui.shell.text import label


def continues_text(backend: Backend) -> bool:
    """Whether the model has no chat format."""
    return "chat" not in backend.can


def completion_note(backend: Backend) -> None:
    """Say what the model is and how to use it, where it has no chat format."""
    if continues_text(backend):
        st.info(
            _(
                "**{name}** has no chat format: it continues text. Your text and its continuation "
                "are read as one, with a line break between turns; there are no roles, system "
                "messages or tools. Start a text and let the model continue it."
            ).format(name=label(backend.facts.called)),
            icon=":material/edit_note:",
        )


def no_system_help() -> str:
    """Why a system message cannot be written now."""
    return _("The loaded model has no chat format, and so no system message.")
