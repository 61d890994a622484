"""A learner's way through a lesson: which step, what was predicted, with which settings.

Step, prediction and changed settings are in the URL, so that a link leads anyone to the same
place and a reload comes back to it; the result of a run is kept for the session.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.errors import InvalidInput
from core.i18n import _
from core.lessons.experiment import Control, Experiment, Path
from core.lessons.kinds import changed
from core.lessons.lesson import Lesson
from core.lessons.results import Result
from ui.shell import resources
from ui.shell.session import session

STEPS = ("predict", "experiment", "why", "check")
_OWN = ("lesson", "step", "guess", "teacher")


@dataclass(slots=True)
class Attempt:
    """What a visitor did with one lesson. values: changed settings, by their path.

    result: of the run with these values. answer: the place of the answer to the check question.
    notice: what the link had that could not be used.
    """

    lesson: Lesson
    values: dict[Path, Any] = field(default_factory=dict)
    result: Result | None = None
    answer: int | None = None
    notice: str = ""


def attempt(lesson: Lesson) -> Attempt:
    """The attempt at a lesson on the loaded model; its settings come from the URL at first.

    A file that was changed meanwhile is another lesson.
    """
    kept = session().results.setdefault("lesson_attempts", {})
    facts = resources.engine().loaded.facts
    key = (lesson.id, lesson.language, facts.name, facts.precision)
    if key not in kept or kept[key].lesson != lesson:
        kept[key] = Attempt(lesson)
        _take_url(kept[key])
    return kept[key]


def experiment_of(lesson: Lesson, now: Attempt) -> Experiment:
    """The experiment with the visitor's settings."""
    return changed(lesson.values, now.values) if now.values else lesson.experiment


def step() -> str:
    """The step on screen."""
    wanted = st.query_params.get("step", STEPS[0])
    return wanted if wanted in STEPS else STEPS[0]


def guess(lesson: Lesson) -> int | None:
    """The prediction in the URL; None where there is none that the lesson offers."""
    try:
        value = int(st.query_params.get("guess", ""))
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
    for name in list(st.query_params):
        # The language and the like stay
        if name in _OWN or name in session().results.get("lesson_names", ()):
            del st.query_params[name]
    if lesson_id:
        st.query_params["lesson"] = lesson_id
        kept = session().results.get("lesson_attempts", {})
        for key in [key for key in kept if key[0] == lesson_id]:
            del kept[key]


def show_settings(lesson: Lesson, now: Attempt) -> None:
    """Put the settings that differ from the lesson's own into the URL, and only those."""
    for control in lesson.experiment.controls():
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


def _take_url(now: Attempt) -> None:
    """Take the settings in the URL; one that cannot be used is told of and left out."""
    controls = now.lesson.experiment.controls()
    session().results["lesson_names"] = [control.name for control in controls]
    for control in controls:
        if control.name not in st.query_params:
            continue
        try:
            value = control.read(st.query_params[control.name])
            changed(now.lesson.values, {control.path: value})
        except InvalidInput as error:
            now.notice = _("A setting in the link cannot be used: {reason}").format(reason=error)
            del st.query_params[control.name]
        else:
            if value != control.value:
                now.values[control.path] = value
