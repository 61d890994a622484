"""What the pages say and leave out while a model is loaded that continues text and cannot chat."""

import streamlit as st

from core.i18n import _
from ui import resources


def continues_text() -> bool:
    """Whether the loaded model has no chat format."""
    return not resources.engine().tokenizer.chat


def completion_note() -> None:
    """Say what the loaded model is and how to use it, where it has no chat format."""
    if continues_text():
        st.info(
            _(
                "**{name}** has no chat format: it continues text. Your text and its continuation "
                "are read as one, with a line break between turns; there are no roles, system "
                "messages or tools. Start a text and let the model continue it."
            ).format(name=resources.engine().loaded.facts.name),
            icon=":material/edit_note:",
        )


def no_system_help() -> str:
    """Why a system message cannot be written now."""
    return _("The loaded model has no chat format, and so no system message.")
