"""The inspector of one sample of a run, under the grid that it stands in."""

from collections.abc import Sequence

import streamlit as st

from core.backends.backend import Backend
from core.branches.records import Origin
from core.grid.prompts import prompt_ids
from core.grid.records import Cell, Run, written_by
from core.i18n import _
from ui.grid.cell import facts_line, inspected_sample, open_cell
from ui.grid.state import GridState
from ui.inspect.inspector import inspector
from ui.shell.boundary import boundary, explained
from ui.shell.page import can
from ui.shell.session import state
from ui.shell.text import label

_SCROLL = "document.querySelector('.st-key-cell_panel')?.scrollIntoView({block: 'start'})"


def inspected_panel(
    backend: Backend, run: Run, place: tuple[int, int], cells: Sequence[Cell]
) -> None:
    """Draw the inspector of the sample at this place that the URL names."""
    cell = next((one for one in cells if one.sample == inspected_sample()), None)
    with st.container(border=True, key="cell_panel"):
        _into_view()
        with st.container(horizontal=True, vertical_alignment="center"):
            title = label(run.spec.label(place))
            if cell and run.spec.samples > 1:
                title += " · " + _("Sample {number}").format(number=cell.sample + 1)
            st.markdown("#### " + title)
            st.space("stretch")
            st.button(
                _("Read"),
                key="cell_read",
                type="tertiary",
                on_click=explained(open_cell),
                args=(place,),
            )
            st.button(
                _("Close the inspector"),
                key="cell_close",
                icon=":material/close:",
                type="tertiary",
                on_click=explained(open_cell),
                args=(None,),
            )
        if cell is None or not cell.written:
            st.caption(_("There is no text to inspect here."))
            return
        st.caption(facts_line(cell, None))
        with boundary():
            if can(backend, "token_ids", "logits"):
                _inspector(backend, run, cell)


def _into_view() -> None:
    """Bring a panel that was just opened to where one looks."""
    mine = state(GridState)
    if mine.looked_up:
        mine.looked_up = False
        st.html(f"<script>{_SCROLL}</script>", unsafe_allow_javascript=True)


def _inspector(backend: Backend, run: Run, cell: Cell) -> None:
    model, precision = written_by(run, cell)
    origin = Origin(
        "cell",
        f"{run.id}/{cell.index}",
        run.spec.prompt,
        model,
        cell.text,
        precision=precision,
    )
    inspector(
        backend,
        prompt_ids(backend, run.spec, cell.place, run.prompts),
        cell.token_ids,
        run.spec.sampling(cell.place, cell.sample),
        f"cell_{run.id}_{cell.index}",
        origin,
    )
