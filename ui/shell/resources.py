"""What the whole server shares: the settings, the store, the jobs, the downloads, the models."""

import atexit
from collections.abc import Generator, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.config import Settings
from core.engine.choices import split_model
from core.engine.host import ModelHost
from core.engine.residents import Bounds, ModelChoice
from core.errors import NotFound
from core.i18n import language
from core.interpreter.pool import Pool
from core.interpreter.probe import Probe
from core.jobs import Job, Jobs, Told, Work
from core.models import catalogue
from core.models.fetching import Download
from core.models.plan import called as precision_called
from core.models.weight_cache import WeightCache
from core.servers.listed import Server
from core.store import Store
from ui.shell import membership
from ui.shell.session import state, visited
from ui.shell.space import space


def settings() -> Settings:
    """The settings of this installation, with the servers that the visitor added."""
    found = _installation()
    own = tuple(state(OwnServers).servers.values()) if visited() else ()
    return replace(found, added_servers=own) if own else found


@st.cache_resource(show_spinner=False)
def _installation() -> Settings:
    return Settings.from_environment()


@dataclass(slots=True)
class OwnServers:
    """servers: those that a visitor added, by their names, for the session. Their keys live here,
    in memory, and nowhere else."""

    servers: dict[str, Server] = field(default_factory=dict)


def store() -> Store:
    """What the visitor keeps and may see."""
    return _database().of(space(settings().own_spaces))


@st.cache_resource(show_spinner=False)
def _database() -> Store:
    """The database; answers that a former server left unfinished are marked once."""
    opened = Store.open(settings().database)
    opened.conversations.recover()
    opened.branches.recover()
    return opened


@st.cache_resource(show_spinner=False, on_release=lambda jobs: jobs.close())
def jobs() -> Jobs:
    """The answers, grids and experiments that are being worked on, for all visitors."""
    return Jobs(settings().unattended_s, membership.admit)


@st.cache_resource(show_spinner=False, on_release=lambda host: host.close())
def host() -> ModelHost:
    """The models of all visitors; loading one begins with the first page that wants it."""
    chosen = settings()
    kept = weight_cache() if chosen.cache else None
    bounds = Bounds(chosen.resident_models, chosen.memory, chosen.pinned, chosen.openvino)
    try:
        first = starting_choice()
    except NotFound as error:
        return ModelHost(None, str(error), kept, bounds)
    return ModelHost(first, cache=kept, bounds=bounds, at_once=False)


@st.cache_resource(show_spinner=False)
def probe() -> Probe:
    """What is known of the sandbox for code of models; it is tried when first asked for."""
    chosen = settings()
    return Probe(private=[chosen.data_dir], without=chosen.without_sandbox)


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def kernels() -> Pool:
    """The sandboxes of all visitors, by their conversation; none runs before one is asked for."""
    pool = Pool(probe().make)
    # A cache is not released where the server ends
    atexit.register(pool.close)
    return pool


def starting_choice() -> ModelChoice:
    """The model that a newcomer in this language meets; raises `NotFound` where the settings name
    none."""
    chosen = settings()
    entry = catalogue.starting(chosen, language())
    return ModelChoice(entry, chosen.device, chosen.precision)


def called(name: str, precision: str = "") -> str:
    """A model as people call it, by its value or by the name that records have; with its
    precision."""
    entry = catalogue.named(name, settings())
    if not entry and not precision:
        name, precision = split_model(name)
        entry = catalogue.named(name, settings())
    said = "" if precision == "auto" else precision_called(precision)
    return f"{entry.title if entry else name} {said}".strip()


def weight_cache() -> WeightCache:
    """The quantised weights that are kept on disk."""
    return WeightCache(settings().quantised)


@st.cache_resource(show_spinner=False)
def downloads() -> dict[str, Download]:
    """The downloads that this server has begun, by the model's name."""
    return {}


def start(key: Hashable, backend: Backend, work: Work) -> Job:
    """Start a job whose model stays loaded until it ends; raises as `Jobs.start` does."""
    keep = host().keep

    def held() -> Generator[Told, None, Any]:
        with keep(backend):
            return (yield from work())

    return jobs().start(key, held)
