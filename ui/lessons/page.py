"""The lessons page: all lessons with this browser's progress, one of them, or the teacher's view.

The URL says which: `?lesson=ID&step=...`, `?teacher=1`, or neither.
"""

import streamlit as st

from core.backends.backend import Backend
from core.config import EMBEDDED
from core.errors import NotFound
from core.i18n import _, ngettext
from core.lessons.lesson import Lesson
from core.lessons.shelf import Shelf, shelf
from ui.lessons import progress
from ui.lessons.lesson import lesson_view
from ui.lessons.steps import minutes, open_lesson
from ui.lessons.teacher import teacher_view
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import Room
from ui.shell.glossary import heading
from ui.shell.membership import in_charge
from ui.shell.text import label, lines

COLUMNS = 3
WORDS = ("token", "prompt", "temperature", "top_p", "seed", "role", "hallucination")


def lessons_room() -> Room:
    """Lessons begin on the model that their promises were checked on."""
    return Room("lessons", EMBEDDED)


def lessons_page(backend: Backend) -> None:
    """Draw the page."""
    found = shelf(resources.settings().lessons)
    wanted = st.query_params.get("lesson")
    with boundary():
        if wanted:
            try:
                _one(backend, found, found.get(wanted))
            except NotFound as error:
                st.warning(lines(str(error)), icon=":material/link_off:")
                _overview(found)
        elif st.query_params.get("teacher") and in_charge():
            teacher_view(backend, found)
        else:
            _overview(found)
    progress.keep()


def _one(backend: Backend, found: Shelf, lesson: Lesson) -> None:
    after = found.lessons[found.lessons.index(lesson) + 1 :]
    lesson_view(backend, lesson, after[0] if after else None)


def _overview(found: Shelf) -> None:
    heading(_("Lessons"), WORDS)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(
            _(
                "Each lesson is an experiment that runs live on the loaded model. You predict "
                "what will happen, watch it, and learn why."
            ),
            width="stretch",
        )
        if in_charge():
            st.button(
                _("For teachers"),
                key="lessons_teacher",
                icon=":material/co_present:",
                on_click=explained(_open_teacher),
            )
    done = progress.finished() & {lesson.id for lesson in found.lessons}
    if found.lessons:
        _progress(len(done), len(found.lessons))
    for start in range(0, len(found.lessons), COLUMNS):
        columns = st.columns(COLUMNS)
        for column, lesson in zip(columns, found.lessons[start : start + COLUMNS], strict=False):
            with column:
                _card(lesson, lesson.id in done)
    problems(found)


def _progress(done: int, whole: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        said = _("{done} of {whole} lessons completed").format(done=done, whole=whole)
        st.progress(
            done / whole, said if done else _("No lessons completed yet: start with the first one.")
        )
        if done:
            st.button(
                _("Reset my progress"),
                key="lessons_forget",
                type="tertiary",
                icon=":material/restart_alt:",
                help=_("Progress is saved in this browser only."),
                on_click=explained(progress.forget),
            )


def _card(lesson: Lesson, done: bool) -> None:
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        with st.container(gap="xsmall"):
            st.subheader(label(lesson.title), anchor=False)
            st.markdown(lesson.summary)
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            said = minutes(lesson)
            st.caption(
                f":green[:material/check_circle: {_('completed')}] · {said}" if done else said
            )
            st.button(
                _("Do it again") if done else _("Start"),
                key=f"lesson_open_{lesson.id}",
                icon=":material/replay:" if done else ":material/play_arrow:",
                on_click=explained(open_lesson),
                args=(lesson.id,),
            )


def _open_teacher() -> None:
    open_lesson(None)
    st.query_params["teacher"] = "1"


def problems(found: Shelf) -> None:
    """Tell of lesson files that cannot be used."""
    if not found.problems:
        return
    said = ngettext(
        "{count} lesson file cannot be used",
        "{count} lesson files cannot be used",
        len(found.problems),
    ).format(count=len(found.problems))
    with st.expander(said, icon=":material/error:", expanded=True):
        for problem in found.problems:
            st.error(f"**{label(str(problem.file))}**  \n{label(problem.reason)}")
