"""Reading a cell where one looks: every sample of it with its facts, its star and a note, the way
to its neighbours, to the inspector and into the chat."""

from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.engine.choices import value_of
from core.grid.records import Cell, Run, by_place, cells_of, written_by
from core.grid.run import Replayed
from core.grid.to_chat import conversation_of
from core.i18n import _
from core.personas.book import PersonaBook
from ui.grid.cards import Compared
from ui.grid.cell import (
    CELL,
    chosen_place,
    facts_line,
    inspect_sample,
    open_cell,
    place_name,
    star_button,
)
from ui.grid.code import code_blocks
from ui.grid.runs import run_title
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.copying import copy_button, copy_link_button
from ui.shell.text import answer, label, lines

CHAT = "pages/1_Chat.py"
# What the chat's slider begins with
_LEAST_TOP_P, _MOST_TOP_K = 0.05, 1000


def read_cell(backend: Backend, run: Run, replayed: Compared) -> None:
    """Open the cell of the URL over the page."""
    dialog = st.dialog(
        label(run_title(run)),
        width="medium",
        on_dismiss=explained(partial(explained(open_cell), None)),
    )
    dialog(_dialog)(backend, run, replayed)


def _dialog(backend: Backend, run: Run, replayed: Compared) -> None:
    place = chosen_place(run.spec)
    if place is None:
        st.rerun()
    cells = by_place(resources.store().runs.cells(run.id)).get(place, [])
    with st.container(key="cell_dialog"):
        _neighbours(run, place)
        if not cells:
            st.caption(_("not run"))
        for cell in cells:
            _sample(backend, run, cell, replayed.get(cell.index))
        _of_the_cell(run, place)
        with st.expander(_("These settings as code"), icon=":material/code:"):
            code_blocks(run, place)


def _neighbours(run: Run, place: tuple[int, int]) -> None:
    places = run.spec.places
    at = places.index(place)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{label(run.spec.label(place))}**", width="stretch")
        for key, name, icon, other in (
            ("cell_previous", _("Previous"), ":material/chevron_left:", at - 1),
            ("cell_next", _("Next"), ":material/chevron_right:", at + 1),
        ):
            there = 0 <= other < len(places)
            st.button(
                name,
                key=key,
                icon=icon,
                disabled=not there,
                on_click=explained(open_cell),
                args=(places[other] if there else place,),
            )


def _sample(backend: Backend, run: Run, cell: Cell, compared: Replayed | None) -> None:
    with st.container(border=True, gap="small"):
        if run.spec.samples > 1:
            st.markdown("**" + _("Sample {number}").format(number=cell.sample + 1) + "**")
        st.markdown(answer(cell.text) or _("*(no text)*"))
        if cell.error:
            st.error(lines(cell.error))
        st.caption(facts_line(cell, compared))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if cell.written and st.button(
                _("Go on in chat"),
                key=f"go_on_{cell.index}",
                icon=":material/forum:",
                type="primary",
                help=_("A new conversation with this prompt, this answer, and the same settings."),
            ):
                _go_on(run, cell)
            if cell.text:
                copy_button(
                    cell.text, f"copy_answer_{cell.index}", _("Copy answer"), _("Copy answer")
                )
            star_button(run, cell, f"star_read_{cell.index}", _("Best of this run"))
            _inspect_link(backend, cell)
        _note(run, cell)


def _inspect_link(backend: Backend, cell: Cell) -> None:
    reason = lacking(backend, "token_ids", "logits")
    if st.button(
        _("Inspect and branch"),
        key=f"inspect_cell_{cell.index}",
        icon=":material/troubleshoot:",
        type="tertiary",
        disabled=not cell.written or bool(reason),
        help=reason,
        on_click=explained(inspect_sample),
        args=(cell,),
    ):
        # The whole page anew: the inspector stands in it, and this closes
        st.rerun()


def _note(run: Run, cell: Cell) -> None:
    if not run.own:
        if cell.note:
            st.caption(lines(cell.note))
        return
    key = f"note_{run.id}_{cell.index}"

    def keep() -> None:
        resources.store().runs.mark(run.id, cell.index, note=st.session_state[key].strip())

    st.text_input(
        _("Note"),
        cell.note,
        key=key,
        max_chars=500,
        placeholder=_("What is good or bad about this text?"),
        on_change=explained(keep),
    )


def _of_the_cell(run: Run, place: tuple[int, int]) -> None:
    system = run.spec.system_at(place)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(
            _("Use these settings in chat"),
            key="cell_settings",
            icon=":material/tune:",
            help=_("An empty conversation with the settings and the system message of this cell."),
        ):
            _use_settings(run, place)
        copy_button(run.spec.prompt, "copy_prompt", _("Copy prompt"), _("Copy prompt"))
        if system.strip():
            copy_button(system, "copy_system", _("Copy system message"), _("Copy system message"))
        copy_link_button(
            "copy_cell_link",
            _("Copy link"),
            _("Copy link"),
            **{"run": run.id, CELL: place_name(place)},
        )


# --- into the chat ------------------------------------------------------------------------


def _go_on(run: Run, cell: Cell) -> None:
    store, system = resources.store(), run.spec.system_at(cell.place)
    with boundary():
        personas = PersonaBook(store.personas).list() if system.strip() else []
        persona = next((one for one in personas if one.text.system == system), None)
        made = conversation_of(store.conversations, run, cell, persona)
        st.switch_page(CHAT, query_params={"conversation": made.id})


def _use_settings(run: Run, place: tuple[int, int]) -> None:
    drawn, system = run.spec.sampling(place), run.spec.system_at(place)
    values: dict[str, Any] = {
        "temperature": drawn.temperature,
        "top_p": max(drawn.top_p, _LEAST_TOP_P),
        "top_k": min(drawn.top_k, _MOST_TOP_K),
        "max_new_tokens": drawn.max_new_tokens,
        "max_length": drawn.max_length,
        "seed": drawn.seed,
        "system": system or None,
        "model": value_of(*_model_at(run, place)) or None,
    }
    given = {name: str(value) for name, value in values.items() if value is not None}
    st.switch_page(CHAT, query_params=given)


def _model_at(run: Run, place: tuple[int, int]) -> tuple[str, str]:
    """The model that a cell is written by, as a choice; one on an axis may leave its precision
    open."""
    (first, *_others) = (cell for cell in cells_of(run.spec) if cell.place == place)
    name, precision = written_by(run, first)
    return name, "" if precision == "auto" else precision
