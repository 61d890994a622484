"""The one typed object of a visitor's session; what should survive is in the database instead."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.sampling.settings import Sampling
from core.storage.records import WhenFull

_KEY = "session"


@dataclass(frozen=True, slots=True)
class Draft:
    """The settings of a conversation that has no message yet."""

    sampling: Sampling = field(default_factory=Sampling)
    system: str = ""
    when_full: WhenFull = "trim"


@dataclass(slots=True)
class Session:
    """What a visitor is in the middle of.

    pending: questions to send one after another (an example that was clicked).
    draft: the settings for the next new conversation.
    editing: the id of the message that is being edited.
    preview: the messages of the persona page's preview, as (role, content).
    results: texts of comparisons and the last grid, by page.
    """

    pending: list[str] = field(default_factory=list)
    draft: Draft = field(default_factory=Draft)
    editing: str | None = None
    answer_again: bool = False
    preview: list[tuple[str, str]] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)


def session() -> Session:
    """The session of this visitor, made at its first use."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    return st.session_state[_KEY]
