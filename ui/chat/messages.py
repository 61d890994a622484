"""What was said: a bubble for each message, what it was written with, and the actions on it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.chat import turn as chat
from core.chat.export import settings_line
from core.chat.records import Conversation, StoredMessage
from core.i18n import _, ngettext
from core.interpreter.loop import INTERPRETER
from core.tools.calls import held_line
from ui.chat.inspected import answer_inspector
from ui.chat.presets import called
from ui.chat.state import ChatState
from ui.chat.tools import step_actions
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import model_link
from ui.shell.copying import copy_button
from ui.shell.costs import cost_of
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.stream import bubble, finish_label, say
from ui.shell.text import label, lines, spoken
from ui.shell.undo import offer_undo
from ui.tools.steps import show_step, step_details

_PLAYGROUND = "pages/3_Playground.py"
# Around the settings of an answer that a grid is run on
_TEMPERATURES = (0.2, 0.8, 1.4)
_TOP_PS = (0.5, 0.9, 1.0)


# What was shown of observations, by their ids
Kept = Mapping[str, Sequence[Mapping[str, Any]]]


def show_all(
    backend: Backend,
    conversation: Conversation,
    path: Sequence[StoredMessage],
    first: int = 0,
) -> None:
    """Draw the messages of a path, from that place on."""
    kept: Kept = {}
    if any(message.role == "observation" for message in path):
        kept = resources.store().conversations.shown(conversation.id)
    for place, message in enumerate(path):
        if place >= first:
            _show(backend, conversation, path, place, message, kept)


def _show(
    backend: Backend,
    conversation: Conversation,
    path: Sequence[StoredMessage],
    place: int,
    message: StoredMessage,
    kept: Kept,
) -> None:
    with bubble(message.role):
        if conversation.own and state(ChatState).editing == message.id:
            _editor(message)
            return
        if message.role == "user":
            with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
                say("user", message.content)
                _actions(conversation, message, len(path) - place)
            return
        if message.role == "observation":
            show_step(message, kept.get(message.id, ()))
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                after = path[place + 1] if place + 1 < len(path) else None
                step_details(backend, conversation, path[:place], message, after)
                if conversation.own and message.versions > 1:
                    version_switch(message)
                # Code of the interpreter's mode is run and changed on its page
                by = message.step.name if message.step else message.metadata
                if conversation.own and by != INTERPRETER and can(backend, "tools"):
                    step_actions(message)
            return
        say("assistant", message.content)
        if message.error:
            st.error(lines(message.error), icon=":material/error:")
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
            gap="small",
        ):
            with st.container(gap=None, width="content"):
                _written_with(backend, conversation, path[:place], message)
                st.caption(_figures(message))
                if message.usage and message.usage.held:
                    st.caption(held_line(message.usage.held))
            _actions(conversation, message, len(path) - place)
        if conversation.own and st.query_params.get("inspect") == message.id:
            answer_inspector(backend, message)


# --- what an answer was written with ------------------------------------------------------


def _written_with(
    backend: Backend,
    conversation: Conversation,
    before: Sequence[StoredMessage],
    message: StoredMessage,
) -> None:
    """One line with model, persona and settings, which opens to all of them."""
    model = resources.called(message.model, message.precision) if message.model else ""
    parts = [model] if model else []
    parts += [message.persona] if message.persona else []
    parts += [called(message.sampling)] if message.sampling else []
    if not parts:
        return
    with st.popover(
        label(" · ".join(parts)),
        type="tertiary",
        key=f"written_{message.id}",
        help=_("Everything this answer was written with"),
    ):
        st.code(_all_settings(message, model), language=None, wrap_lines=True)
        question = next((said.content for said in reversed(before) if said.role == "user"), "")
        if question and st.button(
            _("Run a grid on this"),
            key=f"grid_{message.id}",
            icon=":material/grid_view:",
            help=_("Opens the playground with this question, the system message and the settings."),
        ):
            st.switch_page(
                _PLAYGROUND,
                query_params=_grid(conversation, question, message) | model_link(backend),
            )


def _all_settings(message: StoredMessage, model: str) -> str:
    lines = [f"model {model}"] if model else []
    if message.persona:
        lines.append(f"persona {message.persona}")
    lines += settings_line(message).split(", ") if message.sampling else []
    return "\n".join(lines)


def _grid(conversation: Conversation, question: str, message: StoredMessage) -> dict[str, str]:
    """The parameters of a link to the grid's form."""
    sampling = message.sampling
    found = {"prompt": question, "system": conversation.system}
    if sampling is None:
        return found
    found["temperatures"] = _around(_TEMPERATURES, sampling.temperature)
    found["top_ps"] = _around(_TOP_PS, sampling.top_p)
    found["top_k"] = str(min(sampling.top_k, 1000))
    if message.seed is not None:
        found["seed"] = str(message.seed)
    if sampling.max_new_tokens:
        found["tokens"] = str(min(sampling.max_new_tokens, 4096))
    return found


def _around(usual: Sequence[float], own: float) -> str:
    """The usual values of an axis, with the nearest one replaced by the answer's own."""
    nearest = min(usual, key=lambda value: abs(value - own))
    return ", ".join(f"{own if value == nearest else value:g}" for value in usual)


def _figures(message: StoredMessage) -> str:
    parts = [finish_label(message.finish_reason)]
    if message.usage:
        usage = message.usage
        parts.append(
            ngettext("{count} token", "{count} tokens", usage.new_tokens).format(
                count=usage.new_tokens
            )
        )
        # Of an answer that was stopped before it began there is no speed
        if usage.new_tokens:
            parts += [
                _("{speed:.0f} tokens/s").format(speed=usage.tokens_per_s),
                _("first token after {seconds:.2f} s").format(seconds=usage.time_to_first_token_s),
            ]
        cost = cost_of([(message.model or "", usage)])
        if cost:
            parts.append(_("cost {amount}").format(amount=cost))
    return " · ".join(parts)


# --- actions ------------------------------------------------------------------------------


def _actions(conversation: Conversation, message: StoredMessage, below: int) -> None:
    """below: how many messages there are on screen from this one on."""
    with st.container(horizontal=True, gap="small", width="content", vertical_alignment="center"):
        if conversation.own and message.versions > 1:
            version_switch(message)
        name = _("Copy the question") if message.role == "user" else _("Copy the answer")
        copy_button(message.content, f"copy_{message.id}", name)
        if not conversation.own:
            return
        if message.role == "assistant":
            _small(
                "inspect", message, ":material/troubleshoot:", _("Inspect token by token"), _inspect
            )
            _small("regenerate", message, ":material/replay:", _("Regenerate"), _regenerate)
        else:
            _small("edit", message, ":material/edit:", _("Edit and continue"), _start_edit)
        _small(
            "delete",
            message,
            ":material/delete:",
            _("Delete") if below == 1 else _("Delete this and what follows"),
            partial(_delete, below=below),
        )


def _small(
    name: str, message: StoredMessage, icon: str, text: str, action: Callable[..., Any]
) -> None:
    st.button(
        spoken(text),
        key=f"{name}_{message.id}",
        icon=icon,
        help=text,
        type="tertiary",
        on_click=explained(action),
        args=(message,),
    )


def version_switch(message: StoredMessage) -> None:
    """Buttons to the other versions of a message, with its place among them."""

    def turn_to(step: int) -> None:
        store = resources.store()
        others = store.conversations.versions(message.id)
        wanted = others.index(message.id) + step
        store.conversations.select_version(others[max(0, min(wanted, len(others) - 1))])

    st.button(
        spoken(_("Previous version")),
        key=f"previous_{message.id}",
        icon=":material/chevron_left:",
        help=_("Previous version"),
        type="tertiary",
        disabled=message.version == 1,
        on_click=explained(turn_to),
        args=(-1,),
    )
    st.caption(f"{message.version}/{message.versions}")
    st.button(
        spoken(_("Next version")),
        key=f"next_{message.id}",
        icon=":material/chevron_right:",
        help=_("Next version"),
        type="tertiary",
        disabled=message.version == message.versions,
        on_click=explained(turn_to),
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
    state(ChatState).pending = [None]


def _start_edit(message: StoredMessage) -> None:
    state(ChatState).editing = message.id


def _delete(message: StoredMessage, below: int) -> None:
    _stop_answering(message)
    conversations = resources.store().conversations
    conversations.delete_message(message.id)
    offer_undo(
        ngettext("{count} message deleted.", "{count} messages deleted.", below).format(
            count=below
        ),
        lambda: conversations.restore_message(message.id),
    )


def _stop_answering(message: StoredMessage) -> None:
    """What the conversation is to say next changes."""
    resources.jobs().forget(("chat", message.conversation_id))


def _editor(message: StoredMessage) -> None:
    key = f"editor_{message.id}"
    st.text_area(_("Your message"), message.content, key=key, label_visibility="collapsed")

    def save() -> None:
        text = st.session_state[key]
        chat.check_question(text)
        _stop_answering(message)
        state(ChatState).edited = message.id, text

    def cancel() -> None:
        state(ChatState).editing = None

    with st.container(horizontal=True):
        st.button(_("Send"), key=f"send_{message.id}", type="primary", on_click=explained(save))
        st.button(_("Cancel"), key=f"cancel_{message.id}", on_click=explained(cancel))
