"""The settings of the next answer: of the conversation on screen, or of the one that is to begin.

Every input shows what is stored, and stores what is changed in it and nothing else: a window that
was left open for long undoes nothing.
"""

from collections.abc import Callable
from typing import Any, get_args

import streamlit as st

from core.backends.backend import Backend
from core.chat.records import Conversation, Draft, WhenFull
from core.i18n import _, sentences
from core.personas.book import PersonaBook
from core.sampling.settings import MAX_SEED
from ui.chat.presets import CUSTOM, preset_of, presets
from ui.chat.state import change_draft, draft
from ui.chat.tools import tool_picker
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.completion import continues_text, no_system_help
from ui.shell.glossary import term
from ui.shell.heeded import heeded_note, left_out


def settings(backend: Backend, conversation: Conversation | None) -> Any:
    """Draw them. Gives the place below the tools, for the files of code."""
    kept = conversation or draft()
    inputs = _Inputs(conversation)
    _system_message(backend, kept, inputs)
    _preset(kept, inputs)
    tool_picker(backend, kept, inputs.key("tools"), inputs.store)
    place = st.container()
    with st.expander(_("All settings"), icon=":material/tune:"):
        _numbers(backend, kept, inputs)
    return place


class _Inputs:
    """Shows stored values in inputs, and stores what is changed in one."""

    def __init__(self, conversation: Conversation | None) -> None:
        self._id = conversation.id if conversation else None

    def key(self, name: str) -> str:
        """The key of an input."""
        return f"{name}_{self._id or 'new'}"

    def shown(self, name: str, value: Any) -> str:
        """The key of an input that shows `value`."""
        st.session_state[self.key(name)] = value
        return self.key(name)

    def typed(self, name: str) -> Any:
        """What an input holds; for a callback."""
        return st.session_state[self.key(name)]

    def store(self, changes: dict[str, Any]) -> None:
        """Store these and nothing else."""
        if self._id is None:
            change_draft(changes)
        else:
            resources.store().conversations.change(self._id, changes)

    def storing(self, name: str) -> Callable[..., None]:
        """A callback that stores what the input of that name holds."""
        return explained(lambda: self.store({name: self.typed(name)}))


def _preset(kept: Conversation | Draft, inputs: _Inputs) -> None:
    found, now = presets(), preset_of(kept.sampling)

    def take() -> None:
        chosen = found.get(inputs.typed("preset") or "")
        if chosen:
            inputs.store(chosen.settings)

    st.segmented_control(
        _("Style of the answers"),
        [*found, *([CUSTOM] if now == CUSTOM else [])],
        key=inputs.shown("preset", now),
        format_func=lambda key: found[key].label if key in found else _("Custom"),
        on_change=explained(take),
        width="stretch",
        help=_("Sets temperature, top_p and top_k; the numbers are under “All settings”."),
    )
    st.caption(found[now].about if now in found else _("Numbers of your own, see below."))


def _numbers(backend: Backend, kept: Conversation | Draft, inputs: _Inputs) -> None:
    now, window = kept.sampling, backend.facts.window
    st.slider(
        _("temperature"),
        0.0,
        2.0,
        step=0.05,
        key=inputs.shown("temperature", now.temperature),
        on_change=inputs.storing("temperature"),
        help=term("temperature"),
    )
    st.slider(
        _("top_p"),
        0.05,
        1.0,
        step=0.05,
        key=inputs.shown("top_p", max(0.05, now.top_p)),
        on_change=inputs.storing("top_p"),
        help=term("top_p"),
    )
    st.number_input(
        _("top_k"),
        0,
        max(1000, now.top_k),
        key=inputs.shown("top_k", now.top_k),
        on_change=inputs.storing("top_k"),
        disabled=left_out(backend, "top_k"),
        help=term("top_k"),
    )
    heeded_note(backend, "top_k")
    _limit("max_new_tokens", 1, window, now.max_new_tokens, inputs)
    _limit("max_length", 2, window, now.max_length, inputs)
    st.number_input(
        _("seed"),
        0,
        MAX_SEED,
        key=inputs.shown("seed", now.seed),
        value=None,
        on_change=inputs.storing("seed"),
        placeholder=_("random"),
        disabled=left_out(backend, "seed"),
        help=term("seed"),
    )
    heeded_note(backend, "seed")
    st.radio(
        _("When the context window is full"),
        get_args(WhenFull),
        key=inputs.shown("when_full", kept.when_full),
        on_change=inputs.storing("when_full"),
        format_func={
            "trim": _("drop the oldest turns"),
            "stop": _("stop the conversation"),
        }.get,
    )


def _limit(name: str, least: int, window: int | None, kept: int | None, inputs: _Inputs) -> None:
    """A limit in tokens, shown as far as this model's window goes; kept as it is until another is
    typed."""
    st.number_input(
        name,
        least,
        window,
        key=inputs.shown(name, min(kept, window) if kept and window else kept),
        value=None,
        on_change=inputs.storing(name),
        placeholder=_("no limit"),
        help=term(name),
    )


def _system_message(backend: Backend, kept: Conversation | Draft, inputs: _Inputs) -> None:
    """The persona that was chosen last and the system message, which may differ from it since."""
    # One that another model was given can still be taken out
    off = continues_text(backend) and not kept.system.strip()
    personas = {entry.id: entry.text for entry in PersonaBook(resources.store().personas).list()}

    def take() -> None:
        chosen = inputs.typed("persona")
        if chosen:
            inputs.store({"persona_id": chosen, "system": personas[chosen].system})
            return
        own = personas.get(kept.persona_id or "")
        # A text that is nobody's own goes with its persona
        emptied = {"system": ""} if own and own.system == kept.system else {}
        inputs.store({"persona_id": None, **emptied})

    st.selectbox(
        _("Persona"),
        list(personas),
        index=None,
        key=inputs.shown("persona", kept.persona_id if kept.persona_id in personas else None),
        format_func=lambda one: personas[one].name,
        placeholder=_("none"),
        on_change=explained(take),
        disabled=off,
        help=sentences((_("Fills in the system message below."), term("persona"))),
    )
    st.text_area(
        _("System message"),
        key=inputs.shown("system", kept.system),
        on_change=inputs.storing("system"),
        height=90,
        disabled=off,
        placeholder=_("None: the model answers as it was trained to."),
        help=no_system_help() if off else term("system_message"),
    )
