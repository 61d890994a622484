"""Where a learner is in a lesson: the row of steps at the top, back and next at the foot."""

from typing import Any

import streamlit as st

from core.i18n import _, ngettext
from core.lessons.lesson import Lesson
from ui.lessons.state import STEPS, go, guess

# As wide as a text is easily read.
TEXT_WIDTH = 760


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
                on_click=go,
                args=(name,),
            )
    st.progress(
        (here + 1) / len(STEPS),
        _("Step {step} of {steps} · about {minutes} minutes in total").format(
            step=here + 1, steps=len(STEPS), minutes=lesson.minutes
        ),
    )


def onward(shown: str, label: str, disabled: bool = False) -> None:
    """Back and next at the foot of a step."""
    here = STEPS.index(shown)
    width: Any = "stretch" if shown == "experiment" else TEXT_WIDTH
    with st.container(horizontal=True, horizontal_alignment="distribute", width=width):
        st.button(
            _("Back"),
            key="lesson_previous",
            icon=":material/chevron_left:",
            disabled=here == 0,
            on_click=go,
            args=(STEPS[max(0, here - 1)],),
        )
        st.button(
            label,
            key="lesson_next",
            type="primary",
            disabled=disabled,
            on_click=go,
            args=(STEPS[min(len(STEPS) - 1, here + 1)],),
        )
