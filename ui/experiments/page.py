"""The experiments page: a new one to write, or a stored one with how far it is and what it shows.

The experiment on screen is in the URL (`?experiment=ID`). A job of the server asks for its answers;
the page only looks at it.
"""

import streamlit as st

from core.experiments.records import Experiment
from core.i18n import _, ngettext
from ui.experiments.blind import blind_view, blinded
from ui.experiments.form import experiment_form
from ui.experiments.listed import (
    begin_from,
    change,
    current_experiment,
    discard_change,
    saved_experiments,
    share,
)
from ui.experiments.models import asked_elsewhere
from ui.experiments.reading import reading
from ui.experiments.running import broken_off, completing, ended, progress, standing
from ui.experiments.start import start
from ui.experiments.state import answers_of, experiment_job, mine, writing
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.leaving import say_leaving
from ui.shell.text import label

WORDS = (
    *("system_message", "temperature", "top_p", "seed", "confidence_interval", "p_value"),
    *("judge", "prompt_injection"),
)
# How often results are drawn anew while answers come, and while so many come that it takes a while
_DRAWN_S, _DRAWN_RARELY_S = 5.0, 30.0
_MANY = 2_000


def experiments_page() -> None:
    """Draw the page."""
    # What comes and goes has a place that stays: a field that moves loses what is being typed
    with st.container(key="ex_top", gap="small"):
        experiment = current_experiment()
        if experiment is not None and blinded():
            # Alone: all else on this page names the variants
            blind_view(experiment, answers_of(experiment))
            return
        saved_experiments(experiment)
        broken_off(experiment)
        if experiment is None and not writing(None).begun:
            start()
    if experiment is None:
        experiment_form(None)
        return
    _heading(experiment)
    if experiment.own and mine().open_at == experiment.id:
        experiment_form(experiment)
    if resources.jobs().running(experiment_job(experiment.id)):
        say_leaving(asked_elsewhere(experiment.spec, experiment.model))
        progress(experiment)
        pause = _DRAWN_S if experiment.spec.answers <= _MANY else _DRAWN_RARELY_S
        st.fragment(_coming, run_every=pause)(experiment)
        return
    ended(experiment)
    now = standing(experiment)
    completing(experiment, now)
    if now.answers:
        reading(experiment, now.answers)


def _coming(experiment: Experiment) -> None:
    """The results so far."""
    answers = answers_of(experiment)
    if answers:
        # Looking again and again, and stopping when it is good, finds more than there is
        st.caption(_("So far. Judge it at the end: on the way, luck comes and goes."))
        reading(experiment, answers)
    else:
        st.caption(_("The first answers come in a moment. You can leave this page: it goes on."))


def _heading(experiment: Experiment) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="ex_heading"):
        st.subheader(label(experiment.title), anchor=False, width="stretch")
        if experiment.own:
            opened = mine().open_at == experiment.id
            st.button(
                _("Close") if opened else _("Change"),
                key="ex_change",
                icon=":material/close:" if opened else ":material/tune:",
                help=_("Change something and run only what changed. All other answers stay."),
                on_click=explained(change),
                args=(experiment,),
            )
            if opened and writing(experiment).begun:
                st.button(
                    _("Discard changes"),
                    key="ex_discard",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=explained(discard_change),
                    args=(experiment,),
                )
        st.button(
            _("Copy"),
            key="ex_begin_from",
            icon=":material/content_copy:",
            help=_("A new experiment that begins as this one is."),
            on_click=explained(begin_from),
            args=(experiment,),
        )
        share(experiment)
    if not experiment.own:
        st.caption(_("Shared with you: you can read it. Copy takes it into one of your own."))
    st.caption(label(" · ".join(_about(experiment))))


def _about(experiment: Experiment) -> list[str]:
    """What was asked, in one line of plain text."""
    spec = experiment.spec
    models = dict.fromkeys(experiment.model_of(place) for place in range(len(spec.variants)))
    return [
        ngettext("{count} variant", "{count} variants", len(spec.variants)).format(
            count=len(spec.variants)
        ),
        ngettext("{count:,} question", "{count:,} questions", len(spec.rows)).format(
            count=len(spec.rows)
        ),
        ngettext("{count} try each", "{count} tries each", spec.tries).format(count=spec.tries),
        _rules(experiment),
        ", ".join(resources.called(value) for value in models),
    ]


def _rules(experiment: Experiment) -> str:
    spec = experiment.spec
    if not spec.rules and any(row.rules for row in spec.rows):
        return _("each question has its own rules")
    return ngettext("{count} rule", "{count} rules", len(spec.rules)).format(count=len(spec.rules))
