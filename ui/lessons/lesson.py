"""One lesson as four steps: predict, experiment, what was seen and why, check and go on."""

import streamlit as st

from core.backends.backend import Backend
from core.glossary import find_term
from core.i18n import _
from core.lessons.conditions import filled, number
from core.lessons.lesson import Lesson
from core.lessons.results import Result
from ui.classroom.predicting import post
from ui.lessons import progress
from ui.lessons.experiment import experiment_step, follow, runnable, start, start_button
from ui.lessons.links import way_on
from ui.lessons.state import Attempt
from ui.lessons.steps import (
    STEPS,
    attempt,
    go,
    guess,
    guess_key,
    guess_text,
    lesson_bar,
    onward,
    open_lesson,
    step,
    stepper,
    text_width,
)
from ui.shell.boundary import explained
from ui.shell.glossary import heading
from ui.shell.presenting import present_button, presented
from ui.shell.text import answer, label, lines

MOST_WORDS = 8
# What lessons are about, the most telling first; everyday words such as "run" would be everywhere
LESSON_WORDS = (
    *("temperature", "top_p", "nucleus", "top_k", "greedy", "seed", "logits", "softmax"),
    *("entropy", "probability", "sampling", "tokenizer", "token", "system_message", "persona"),
    *("prompt_injection", "role", "chat_template", "context_window", "hallucination"),
    *("quantisation", "precision", "int8", "nf4", "divergence", "stop_token", "prompt"),
)


def lesson_view(backend: Backend, lesson: Lesson, following: Lesson | None) -> None:
    """Draw the lesson; `following` is the one that comes after it."""
    now, shown = attempt(backend, lesson), step()
    if presented():
        st.header(lesson.title, anchor=False)
    else:
        _head(lesson, shown)
    if now.notice:
        st.warning(lines(now.notice), icon=":material/link_off:")
    if shown == "predict":
        _predict(lesson)
    elif shown == "experiment":
        experiment_step(backend, lesson, now)
    elif shown == "why":
        _why(backend, lesson, now)
    else:
        _check(backend, lesson, now, following)


def _head(lesson: Lesson, shown: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button(
            _("All lessons"),
            key="lesson_back",
            type="tertiary",
            icon=":material/arrow_back:",
            on_click=explained(open_lesson),
            args=(None,),
        )
        present_button()
    heading(lesson.title, lesson_words(lesson))
    stepper(lesson, shown)


def lesson_words(lesson: Lesson) -> tuple[str, ...]:
    """The ids of the terms that occur in the lesson's text, `MOST_WORDS` at the most."""
    text = "\n".join((lesson.title, lesson.summary, *lesson.sections.values()))
    return tuple(word for word in LESSON_WORDS if find_term(word).occurs_in(text))[:MOST_WORDS]


# --- predict ------------------------------------------------------------------------------


def _predict(lesson: Lesson) -> None:
    with st.container(width=text_width()):
        st.markdown(answer(lesson.sections["question"]))
        st.header(_("What do you think?"), anchor=False)
        st.markdown(answer(lesson.prediction.ask))
        _guess_input(lesson)
    # A class may vote by a show of hands
    made = guess(lesson) is not None or presented()
    if not made:
        st.caption(_("Make a prediction first. Being wrong is half the fun."))
    onward("predict", _("Continue to the experiment"), disabled=not made)


def _guess_input(lesson: Lesson) -> None:
    prediction, before = lesson.prediction, guess(lesson)
    key = guess_key(lesson)

    def note() -> None:
        value = st.session_state[key]
        if value is not None:
            st.query_params["guess"] = str(value)
            post(lesson, value)

    if prediction.estimate:
        low, high = prediction.estimate.low, prediction.estimate.high
        st.number_input(
            _("Your prediction"), low, high, before, step=1, key=key, on_change=explained(note)
        )
    else:
        st.radio(
            _("Your prediction"),
            range(len(prediction.choices)),
            index=before,
            format_func=lambda place: prediction.choices[place].text,
            key=key,
            on_change=explained(note),
            label_visibility="collapsed",
        )


# --- what was seen, and why ---------------------------------------------------------------


def _why(backend: Backend, lesson: Lesson, now: Attempt) -> None:
    job = now.trial.look()
    result = now.trial.result
    if result is None:
        if runnable(backend, now.experiment):
            if not (job or now.trial.ended):
                # A reload, or a link into the middle: the seeds make the run the same again
                job = start(backend, now)
            job = job or start_button(backend, now)
            if job:
                with st.spinner(_("Running the experiment again…"), show_time=True):
                    follow(job, now.experiment)
        onward("why", _("Check yourself"))
        return
    with st.container(width=text_width()):
        _verdict(lesson, result)
        st.header(_("What happened"), anchor=False)
        if now.values:
            st.caption(_("This run used other settings than the lesson."))
        st.markdown(answer(filled(lesson.sections["seen"], result.figures)))
        st.header(_("Why"), anchor=False)
        st.markdown(answer(filled(lesson.sections["why"], result.figures)))
    onward("why", _("Check yourself"))


def _verdict(lesson: Lesson, result: Result) -> None:
    prediction, made = lesson.prediction, guess(lesson)
    if prediction.estimate:
        truth = number(result.figures[prediction.estimate.figure])
    else:
        found = prediction.right(result.figures)
        truth = found.text if found else _("none of the choices")
    if made is None:
        st.info(_("Result: **{truth}**").format(truth=truth), icon=":material/science:")
    elif prediction.judge(made, result.figures):
        st.success(
            _("Your prediction came true: **{guess}**").format(guess=guess_text(lesson)),
            icon=":material/check_circle:",
        )
    else:
        st.info(
            _("You predicted: {guess}  \nResult: **{truth}**").format(
                guess=guess_text(lesson), truth=truth
            ),
            icon=":material/science:",
        )


# --- check --------------------------------------------------------------------------------


def _check(backend: Backend, lesson: Lesson, now: Attempt, following: Lesson | None) -> None:
    with st.container(width=text_width()):
        st.header(_("Check yourself"), anchor=False)
        st.markdown(answer(lesson.check_ask))
        now.answer = st.radio(
            _("Your answer"),
            range(len(lesson.check)),
            index=now.answer,
            format_func=lambda place: lesson.check[place].text,
            key=_answer_key(lesson),
            label_visibility="collapsed",
        )
        if now.answer is not None:
            chosen = lesson.check[now.answer]
            show = st.success if chosen.right else st.warning
            show(
                answer(chosen.feedback),
                icon=":material/check_circle:" if chosen.right else ":material/replay:",
            )
            if chosen.right:
                progress.finish(lesson.id)
    if lesson.id in progress.finished():
        _go_on(backend, lesson)
    if presented():
        _present_last(lesson, now, following)
    else:
        _onward_last(following, lesson.id in progress.finished())


def _go_on(backend: Backend, lesson: Lesson) -> None:
    if lesson.ways_on:
        with st.container(width=text_width()):
            st.header(_("Try it yourself"), anchor=False)
            with st.container(horizontal=True, gap="small"):
                for place, way in enumerate(lesson.ways_on):
                    way_on(backend, way, key=f"lesson_way_{place}")


def _present_last(lesson: Lesson, now: Attempt, following: Lesson | None) -> None:
    """The bar at the last step: first the answer, then the next lesson."""
    right = next(place for place, answer in enumerate(lesson.check) if answer.right)

    def answer() -> None:
        now.answer = st.session_state[_answer_key(lesson)] = right

    if now.answer != right:
        lesson_bar("check", _("Show the answer"), answer, lambda: go(STEPS[-2]))
        return
    lesson_bar(
        "check",
        _("Next lesson"),
        (lambda: open_lesson(following.id)) if following else None,
        lambda: go(STEPS[-2]),
    )


def _answer_key(lesson: Lesson) -> str:
    return f"lesson_answer_{lesson.id}_{lesson.language}"


def _onward_last(following: Lesson | None, done: bool) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", width=text_width()):
        st.button(
            _("Back"),
            key="lesson_previous",
            icon=":material/chevron_left:",
            on_click=explained(go),
            args=(STEPS[-2],),
        )
        if done and following:
            st.button(
                _("Next lesson: {title}").format(title=label(following.title)),
                key="lesson_following",
                type="primary",
                icon=":material/arrow_forward:",
                on_click=explained(open_lesson),
                args=(following.id,),
            )
