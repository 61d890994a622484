"""The teacher's view: the class, links with settings, a handout, what to expect, and a check
beforehand."""

from collections.abc import Hashable
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.i18n import LANGUAGES, _, language
from core.jobs import Job
from core.lessons.handout import handout
from core.lessons.lesson import Lesson
from core.lessons.promises import Checking, Kept, check_all
from core.lessons.shelf import Shelf, languages, shelf
from ui.classroom.link import link_for_all, only_here
from ui.classroom.panel import class_panel
from ui.lessons.experiment import typed_values
from ui.lessons.state import LessonState, Trial
from ui.lessons.steps import differing, minutes, open_lesson, parameters
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.glossary import heading
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.stream import draw_many, stop_button
from ui.shell.text import answer, label

WORDS = ("prompt", "temperature", "seed", "token", "probability")


def teacher_view(backend: Backend, found: Shelf) -> None:
    """Draw the view; in a class it is the teacher's alone, for it has all the answers."""
    st.button(
        _("All lessons"),
        key="lesson_back",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=explained(open_lesson),
        args=(None,),
    )
    heading(_("For teachers"), WORDS)
    st.markdown(
        _(
            "A lesson takes three to five minutes, in class or alone. Open its link on your "
            "screen, let the class vote on the prediction, run the experiment, and discuss the "
            "results."
        )
    )
    class_panel(found)
    handouts, beforehand = st.columns(2)
    with handouts, st.container(border=True, height="stretch"):
        _handouts()
    with beforehand, st.container(border=True, height="stretch"):
        job = _beforehand(backend, found)
        place = st.empty()
    _checked(backend, found)
    st.header(_("Lessons"), anchor=False)
    for lesson in found.lessons:
        with st.expander(f"**{label(lesson.title)}** · {minutes(lesson)}"):
            _one(lesson)
    st.caption(_("See docs/lessons.md to add a lesson of your own."))
    if job:
        _follow(job, place)


def _handouts() -> None:
    own = resources.settings().lessons
    st.markdown("**" + _("Class handout") + "**")
    st.caption(
        _(
            "All lessons on paper: questions, predictions to tick, space for notes, and the "
            "answers on a separate page. Open it in a browser and print it."
        )
    )
    with st.container(horizontal=True):
        for code in languages(own):
            st.download_button(
                LANGUAGES.get(code, code),
                handout(shelf(own, code).lessons, code),
                file_name=f"promptlab-lessons-{code}.html",
                mime="text/html",
                key=f"handout_{code}",
                icon=":material/print:",
                on_click="ignore",
            )


def _beforehand(backend: Backend, found: Shelf) -> Job | None:
    """Offer the check; the job that checks, where it goes on or was just wanted."""
    st.markdown("**" + _("Before class") + "**")
    st.caption(
        _(
            "Run every experiment once on {model} and see whether the promises of the lessons "
            "hold. This takes about a minute."
        ).format(model=label(backend.facts.called))
    )
    check = _check(backend)
    job = check.look()
    able = [one for one in found.lessons if not lacking(backend, *one.experiment.needs)]
    can(backend, *dict.fromkeys(need for one in found.lessons for need in one.experiment.needs))
    if able and st.button(
        _("Check all lessons"),
        key="lessons_check",
        icon=":material/fact_check:",
        disabled=job is not None,
    ):
        job = check.start(backend, lambda: check_all(backend, able), *check.about)
    elif check.error:
        with boundary():
            raise check.error
    return job


def _check(backend: Backend) -> Trial[list[Kept]]:
    """The check on this model in this language."""
    about = (backend.facts.identity, language())
    return state(LessonState).checks.setdefault(about, Trial(about))


def _follow(job: Job, place: Any) -> None:
    """Draw how far a check is; the page is drawn anew after it."""

    def told(_tag: Hashable, event: Any) -> None:
        if isinstance(event, Checking):
            place.progress(event.done, label(event.title))

    stop_button(job)
    with boundary():
        draw_many(job, {}, told)
    st.rerun()


def _checked(backend: Backend, found: Shelf) -> None:
    kept, model = _check(backend).result, backend.facts.called
    if kept is None:
        return
    failed = sum(not promise.held for promise in kept)
    if failed:
        st.warning(
            _(
                "{failed} of {count} promises did not hold on {model}. They are made for the "
                "embedded model; try these lessons before class, or choose another seed."
            ).format(failed=failed, count=len(kept), model=label(model))
        )
    else:
        st.success(
            _("All {count} promises hold on {model}.").format(count=len(kept), model=label(model)),
            icon=":material/check_circle:",
        )
    titles = {lesson.id: lesson.title for lesson in found.lessons}
    st.dataframe(
        [
            {
                _("Lesson"): titles.get(promise.lesson, promise.lesson),
                _("Promise"): promise.promise,
                _("Result"): ", ".join(f"{n} = {v:.4g}" for n, v in promise.found.items()),
                _("Holds"): promise.held,
            }
            for promise in kept
        ],
        hide_index=True,
        width="stretch",
        height=240,
        key="lessons_kept",
    )


def _one(lesson: Lesson) -> None:
    st.markdown(answer(lesson.sections["teacher"]))
    promised = next((c.text for c in lesson.prediction.choices if c.promised), None)
    if promised:
        st.markdown(_("Correct prediction on the embedded model: **{text}**").format(text=promised))
    right = next(answer.text for answer in lesson.check if answer.right)
    st.markdown(_("Correct answer to the check question: **{text}**").format(text=right))
    st.markdown("**" + _("Class link") + "**")
    place = st.empty()
    values = {}
    if st.toggle(_("With other settings"), key=f"teacher_other_{lesson.id}"):
        typed = typed_values(lesson, {}, "teacher_set")
        values = differing(lesson.experiment.controls(), typed)
    place.code(link_for_all("Lessons", parameters(lesson, values)), language=None, wrap_lines=True)
    if only_here():
        st.caption(only_here())
    st.button(
        _("Open lesson"),
        key=f"teacher_open_{lesson.id}",
        icon=":material/play_arrow:",
        on_click=explained(open_lesson),
        args=(lesson.id,),
    )
