"""The home page: what this is, a way in for what a visitor came for, and the loaded model."""

from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.i18n import LANGUAGES, _, compact, language, ngettext
from core.models.catalogue import CatalogueEntry
from ui.chat.state import ChatState
from ui.grid.form import run_example
from ui.home.abilities import abilities
from ui.personas.state import PersonaState
from ui.personas.trial import clear_preview
from ui.shell.completion import continues_text
from ui.shell.examples import Examples, examples
from ui.shell.glossary import heading, term
from ui.shell.page import page
from ui.shell.session import state
from ui.shell.teaching import entry_of, teaching_note

WORDS = ("token", "prompt", "temperature", "persona", "parameters", "precision", "context_window")


def home() -> None:
    """Draw the page."""
    with page(_("Home")) as backend:
        entry = entry_of(backend)
        heading("Prompt Lab", WORDS)
        st.markdown(
            _(
                "Chat with a language model that runs on this machine, give it a persona, and see "
                "what temperature and top_p do to its answers. Nothing you type leaves the machine."
            )
        )
        _question(backend, entry)
        teaching_note(backend)
        _ways_in(examples(backend))
        _model_card(backend, entry)
        if entry and entry.embedded:
            abilities()


def _question(backend: Backend, entry: CatalogueEntry | None) -> None:
    """A box whose question is answered in the chat, and who will answer it."""
    with st.container(key="home_question_box", gap="xsmall"):
        typed = st.chat_input(
            _("Start a text") if continues_text(backend) else _("Ask something"),
            key="home_question",
            max_chars=20_000,
        )
        st.caption(_answers(backend, entry))
    if typed:
        state(ChatState).pending = [typed]
        st.switch_page("pages/1_Chat.py")


def _answers(backend: Backend, entry: CatalogueEntry | None) -> str:
    """Who answers, and what it is good at."""
    title = entry.title if entry else backend.facts.name
    about = entry.published.about if entry and entry.published else {}
    said = about.get(language()) or about.get("en", "")
    return f"**{title}** · {said}" if said else f"**{title}**"


def _ways_in(offered: Examples) -> None:
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
        question = offered.starters[0]
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
        if _go(offered.persona_label, "home_personas", ":material/theater_comedy:"):
            clear_preview()
            state(PersonaState).asked = offered.persona_question
            st.switch_page("pages/2_Personas.py", query_params={"persona": offered.persona})
    with (
        settings,
        _card(
            _("Learn what the settings do"),
            _("One prompt, many settings, side by side: see what temperature and top_p change."),
        ),
    ):
        if _go(offered.grid_label, "home_playground", ":material/grid_view:"):
            run_example(offered.grid, offered.grid_seed)
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


def _model_card(backend: Backend, entry: CatalogueEntry | None) -> None:
    facts = backend.facts
    spoken = " · ".join(LANGUAGES[code] for code in entry.languages) if entry else ""
    st.header(_("The model on this page"), anchor=False)
    values = [
        (_("Name"), entry.title if entry else facts.name, None),
        (_("Family"), facts.family, None),
        (_("Languages"), spoken, None),
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
        (_("Licence"), entry.licence if entry else None, None),
    ]
    with st.container(border=True):
        for start in (0, 3, 6):
            for column, (label, value, explained) in zip(
                st.columns(3), values[start : start + 3], strict=True
            ):
                column.markdown(f":small[{label}]  \n**{value or _('unknown')}**", help=explained)


def _window(tokens: int | None) -> str | None:
    if tokens is None:
        return None
    return ngettext("{count:,} token", "{count:,} tokens", tokens).format(count=tokens)
