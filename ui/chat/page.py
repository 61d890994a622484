"""The chat page: the conversation on screen, the turn that is being written, the actions on both.

The conversation is in the URL (`?conversation=ID`); everything said is in the database.
"""

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.chat import turn as chat
from core.chat.records import Conversation, StoredMessage
from core.chat.window import fit, limit_of
from core.engine.choices import value_of
from core.errors import NotFound, PromptLabError
from core.i18n import _, ngettext
from core.jobs import Job
from core.messages import Message
from ui.chat.inspected import answer_inspector
from ui.chat.sidebar import sidebar
from ui.chat.state import ChatState
from ui.shell import resources
from ui.shell.choosing import Room
from ui.shell.completion import completion_note, continues_text
from ui.shell.examples import examples
from ui.shell.glossary import heading
from ui.shell.membership import check_may_start
from ui.shell.page import boundary, explained
from ui.shell.session import state
from ui.shell.stream import bubble, draw_many, finish_label, say, stop_button
from ui.shell.teaching import entry_of, teaching_note
from ui.shell.text import label, lines

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


def chat_room() -> Room:
    """The conversation of the URL, or the next new one, as what a model is chosen for."""
    wanted = st.query_params.get("conversation")
    with suppress(NotFound):
        if wanted:
            found = resources.store().conversations.get(wanted)
            kept = value_of(found.model, found.precision)
            return Room(f"chat {found.id}", kept, at_foot=True)
    return Room("chat", at_foot=True)


def chat_page(backend: Backend) -> None:
    """Draw the page."""
    conversation = _current()
    sidebar(backend, conversation)
    typed = st.chat_input(
        _("Start a text") if continues_text(backend) else _("Ask something"),
        key="chat_input",
        submit_mode="disable",
        max_chars=20_000,
    )
    mine = state(ChatState)
    if typed:
        mine.pending = [typed]
    title = label(conversation.title) if conversation else ""
    heading(title or _("New conversation"), WORDS)
    if conversation and conversation.system.strip():
        with st.expander(_("System message"), icon=":material/theater_comedy:"):
            st.text(conversation.system)
    completion_note(backend)
    refused = None
    # A question from another window waits for the answer that is being written
    if mine.pending and not (conversation and resources.jobs().running(_key(conversation))):
        questions, mine.pending = mine.pending, []
        try:
            conversation = _ask(backend, conversation, questions)
        except PromptLabError as error:
            refused = str(error)
    job = resources.jobs().get(_key(conversation)) if conversation else None
    if conversation is None:
        _empty_state(backend)
    elif job and job.running:
        _attend(backend, job, conversation)
    else:
        _at_rest(backend, conversation, job)
    if refused:
        st.error(lines(refused), icon=":material/error:")


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


def _empty_state(backend: Backend) -> None:
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
            st.button(label(text), key=f"starter_{text}", on_click=_send, args=(text,))


def _send(question: str | None) -> None:
    state(ChatState).pending = [question]


# --- answers on their way -----------------------------------------------------------------


def _ask(
    backend: Backend, conversation: Conversation | None, questions: Sequence[str | None]
) -> Conversation:
    """Begin to answer these in the conversation, or in a new one."""
    check_may_start()
    for question in questions:
        if question is not None:
            chat.check_question(question)
    conversations = resources.store().conversations
    if conversation is None:
        draft = state(ChatState).draft
        conversation = conversations.create(
            system=draft.system,
            persona_id=draft.persona_id,
            sampling=draft.sampling,
            when_full=draft.when_full,
            model=backend.facts.name,
            precision=backend.facts.precision,
        )
        st.query_params["conversation"] = conversation.id
    work = partial(chat.turns, conversations, backend, conversation.id, questions)
    resources.start(_key(conversation), backend, work)
    return conversation


def _attend(backend: Backend, job: Job, conversation: Conversation) -> None:
    """The conversation up to the question that is being answered, and from there on what comes."""
    places: dict[Hashable, Any] = {}
    stop_button(job)

    def on_event(place: Hashable, event: Any) -> None:
        if not isinstance(event, chat.Asked):
            return
        if place == 0:
            path = resources.store().conversations.path(conversation.id)
            ids = [message.id for message in path]
            if event.question.id not in ids:
                # Another version is on screen
                _show_all(backend, path)
                return
            _show_all(backend, path[: ids.index(event.question.id) + 1])
        elif places:
            with bubble("user"):
                say("user", event.question.content)
        else:
            return
        with bubble("assistant"):
            places[place] = st.empty()

    with suppress(PromptLabError):  # told of below the question, on the page at rest
        draw_many(job, places, on_event)
    st.rerun()


def _at_rest(backend: Backend, conversation: Conversation, last: Job | None) -> None:
    path = resources.store().conversations.path(conversation.id)
    _show_all(backend, path)
    if last and last.error:
        st.error(lines(str(last.error)), icon=":material/error:")
    if not path:
        _empty_state(backend)
        return
    if path[-1].role == "user":
        st.caption(_("This question has no answer yet."))
        st.button(
            _("Generate answer"),
            key="answer_last",
            icon=":material/replay:",
            on_click=_send,
            args=(None,),
        )
    with boundary():
        _window_meter(backend, conversation, path)


# --- what was said ------------------------------------------------------------------------


def _show_all(backend: Backend, path: Sequence[StoredMessage]) -> None:
    for message in path:
        _show(backend, message)


def _show(backend: Backend, message: StoredMessage) -> None:
    with bubble(message.role):
        if state(ChatState).editing == message.id:
            _editor(message)
            return
        if message.role == "user":
            with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
                say("user", message.content)
                _actions(message)
            return
        say("assistant", message.content)
        if message.error:
            st.error(lines(message.error), icon=":material/error:")
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.caption(_facts(message))
            _actions(message)
        if st.query_params.get("inspect") == message.id:
            answer_inspector(backend, message)


def _facts(message: StoredMessage) -> str:
    parts = [finish_label(message.finish_reason)]
    if message.usage:
        usage = message.usage
        parts += [
            _("{count} tokens").format(count=usage.new_tokens),
            _("{speed:.0f} tokens/s").format(speed=usage.tokens_per_s),
            _("first token after {seconds:.2f} s").format(seconds=usage.time_to_first_token_s),
        ]
    if message.seed is not None:
        parts.append(_("seed {seed}").format(seed=message.seed))
    if message.model:
        parts.append(label(resources.called(message.model, message.precision)))
    return " · ".join(parts)


def _actions(message: StoredMessage) -> None:
    with st.container(horizontal=True, gap="small", width="content", vertical_alignment="center"):
        if message.versions > 1:
            _version_switch(message)
        if message.role == "assistant":
            _small(
                "inspect", message, ":material/troubleshoot:", _("Inspect token by token"), _inspect
            )
            _small("regenerate", message, ":material/replay:", _("Regenerate"), _regenerate)
        else:
            _small("edit", message, ":material/edit:", _("Edit and continue"), _start_edit)
        _small("delete", message, ":material/delete:", _("Delete from here"), _delete)


def _small(
    name: str, message: StoredMessage, icon: str, text: str, action: Callable[..., None]
) -> None:
    st.button(
        "",
        key=f"{name}_{message.id}",
        icon=icon,
        help=text,
        type="tertiary",
        on_click=explained(action),
        args=(message,),
    )


def _version_switch(message: StoredMessage) -> None:
    def show(step: int) -> None:
        store = resources.store()
        others = store.conversations.versions(message.id)
        wanted = others.index(message.id) + step
        store.conversations.select_version(others[max(0, min(wanted, len(others) - 1))])

    st.button(
        "",
        key=f"previous_{message.id}",
        icon=":material/chevron_left:",
        help=_("Previous version"),
        type="tertiary",
        disabled=message.version == 1,
        on_click=explained(show),
        args=(-1,),
    )
    st.caption(f"{message.version}/{message.versions}")
    st.button(
        "",
        key=f"next_{message.id}",
        icon=":material/chevron_right:",
        help=_("Next version"),
        type="tertiary",
        disabled=message.version == message.versions,
        on_click=explained(show),
        args=(1,),
    )


def _inspect(message: StoredMessage) -> None:
    """Open the inspector below this answer, or close it; only one is open at a time."""
    if st.query_params.get("inspect") == message.id:
        del st.query_params["inspect"]
    else:
        st.query_params["inspect"] = message.id


def _regenerate(message: StoredMessage) -> None:
    _stop_answering(message)
    chat.ask_again(resources.store().conversations, message)
    _send(None)


def _start_edit(message: StoredMessage) -> None:
    state(ChatState).editing = message.id


def _delete(message: StoredMessage) -> None:
    _stop_answering(message)
    resources.store().conversations.delete_message(message.id)


def _stop_answering(message: StoredMessage) -> None:
    """What the conversation is to say next changes."""
    resources.jobs().forget(("chat", message.conversation_id))


def _editor(message: StoredMessage) -> None:
    key = f"editor_{message.id}"
    st.text_area(_("Your message"), message.content, key=key, label_visibility="collapsed")

    def save() -> None:
        text = st.session_state[key]
        if not text.strip():
            st.toast(_("The message is empty, so nothing was sent."), icon=":material/info:")
            return
        _stop_answering(message)
        chat.edit(resources.store().conversations, message, text)
        state(ChatState).editing = None
        _send(None)

    def cancel() -> None:
        state(ChatState).editing = None

    with st.container(horizontal=True):
        st.button(_("Send"), key=f"send_{message.id}", type="primary", on_click=explained(save))
        st.button(_("Cancel"), key=f"cancel_{message.id}", on_click=cancel)


def _window_meter(
    backend: Backend, conversation: Conversation, path: Sequence[StoredMessage]
) -> None:
    window, reason = backend.facts.window, lacking(backend, "window", "token_ids")
    if window is None or reason:
        st.caption(label(reason or ""))
        return
    limit = limit_of(window, conversation)
    said = [message.message for message in path]
    if said[-1].role != "user":
        said.append(Message("user", ""))  # the next question, whatever it will be
    try:
        sent = fit(backend, conversation, said)
    except PromptLabError as error:
        st.caption(lines(str(error)))
        return
    share = min(1.0, sent.tokens / limit)
    st.progress(
        share,
        _("Context window: {used} of {window} tokens").format(used=sent.tokens, window=limit),
    )
    if sent.left_out:
        st.caption(
            ngettext(
                "The oldest message has left the prompt (it stays on the page).",
                "The {count} oldest messages have left the prompt (they stay on the page).",
                sent.left_out,
            ).format(count=sent.left_out)
        )
    elif share >= 0.8:
        st.caption(
            _("Almost full: the oldest turns are dropped from the prompt (they stay on the page).")
            if conversation.when_full == "trim"
            else _("Almost full: the conversation stops when the context window is full.")
        )
