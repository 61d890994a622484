"""The experiment of a lesson on screen: what will run, the run itself, and the learner's changes."""

from contextlib import closing
from typing import Any

import streamlit as st

from core.i18n import _
from core.lessons.experiment import Experiment, finish
from core.lessons.lesson import Lesson
from core.lessons.results import Result
from ui.lessons.controls import changed_settings, control_label
from ui.lessons.results import draw_result, places
from ui.lessons.state import Attempt, experiment_of, guess_text, show_settings
from ui.lessons.steps import TEXT_WIDTH, onward
from ui.shell import resources
from ui.shell.page import boundary
from ui.shell.session import session
from ui.shell.stream import draw_many, plain, safe_markdown, stop_button


def experiment_step(lesson: Lesson, now: Attempt) -> None:
    """Draw the step."""
    predicted = guess_text(lesson)
    if predicted:
        st.caption(_("Your prediction: {guess}").format(guess=predicted))
    if now.result is None:
        _plan(lesson, now)
        if st.button(
            _("Run the experiment"),
            key="lesson_run",
            type="primary",
            icon=":material/play_arrow:",
        ):
            _run(lesson, now)
        st.caption(
            _("It runs live on {model}. Nothing on this page was computed in advance.").format(
                model=resources.engine().loaded.facts.name
            )
        )
    else:
        draw_result(now.result)
    _settings(lesson, now)
    onward("experiment", _("What happened"), disabled=now.result is None)


def _plan(lesson: Lesson, now: Attempt) -> None:
    """What is about to run: the texts and the groups."""
    experiment = experiment_of(lesson, now)
    with st.container(border=True, width=TEXT_WIDTH):
        for control in experiment.controls():
            if control.kind == "text":
                st.markdown(
                    f":gray[{control_label(control)}]  \n{plain(safe_markdown(control.value))}"
                )
        labels = [f"**{plain(label)}**" for label, _tags in experiment.groups()]
        if labels:
            st.markdown(_("Side by side: {groups}").format(groups=" · ".join(labels)))


def _settings(lesson: Lesson, now: Attempt) -> None:
    with (
        st.expander(_("Change the experiment"), icon=":material/tune:", key="lesson_change"),
        boundary(),
    ):
        wanted = changed_settings(lesson, now.values)
        if wanted is not None:
            before = now.values
            now.values = wanted
            try:
                experiment_of(lesson, now)
            except Exception:
                now.values = before
                raise
            now.result = None
            show_settings(lesson, now)
            session().results["lesson_go"] = lesson.id
            st.rerun()
    if session().results.get("lesson_go") == lesson.id:
        del session().results["lesson_go"]
        _run(lesson, now)


def _run(lesson: Lesson, now: Attempt) -> None:
    """Run on screen and keep the result; the page is drawn anew with it."""
    with boundary():
        now.result = run_on_screen(experiment_of(lesson, now))
        st.rerun()


def run_on_screen(experiment: Experiment) -> Result:
    """Run an experiment, its answers growing side by side; raises what the engine raises."""
    engine = resources.engine()
    requests = experiment.requests(engine)
    if not requests:
        with st.spinner(_("Measuring…"), show_time=True):
            return finish(engine, experiment, {})
    stop_button()
    shown: dict[Any, Any] = places(experiment)
    with closing(engine.submit_many(requests)) as stream:
        panels = draw_many(stream, shown)
    ends = {tag: panel.end for tag, panel in panels.items() if panel.end}
    return finish(engine, experiment, ends)
