"""The home page: what this is, the model that is loaded, and a way into each page."""

from typing import Any

import streamlit as st

from core.i18n import _, compact
from core.models.catalogue import EMBEDDED_FOLDER
from ui import resources
from ui.abilities import abilities
from ui.playground_form import run_example
from ui.session import session
from ui.shell import page


def home() -> None:
    """Draw the page."""
    with page(_("Home")):
        st.title("Prompt Lab")
        st.markdown(
            _(
                "Chat with a language model that runs on this machine, give it a persona, and see "
                "what temperature and top_p do to its answers. Nothing you type leaves the machine."
            )
        )
        _ways_in()
        _model_card()


def _ways_in() -> None:
    chat, personas, playground = st.columns(3, gap="small")
    with (
        chat,
        _card(
            _("Chat"),
            _("Ask something and watch the answer grow, with every setting in reach."),
        ),
    ):
        if _go(_("What is temperature?"), "home_chat", ":material/chat:"):
            session().pending = ["What is temperature?"]
            st.switch_page("pages/1_Chat.py")
    with (
        personas,
        _card(
            _("Personas"),
            _("Write the system message that shapes a model, and test how well it holds."),
        ),
    ):
        if _go(_("Meet the Java expert"), "home_personas", ":material/theater_comedy:"):
            session().preview = [("user", "Who are you?")]
            st.switch_page("pages/2_Personas.py", query_params={"persona": "java-expert"})
    with (
        playground,
        _card(
            _("Playground"),
            _("One prompt, many settings, side by side: see what temperature x top_p change."),
        ),
    ):
        if _go(_("Nine stories about a fox"), "home_playground", ":material/grid_view:"):
            run_example()
            st.switch_page("pages/3_Playground.py")


def _card(title: str, text: str) -> Any:
    card = st.container(border=True, height="stretch", vertical_alignment="distribute")
    card.markdown(f"#### {title}\n\n{text}")
    return card


def _go(label: str, key: str, icon: str) -> bool:
    return st.button(label, key=key, icon=icon, width="stretch")


def _model_card() -> None:
    engine = resources.engine()
    facts = engine.loaded.facts
    st.markdown("#### " + _("The loaded model"))
    values = [
        (_("Name"), facts.name, None),
        (_("Parameters"), compact(facts.parameters), None),
        (_("Precision"), facts.precision, None),
        (_("Device"), facts.device, None),
        (
            _("Memory"),
            f"{(facts.weight_bytes + facts.plan.cache) / 2**20:,.0f} MiB",
            _("The weights, plus the KV cache that is set aside for answers."),
        ),
        (
            _("Context window"),
            _("{count} tokens").format(count=facts.window),
            _("How much the model can read and write at once; a token is a piece of a word."),
        ),
    ]
    with st.container(border=True):
        for start in (0, 3):
            for column, (label, value, explained) in zip(
                st.columns(3), values[start : start + 3], strict=True
            ):
                column.markdown(f":gray[{label}]  \n**{value}**", help=explained)
    if facts.folder == EMBEDDED_FOLDER:
        _embedded_note(facts.parameters)


def _embedded_note(parameters: int) -> None:
    st.info(
        _(
            "This is the embedded demonstration model: {count} parameters, trained by this project "
            "on its own small world. What it knows, and how well, stands below; outside of that it "
            "says so, or is wrong. The Models page loads ChatGLM3-6B instead."
        ).format(count=compact(parameters)),
        icon=":material/school:",
    )
    abilities()

