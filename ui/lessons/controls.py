"""The learner's controls of an experiment, drawn from what the experiment says that it has."""

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.i18n import _
from core.lessons.experiment import AXES, Control, Path
from core.lessons.lesson import Lesson
from ui.lessons.state import differing
from ui.shell.stream import plain

LONG_TEXT = 60


def changed_settings(lesson: Lesson, values: Mapping[Path, Any]) -> dict[Path, Any] | None:
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
    numbers = [control for control in controls if control.kind != "text"]
    texts = [control for control in controls if control.kind == "text"]
    typed: dict[str, Any] = {}
    if numbers:
        columns = st.columns(min(3, len(numbers)))
        for place, control in enumerate(numbers):
            now = values.get(control.path, control.value)
            typed[control.name] = _number(
                columns[place % len(columns)], control, now, _key(lesson, control, prefix)
            )
    for control in texts:
        now = values.get(control.path, control.value)
        draw = st.text_area if len(str(now)) > LONG_TEXT or "\n" in str(now) else st.text_input
        typed[control.name] = draw(control_label(control), now, key=_key(lesson, control, prefix))
    return typed


def control_label(control: Control) -> str:
    """What a control is called on the page, with its group."""
    base = re.match(r"[a-z_]+?(?=\d|$|_[a-z]+\d*$)", control.name)
    name = base[0] if base else control.name
    count = re.search(r"^[a-z]+(\d+)", control.name)
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
    axis = next((axis for axis in AXES if control.name.startswith(axis)), None)
    label = axis or words.get(name, name)
    if count and not axis:
        label = f"{label} {count[1]}"
    # The group's own name tells the setting's first value, which may just have been changed
    return plain(f"{label} · {control.group}" if control.group else label)


def _number(column: Any, control: Control, now: Any, key: str) -> Any:
    label = control_label(control)
    if control.kind == "real":
        return column.slider(
            label,
            float(control.low),
            float(control.high),
            float(now),
            control.step,
            key=key,
        )
    return column.number_input(
        label, int(control.low), int(control.high), int(now), int(control.step), key=key
    )


def _key(lesson: Lesson, control: Control, prefix: str) -> str:
    return f"{prefix}_{lesson.id}_{lesson.language}_{control.name}"
