"""The preview: questions to a persona as it stands in the editor, each alone or as a conversation.

It is kept for each persona and model until it is cleared. An answer that is being written goes on
whoever looks: in another tab of the same browser it is the same preview.
"""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import get_args

import streamlit as st

from core.backends.backend import Backend
from core.cases.run import stream
from core.errors import PromptLabError
from core.i18n import _, ngettext
from core.personas.trials import PreviewKeeper, Trials, Tried, as_conversation
from ui.personas.answer import answer_facts, answer_text
from ui.personas.contract import Promise
from ui.personas.settings import trial_settings
from ui.personas.state import Asking, PersonaState
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.held import held
from ui.shell.membership import check_may_start
from ui.shell.session import state
from ui.shell.stream import bubble, draw, say
from ui.shell.text import label, lines

# From two questions on they scroll in a place of their own: what is clicked next stays in sight
_HEIGHT = 380


def ask_persona(persona_id: str, question: str) -> None:
    """Let the preview of a persona ask this when it is drawn next."""
    state(PersonaState).to_ask[persona_id] = question


def first_question(questions: Sequence[str]) -> str:
    """What to try first."""
    return questions[0] if questions else _("Hello!")


def preview(
    backend: Backend, persona_id: str, system: str, questions: Sequence[str], promise: Promise
) -> None:
    """Draw it. system, questions, promise: as they stand in the editor."""
    now, trials = state(PersonaState), Trials(resources.store().drafts)
    _how_to_ask(trials)
    key = _key(persona_id)
    question, refused = now.to_ask.pop(persona_id, None), None
    if question is not None:
        try:
            _ask(backend, trials, persona_id, system, question, now.asking == "on")
        except PromptLabError as error:
            refused = str(error)
            if question not in questions:
                # Back into the box: nobody should have to type it again
                st.session_state[f"preview_input_{persona_id}"] = question
    job = resources.jobs().get(key)
    # Read before what was said: an answer that ends in between is drawn twice, not never
    running = job if job and job.running else None
    said = shown(backend, trials, persona_id)
    _next_question(said)
    with st.container(key="persona_questions", horizontal=True, gap="xsmall"):
        for number, text in enumerate(questions or (first_question(()),)):
            st.button(
                label(text),
                key=f"example_{persona_id}_{number}",
                on_click=explained(ask_persona),
                args=(persona_id, text),
            )
    if said:
        place = st.container(key="preview_said", **_room(said))
    for number, one in enumerate(said[:-1] if running else said):
        with place:
            _show(one, number, system, promise)
    if refused:
        st.error(lines(refused), icon=":material/error:")
    if job and job.error and not running:
        st.error(lines(str(job.error)), icon=":material/error:")
    foot = st.empty()
    typed = st.chat_input(
        _("Ask this persona"), key=f"preview_input_{persona_id}", submit_mode="disable"
    )
    if typed:
        ask_persona(persona_id, typed)
        st.rerun()
    if running and said:
        foot.button(
            _("Stop"), key="stop", icon=":material/stop_circle:", on_click=explained(running.stop)
        )
        with place:
            _question(said[-1])
            with bubble("assistant"), boundary():
                draw(running, st.empty())
        st.rerun()
    if said:
        with foot.container(horizontal=True):
            _afterwards(backend, trials, persona_id, said)


def shown(backend: Backend, trials: Trials, persona_id: str) -> list[Tried]:
    """What was asked of this persona and this model; what another model said is no preview of
    it."""
    return [one for one in trials.preview(persona_id) if _of(one, backend)]


def _of(tried: Tried, backend: Backend) -> bool:
    return (tried.model, tried.precision) == (backend.facts.name, backend.facts.precision)


def _room(said: Sequence[Tried]) -> dict:
    return {"height": _HEIGHT, "autoscroll": True} if len(said) > 1 else {}


def _key(persona_id: str) -> Hashable:
    return "preview", resources.store().space, persona_id


# --- asking -------------------------------------------------------------------------------


def _how_to_ask(trials: Trials) -> None:
    now = state(PersonaState)
    names = {"alone": _("Each question alone"), "on": _("One conversation")}

    def keep(asking: Asking) -> None:
        now.asking = asking

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            _("How questions are asked"),
            get_args(Asking),
            required=True,
            format_func=lambda one: names[one],
            label_visibility="collapsed",
            **held("preview_asking", now.asking, keep),
        )
        trial_settings(trials)


def _next_question(said: Sequence[Tried]) -> None:
    """Say what the model will have read when it answers the next question."""
    before = len(said)
    if not before:
        st.caption(
            _("Click a question, or write your own. The model reads it with the system message.")
        )
    elif state(PersonaState).asking == "alone":
        st.caption(
            _("The next question is asked afresh: the model sees none of the answers below.")
        )
    else:
        st.caption(
            ngettext(
                "The next question is a follow-up: the model reads the answer below too.",
                "The next question is a follow-up: the model reads the {count} answers below too.",
                before,
            ).format(count=before)
        )


def _ask(
    backend: Backend, trials: Trials, persona_id: str, system: str, question: str, follows: bool
) -> None:
    """Begin to answer; nothing is kept of what is refused."""
    key = _key(persona_id)
    check_may_start()
    resources.jobs().forget(key)
    kept = trials.preview(persona_id)
    before = [one for one in kept if _of(one, backend)] if follows else []
    facts, sampling = backend.facts, trials.settings().with_seed()
    tried = Tried(question, system, sampling, facts.name, facts.precision, len(before))
    request = tried.request(before)
    backend.check(request)
    keeper = PreviewKeeper(trials, persona_id, [*kept, tried])
    keeper.begin()
    try:
        resources.start(key, backend, partial(stream, backend, [request], keeper))
    except PromptLabError:
        trials.keep_preview(persona_id, kept)
        raise


# --- what was said ------------------------------------------------------------------------


def _question(tried: Tried) -> None:
    with bubble("user"):
        say("user", tried.question)


def _show(tried: Tried, number: int, system: str, promise: Promise) -> None:
    _question(tried)
    with bubble("assistant"):
        answer_text(tried)
        if tried.error:
            st.error(lines(tried.error), icon=":material/error:")
        if tried.follows:
            how = ngettext(
                "follows {count} question", "follows {count} questions", tried.follows
            ).format(count=tried.follows)
        else:
            how = _("asked afresh")
        more = [_("seed {seed}").format(seed=tried.sampling.seed), how]
        if tried.system.strip() != system.strip():
            more.append(_("with an earlier wording"))
        answer_facts(tried, f"copy_answer_{number}", more)
        promise.line(tried, f"holds_{number}")


def _afterwards(backend: Backend, trials: Trials, persona_id: str, said: Sequence[Tried]) -> None:
    st.button(
        _("Clear"),
        key="clear_preview",
        icon=":material/refresh:",
        on_click=explained(_clear),
        args=(backend, trials, persona_id),
    )
    if st.button(
        _("Go on in Chat"),
        key="preview_chat",
        icon=":material/chat:",
        help=_("A stored conversation with the last question and what it follows."),
    ):
        with boundary():
            last = said[-1]
            path = said[max(0, len(said) - 1 - last.follows) :]
            open_in_chat(path, persona_id)


def open_in_chat(path: Sequence[Tried], persona_id: str | None) -> None:
    """Make a conversation of these, and go there."""
    made = as_conversation(resources.store().conversations, path, persona_id)
    st.switch_page("pages/1_Chat.py", query_params={"conversation": made.id})


def _clear(backend: Backend, trials: Trials, persona_id: str) -> None:
    resources.jobs().forget(_key(persona_id))
    others = [one for one in trials.preview(persona_id) if not _of(one, backend)]
    trials.keep_preview(persona_id, others)
