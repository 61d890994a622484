"""The interpreter's page: a conversation whose code runs in a sandbox, and the step that is under
way.

The conversation is in the URL (`?conversation=ID`), and all of it in the database. The work is a
job of the server: who leaves the page and comes back finds it further on.
"""

from collections.abc import Hashable, Sequence
from contextlib import closing, suppress
from functools import partial

import streamlit as st

from core.backends.backend import Backend
from core.backends.events import Event
from core.chat import turn as chat
from core.chat.records import Conversation, StoredMessage
from core.engine.choices import value_of
from core.errors import NotFound, PromptLabError
from core.i18n import _
from core.interpreter.folder import told_files
from core.interpreter.sandbox import Sandbox
from core.interpreter.transcript import (
    Bounded,
    RunningCode,
    Shown,
    check_asked,
    code_of,
    computes,
    computing,
    draft,
)
from core.jobs import Job
from core.models import catalogue
from ui.interpreter.sidebar import sidebar
from ui.interpreter.state import InterpreterState
from ui.interpreter.steps import show_path
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import PARAMETER, Room
from ui.shell.glossary import heading
from ui.shell.membership import check_may_start
from ui.shell.session import state
from ui.shell.stream import Panel, bubble, stop_button
from ui.shell.text import label, lines
from ui.tools.kernel import JobKernel, files_of, hold, no_sandbox_note
from ui.tools.outputs import show_outputs

WORDS = ("code_interpreter", "sandbox", "tool", "observation", "role", "system_message")


def interpreter_room() -> Room:
    """The conversation of the URL, or the next new one, as what a model is chosen for."""
    mine = state(InterpreterState)
    conversations = resources.store().conversations
    if mine.last and "conversation" not in st.query_params:
        with suppress(NotFound):
            st.query_params["conversation"] = conversations.get(mine.last).id
    wanted = st.query_params.get("conversation")
    with suppress(NotFound):
        if wanted:
            found = conversations.get(wanted)
            kept = value_of(found.model, found.precision) if found.model else ""
            return Room(f"interpreter {found.id}", kept, at_foot=True)
    return Room("interpreter", at_foot=True)


def interpreter_page(backend: Backend) -> None:
    """Draw the page."""
    mine = state(InterpreterState)
    conversation = _current()
    mine.last = conversation.id if conversation else None
    with st.spinner(_("Trying whether the sandbox holds…")):
        reason = resources.probe().reason()
    running: Sandbox | None = None
    if reason is None:
        resources.kernels().warm()
        running = hold(conversation.id) if conversation and conversation.own else None
    own = conversation is None or conversation.own
    warning = resources.probe().warning()
    if warning and conversation:
        no_sandbox_note()
    _box(own and reason is None)
    title = label(conversation.title) if conversation and conversation.title else _("Interpreter")
    heading(title, WORDS)
    if reason:
        st.error(lines(reason), icon=":material/block:")
    if warning:
        st.error(lines(warning), icon=":material/gpp_bad:")
    if not own:
        st.caption(_(":material/group: Shared with you. You can read it and copy from it."))
    if own and reason is None:
        conversation = _begin(backend, conversation)
    job = resources.jobs().get(_key(conversation)) if conversation else None
    busy = job is not None and job.running
    sidebar(backend, conversation, running, busy)
    if conversation is None:
        _empty(backend, reason is None, warning is None)
    elif job and job.running:
        _attend(backend, job, conversation)
    else:
        _at_rest(backend, conversation, job, reason is None, warning is None)
        if reason is None and conversation.own:
            _afresh(conversation)


def _key(conversation: Conversation) -> Hashable:
    """The key of the job that goes on with it."""
    return "interpreter", conversation.id


def _current() -> Conversation | None:
    wanted = st.query_params.get("conversation")
    if not wanted:
        return None
    try:
        found = resources.store().conversations.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
        del st.query_params["conversation"]
        return None
    if not computes(found):
        st.switch_page("pages/1_Chat.py", query_params={"conversation": found.id})
    return found


def _box(able: bool) -> None:
    """The question box. A question that was refused stands in it again, under the reason."""
    mine = state(InterpreterState)
    if mine.refused:
        st.bottom.error(lines(mine.refused), icon=":material/error:")
        mine.refused = ""
    if mine.unsent.strip():
        st.session_state["interpreter_input"] = mine.unsent
        mine.unsent = ""
    typed = st.chat_input(
        _("Ask for something to compute"),
        key="interpreter_input",
        submit_mode="disable",
        disabled=not able,
    )
    if typed is not None:
        mine.pending = typed


def _empty(backend: Backend, able: bool, contained: bool) -> None:
    st.write(
        _(
            "Ask for a calculation or a chart. The model writes Python, the code runs in a sandbox "
            "without network or access to this machine, and the model reads the result. Variables "
            "stay from question to question. Give files to the code in the sidebar."
        )
        if contained
        else _(
            "Ask for a calculation or a chart. The model writes Python, the code runs, and the model "
            "reads the result. Variables stay from question to question. Give files to the code in "
            "the sidebar."
        )
    )
    if not able:
        return
    with st.container(horizontal=True):
        for text in (
            _("Find the mean of 3, 8 and 10"),
            _("Find the sum of 3, 8 and 10"),
            _("Plot the numbers 3, 8, 10"),
        ):
            st.button(text, key=f"task_{text}", on_click=explained(_ask), args=(text,))
    if not backend.facts.elsewhere and chat.call_form(backend) != "chatglm3":
        _hint()


def _hint() -> None:
    """For models that have hardly learned to write code before they answer."""
    teaching = catalogue.find(catalogue.EMBEDDED, resources.settings())

    def change() -> None:
        st.query_params[PARAMETER] = catalogue.EMBEDDED

    st.caption(_("Small models often answer without running any code. The teaching model runs it."))
    st.button(
        _("Use {name}").format(name=label(teaching.title)),
        key="interpreter_teaching",
        icon=":material/school:",
        type="tertiary",
        on_click=explained(change),
    )


def _ask(text: str) -> None:
    state(InterpreterState).pending = text


def _continue() -> None:
    state(InterpreterState).go_on = True


# --- beginning ----------------------------------------------------------------------------


def _begin(backend: Backend, conversation: Conversation | None) -> Conversation | None:
    """Begin with what is to be done, if anything; a question that is refused goes back into the
    box."""
    mine = state(InterpreterState)
    # A question from another window waits for what is under way
    if conversation and resources.jobs().running(_key(conversation)):
        mine.held_in = conversation.id if mine.pending or mine.go_on else None
        return conversation
    held_in, mine.held_in = mine.held_in, None
    if held_in and (conversation is None or conversation.id != held_in):
        # It was for the other conversation: here it is asked by nobody but its writer
        mine.unsent, mine.pending, mine.go_on = mine.pending or "", None, False
        st.rerun()
    question, mine.pending = mine.pending, None
    go_on, mine.go_on = mine.go_on, False
    if question is None and not (go_on and conversation):
        return conversation
    try:
        check_may_start()
        if question is not None:
            conversation = _stored(backend, conversation, question)
        assert conversation is not None  # as was just made sure of
        _start(backend, conversation)
        return conversation
    except PromptLabError as error:
        mine.refused, mine.unsent = str(error), question or ""
        st.rerun()


def _stored(backend: Backend, conversation: Conversation | None, question: str) -> Conversation:
    conversations = resources.store().conversations
    facts = backend.facts
    if conversation is None:
        check_asked(backend, draft(), [], question)
        conversation = chat.begin(conversations, draft(), question, facts.name, facts.precision)
        st.query_params["conversation"] = conversation.id
        state(InterpreterState).last = conversation.id
        hold(conversation.id)
        return conversation
    said = [one.message for one in conversations.path(conversation.id)]
    files = told_files(files_of(conversation.id))
    check_asked(backend, conversation, said, question, files)
    chat.ask(conversations, conversation.id, question)
    return conversations.get(conversation.id)


def _start(backend: Backend, conversation: Conversation) -> None:
    conversations, kernel = resources.store().conversations, JobKernel(conversation.id)
    asked = (conversations, backend, conversation.id, kernel)
    work = partial(computing, *asked, running=kernel.running)
    resources.start(_key(conversation), backend, kernel.held(work))


# --- what is under way --------------------------------------------------------------------


def _attend(backend: Backend, job: Job, conversation: Conversation) -> None:
    """What is stored, and below it the step that is under way. When the next one begins, this one
    is stored, and the page is drawn anew."""
    conversations = resources.store().conversations
    stop_button(job)
    path = conversations.path(conversation.id)
    if path and path[-1].role == "assistant" and path[-1].finish_reason is None:
        path = path[:-1]
    show_path(backend, conversation, path, conversations.shown(conversation.id), actions=False)
    done = {message.parent_id for message in path}
    live, place, panel, drawn = None, st.empty(), None, 0
    with suppress(PromptLabError), closing(job.events()) as told:  # told of on the page at rest
        for step, event in told:
            # Streamlit can only stop a script where it is called
            st.session_state.get("state")
            if isinstance(event, chat.Asked | RunningCode):
                about = event.question if isinstance(event, chat.Asked) else event.message
                if about.id in done:
                    continue
                if live is not None:
                    st.rerun()
                live = step
                with bubble("assistant" if isinstance(event, chat.Asked) else "observation"):
                    if isinstance(event, RunningCode):
                        st.caption(_("Running the code…"))
                    place = st.empty()
                panel = Panel(place) if isinstance(event, chat.Asked) else None
            elif step != live or step is None:
                continue
            elif isinstance(event, Shown):
                with place.container():
                    # A chart that is drawn anew within one run of the page is another one
                    drawn += 1
                    show_outputs(event.outputs, f"live_{step}_{drawn}")
            elif panel and isinstance(event, Event):
                panel.take(event)
    st.rerun()


# --- at rest ------------------------------------------------------------------------------


def _at_rest(
    backend: Backend, conversation: Conversation, last: Job | None, able: bool, contained: bool
) -> None:
    # In the place of the button that stops
    st.bottom.empty()
    conversations = resources.store().conversations
    path = conversations.path(conversation.id)
    show_path(backend, conversation, path, conversations.shown(conversation.id), actions=able)
    if last and last.error:
        st.error(lines(str(last.error)), icon=":material/error:")
    if not path:
        _empty(backend, able, contained)
    elif conversation.own and able:
        _ways_on(path, last)


def _afresh(conversation: Conversation) -> None:
    """Say where variables of earlier code are gone."""
    kernel = resources.kernels().find(conversation.id)
    if kernel and kernel.alive:
        return
    path = resources.store().conversations.path(conversation.id)
    if any(message.role == "observation" for message in path):
        st.caption(
            _(
                "The interpreter has ended since. The next code begins without variables and without "
                "files that earlier code wrote; files that you gave are there again."
            )
            if resources.store().conversations.files(conversation.id)
            else _(
                "The interpreter has ended since. The next code begins without variables and without "
                "files that earlier code wrote."
            )
        )


def _ways_on(path: Sequence[StoredMessage], last: Job | None) -> None:
    end = path[-1]
    if end.role in ("user", "observation"):
        st.caption(_("There is no answer yet."))
        st.button(
            _("Generate answer"),
            key="interpreter_go_on",
            icon=":material/replay:",
            on_click=explained(_continue),
        )
    elif code_of(end.message) is not None:
        bounded = last.last(Bounded) if last else None
        st.caption(bounded.sentence if bounded else _("This code was not run."))
