"""The chat page: the conversation on screen, the turn that is being written, the actions on both.

The conversation is in the URL (`?conversation=ID`); everything said is in the database.
"""

from collections.abc import Sequence
from contextlib import closing

import streamlit as st

from core.chat import turn as chat
from core.errors import NotFound
from core.i18n import _
from core.chat.records import Conversation, StoredMessage
from ui.chat.inspected import answer_inspector
from ui.chat.sidebar import sidebar
from ui.shell import resources
from ui.shell.completion import completion_note, continues_text
from ui.shell.glossary import heading
from ui.shell.page import boundary
from ui.shell.session import session
from ui.shell.stream import bubble, draw, finish_label, plain, safe_markdown, stop_button

WORDS = (
    "temperature",
    "top_p",
    "top_k",
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


def chat_page() -> None:
    """Draw the page."""
    conversation = _current()
    sidebar(conversation)
    path = resources.store().conversations.path(conversation.id) if conversation else []
    title = plain(conversation.title) if conversation else ""
    heading(title or _("New conversation"), WORDS)
    if conversation and conversation.system.strip():
        with st.expander(_("System message"), icon=":material/theater_comedy:"):
            st.text(conversation.system)
    completion_note()
    for message in path:
        _show(message)
    starters = st.empty()
    typed = st.chat_input(
        _("Start a text") if continues_text() else _("Ask something"),
        key="chat_input",
        submit_mode="disable",
        max_chars=20_000,
    )
    # Taken off before the answer: a stop in it forgets the questions that were to follow.
    queue, session().pending = session().pending, []
    question = typed or (queue.pop(0) if queue else None)
    if not path and not question:
        with starters.container():
            _empty_state()
    asked = bool(question or session().answer_again)
    if asked:
        _answer(conversation, question, () if typed else queue)
    elif path and path[-1].role == "user":
        st.caption(_("This question has no answer yet."))
        st.button(
            _("Generate answer"), key="answer_last", icon=":material/replay:", on_click=_again
        )
    if conversation and path and not asked:
        with boundary():
            _window_meter(conversation, path)


def _current() -> Conversation | None:
    """The conversation of the URL; None before the first question of a new one."""
    wanted = st.query_params.get("conversation")
    if not wanted:
        return None
    try:
        return resources.store().conversations.get(wanted)
    except NotFound as error:
        st.warning(str(error))
        del st.query_params["conversation"]
        return None


def _empty_state() -> None:
    if continues_text():
        st.write(_("Start any text, or choose one of these:"))
        starters = BEGINNINGS
    else:
        st.write(
            _(
                "Ask anything, or start with one of these. The settings in the sidebar apply to "
                "the next answer: ask the same thing twice to see chance at work, then try "
                "temperature 0."
            )
        )
        starters = (
            _("What is temperature?"),
            _("Tell me a short story about a fox."),
            _("Who are you?"),
            _("Hello!"),
        )
    with st.container(horizontal=True):
        for text in starters:
            st.button(text, key=f"starter_{text}", on_click=_set_question, args=(text,))


def _set_question(text: str) -> None:
    session().pending = [text]


def _again() -> None:
    session().answer_again = True


# --- one turn -----------------------------------------------------------------------------


def _answer(
    conversation: Conversation | None, question: str | None, following: Sequence[str]
) -> None:
    store = resources.store()
    session().answer_again = False
    if conversation is None:
        draft = session().draft
        conversation = store.conversations.create(
            system=draft.system, sampling=draft.sampling, when_full=draft.when_full
        )
        st.query_params["conversation"] = conversation.id
    if question:
        with bubble("user"):
            st.markdown(safe_markdown(question))
    stop_button()
    failed = True
    with (
        boundary(),
        bubble("assistant"),
        closing(chat.reply(store, resources.engine(), conversation.id, question)) as events,
    ):
        draw(events, st.empty())
        failed = False
    if not failed:
        session().pending = list(following)
        st.rerun()


# --- what was said ------------------------------------------------------------------------


def _show(message: StoredMessage) -> None:
    with bubble(message.role):
        if session().editing == message.id:
            _editor(message)
            return
        if message.role == "user":
            with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
                st.markdown(safe_markdown(message.content), width="stretch")
                _actions(message)
            return
        st.markdown(safe_markdown(message.content) or _("*(no text)*"))
        if message.error:
            st.error(message.error, icon=":material/error:")
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.caption(_facts(message))
            _actions(message)
        if st.query_params.get("inspect") == message.id:
            answer_inspector(message)


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


def _small(name: str, message: StoredMessage, icon: str, text: str, action: object) -> None:
    st.button(
        "",
        key=f"{name}_{message.id}",
        icon=icon,
        help=text,
        type="tertiary",
        on_click=action,  # type: ignore[arg-type]
        args=(message,),
    )


def _version_switch(message: StoredMessage) -> None:
    def show(step: int) -> None:
        store = resources.store()
        others = store.conversations.versions(message.id)
        store.conversations.select_version(others[message.version - 1 + step])

    st.button(
        "",
        key=f"previous_{message.id}",
        icon=":material/chevron_left:",
        help=_("Previous version"),
        type="tertiary",
        disabled=message.version == 1,
        on_click=show,
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
        on_click=show,
        args=(1,),
    )


def _inspect(message: StoredMessage) -> None:
    """Open the inspector below this answer, or close it; only one is open at a time."""
    if st.query_params.get("inspect") == message.id:
        del st.query_params["inspect"]
    else:
        st.query_params["inspect"] = message.id


def _regenerate(message: StoredMessage) -> None:
    chat.ask_again(resources.store(), message)
    session().answer_again = True


def _start_edit(message: StoredMessage) -> None:
    session().editing = message.id


def _delete(message: StoredMessage) -> None:
    resources.store().conversations.delete_message(message.id)


def _editor(message: StoredMessage) -> None:
    key = f"editor_{message.id}"
    st.text_area(_("Your message"), message.content, key=key, label_visibility="collapsed")

    def save() -> None:
        text = st.session_state[key]
        if not text.strip():
            st.toast(_("The message is empty, so nothing was sent."), icon=":material/info:")
            return
        chat.edit(resources.store(), message, text)
        session().answer_again = True
        session().editing = None

    def cancel() -> None:
        session().editing = None

    with st.container(horizontal=True):
        st.button(_("Send"), key=f"send_{message.id}", type="primary", on_click=save)
        st.button(_("Cancel"), key=f"cancel_{message.id}", on_click=cancel)


def _window_meter(conversation: Conversation, path: Sequence[StoredMessage]) -> None:
    engine = resources.engine()
    used = chat.context_tokens(engine.tokenizer, conversation, path)
    share = min(1.0, used / engine.window)
    st.progress(
        share,
        _("Context window: {used} of {window} tokens").format(used=used, window=engine.window),
    )
    if share >= 0.8:
        st.caption(
            _("Almost full: the oldest turns are dropped from the prompt (they stay on the page).")
            if conversation.when_full == "trim"
            else _("Almost full: the conversation stops when the context window is full.")
        )
