"""The experiment of a lesson on screen: what will run, the run itself, and the learner's
changes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _
from core.jobs import Job
from core.lessons.experiment import Control, Experiment, Path, Range, conduct
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson
from ui.lessons.results import draw_result, places
from ui.lessons.state import Attempt
from ui.lessons.steps import (
    differing,
    go,
    guess_text,
    lesson_bar,
    onward,
    show_settings,
    text_width,
)
from ui.shell.boundary import boundary
from ui.shell.page import can
from ui.shell.presenting import presented
from ui.shell.stream import draw_many, stop_button
from ui.shell.text import label

LONG_TEXT = 60


def experiment_step(backend: Backend, lesson: Lesson, now: Attempt) -> None:
    """Draw the step."""
    predicted = guess_text(lesson)
    if predicted:
        st.caption(_("Your prediction: {guess}").format(guess=predicted))
    job = now.trial.look()
    if now.trial.result is not None:
        draw_result(now.trial.result)
    else:
        _plan(now.experiment)
    able = runnable(backend, now.experiment)
    if able and now.trial.result is None:
        job = job or start_button(backend, now)
    growing = st.container()
    if able:
        if now.trial.result is None:
            st.caption(
                _("It runs live on {model}. Nothing on this page was computed in advance.").format(
                    model=label(backend.facts.called)
                )
            )
        _settings(backend, lesson, now)
    if presented() and able and now.trial.result is None and not job:
        lesson_bar("experiment", _("Run the experiment"), now.want, lambda: go("predict"))
    else:
        onward("experiment", _("What happened"), disabled=now.trial.result is None)
    if job:
        with growing:
            follow(job, now.experiment)


def runnable(backend: Backend, experiment: Experiment) -> bool:
    """Whether the model can do what an experiment needs; the page says what it cannot."""
    able = can(backend, *experiment.needs)
    if able and experiment.seeded:
        can(backend, "exact_seeds")
    return able


def start_button(backend: Backend, now: Attempt) -> Job | None:
    """A button that runs the experiment, with what ended the last run; the job once clicked."""
    clicked = not presented() and st.button(
        _("Run the experiment"), key="lesson_run", type="primary", icon=":material/play_arrow:"
    )
    if clicked or now.wanted:
        now.wanted = False
        return start(backend, now)
    if now.trial.error:
        with boundary():
            raise now.trial.error
    return None


def start(backend: Backend, now: Attempt) -> Job:
    """Run the experiment with the visitor's settings, in the place of what ran before."""
    experiment = now.experiment
    return now.trial.start(
        backend, lambda: conduct(backend, experiment), backend.facts.identity, experiment
    )


def follow(job: Job, experiment: Experiment) -> None:
    """Draw a run as it goes on, its answers growing side by side; the page is drawn anew after
    it."""
    with boundary():
        if experiment.groups():
            stop_button(job)
            draw_many(job, places(experiment))
        else:
            with st.spinner(_("Measuring…"), show_time=True):
                draw_many(job, {})
    st.rerun()


def _plan(experiment: Experiment) -> None:
    """What is about to run: the texts and the groups."""
    with st.container(border=True, width=text_width()):
        for control in experiment.controls():
            if control.range is None:
                st.markdown(f":gray[{control_label(control)}]  \n{label(control.value)}")
        labels = [f"**{label(name)}**" for name, _tags in experiment.groups()]
        if labels:
            st.markdown(_("Side by side: {groups}").format(groups=" · ".join(labels)))


# --- the learner's changes ----------------------------------------------------------------


def _settings(backend: Backend, lesson: Lesson, now: Attempt) -> None:
    with (
        st.expander(_("Change the experiment"), icon=":material/tune:", key="lesson_change"),
        boundary(),
    ):
        wanted = _changed_settings(lesson, now.values)
        if wanted is not None:
            changed(lesson.values, wanted)  # raises for what cannot be run; all stays as it was
            now.values = wanted
            show_settings(now)
            start(backend, now)
            st.rerun()


def _changed_settings(lesson: Lesson, values: Mapping[Path, Any]) -> dict[Path, Any] | None:
    """Draw the controls; the settings that differ from the lesson's when a run is wanted."""
    controls = lesson.experiment.controls()
    with st.form(f"lesson_form_{lesson.id}", border=False):
        typed = typed_values(lesson, values, "lesson_set")
        run, reset = st.columns([1, 1])
        wanted = run.form_submit_button(
            _("Run with these settings"), key="lesson_rerun", icon=":material/play_arrow:"
        )
        back = reset.form_submit_button(
            _("Reset and run"), key="lesson_reset", icon=":material/restart_alt:"
        )
    if back:
        for control in controls:
            st.session_state.pop(_key(lesson, control, "lesson_set"), None)
        return {}
    return differing(controls, typed) if wanted else None


def typed_values(lesson: Lesson, values: Mapping[Path, Any], prefix: str) -> dict[str, Any]:
    """Draw one input per control, numbers before texts; what stands in them, by name."""
    controls = lesson.experiment.controls()
    numbers = [(control, control.range) for control in controls if control.range]
    texts = [control for control in controls if control.range is None]
    typed: dict[str, Any] = {}
    if numbers:
        columns = st.columns(min(3, len(numbers)))
        for place, (control, legal) in enumerate(numbers):
            now = values.get(control.path, control.value)
            typed[control.name] = _number(
                columns[place % len(columns)],
                control_label(control),
                legal,
                now,
                _key(lesson, control, prefix),
            )
    for control in texts:
        now = values.get(control.path, control.value)
        draw = st.text_area if len(str(now)) > LONG_TEXT or "\n" in str(now) else st.text_input
        typed[control.name] = draw(control_label(control), now, key=_key(lesson, control, prefix))
    return typed


def control_label(control: Control) -> str:
    """What a control is called on the page, with its group."""
    words = {
        "ask": _("Question"),
        "system": _("System message"),
        "begin": _("How the answer begins"),
        "text": _("Text"),
        "said": _("Message"),
        "user": _("User message"),
        "assistant": _("Assistant message"),
        "seed": _("seed"),
    }
    name = words.get(control.changes, control.changes)
    if control.nth:
        name = f"{name} {control.nth}"
    # The group's own name tells the setting's first value, which may just have been changed
    return label(f"{name} · {control.group}" if control.group else name)


def _number(column: Any, label: str, legal: Range, now: Any, key: str) -> Any:
    if legal.whole:
        low, high, step = int(legal.low), int(legal.high), int(legal.step)
        return column.number_input(label, low, high, int(now), step, key=key)
    return column.slider(
        label, float(legal.low), float(legal.high), float(now), legal.step, key=key
    )


def _key(lesson: Lesson, control: Control, prefix: str) -> str:
    return f"{prefix}_{lesson.id}_{lesson.language}_{control.name}"
