"""Beside the editor of a persona: a preview that talks to it, a comparison of two, its exact
prompt, and its history."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.backends.backend import Backend, tokenizer_of
from core.i18n import _
from core.messages import Message, with_system
from core.personas.book import PersonaBook
from core.personas.edits import Edits, questions
from core.personas.text import PersonaEntry
from core.personas.trials import Trials
from ui.personas.compare import compare
from ui.personas.contract import Promise
from ui.personas.history import persona_history
from ui.personas.preview import first_question, preview, shown
from ui.personas.state import PersonaState
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.completion import continues_text
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.text import label
from ui.shell.url_choice import from_url

VIEWS = ("preview", "compare", "prompt", "history")


def trial(
    backend: Backend, book: PersonaBook, edits: Edits, entry: PersonaEntry, system: str
) -> None:
    """Draw the view that is chosen, which is in the URL; `system` is the text of the editor."""
    if continues_text(backend):
        _nothing_to_try(backend)
        with boundary():
            persona_history(backend, book, edits, entry)
        return
    names = {
        "preview": _("Preview"),
        "compare": _("Compare"),
        "prompt": _("Exact prompt"),
        "history": _("History"),
    }
    if "version" in st.query_params:
        # A link to a version is one to the history
        st.query_params.setdefault("try", "history")
    to_url = from_url("try", VIEWS)

    def leave() -> None:
        st.query_params.pop("version", None)
        to_url()

    st.segmented_control(
        _("How to try it"),
        VIEWS,
        required=True,
        format_func=lambda view: names[view],
        key="try",
        on_change=explained(leave),
        label_visibility="collapsed",
    )
    now = edits.now(entry)
    asked, promise = questions(now["examples"]), Promise.of(now)
    with boundary():
        match st.session_state["try"]:
            case "compare":
                compare(backend, book, edits, entry, system, asked, promise)
            case "prompt":
                _exact_prompt(backend, entry, system, asked)
            case "history":
                persona_history(backend, book, edits, entry)
            case _:
                preview(backend, entry.id, system, asked, promise)


def _nothing_to_try(backend: Backend) -> None:
    """In place of the preview, the prompt and the comparison."""
    st.info(
        _(
            "**{name}** has no chat format: it continues text and does not read system messages. "
            "You can still write personas here; to try one, load a chat model on the Models page."
        ).format(name=label(backend.facts.called)),
        icon=":material/edit_note:",
    )


def _exact_prompt(backend: Backend, entry: PersonaEntry, system: str, asked: Sequence[str]) -> None:
    """What goes to the model, role by role and token by token."""
    if not can(backend, "token_ids"):
        return
    said = shown(backend, Trials(resources.store().drafts), entry.id)
    if said and state(PersonaState).asking == "alone":
        said = said[-1:]
    messages = [message for one in said for message in one.messages()]
    if messages and messages[-1].role == "assistant":
        # Up to where the last answer began
        messages.pop()
    tokenizer = tokenizer_of(backend)
    ids = tokenizer.prompt_ids(
        with_system(system, messages or [Message("user", first_question(asked))])
    )
    st.caption(
        _(
            "{count} tokens. Roles have ids of their own: no text that is typed can become one."
        ).format(count=len(ids))
    )
    role, rows = "", []
    for position, token_id in enumerate(ids):
        special = tokenizer.is_control(token_id)
        piece = tokenizer.piece(token_id)
        if special:
            role = piece
        rows.append(
            {
                _("Position"): position,
                _("Part"): role,
                _("Token"): piece,
                _("ID"): token_id,
                _("Kind"): _("control") if special else _("text"),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=480, key="prompt")
