"""What the whole server shares: the settings, the store, and the one engine for all visitors."""

from typing import TYPE_CHECKING

import streamlit as st

from core.config import Settings
from core.storage import Store

if TYPE_CHECKING:
    from core.engine.engine import Engine


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings of this installation."""
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The database; answers that a former server left unfinished are marked once."""
    opened = Store.open(settings().database)
    opened.conversations.recover()
    return opened


@st.cache_resource(show_spinner=False, on_release=lambda engine: engine.close())
def _engine(model: str, device: str, precision: str) -> "Engine":
    from core.engine.engine import Engine
    from core.models import catalogue
    from core.models.loading import load

    entry = catalogue.find(model, settings())
    return Engine(load(entry.folder, entry.name, device, precision))  # type: ignore[arg-type]


def engine() -> "Engine":
    """The engine of the loaded model; the first visitor waits while it loads."""
    chosen = settings()
    return _engine(chosen.model, chosen.device, chosen.precision)
