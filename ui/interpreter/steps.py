"""The messages of a conversation whose code is run: text, code with its actions, and what came of
it."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.chat.records import Conversation, StoredMessage
from core.errors import PromptLabError
from core.i18n import _
from core.interpreter.kept import from_kept
from core.interpreter.loop import INTERPRETER, program_in
from core.interpreter.transcript import code_of, dropped, request_after, run_again
from ui.chat.messages import version_switch
from ui.interpreter.state import InterpreterState
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.stream import bubble, finish_label, say
from ui.shell.text import label, lines, typed
from ui.tools.outputs import show_outputs
from ui.tools.steps import show_step, took

# Of the editor of code, in pixels
_LEAST, _LINE, _MOST = 100, 24, 400
_STYLE = """<style>
[class*="st-key-code_"] textarea {font-family: ui-monospace, Menlo, Consolas, monospace}
</style>"""

Kept = Mapping[str, Sequence[Mapping[str, Any]]]


def show_path(
    backend: Backend,
    conversation: Conversation,
    path: Sequence[StoredMessage],
    kept: Kept,
    actions: bool,
) -> None:
    """Draw these messages. kept: what was shown of observations, by their ids. actions: whether
    code can be edited and run now."""
    for place, message in enumerate(path):
        with bubble(message.role):
            if message.role == "observation":
                _observation(message, kept.get(message.id, ()), conversation.own and actions)
            elif message.role == "assistant":
                _answer(backend, conversation, path, place, actions)
            else:
                say(message.role, message.content)
                if conversation.own and actions and message.versions > 1:
                    with _line():
                        version_switch(message)


def _line() -> Any:
    return st.container(horizontal=True, gap="small", vertical_alignment="center", width="content")


def show_code(code: str) -> None:
    """Draw code as code."""
    st.code(code.strip("\n"), language="python", wrap_lines=True)


def _answer(
    backend: Backend,
    conversation: Conversation,
    path: Sequence[StoredMessage],
    place: int,
    actions: bool,
) -> None:
    message = path[place]
    code = code_of(message.message)
    own = conversation.own and actions
    if code is None:
        say("assistant", message.content)
    elif own and state(InterpreterState).editing == message.id:
        _editor(message, code)
        return
    else:
        program = None if message.metadata else program_in(message.content)
        if program and program.before.strip():
            say("assistant", program.before)
        show_code(code)
        after = dropped(message.message)
        if after:
            with st.expander(_("Written after the code, and not read by the model")):
                st.text(typed(after))
    if message.error:
        st.error(lines(message.error), icon=":material/error:")
    elif message.finish_reason in ("cancelled", "interrupted", "length"):
        st.caption(finish_label(message.finish_reason))
    with _line():
        _details(backend, conversation, path[:place], message)
        if not own:
            return
        if message.versions > 1:
            version_switch(message)
        if code is not None:
            st.button(
                _("Run again") if place + 1 < len(path) else _("Run"),
                key=f"rerun_{message.id}",
                icon=":material/play_arrow:",
                type="tertiary",
                on_click=explained(_run),
                args=(message,),
            )
            st.button(
                _("Edit code"),
                key=f"edit_code_{message.id}",
                icon=":material/edit:",
                type="tertiary",
                on_click=explained(_edit),
                args=(message.id,),
            )


def _observation(message: StoredMessage, kept: Sequence[Mapping[str, Any]], version: bool) -> None:
    step = message.step
    if step and step.name != INTERPRETER:
        # Of a tool, before the conversation went on here
        show_step(message, kept)
        return
    outputs = from_kept(kept)
    parts = [_("Ran for {time}").format(time=took(step.seconds or 0))] if step else []
    if step and step.edited:
        parts.append(_("code edited by hand"))
    if not outputs and not message.content:
        parts.append(_("nothing was shown"))
    st.caption(" · ".join(parts))
    if outputs:
        show_outputs(outputs, f"output_{message.id}")
    elif message.content:
        st.code(message.content, language=None, wrap_lines=True)
    with _line():
        with st.popover(_("What the model reads"), type="tertiary", icon=":material/data_object:"):
            st.code(message.content or _("(empty)"), language=None, wrap_lines=True)
        if version and message.versions > 1:
            version_switch(message)


def _details(
    backend: Backend,
    conversation: Conversation,
    before: Sequence[StoredMessage],
    message: StoredMessage,
) -> None:
    """A popover with the exact prompt of this step, and what the model wrote."""
    details = st.popover(
        _("Exact prompt, raw text"),
        type="tertiary",
        icon=":material/data_object:",
        key=f"prompt_{message.id}",
        on_change="rerun",
    )
    if not details.open:
        return
    with details:
        if message.model:
            st.caption(label(resources.called(message.model, message.precision)))
        st.caption(_("What the model wrote"))
        st.code(message.content or _("nothing"), language=None, wrap_lines=True)
        st.caption(_("Exact prompt of this step"))
        try:
            said = prompt_text(backend, conversation, before, message.files)
        except PromptLabError as error:
            st.caption(lines(str(error)))
            return
        st.code(said, language=None, wrap_lines=True, height=320)


def prompt_text(
    backend: Backend, conversation: Conversation, before: Sequence[StoredMessage], files: str
) -> str:
    """What the model reads before a step: token for token where it has tokens, else by message.
    files: what it was told of them then."""
    request = request_after(backend, conversation, [said.message for said in before], files)
    messages = request.messages or ()
    if lacking(backend, "token_ids"):
        return "\n\n".join(f"[{said.role}]\n{said.content}" for said in messages)
    tokenizer = tokenizer_of(backend)
    return tokenizer.decode(tokenizer.prompt_ids(messages))


# --- code by hand -------------------------------------------------------------------------


def _go_on(message: StoredMessage, code: str | None = None) -> None:
    resources.jobs().forget(("interpreter", message.conversation_id))
    run_again(resources.store().conversations, message, code)
    mine = state(InterpreterState)
    mine.editing, mine.go_on = None, True


def _run(message: StoredMessage) -> None:
    _go_on(message)


def _edit(message_id: str) -> None:
    state(InterpreterState).editing = message_id


def _editor(message: StoredMessage, code: str) -> None:
    st.html(_STYLE)
    key = f"code_{message.id}"
    height = min(max(_LEAST, _LINE * (code.count("\n") + 2)), _MOST)
    st.text_area(_("Code"), code.rstrip("\n"), key=key, height=height)

    def run() -> None:
        _go_on(message, st.session_state[key])

    def cancel() -> None:
        state(InterpreterState).editing = None

    with _line():
        st.button(
            _("Run"),
            key=f"run_code_{message.id}",
            type="primary",
            icon=":material/play_arrow:",
            on_click=explained(run),
        )
        st.button(_("Cancel"), key=f"cancel_code_{message.id}", on_click=explained(cancel))
