"""What a class predicts: a student's prediction on its way in, and the teacher's live chart of
all."""

from html import escape
from typing import Any

import streamlit as st

from core.classroom.classroom import Classroom
from core.i18n import _, ngettext
from core.lessons.lesson import Lesson
from ui.charts.classroom import choice_bars, estimate_bars
from ui.shell import membership
from ui.shell.boundary import explained
from ui.shell.text import answer

REFRESH_S = 1.5


def post(lesson: Lesson, value: int) -> None:
    """Count this browser's prediction, where there is a class; the teacher's is shown to nobody."""
    room, mine = membership.classroom(), membership.member()
    if room and mine and not mine.teacher:
        room.predictions.put(lesson.id, mine.id, value)


@st.fragment(run_every=REFRESH_S)
def live(room: Classroom, lesson: Lesson) -> None:
    """What has been predicted in a lesson so far."""
    prediction, made = lesson.prediction, room.predictions
    counts, revealed = made.counts(lesson.id), made.revealed(lesson.id)
    # A lesson's file may have been changed since somebody predicted
    if prediction.estimate:
        legal = range(prediction.estimate.low, prediction.estimate.high + 1)
    else:
        legal = range(len(prediction.choices))
    whole = sum(counts[value] for value in legal)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(
            "**"
            + ngettext("{count} prediction", "{count} predictions", whole).format(count=whole)
            + "**"
        )
        with st.container(horizontal=True, width="content"):
            _buttons(room, lesson, revealed, whole)
    st.markdown(answer(prediction.ask))
    if prediction.estimate:
        estimate = prediction.estimate
        right = None
        if revealed and estimate.promised is not None:
            right = (estimate.promised - estimate.within, estimate.promised + estimate.within)
        figure = estimate_bars(counts, estimate.low, estimate.high, right)
    else:
        texts = [choice.text for choice in prediction.choices]
        figure = choice_bars(
            [escape(text, quote=False) for text in texts],
            [counts[place] for place in legal],
            _right_place(lesson) if revealed else None,
        )
    st.plotly_chart(
        figure,
        key=f"class_chart_{lesson.id}",
        config={"displayModeBar": False},
        alt=_("What the class predicts in this lesson"),
    )
    if revealed:
        st.caption(_("✓ is right on the embedded model. Run the experiment to see it happen."))


def _buttons(room: Classroom, lesson: Lesson, revealed: bool, whole: int) -> None:
    if known(lesson):
        st.button(
            _("Hide the answer") if revealed else _("Reveal the answer"),
            key=f"class_reveal_{lesson.id}",
            icon=":material/visibility_off:" if revealed else ":material/visibility:",
            type="secondary" if revealed else "primary",
            on_click=explained(room.predictions.reveal),
            args=(lesson.id, not revealed),
        )
    st.button(
        _("Clear"),
        key=f"class_clear_{lesson.id}",
        icon=":material/backspace:",
        disabled=not whole,
        help=_("Forget all predictions of this lesson, e.g. before the next class."),
        on_click=explained(room.predictions.clear),
        args=(lesson.id,),
    )


def known(lesson: Lesson) -> bool:
    """Whether the lesson says which prediction is right before it is run."""
    estimate = lesson.prediction.estimate
    return estimate.promised is not None if estimate else _right_place(lesson) is not None


def _right_place(lesson: Lesson) -> Any:
    choices = lesson.prediction.choices
    return next((place for place, one in enumerate(choices) if one.promised), None)
