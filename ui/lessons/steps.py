"""A learner's way through a lesson: what the URL says of it, and the row of steps on the page.

Step, prediction, changed settings and the run are in the URL, so that a link leads anyone to the
same place and a reload comes back to it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.errors import InvalidInput
from core.i18n import _, ngettext
from core.lessons.experiment import Control, Path
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson
from core.lessons.results import Result
from ui.lessons.state import JOB, Attempt, LessonState, Trial
from ui.shell.boundary import explained
from ui.shell.presenting import bar, presented
from ui.shell.session import state

STEPS = ("predict", "experiment", "why", "check")
_TEXT_WIDTH = 760
_OWN = ("lesson", "step", "guess", "teacher", JOB)


# --- what the URL says --------------------------------------------------------------------


def attempt(backend: Backend, lesson: Lesson) -> Attempt:
    """The attempt at a lesson on this model; its settings come from the URL at first.

    A file that was changed meanwhile is another lesson.
    """
    mine = state(LessonState)
    mine.names = tuple(control.name for control in lesson.experiment.controls())
    kept = mine.attempts
    key = (lesson.id, lesson.language, backend.facts.identity)
    if key not in kept or kept[key].lesson != lesson:
        values, notice = _settings_of_url(lesson)
        experiment = changed(lesson.values, values)
        trial = Trial[Result]((backend.facts.identity, experiment))
        kept[key] = Attempt(lesson, trial, values, notice=notice)
    return kept[key]


def step() -> str:
    """The step on screen."""
    wanted = st.query_params.get("step", STEPS[0])
    return wanted if wanted in STEPS else STEPS[0]


def guess_key(lesson: Lesson) -> str:
    """The key of the input of a prediction."""
    return f"lesson_guess_{lesson.id}_{lesson.language}"


def guess(lesson: Lesson) -> int | None:
    """The prediction that was just made, or that of the URL; None where there is none that the
    lesson offers. (A run that was asked for before has the URL of before.)"""
    held = st.session_state.get(guess_key(lesson))
    try:
        value = int(st.query_params.get("guess", "") if held is None else held)
    except ValueError:
        return None
    estimate = lesson.prediction.estimate
    low, high = (
        (estimate.low, estimate.high) if estimate else (0, len(lesson.prediction.choices) - 1)
    )
    return value if low <= value <= high else None


def guess_text(lesson: Lesson) -> str:
    """The prediction in words; empty where there is none."""
    made = guess(lesson)
    if made is None:
        return ""
    return str(made) if lesson.prediction.estimate else lesson.prediction.choices[made].text


def go(name: str) -> None:
    """Show another step."""
    st.query_params["step"] = name


def open_lesson(lesson_id: str | None) -> None:
    """Show a lesson from its first step, or the overview; the run of before is forgotten."""
    mine = state(LessonState)
    for name in list(st.query_params):
        # The language and the like stay
        if name in _OWN or name in mine.names:
            del st.query_params[name]
    for made in [name for name in st.session_state if str(name).startswith("lesson_guess_")]:
        del st.session_state[made]
    if lesson_id:
        st.query_params["lesson"] = lesson_id
        for key in [key for key in mine.attempts if key[0] == lesson_id]:
            mine.attempts.pop(key).trial.forget()


def show_settings(now: Attempt) -> None:
    """Put the settings that differ from the lesson's own into the URL, and only those."""
    for control in now.lesson.experiment.controls():
        if control.path in now.values:
            st.query_params[control.name] = f"{now.values[control.path]}"
        else:
            st.query_params.pop(control.name, None)


def parameters(lesson: Lesson, values: Mapping[Path, Any]) -> dict[str, str]:
    """A link's parameters for a lesson with these settings."""
    own = {c.name: f"{values[c.path]}" for c in lesson.experiment.controls() if c.path in values}
    return {"lesson": lesson.id} | own


def differing(controls: tuple[Control, ...], typed: Mapping[str, Any]) -> dict[Path, Any]:
    """The typed values that differ from the lesson's own, by their path."""
    return {c.path: typed[c.name] for c in controls if typed[c.name] != c.value}


def _settings_of_url(lesson: Lesson) -> tuple[dict[Path, Any], str]:
    """The settings in the URL; one that cannot be used is told of and left out."""
    values: dict[Path, Any] = {}
    notice = ""
    for control in lesson.experiment.controls():
        if control.name not in st.query_params:
            continue
        try:
            value = control.read(st.query_params[control.name])
            changed(lesson.values, {control.path: value})
        except InvalidInput as error:
            notice = _("A setting in the link cannot be used: {reason}").format(reason=error)
            del st.query_params[control.name]
        else:
            if value != control.value:
                values[control.path] = value
    return values, notice


# --- on the page --------------------------------------------------------------------------


def text_width() -> Any:
    """As wide as a text is easily read; a class reads larger letters."""
    return "stretch" if presented() else _TEXT_WIDTH


def step_names() -> dict[str, str]:
    """The steps as a reader sees them."""
    return {
        "predict": _("Predict"),
        "experiment": _("Experiment"),
        "why": _("What and why"),
        "check": _("Check"),
    }


def minutes(lesson: Lesson) -> str:
    """How long a lesson takes, in words."""
    return ngettext("{count} minute", "{count} minutes", lesson.minutes).format(
        count=lesson.minutes
    )


def stepper(lesson: Lesson, shown: str) -> None:
    """Where am I: the steps in a row, those behind one with a tick; a click leads there."""
    here = STEPS.index(shown)
    with st.container(horizontal=True, gap="small", key="lesson_steps"):
        for place, (name, label) in enumerate(step_names().items()):
            st.button(
                f"{place + 1}. {label}",
                key=f"lesson_step_{name}",
                type="primary" if place == here else "tertiary",
                icon=":material/check:" if place < here else None,
                disabled=place > here + 1 or (here == 0 and place > 0 and guess(lesson) is None),
                on_click=explained(go),
                args=(name,),
            )
    st.progress(
        (here + 1) / len(STEPS),
        _("Step {step} of {steps} · about {minutes} minutes in total").format(
            step=here + 1, steps=len(STEPS), minutes=lesson.minutes
        ),
    )


def lesson_bar(
    shown: str,
    label: str,
    on_next: Callable[[], None] | None,
    on_back: Callable[[], None] | None,
) -> None:
    """The bar of a lesson before a class. label: what comes next."""
    here = STEPS.index(shown)
    said = _("Step {step} of {steps}: {name}").format(
        step=here + 1, steps=len(STEPS), name=step_names()[shown]
    )
    bar(label, on_next, on_back, said)


def onward(shown: str, label: str, disabled: bool = False) -> None:
    """Back and next at the foot of a step."""
    here = STEPS.index(shown)
    if presented():
        after, before = STEPS[here + 1 : here + 2], STEPS[:here][-1:]
        lesson_bar(
            shown,
            label,
            (lambda: go(after[0])) if after and not disabled else None,
            (lambda: go(before[0])) if before else None,
        )
        return
    width: Any = "stretch" if shown == "experiment" else _TEXT_WIDTH
    with st.container(horizontal=True, horizontal_alignment="distribute", width=width):
        st.button(
            _("Back"),
            key="lesson_previous",
            icon=":material/chevron_left:",
            disabled=here == 0,
            on_click=explained(go),
            args=(STEPS[max(0, here - 1)],),
        )
        st.button(
            label,
            key="lesson_next",
            type="primary",
            disabled=disabled,
            on_click=explained(go),
            args=(STEPS[min(len(STEPS) - 1, here + 1)],),
        )
