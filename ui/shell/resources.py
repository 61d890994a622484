"""What the whole server shares: the settings, the store, the jobs, the downloads, the model."""

import streamlit as st

from core.backends.backend import Backend
from core.config import Settings
from core.engine.host import ModelChoice, ModelHost
from core.errors import NotFound
from core.i18n import language
from core.jobs import Jobs
from core.models import catalogue
from core.models.fetching import Download
from core.models.weight_cache import WeightCache
from core.store import Store


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


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def jobs() -> Jobs:
    """The answers, grids and experiments that are being worked on, for all visitors."""
    return Jobs(settings().unattended_s)


@st.cache_resource(show_spinner=False, on_release=lambda host: host.close())
def host() -> ModelHost:
    """The one model of all visitors; loading the chosen one begins with the first visit."""
    chosen = settings()
    kept = weight_cache() if chosen.cache else None
    try:
        entry = catalogue.starting(chosen, language())
    except NotFound as error:
        return ModelHost(None, str(error), kept)
    return ModelHost(ModelChoice(entry, chosen.device, chosen.precision), cache=kept)


def weight_cache() -> WeightCache:
    """The quantised weights that are kept on disk."""
    return WeightCache(settings().quantised)


@st.cache_resource(show_spinner=False)
def downloads() -> dict[str, Download]:
    """The downloads that this server has begun, by the model's name."""
    return {}


def backend() -> Backend:
    """The loaded model; waits while one is being loaded.

    For the frame of a page and for callbacks: a page gets it once and passes it down, so that a
    switch in its middle cannot mix two models.
    """
    return host().backend()
