"""Tools in the chat: which ones a conversation offers, and the call that waits for its user."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.backends.events import ToolCall
from core.chat.records import ASKING, Conversation, Draft, StoredMessage, ToolChoice
from core.chat.turn import call_form
from core.config import EMBEDDED
from core.errors import InvalidInput, StorageError
from core.i18n import _, sentences
from core.interpreter.loop import INTERPRETER
from core.interpreter.tool import NAME as PYTHON
from core.models.measured import CALLS, VALID_CALLS, evaluation
from core.tools.calls import Fault, checked
from core.tools.loop import Decision, pending
from core.tools.tool import Tool
from core.tools.transcripts import replayed
from ui.chat.state import ChatState, draft, drop_draft
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.session import state
from ui.shell.text import label
from ui.tools.arguments import arguments_form
from ui.tools.files import files
from ui.tools.offered import can_compute, offered, tool_book, tool_title


def tool_picker(backend: Backend, kept: Conversation | Draft, key: str, store: Any) -> None:
    """The tools of the conversation, in the sidebar. store: keeps a change of its settings."""
    reason = lacking(backend, "tools")
    # What was found of this very model is said, also where no tools are chosen
    if reason and not kept.tools.names and not backend.why_not("tools"):
        return
    unheld = lacking(backend, "valid_calls")
    book = tool_book()
    listed = [tool.name for tool in book.tools]
    beside = can_compute(backend)
    names = [*listed, PYTHON] if beside and PYTHON not in listed else listed
    chosen = [name for name in kept.tools.names if name in names]
    title = _("Tools") if not chosen else _("Tools ({count})").format(count=len(chosen))
    # By its key it stays open when its title changes
    with st.expander(title, icon=":material/build:", key=f"tools_box_{key}"):
        if reason:
            st.caption(label(reason))
        st.session_state[f"tools_{key}"] = chosen
        st.session_state[f"tools_ask_{key}"] = kept.tools.ask

        def keep() -> None:
            store(
                {
                    "tools": ToolChoice(
                        tuple(st.session_state[f"tools_{key}"]),
                        st.session_state[f"tools_ask_{key}"],
                        # Where the model cannot be held, what was chosen stays for one that can
                        kept.tools.strict
                        if unheld
                        else st.session_state.get(f"tools_strict_{key}", kept.tools.strict),
                    )
                }
            )

        st.multiselect(
            _("The model may call"),
            names,
            key=f"tools_{key}",
            on_change=explained(keep),
            placeholder=_("No tools"),
            # What another model was given can still be taken out
            disabled=bool(reason) and not chosen,
            format_func=lambda name: name if name in listed else tool_title(name),
        )
        st.radio(
            _("Ask me before"),
            ASKING,
            key=f"tools_ask_{key}",
            on_change=explained(keep),
            format_func={
                "leaving": _("calls that leave this machine"),
                "all": _("every call"),
                "none": _("no call"),
            }.get,
            disabled=bool(reason),
        )
        st.session_state[f"tools_strict_{key}"] = kept.tools.strict and not unheld
        st.toggle(
            _("Only valid calls"),
            key=f"tools_strict_{key}",
            on_change=explained(keep),
            disabled=bool(reason or unheld),
            help=_(
                "The model can write no other calls than those of the tools, with the parameters "
                "that they have. What it writes besides is free."
            ),
        )
        if unheld and not reason:
            st.caption(label(unheld))
        if chosen and backend.facts.name == EMBEDDED:
            _how_well(VALID_CALLS if kept.tools.strict else CALLS)
        if st.button(
            _("All tools"), key=f"tools_all_{key}", icon=":material/build:", type="tertiary"
        ):
            st.switch_page("pages/9_Tools.py")
        if not reason and not beside:
            _other_mode(kept)


def code_files(backend: Backend, conversation: Conversation | None, busy: bool) -> None:
    """The files of code, where the model may run some and it can be run. conversation: None before
    the first question. busy: an answer is being written."""
    kept = conversation or draft()
    if PYTHON not in kept.tools.names or not can_compute(backend) or resources.probe().reason():
        return

    def begin() -> Conversation:
        facts = backend.facts
        made = resources.store().conversations.begin(
            draft(), model=facts.name, precision=facts.precision
        )
        with suppress(StorageError):
            drop_draft()
        return made

    running = resources.kernels().find(conversation.id) if conversation else None
    files(conversation, running, busy, begin, expanded=False)


def _how_well(figure: str) -> None:
    """What was measured of a model that is too small to be relied on."""
    found = evaluation().get(figure)
    if found:
        st.caption(
            _(
                "This small model is for trying things out: of {count} questions for the built-in tools it "
                "calls the right one, with the right arguments, in {share:.0%}. Larger models do far better. "
                "Before a call runs you can put it right: *Ask me before* every call."
            ).format(count=found["n"], share=found["right"])
        )


def _other_mode(kept: Conversation | Draft) -> None:
    """The interpreter of a model that knows it as a mode beside tools."""
    st.caption(_("This model can run code too, but not in one conversation with tools."))
    if not st.button(
        _("Go on with code") if isinstance(kept, Conversation) else _("Code interpreter"),
        key="chat_to_interpreter",
        icon=":material/terminal:",
        type="tertiary",
        help=_("Opens the interpreter. Its conversations can go on as a chat again."),
    ):
        return
    query = {}
    if isinstance(kept, Conversation):
        if resources.jobs().running(("chat", kept.id)):
            raise InvalidInput(_("An answer is being written. Wait for it, or stop it first."))
        # Its tools are there again where it goes on as a chat
        choice = replace(kept.tools, names=(INTERPRETER, *kept.tools.names))
        resources.store().conversations.change(kept.id, {"tools": choice})
        query = {"conversation": kept.id}
    st.switch_page("pages/10_Interpreter.py", query_params=query)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that has no result yet. after: the id of the last message. tool: None where it cannot
    be run, and others: whether the model has other tools."""

    call: ToolCall
    after: str
    tool: Tool | None
    others: bool


def waiting(
    backend: Backend, conversation: Conversation, path: Sequence[StoredMessage]
) -> Waiting | None:
    """The call that a conversation waits at: the next one of the last answer. path: its
    messages."""
    tools = offered(backend, conversation.tools)
    # The tool may have been taken away since
    told = next((said.tools for said in reversed(path) if said.tools), ())
    names = {tool.name for tool in tools} | {str(one.get("name")) for one in told}
    calls = pending(call_form(backend), [said.message for said in path], names)
    if not calls or calls[0].name == INTERPRETER:
        return None
    found = checked(calls[0], tools)
    tool = None if isinstance(found, Fault) else found.tool
    if tool is None and path[-1].finish_reason not in (None, "stop"):
        # It was stopped in the middle of its call, and says so
        return None
    return Waiting(calls[0], path[-1].id, tool, bool(tools))


def waiting_note(held: Waiting) -> None:
    """Say that a call cannot be run, and let the model know where it can go on with that."""
    st.caption(
        _(
            "The model asked for {name}, and that cannot be run: it is not among the tools of this "
            "conversation, or takes other arguments by now."
        ).format(name=label(tool_title(held.call.name)) or _("something that cannot be read"))
    )
    if held.others:
        st.button(
            _("Tell the model"),
            key="tell_model",
            icon=":material/replay:",
            on_click=explained(_go_on),
        )


def _go_on() -> None:
    state(ChatState).pending = [None]


def waiting_form(call: ToolCall, tool: Tool, after: str) -> None:
    """What to do with a call that waits: run it, with other arguments perhaps; say its result; or
    decline it. after: the id of the message below which the result goes."""
    with st.container(border=True), boundary():
        said = [_("**{name}** waits for you.").format(name=label(tool_title(tool.name)))]
        if tool.leaves:
            sure = _("It sends these arguments to another machine.")
            said.append(
                _("It may send these arguments to another machine.") if tool.source else sure
            )
        st.markdown(sentences(said))
        given: dict[str, Any] | None = None
        # What is no value must not take the other widgets away, and what is typed in them
        with boundary():
            given = arguments_form(tool.parameters, f"call_{after}", call.arguments or {})
        result = ""
        if tool.manual:
            result = st.text_area(
                _("Result"),
                key=f"result_{after}",
                height=90,
                help=_("The model reads this as what the tool said."),
            )
        with st.container(horizontal=True):
            # Not by a callback: it would have what stood in the form when it was drawn
            pressed = st.button(
                _("Send result") if tool.manual else _("Run"),
                key=f"run_{after}",
                type="primary",
                icon=":material/play_arrow:",
            )
            st.button(
                _("Decline"),
                key=f"decline_{after}",
                on_click=explained(_decide),
                args=(after, Decision(declined=True)),
            )
        if pressed and given is not None:
            _decide(after, Decision(given, result if tool.manual else None))
            st.rerun()


def step_actions(message: StoredMessage) -> None:
    """Run a call again, or give the model another result; both keep what there was as a version."""
    st.button(
        _("Run again"),
        key=f"replay_{message.id}",
        icon=":material/replay:",
        type="tertiary",
        on_click=explained(_replay),
        args=(message,),
    )
    with st.popover(_("Edit result"), icon=":material/edit:", type="tertiary"):
        key = f"edit_result_{message.id}"
        st.text_area(_("Result"), message.content, key=key, height=120)
        st.button(
            _("Go on with this"),
            key=f"use_{message.id}",
            type="primary",
            on_click=explained(_replace),
            args=(message, key),
        )


def _decide(after: str, decision: Decision) -> None:
    mine = state(ChatState)
    mine.decision, mine.decided_after, mine.pending = decision, after, [None]


def _replay(message: StoredMessage) -> None:
    names = resources.store().conversations.get(message.conversation_id).tools.names
    name = message.step.name if message.step else ""
    if name not in names or (name != PYTHON and not tool_book().there([name])):
        raise InvalidInput(
            _("{name} is not among the tools of this conversation. Choose it under Tools.").format(
                name=tool_title(name)
            )
        )
    _back_to(message, Decision())


def _replace(message: StoredMessage, key: str) -> None:
    names = resources.store().conversations.get(message.conversation_id).tools.names
    if PYTHON not in names and not tool_book().there(names):
        raise InvalidInput(
            _("The model can be told a result where it has tools. Choose some under Tools.")
        )
    _back_to(message, Decision(result=st.session_state[key]))


def _back_to(message: StoredMessage, decision: Decision) -> None:
    """Let the call of this result wait again, with a decision on it."""
    resources.jobs().forget(("chat", message.conversation_id))
    replayed(resources.store().conversations, message)
    _decide(message.parent_id or "", decision)
