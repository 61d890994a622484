"""The stored experiments: the list in the sidebar, opening, renaming and deleting one, and its
link. The experiment on screen is in the URL (`?experiment=ID`)."""

import streamlit as st

from core.errors import NotFound
from core.experiments.draft import NEW, ExperimentForm, Writing
from core.experiments.records import Experiment
from core.experiments.store import Experiments
from core.i18n import _
from ui.experiments.state import (
    EXPERIMENT,
    LISTED,
    experiment_job,
    mine,
    open_experiment,
    writing,
)
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.copying import copy_link_button
from ui.shell.kept import Kept, kept_list
from ui.shell.text import lines
from ui.shell.undo import offer_undo


def current_experiment() -> Experiment | None:
    """The experiment that the URL names, None without one; an unknown one is explained."""
    wanted = st.query_params.get(EXPERIMENT)
    if not wanted:
        return None
    try:
        return resources.store().experiments.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)), icon=":material/link_off:")
        del st.query_params[EXPERIMENT]
        return None


def saved_experiments(current: Experiment | None) -> None:
    """Draw the recent experiments in the sidebar, and what can be done with the one on screen."""
    with st.sidebar:
        st.button(
            _("New experiment"),
            key="ex_new",
            icon=":material/add:",
            width="stretch",
            on_click=explained(open_experiment),
            args=(None,),
        )
        st.caption(_("Recent experiments"))
        many = mine().listed
        found = resources.store().experiments.list(many + 1)
        if not found:
            st.caption(_("Your experiments appear here."))
        jobs = resources.jobs()
        kept = (
            Kept(id, title, jobs.running(experiment_job(id)) is not None)
            for id, title in found[:many]
        )
        kept_list("experiments", kept, current.id if current else None, open_experiment)
        if len(found) > many:
            st.button(_("Show more"), key="ex_more", type="tertiary", on_click=explained(_more))
        if current and current.own:
            _manage(current)


def _more() -> None:
    mine().listed += LISTED


def _manage(experiment: Experiment) -> None:
    key = f"title_{experiment.id}"
    experiments = resources.store().experiments

    def rename() -> None:
        experiments.rename(experiment.id, st.session_state[key].strip()[:200])

    def delete() -> None:
        resources.jobs().forget(experiment_job(experiment.id))
        experiments.delete(experiment.id)
        open_experiment(None)
        offer_undo(
            _("Deleted: {title}").format(title=experiment.title),
            lambda: _restore(experiments, experiment.id),
        )

    st.divider()
    st.text_input(_("Title"), experiment.title, key=key, on_change=explained(rename))
    st.button(
        _("Delete experiment"),
        key=f"delete_{experiment.id}",
        icon=":material/delete:",
        width="stretch",
        on_click=explained(delete),
    )


def _restore(experiments: Experiments, experiment_id: str) -> None:
    experiments.restore(experiment_id)
    open_experiment(experiment_id)


def share(experiment: Experiment) -> None:
    """Draw who may read an experiment, and its link."""
    key = f"shared_{experiment.id}"

    def let() -> None:
        resources.store().experiments.share(experiment.id, st.session_state[key])

    with st.popover(_("Share"), icon=":material/ios_share:"):
        if experiment.own:
            st.toggle(
                _("Anyone with the link can read this experiment"),
                experiment.shared,
                key=key,
                on_change=explained(let),
            )
            if not experiment.shared and resources.settings().own_spaces:
                st.caption(_("Until then the link opens it for you alone."))
        copy_link_button(
            f"copy_link_{experiment.id}",
            _("Copy the link to this experiment"),
            _("Copy link"),
            **{name: value for name, value in st.query_params.items() if name != "lang"},
        )


def change(experiment: Experiment) -> None:
    """Open the form above an experiment, or fold it. What was typed there stays."""
    mine().open_at = None if mine().open_at == experiment.id else experiment.id


def discard_change(experiment: Experiment) -> None:
    """Forget what was changed in the form, and fold it."""
    kept = writing(experiment)
    form, rows = kept.form(experiment), kept.rows(experiment)
    kept.discard()
    mine().open_at = None

    def undo() -> None:
        kept.keep(form)
        kept.keep_rows(rows)
        mine().open_at = experiment.id

    offer_undo(_("Your changes were discarded."), undo)


def begin_from(experiment: Experiment) -> None:
    """Let a new experiment begin as this one is."""
    new = Writing(resources.store().drafts, NEW)
    before = (new.form(), new.rows()) if new.begun else None
    new.discard()
    new.keep(ExperimentForm.of(experiment))
    new.keep_rows(experiment.spec.rows)
    open_experiment(None)

    def undo() -> None:
        new.discard()
        if before:
            new.keep(before[0])
            new.keep_rows(before[1])

    if before:
        offer_undo(_("What you were writing was replaced by the copy."), undo)
