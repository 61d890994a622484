"""Two runs laid over each other: the difference of a measure where their settings match, and the
texts of a matching cell side by side. The second run is in the URL (`?over=ID`)."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import NotFound
from core.grid.export import settings_line
from core.grid.measures import MEASURES
from core.grid.spec import GridSpec, matching_places
from core.grid.records import by_place
from core.i18n import _
from core.grid.records import Cell, Run
from ui.charts.grid import difference_heatmap
from ui.grid.cell import chosen_place, facts_line
from ui.grid.measures import clickable, measure_picker, table_of
from ui.grid.runs import run_title
from ui.shell import resources
from ui.shell.stream import plain, safe_markdown

Cells = Mapping[tuple[int, int], list[Cell]]
_PARAMETER = "over"


def overlay_part(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Draw the choice of a second run, and what differs."""
    other = _second_run(run, spec)
    if other is None:
        return
    there = other.spec
    matching = matching_places(spec, there)
    if not matching:
        st.info(
            _("These two runs have no cell with the same settings. Choose another run."),
            icon=":material/info:",
        )
        return
    others = by_place(resources.store().runs.cells(other.id))
    _differences(run, spec, by_place(cells), other, others, matching)
    place = chosen_place(spec)
    if place is None:
        st.caption(_("Click a cell to read the two texts side by side."))
    elif place in matching:
        _side_by_side(run, other, spec, place, by_place(cells), others, matching[place])
    else:
        st.caption(_("The chosen cell has no match in the other run. Click another cell."))


def _second_run(run: Run, spec: GridSpec) -> Run | None:
    """The run that is laid over this one; a link may name one that is not in the list."""
    store = resources.store()
    runs = {r.id: r for r in store.runs.list(50) if r.id != run.id}
    runs = {i: r for i, r in runs.items() if matching_places(spec, r.spec)}
    wanted = st.query_params.get(_PARAMETER)
    if wanted and wanted not in runs:
        try:
            runs[wanted] = store.runs.get(wanted)
        except NotFound as error:
            st.warning(str(error))
            wanted = None
            del st.query_params[_PARAMETER]
    if not runs:
        st.info(
            _(
                "No other run has a cell with the same settings yet. Run this grid with another "
                "prompt, seed, persona or model, and compare the two runs here."
            ),
            icon=":material/info:",
        )
        return None
    key = f"over_{run.id}"
    if wanted:
        st.session_state[key] = wanted
    picked = st.selectbox(
        _("Second run"),
        list(runs),
        index=None,
        format_func=lambda i: f"{run_title(runs[i])} · {settings_line(runs[i])}",
        key=key,
        placeholder=_("Choose a run"),
        on_change=_picked,
        args=(key,),
    )
    return runs[picked] if picked else None


def _picked(key: str) -> None:
    st.query_params.pop(_PARAMETER, None)
    if st.session_state[key]:
        st.query_params[_PARAMETER] = st.session_state[key]


def _differences(
    run: Run,
    spec: GridSpec,
    cells: Cells,
    other: Run,
    others: Cells,
    matching: dict[tuple[int, int], tuple[int, int]],
) -> None:
    name = measure_picker()
    measure = MEASURES[name]
    values: dict[tuple[int, int], float | None] = dict.fromkeys(spec.places)
    for place, there in matching.items():
        first = measure.spread(cells.get(place, []))
        second = measure.spread(others.get(there, []))
        if first and second:
            values[place] = second.value - first.value
    if all(value is None for value in values.values()):
        st.info(
            _("This metric is not available for both runs: score the texts, or run more samples.")
        )
        return
    width, digits = len(spec.columns.values), measure.digits
    rows = [spec.places[i : i + width] for i in range(0, len(spec.places), width)]
    figure = difference_heatmap(
        table_of(spec),
        [[values[place] for place in row] for row in rows],
        [
            ["–" if (v := values[place]) is None else f"{v:+.{digits}f}" for place in row]
            for row in rows
        ],
        chosen_place(spec),
    )
    clickable(
        figure, f"difference_{run.id}_{other.id}_{name}", _("Heat map of the difference by cell.")
    )
    st.caption(
        _(
            "The second run minus this one: orange is higher in the second, blue is lower. {why}"
        ).format(
            why=_("A dash means that there is no matching cell.")
            if len(matching) < len(spec.places)
            else ""
        )
    )


def _side_by_side(
    run: Run,
    other: Run,
    spec: GridSpec,
    place: tuple[int, int],
    cells: Cells,
    others: Cells,
    there: tuple[int, int],
) -> None:
    st.markdown("#### " + plain(spec.label(place)))
    left, right = st.columns(2, gap="medium")
    for column, one, own in (
        (left, run, cells.get(place, [])),
        (right, other, others.get(there, [])),
    ):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{plain(run_title(one))}**")
            st.caption(plain(settings_line(one)))
            if not own:
                st.caption(_("not run"))
            for cell in own:
                st.markdown(safe_markdown(cell.text) or _("*(no text)*"))
                st.caption(facts_line(cell, None))
