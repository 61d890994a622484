"""The chat page: the conversation on screen, and the turn that is being written.

The conversation is in the URL (`?conversation=ID`); everything said is in the database. Who comes
back from another page comes back to the conversation that was on screen last.
"""

import json
from collections.abc import Hashable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.chat import turn as chat
from core.chat.records import Conversation, Draft
from core.chat.window import Settled
from core.engine.choices import value_of
from core.errors import InvalidInput, NotFound, PromptLabError, StorageError
from core.i18n import _
from core.interpreter.tool import NAME as PYTHON
from core.interpreter.transcript import computes
from core.jobs import Job, Work
from core.lessons.lesson import WAY_FIELDS
from core.messages import Message
from core.personas.book import PersonaBook
from core.tools.loop import Calling, Decision
from core.tools.tool import Tool
from core.tools.transcripts import tool_request, tool_turns
from ui.chat.messages import show_all
from ui.chat.meter import window_meter
from ui.chat.sidebar import sidebar
from ui.chat.state import NEW_ROOM, ChatState, draft, drop_draft
from ui.chat.tools import code_files, waiting, waiting_form, waiting_note
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import Room
from ui.shell.completion import completion_note, continues_text
from ui.shell.costs import cost_of, prices
from ui.shell.examples import examples
from ui.shell.glossary import heading
from ui.shell.membership import check_may_start
from ui.shell.session import state
from ui.shell.stream import bubble, draw_many, say, stop_button
from ui.shell.teaching import entry_of, teaching_note
from ui.shell.text import label, lines
from ui.tools.kernel import JobKernel, files_of, hold, no_sandbox_note
from ui.tools.offered import can_compute, offered, tool_title

_FOCUSING = (Path(__file__).parents[1] / "shell" / "assets" / "focusing.js").read_text(
    encoding="utf-8"
)
WORDS = (
    "temperature",
    "top_p",
    "top_k",
    "max_new_tokens",
    "max_length",
    "seed",
    "system_message",
    "context_window",
    "token",
)
# For a model that continues text
BEGINNINGS = (
    "Once upon a time",
    "The three most important things about language models are",
    "def fibonacci(n):",
    "从前有一只狐狸，",
)
# What a shorter page leaves of the longer one before it would stand faded below an answer until its
# end: so many places are cleared, inside its bubble and after it
_LEFT_IN_BUBBLE = 4
_LEFT_BELOW = 12


def chat_room() -> Room:
    """The conversation of the URL, or the next new one, as what a model is chosen for."""
    _return_to_last()
    wanted = st.query_params.get("conversation")
    with suppress(NotFound):
        if wanted:
            found = resources.store().conversations.get(wanted)
            kept = value_of(found.model, found.precision)
            return Room(f"chat {found.id}", kept, at_foot=True)
    return Room(NEW_ROOM, at_foot=True)


def _return_to_last() -> None:
    mine = state(ChatState)
    linked = any(name in st.query_params for name in WAY_FIELDS["chat"])
    if mine.last and not linked and "conversation" not in st.query_params:
        with suppress(NotFound):
            st.query_params["conversation"] = resources.store().conversations.get(mine.last).id


def chat_page(backend: Backend) -> None:
    """Draw the page."""
    mine = state(ChatState)
    conversation = _current()
    if conversation and computes(conversation):
        st.switch_page("pages/10_Interpreter.py", query_params={"conversation": conversation.id})
    mine.last = conversation.id if conversation else None
    place = sidebar(backend, conversation)
    own = conversation is None or conversation.own
    said = _code_note(backend, conversation)
    _box(backend, own)
    _focus(conversation.id if conversation else "new")
    title = label(conversation.title) if conversation else ""
    heading(title or _("New conversation"), WORDS)
    if conversation and not own:
        st.caption(_(":material/group: Shared with you. You can read it and copy from it."))
    if conversation and conversation.system.strip():
        with st.expander(_("System message"), icon=":material/theater_comedy:"):
            st.code(conversation.system, language=None, wrap_lines=True)
    completion_note(backend)
    if said:
        st.error(lines(said), icon=":material/gpp_bad:")
    if own:
        conversation = _begin_to_answer(backend, conversation)
    job = resources.jobs().get(_key(conversation)) if conversation else None
    if own and place:
        with place, boundary():
            code_files(backend, conversation, job is not None and job.running)
    if conversation is None:
        _empty_state(backend, draft())
    elif job and job.running:
        _attend(backend, job, conversation)
    else:
        _at_rest(backend, conversation, job)


def _code_note(backend: Backend, conversation: Conversation | None) -> str | None:
    """Where the model may run code: keep its kernel, and say why it cannot, or that there is no
    sandbox."""
    choice = (conversation or draft()).tools
    if PYTHON not in choice.names or not can_compute(backend):
        return None
    with st.spinner(_("Trying whether the sandbox holds…")):
        said = resources.probe().reason()
    if said is None:
        said = resources.probe().warning()
        resources.kernels().warm()
        if conversation and conversation.own:
            hold(conversation.id)
        if said and conversation:
            no_sandbox_note()
    return said


def _key(conversation: Conversation) -> Hashable:
    """The key of the job that answers in it."""
    return "chat", conversation.id


def _current() -> Conversation | None:
    """The conversation of the URL; None before the first question of a new one."""
    wanted = st.query_params.get("conversation")
    if not wanted:
        return None
    try:
        return resources.store().conversations.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
        del st.query_params["conversation"]
        return None


def _box(backend: Backend, own: bool) -> None:
    """The message box. A question that was refused stands in it again, under the reason."""
    mine = state(ChatState)
    if mine.refused:
        st.bottom.error(lines(mine.refused), icon=":material/error:")
        mine.refused = ""
    if mine.unsent.strip():
        st.session_state["chat_input"] = mine.unsent
        mine.unsent = ""
    typed = st.chat_input(
        _("Start a text") if continues_text(backend) else _("Ask something"),
        key="chat_input",
        submit_mode="disable",
        disabled=not own,
    )
    if typed is not None:
        mine.pending = [typed]


def _focus(about: str) -> None:
    """Let who opens this conversation write at once. about: an id of ours, and nothing else."""
    with st.container(key="page_focusing"):
        st.html(
            f"<script>({_FOCUSING.strip()})({json.dumps(about)})</script>",
            unsafe_allow_javascript=True,
        )


def _empty_state(backend: Backend, kept: Conversation | Draft) -> None:
    teaching_note(entry_of(backend))
    if continues_text(backend):
        st.write(_("Start any text, or choose one of these:"))
        starters: tuple[str, ...] = BEGINNINGS
    else:
        st.write(
            _(
                "Ask anything, or start with one of these. The settings in the sidebar apply to "
                "the next answer: ask the same thing twice to see chance at work, then try "
                "temperature 0."
            )
        )
        starters = examples(entry_of(backend)).starters
    with st.container(horizontal=True):
        for text in starters:
            st.button(text, key=f"starter_{text}", on_click=explained(_send), args=(text,))
    tools = () if lacking(backend, "tools") else offered(backend, kept.tools)
    if tools:
        names = label(", ".join(tool_title(tool.name) for tool in tools))
        said = _("The model may ask for these tools: {names}. They are chosen in the sidebar.")
        st.caption(":material/build: " + said.format(names=names))


def _send(question: str | None) -> None:
    state(ChatState).pending = [question]


# --- answers on their way -----------------------------------------------------------------


def _begin_to_answer(backend: Backend, conversation: Conversation | None) -> Conversation | None:
    """Begin with what is to be answered, if anything; a question that is refused goes back into the
    box."""
    mine = state(ChatState)
    # A question from another window waits for the answer that is being written
    if conversation and resources.jobs().running(_key(conversation)):
        mine.held_in = conversation.id if mine.pending else None
        return conversation
    held_in, mine.held_in = mine.held_in, None
    if held_in and (conversation is None or conversation.id != held_in):
        # It was for the other conversation: here it is asked by nobody but its writer
        mine.unsent = next((one for one in mine.pending if one), "")
        mine.pending, mine.decision, mine.edited = [], None, None
        st.rerun()
    edited, mine.edited = mine.edited, None
    questions, mine.pending = mine.pending, []
    if not questions and not edited:
        return conversation
    try:
        if edited and conversation:
            questions = [None]
            _store_edited(backend, conversation, *edited)
        return _ask(backend, conversation, questions)
    except PromptLabError as error:
        mine.refused = str(error)
        mine.unsent = questions[0] or ""
        st.rerun()


def _ask(
    backend: Backend, conversation: Conversation | None, questions: Sequence[str | None]
) -> Conversation | None:
    """Store the first question, in a new conversation where there is none, and begin to answer.

    Raises what `core.chat.turn.check_turn` raises, and `StorageError`; then nothing is stored.
    """
    check_may_start()
    conversations = resources.store().conversations
    first, *rest = questions
    decision = _decision(conversation, first)
    choice = (conversation or draft()).tools
    files = partial(files_of, conversation.id) if conversation else None
    tools = offered(backend, choice, files=files)
    if conversation is not None:
        said = [message.message for message in conversations.path(conversation.id)]
        if first is not None or not decision:
            _check(backend, conversation, said, first, tools)
        if first is not None:
            chat.ask(conversations, conversation.id, first)
    elif first is not None:
        settings = draft()
        _check(backend, settings, [], first, tools)
        facts = backend.facts
        conversation = chat.begin(conversations, settings, first, facts.name, facts.precision)
        with suppress(StorageError):
            drop_draft()
        state(ChatState).last = conversation.id
    else:
        return None
    # A new conversation has a kernel from now on
    kernel = JobKernel(conversation.id)
    tools = offered(backend, choice, kernel, kernel.files)
    named = _persona(conversation)
    asked = (conversations, backend, conversation.id, [None, *rest])
    work: Work = (
        partial(tool_turns, *asked, tools, persona=named, decision=decision)
        if tools
        else partial(chat.turns, *asked, persona=named)
    )
    if any(tool.name == PYTHON for tool in tools):
        work = kernel.held(work)
    resources.start(_key(conversation), backend, work)
    st.query_params["conversation"] = conversation.id
    return conversation


def _decision(conversation: Conversation | None, question: str | None) -> Decision | None:
    """What was decided on the call that waits; raises `InvalidInput` where another one waits by
    now, or none: of that nobody has said a word. A question begins another turn."""
    mine = state(ChatState)
    decision, mine.decision = mine.decision, None
    if question is not None:
        return None
    if decision and (conversation is None or conversation.head_id != mine.decided_after):
        raise InvalidInput(
            _("This call was decided on in another window. See below what came of it.")
        )
    return decision


def _check(
    backend: Backend,
    settled: Settled,
    said: Sequence[Message],
    question: str | None,
    tools: Sequence[Tool],
) -> None:
    """Raise what `check_turn` raises, with the tools in the prompt."""
    if not tools:
        chat.check_turn(backend, settled, said, question)
        return
    if question is not None:
        chat.check_question(question)
        said = [*said, Message("user", question)]
    if said and said[-1].role in ("user", "observation"):
        tool_request(backend, settled, said, tools)


def _store_edited(backend: Backend, conversation: Conversation, message_id: str, text: str) -> None:
    conversations = resources.store().conversations
    path = conversations.path(conversation.id)
    place = [message.id for message in path].index(message_id)
    chat.check_turn(backend, conversation, [said.message for said in path[:place]], text)
    chat.edit(conversations, path[place], text)
    state(ChatState).editing = None


def _persona(conversation: Conversation) -> str:
    """The name of the persona whose system message is in force, and its version."""
    if not conversation.persona_id or not conversation.system.strip():
        return ""
    with suppress(NotFound):
        return PersonaBook(resources.store().personas).called(
            conversation.persona_id, conversation.system
        )
    return ""


def _attend(backend: Backend, job: Job, conversation: Conversation) -> None:
    """The conversation up to the question that is being answered, and from there on what comes."""
    places: dict[Hashable, Any] = {}
    notes: dict[Hashable, Any] = {}
    drawn = 0
    stop_button(job)

    def on_event(place: Hashable, event: Any) -> None:
        nonlocal drawn
        if isinstance(event, Calling):
            st.caption(_("Calling {name}…").format(name=label(tool_title(event.name))))
        if isinstance(event, chat.NotKept) and place in notes:
            _say_not_kept(notes[place], event.reason)
        if not isinstance(event, chat.Asked):
            return
        if place == 0:
            path = resources.store().conversations.path(conversation.id)
            ids = [message.id for message in path]
            if event.question.id not in ids:
                # Another version is on screen
                show_all(backend, conversation, path)
                return
            drawn = ids.index(event.question.id) + 1
            show_all(backend, conversation, path[:drawn])
        elif places and event.question.role == "observation":
            path = resources.store().conversations.path(conversation.id)
            for message in path[drawn:]:
                if message.role == "observation" and message.step:
                    with bubble("observation"):
                        st.caption(label(tool_title(message.step.name)))
                        st.code(message.content, language=None, wrap_lines=True)
            drawn = len(path)
        elif places:
            with bubble("user"):
                say("user", event.question.content)
        else:
            return
        with bubble("assistant"):
            places[place], notes[place] = st.empty(), st.empty()
            _clear(_LEFT_IN_BUBBLE)
        if len(places) == 1:
            _clear(_LEFT_BELOW)

    with suppress(PromptLabError):  # told of below the question, on the page at rest
        draw_many(job, places, on_event)
    st.rerun()


def _say_not_kept(place: Any, reason: str) -> None:
    if not reason:
        place.empty()
        return
    place.warning(
        _("Not saved yet. {reason} Saving is tried again until it works.").format(reason=reason),
        icon=":material/sync_problem:",
    )


def _clear(places: int) -> None:
    for _place in range(places):
        st.empty()


def _at_rest(backend: Backend, conversation: Conversation, last: Job | None) -> None:
    # In the place of the button that stops
    st.bottom.empty()
    path = resources.store().conversations.path(conversation.id)
    show_all(backend, conversation, path)
    if last and last.error:
        st.error(lines(str(last.error)), icon=":material/error:")
    if not conversation.own:
        return
    if not path:
        _empty_state(backend, conversation)
        return
    held = waiting(backend, conversation, path)
    if held and held.tool:
        waiting_form(held.call, held.tool, held.after)
    elif held:
        waiting_note(held)
    elif path[-1].role in ("user", "observation"):
        st.caption(
            _("There is no answer yet.")
            if path[-1].role == "observation"
            else _("This question has no answer yet.")
        )
        st.button(
            _("Generate answer"),
            key="answer_last",
            icon=":material/replay:",
            on_click=explained(_send),
            args=(None,),
        )
    with boundary():
        window_meter(backend, conversation, path)
        _spent(conversation)


def _spent(conversation: Conversation) -> None:
    """What the conversation has cost so far, where a model in it has a price."""
    if not prices():
        return
    cost = cost_of(resources.store().conversations.usages(conversation.id))
    if cost:
        st.caption(
            _("This conversation has cost {amount}.").format(amount=cost),
            help=_("All answers, also other versions and deleted ones, at the listed prices."),
        )
