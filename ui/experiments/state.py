"""What a visitor is in the middle of with experiments. What was typed is in the database."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from core.experiments.draft import NEW, ExperimentForm, Writing
from core.experiments.records import Answer, Experiment
from core.experiments.spec import ExperimentSpec, Row
from core.experiments.speed import Speeds
from core.experiments.store import Experiments
from core.experiments.under_way import UnderWay
from core.storage.ownership import COMMON
from ui.shell import resources
from ui.shell.session import state

EXPERIMENT = "experiment"
LISTED = 20
# Take a variant twice, or away; see `ui.experiments.variants`
Change = tuple[Literal["copy", "remove", "add"], int]


@dataclass(slots=True)
class ExperimentsState:
    """listed: how many experiments are in the list. open_at: the id of the one above which the form
    is open. change: what a button asked of the variants. refused: why a table was not taken, by
    what is being written. files: how many files were taken, so that the box for them is empty
    again. read: the rows that were read last, and what they were read of: there may be ten
    thousand.
    """

    listed: int = LISTED
    open_at: str | None = None
    change: Change | None = None
    refused: dict[str, str] = field(default_factory=dict)
    files: int = 0
    read: tuple[Hashable, tuple[Row, ...]] = (None, ())


def mine() -> ExperimentsState:
    """The one of this visitor."""
    return state(ExperimentsState)


def writing(saved: Experiment | None) -> Writing:
    """What this visitor writes: a change of that experiment, or a new one."""
    return Writing(resources.store().drafts, saved.id if saved else NEW)


def typed_form(saved: Experiment | None) -> ExperimentForm:
    """The form as it stands."""
    return writing(saved).form(saved)


def typed_rows(saved: Experiment | None) -> tuple[Row, ...]:
    """The rows as they stand."""
    now = writing(saved)
    of = now.about, now.rows_changed(), saved and saved.updated_at, resources.store().space
    if mine().read[0] != of:
        mine().read = of, now.rows(saved)
    return mine().read[1]


def answers_of(experiment: Experiment) -> Sequence[Answer]:
    """What was answered. Read once as long as nothing changes: there may be tens of thousands."""
    experiments = resources.store().experiments
    return _answers(experiments.stamp(experiment), experiments, experiment)


@st.cache_resource(max_entries=4, show_spinner=False)
def _answers(stamp: str, _experiments: Experiments, _experiment: Experiment) -> Sequence[Answer]:
    return _experiments.answers(_experiment)


def experiment_job(experiment_id: str) -> Hashable:
    """The key of the job that asks for the answers of an experiment."""
    return "experiment", experiment_id


def under_way() -> UnderWay:
    """The experiments of this visitor that run, or were broken off."""
    return UnderWay(resources.store().drafts)


def speeds() -> Speeds:
    """How quick models have been on this server."""
    return Speeds(resources.store().of(COMMON).drafts)


def as_written(saved: Experiment | None, spec: ExperimentSpec, model: str) -> Experiment:
    """The experiment that the form makes, before it is stored."""
    now = datetime.now(UTC)
    kept = (saved.id, saved.title, saved.created_at) if saved else ("", "", now)
    return Experiment(kept[0], kept[1], spec, model, kept[2], now)


def open_experiment(experiment_id: str | None) -> None:
    """Let the page show an experiment, or a new one."""
    for name in list(st.query_params):
        if name not in ("lang", "space"):
            del st.query_params[name]
    mine().open_at = None
    if experiment_id:
        st.query_params[EXPERIMENT] = experiment_id
