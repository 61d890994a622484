"""What the whole server shares: the settings, the store, the downloads, the model."""

from typing import TYPE_CHECKING

import streamlit as st

from core.config import Settings
from core.errors import NotFound
from core.store import Store

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.host import ModelHost
    from core.models.fetching import Download
    from core.models.weight_cache import WeightCache


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings of this installation."""
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The database; answers that a former server left unfinished are marked once."""
    opened = Store.open(settings().database)
    opened.conversations.recover()
    opened.branches.recover()
    return opened


@st.cache_resource(show_spinner=False, on_release=lambda host: host.close())
def host() -> "ModelHost":
    """The one model of all visitors; loading the chosen one begins with the first visit."""
    from core.engine.host import Choice, ModelHost
    from core.models import catalogue

    chosen = settings()
    kept = weight_cache() if chosen.cache else None
    try:
        entry = catalogue.find(chosen.model, chosen)
    except NotFound as error:
        return ModelHost(None, str(error), kept)
    return ModelHost(Choice(entry, chosen.device, chosen.precision), cache=kept)


def weight_cache() -> "WeightCache":
    """The quantised weights that are kept on disk."""
    from core.models.weight_cache import WeightCache

    return WeightCache(settings().quantised)


@st.cache_resource(show_spinner=False)
def downloads() -> "dict[str, Download]":
    """The downloads that this server has begun, by the model's name."""
    return {}


def engine() -> "Engine":
    """The engine of the loaded model; waits while one is being loaded."""
    return host().engine()
