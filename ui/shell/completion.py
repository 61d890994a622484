"""What the pages say and leave out while a model is loaded that continues text and cannot chat."""

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _


def continues_text(backend: Backend) -> bool:
    """Whether the model has no chat format."""
    return "chat" not in backend.can


def completion_note(backend: Backend) -> None:
    """Say what the model is and how to use it, where it has no chat format."""
    if continues_text(backend):
        st.info(
            _(
                "**{name}** has no chat format: it continues text. What you write and what it wrote "
                "are read as one text, a line break between the turns; there are no roles, no "
                "system message and no tools. Begin a text and let it go on."
            ).format(name=backend.facts.name),
            icon=":material/edit_note:",
        )


def no_system_help() -> str:
    """Why a system message cannot be written now."""
    return _("The loaded model has no chat format, and so no system message.")
