"""A call in a conversation: what was asked of which tool, what came of it, and what the model
read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.chat.records import Conversation, StoredMessage
from core.chat.window import fit
from core.errors import PromptLabError
from core.i18n import _
from core.interpreter.kept import from_kept
from core.interpreter.loop import INTERPRETER
from core.interpreter.tool import NAME as PYTHON
from ui.shell.text import label
from ui.tools.offered import tool_title
from ui.tools.outputs import show_outputs
from ui.tools.sent import as_sent

# JSON of so many characters stays on one line
_SHORT = 160


def show_step(message: StoredMessage, kept: Sequence[Mapping[str, Any]] = ()) -> None:
    """The result of a call, with the tool's name and how long it took. kept: what code showed."""
    step = message.step
    parts = [label(tool_title(step.name) if step else message.metadata) or _("unreadable call")]
    if step and step.seconds is not None:
        parts.append(took(step.seconds))
    if step and step.edited:
        parts.append(_("edited by hand"))
    if step and step.failed:
        parts.append(_("failed"))
    st.caption(" · ".join(parts))
    if step and step.said:
        st.warning(label(step.said), icon=":material/report:")
    if step and step.name == PYTHON and step.arguments:
        st.code(str(step.arguments.get("code", "")), language="python", wrap_lines=True)
    if outputs := from_kept(kept):
        show_outputs(outputs, f"output_{message.id}")
        return
    st.code(_readable(message.content), language=_language(message.content), wrap_lines=True)


def took(seconds: float) -> str:
    """How long something took, also where it took next to nothing."""
    return _("{seconds:.2f} s").format(seconds=seconds) if seconds >= 0.01 else _("under 0.01 s")


def step_details(
    backend: Backend,
    conversation: Conversation,
    before: Sequence[StoredMessage],
    message: StoredMessage,
    after: StoredMessage | None = None,
) -> None:
    """A popover with the arguments, what the model wrote, and what it reads after the result.
    before: the messages before it; after: the one that follows, if there is one."""
    details = st.popover(
        _("Call, raw text, prompt"),
        type="tertiary",
        icon=":material/data_object:",
        key=f"step_{message.id}",
        on_change="rerun",
    )
    if not details.open:
        return
    step = message.step
    with details:
        # Code that was run in the interpreter's mode is all that there is to it
        if step and step.name != INTERPRETER:
            st.caption(_("Arguments"))
            given = step.arguments
            said = (
                _("none that can be read")
                if given is None
                else json.dumps(given, ensure_ascii=False, indent=2)
            )
            st.code(said, language="json" if given is not None else None, wrap_lines=True)
            st.caption(_("What the model wrote"))
            st.code(step.raw or _("nothing"), language=None, wrap_lines=True)
        # As an answer was told of them: code may have changed what its tool says
        told = (after, *reversed(before))
        tools = next((said.tools for said in told if said and said.tools), ())
        _prompt(backend, conversation, [*before, message], tools)


def _prompt(
    backend: Backend,
    conversation: Conversation,
    read: Sequence[StoredMessage],
    tools: Sequence[Mapping[str, Any]],
) -> None:
    """What the model reads after this result: token for token where it has tokens, else as it is
    sent."""
    has_tokens = not lacking(backend, "token_ids")
    st.caption(_("Exact prompt after this result") if has_tokens else _("Sent after this result"))
    try:
        prompt = fit(backend, conversation, [said.message for said in read], tools)
        if has_tokens:
            tokenizer = tokenizer_of(backend)
            ids = tokenizer.prompt_ids(prompt.messages, [dict(tool) for tool in tools] or None)
            said, language = tokenizer.decode(ids), None
        else:
            said, language = as_sent(prompt.messages, tools), "json"
    except PromptLabError as error:
        st.caption(label(str(error)))
        return
    st.code(said, language=language, wrap_lines=True, height=320)


def _readable(text: str) -> str:
    """JSON with a line for each field unless it is short; other text as it is."""
    if len(text) <= _SHORT:
        return text or _("(empty)")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return (
        json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict | list) else text
    )


def _language(text: str) -> str | None:
    return "json" if text[:1] in "{[" else None
