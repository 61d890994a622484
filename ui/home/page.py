"""The home page: what this is, a way in for what a visitor came for, and the loaded model."""

from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.i18n import _, compact, language, ngettext
from ui.chat.state import ChatState
from ui.grid.form import run_example
from ui.home.abilities import abilities
from ui.personas.state import PersonaState
from ui.personas.trial import clear_preview
from ui.shell import resources
from ui.shell.glossary import heading, term
from ui.shell.page import page
from ui.shell.session import state

WORDS = ("token", "prompt", "temperature", "persona", "parameters", "precision", "context_window")


def home() -> None:
    """Draw the page."""
    with page(_("Home")) as backend:
        heading("Prompt Lab", WORDS)
        st.markdown(
            _(
                "Chat with a language model that runs on this machine, give it a persona, and see "
                "what temperature and top_p do to its answers. Nothing you type leaves the machine."
            )
        )
        _ways_in()
        _model_card(backend)


def _ways_in() -> None:
    """One working example for each thing that a newcomer may have come for."""
    st.header(_("What brings you here?"), anchor=False)
    prompts, personas, settings = st.columns(3, gap="small")
    with (
        prompts,
        _card(
            _("Try prompts"),
            _("Ask something and watch the answer appear, with every setting at hand."),
        ),
    ):
        question = _("What is temperature?")
        if _go(question, "home_chat", ":material/chat:"):
            state(ChatState).pending = [question]
            st.switch_page("pages/1_Chat.py")
    with (
        personas,
        _card(
            _("Shape a persona"),
            _(
                "Write the system message that shapes a model, and test how well the model "
                "sticks to it."
            ),
        ),
    ):
        if _go(_("Meet the Java expert"), "home_personas", ":material/theater_comedy:"):
            clear_preview()
            state(PersonaState).asked = _("Who are you?")
            expert = "java-expert-zh" if language() == "zh" else "java-expert"
            st.switch_page("pages/2_Personas.py", query_params={"persona": expert})
    with (
        settings,
        _card(
            _("Learn what the settings do"),
            _("One prompt, many settings, side by side: see what temperature and top_p change."),
        ),
    ):
        if _go(_("Nine stories about a fox"), "home_playground", ":material/grid_view:"):
            run_example()
            st.switch_page("pages/3_Playground.py")
        if _go(_("Take the lesson on temperature"), "home_lessons", ":material/school:"):
            st.switch_page("pages/5_Lessons.py", query_params={"lesson": "temperature"})


def _card(title: str, text: str) -> Any:
    card = st.container(border=True, height="stretch", vertical_alignment="distribute")
    with card:
        with st.container(gap="xsmall"):
            st.subheader(title, anchor=False)
            st.markdown(text)
        return st.container(gap="xsmall")


def _go(label: str, key: str, icon: str) -> bool:
    return st.button(label, key=key, icon=icon, width="stretch")


def _model_card(backend: Backend) -> None:
    facts = backend.facts
    now = resources.host().status()
    loaded = next((one.choice for one in now.residents if one.backend is backend), None)
    licence = loaded.entry.licence if loaded else None
    st.header(_("Loaded model"), anchor=False)
    values = [
        (_("Name"), facts.name, None),
        (_("Family"), facts.family, None),
        (
            _("Answers"),
            _("in its chat format") if "chat" in backend.can else _("by continuing text"),
            _(
                "A chat model can tell questions from answers; a base model simply continues "
                "any text."
            ),
        ),
        (
            _("Parameters"),
            compact(facts.parameters) if facts.parameters else None,
            term("parameters"),
        ),
        (_("Precision"), facts.precision, term("precision")),
        (_("Device"), facts.device, None),
        (
            _("Memory"),
            f"{facts.memory / 2**20:,.0f} MiB" if facts.memory else None,
            _("The weights plus the KV cache reserved for answers.") + " " + term("kv_cache"),
        ),
        (_("Context window"), _window(facts.window), term("context_window")),
        (_("Licence"), licence, None),
    ]
    with st.container(border=True):
        for start in (0, 3, 6):
            for column, (label, value, explained) in zip(
                st.columns(3), values[start : start + 3], strict=True
            ):
                column.markdown(f":small[{label}]  \n**{value or _('unknown')}**", help=explained)
    if loaded and loaded.entry.embedded and facts.parameters:
        _embedded_note(facts.parameters)


def _window(tokens: int | None) -> str | None:
    if tokens is None:
        return None
    return ngettext("{count:,} token", "{count:,} tokens", tokens).format(count=tokens)


def _embedded_note(parameters: int) -> None:
    st.info(
        _(
            "This is the embedded demonstration model: {count} parameters, trained by this project "
            "on its own small world. What it knows, and how well, is listed below; beyond that it "
            "says that it does not know, or is wrong. You can load ChatGLM3-6B instead on the "
            "Models page."
        ).format(count=compact(parameters)),
        icon=":material/school:",
    )
    abilities()
