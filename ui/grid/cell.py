"""One cell of a run, read whole: every sample with its facts, to inspect and to branch from, and
its settings as code.

Which cell is open is in the URL: `?cell=ROW-COLUMN`, from 1.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.grid.run import Replayed
from core.grid.spec import GridSpec
from core.i18n import _, ngettext
from core.grid.records import Cell, Run
from ui.grid.code import code_blocks
from ui.grid.inspected import cell_inspector, close_inspector, inspect_button
from ui.shell.stream import finish_label, plain, safe_markdown

_PARAMETER = "cell"


def chosen_place(spec: GridSpec) -> tuple[int, int] | None:
    """The place that the URL names; None without one, or for one that this run does not have."""
    wanted = st.query_params.get(_PARAMETER)
    if not wanted:
        return None
    row, _dash, column = wanted.partition("-")
    place = tuple(
        int(part) - 1 if part.isascii() and part.isdigit() else -1 for part in (row, column)
    )
    if place in spec.places:
        return place[0], place[1]
    st.warning(_("This run has no cell {cell!r}; the link may be incomplete.").format(cell=wanted))
    del st.query_params[_PARAMETER]
    return None


def open_cell(place: tuple[int, int] | None) -> None:
    """Open a cell, or close the one that is open."""
    st.query_params.pop(_PARAMETER, None)
    close_inspector()
    if place is not None:
        st.query_params[_PARAMETER] = f"{place[0] + 1}-{place[1] + 1}"


def cell_panel(
    run: Run,
    spec: GridSpec,
    place: tuple[int, int],
    cells: Sequence[Cell],
    replayed: Mapping[int, Replayed],
) -> None:
    """Draw a cell whole."""
    with st.container(border=True, key="cell_panel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("#### " + plain(spec.label(place)))
            st.space("stretch")
            st.button(
                _("Close"),
                key="cell_close",
                icon=":material/close:",
                type="tertiary",
                on_click=open_cell,
                args=(None,),
            )
        if not cells:
            st.caption(_("not run"))
        for cell in cells:
            _sample(run, spec, cell, replayed.get(cell.index))
        with st.expander(_("These settings as code"), icon=":material/code:"):
            code_blocks(run, spec, place)


def _sample(run: Run, spec: GridSpec, cell: Cell, compared: Replayed | None) -> None:
    if spec.samples > 1:
        st.markdown("**" + _("Sample {number}").format(number=cell.sample + 1) + "**")
    st.markdown(safe_markdown(cell.text) or _("*(no text)*"))
    if cell.error:
        st.error(cell.error)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.caption(facts_line(cell, compared))
        inspect_button(cell)
    cell_inspector(run, spec, cell)


def facts_line(cell: Cell, compared: Replayed | None) -> str:
    """What is known about one text, in one line."""
    count = len(cell.token_ids)
    facts = [
        ngettext("{count} token", "{count} tokens", count).format(count=count),
        finish_label(cell.finish_reason),
        _("seed {seed}").format(seed=cell.seed),
    ]
    if cell.mean_logprob is not None:
        facts.insert(2, _("mean log-probability {value:.2f}").format(value=cell.mean_logprob))
    if compared is not None:
        facts.append(_compared(compared))
    return " · ".join(facts)


def _compared(compared: Replayed) -> str:
    """What a replay says about a text, and whether that was to be expected."""
    now = f"{compared.now.precision}, {compared.now.device}"
    if compared.same:
        return _("replay: identical ({now})").format(now=now)
    number, before = compared.first_difference, compared.before
    if before and before != compared.now:
        return _(
            "replay: **different** from token {number} on ({now}), originally made by {model} "
            "{precision} on {device}"
        ).format(
            number=number,
            now=now,
            model=before.model,
            precision=before.precision,
            device=before.device,
        )
    return _("replay: **different** from token {number} on ({now})").format(number=number, now=now)
