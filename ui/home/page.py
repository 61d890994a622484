"""The home page: what this is, a way in for what a visitor came for, and the loaded model."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.engine.choices import choice_of
from core.engine.residents import ModelChoice
from core.errors import NotFound
from core.i18n import LANGUAGES, _, compact, language, ngettext, sentences
from core.models.catalogue import CatalogueEntry
from core.models.plan import called as precision_called
from core.models.plan import gigabytes
from core.servers.listed import Server
from ui.chat.state import NEW_ROOM, ask_anew
from ui.grid.form import run_example
from ui.home.abilities import abilities
from ui.personas.preview import ask_persona
from ui.shell import resources
from ui.shell.choosing import Choices, Room, chosen, loading_text, refused
from ui.shell.examples import Examples, examples
from ui.shell.glossary import heading, term
from ui.shell.page import page_without_model
from ui.shell.session import state
from ui.shell.teaching import teaching_note
from ui.shell.text import label

_REFRESH_S = 0.4
WORDS = (
    *("token", "prompt", "temperature", "persona", "tool", "code_interpreter"),
    *("parameters", "precision", "context_window"),
)


def home() -> None:
    """Draw the page, while the model that a newcomer meets is being loaded behind it."""
    with page_without_model(_("Home")):
        choice = chosen(Room(""))
        entry = choice.entry
        heading("Prompt Lab", WORDS)
        asked = _asked(choice)
        st.markdown(_welcome([asked.server, entry.server]))
        _question(asked)
        teaching_note(entry)
        _ways_in(examples(entry))
        _model(choice)
        if entry.embedded:
            abilities()
        # Last: what a model needs is slow to import, and the page would wait for it
        if not resources.host().status().failure(choice):
            resources.host().begin(choice)


def _asked(choice: ModelChoice) -> CatalogueEntry:
    """The model that a question typed here will be answered by: the one that was chosen for new
    conversations, or else that of this page."""
    picked = state(Choices).picked.get(NEW_ROOM)
    with suppress(NotFound):
        return choice_of(picked, resources.settings()).entry if picked else choice.entry
    return choice.entry


def _welcome(servers: Sequence[Server | None]) -> str:
    """What one can do here, and whether what is typed leaves the machine. servers: of the models that
    are asked from here; of those elsewhere the first is named."""
    server = next((one for one in servers if one and not one.here), None)
    if server is None:
        return _(
            "Chat with a language model that runs on this machine, give it a persona, and see "
            "what temperature and top_p do to its answers. Nothing you type leaves the machine."
        )
    return _(
        "Chat with a language model, give it a persona, and see what temperature and top_p do to its "
        "answers. What you type is sent to **{host}**."
    ).format(host=label(server.host))


def _question(entry: CatalogueEntry) -> None:
    """A box whose question is answered in the chat, and who will answer it."""
    with st.container(key="home_question_box", gap="xsmall"):
        typed = st.chat_input(
            _("Ask something") if entry.chat else _("Start a text"),
            key="home_question",
        )
        # What the teaching model is good at is said below, with the way to another
        about = "" if entry.embedded else entry.about(language())
        st.caption(f"**{label(entry.title)}** · {about}".removesuffix(" · "))
    if typed:
        ask_anew([typed])
        st.switch_page("pages/1_Chat.py")


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
            ask_anew([question])
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
            ask_persona(offered.persona, offered.persona_question)
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

    with _card(
        _("Let it act"),
        _(
            "Offer a model tools and see each call before it runs, or let it write code that runs in "
            "a sandbox."
        ),
    ):
        tools, code = st.columns(2, gap="small")
        with tools:
            if _go(_("See the tools"), "home_tools", ":material/build:"):
                st.switch_page("pages/9_Tools.py")
        with code:
            if _go(_("Compute with code"), "home_interpreter", ":material/terminal:"):
                st.switch_page("pages/10_Interpreter.py")


def _card(title: str, text: str) -> Any:
    card = st.container(border=True, height="stretch", vertical_alignment="distribute")
    with card:
        with st.container(gap="xsmall"):
            st.subheader(title, anchor=False)
            st.markdown(text)
        return st.container(gap="xsmall")


def _go(label: str, key: str, icon: str) -> bool:
    return st.button(label, key=key, icon=icon, width="stretch")


def _model(choice: ModelChoice) -> None:
    """What the model is, once it is loaded; how far that is, or why it cannot be."""
    st.header(_("The model on this page"), anchor=False)
    host = resources.host()
    now = host.status()
    resident, reason = now.resident(choice), now.failure(choice)
    if choice.entry.server:
        st.write(
            _("**{name}** runs on {host}.").format(
                name=label(choice.entry.title), host=label(choice.entry.server.host)
            )
        )
    elif resident:
        _model_card(resident.backend, choice.entry)
    elif reason:
        refused(choice, reason)
    else:
        _on_its_way(choice)


@st.fragment(run_every=_REFRESH_S)
def _on_its_way(choice: ModelChoice) -> None:
    now = resources.host().status()
    loading = now.loading(choice)
    if now.resident(choice) or now.failure(choice):
        st.rerun()
    said = (
        loading_text(loading)
        if loading
        else _("Loading {name}…").format(name=label(choice.entry.title))
    )
    st.progress(loading.fraction if loading else 0.0, said)


def _model_card(backend: Backend, entry: CatalogueEntry) -> None:
    facts = backend.facts
    spoken = " · ".join(LANGUAGES[code] for code in entry.languages)
    chats = "chat" in backend.can
    values = [
        (_("Name"), entry.title, None),
        (_("Family"), facts.family, None),
        (
            _("Answers in") if chats else _("How it answers"),
            spoken if chats else _("by continuing text"),
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
        (_("Precision"), precision_called(facts.precision), term("precision")),
        (_("Device"), facts.device, None),
        (
            _("Memory"),
            gigabytes(facts.memory) if facts.memory else None,
            sentences((_("The weights plus the KV cache reserved for answers."), term("kv_cache"))),
        ),
        (_("Context window"), _window(facts.window), term("context_window")),
        (_("Licence"), entry.licence, None),
    ]
    with st.container(border=True):
        for start in (0, 3, 6):
            for column, (name, value, explained) in zip(
                st.columns(3), values[start : start + 3], strict=True
            ):
                column.markdown(
                    f":small[{name}]  \n**{label(value or _('unknown'))}**", help=explained
                )


def _window(tokens: int | None) -> str | None:
    if tokens is None:
        return None
    return ngettext("{count:,} token", "{count:,} tokens", tokens).format(count=tokens)
