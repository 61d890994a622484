"""The measures of a run: one at a time as a heat map, the likeness of the settings, entropy by
position as small multiples, and another run laid over it.

Two runs are compared where their settings match: the difference of a measure, and the texts of a
matching cell side by side. The measure and the second run are in the URL (`?measure=`, `?over=ID`).
"""

from collections.abc import Sequence

import streamlit as st

from core.backends.backend import Backend, lacking
from core.errors import NotFound
from core.grid.measure_labels import (
    axis_label,
    measure_explained,
    measure_label,
    value_and_range,
)
from core.grid.measures import MEASURES, NEED_TWO, Spread, mean_similarity
from core.grid.records import Cell, Run, by_place
from core.grid.spec import GridSpec, matching_places
from core.i18n import _
from ui.charts.grid import (
    Place,
    Table,
    difference_heatmap,
    entropy_multiples,
    measure_heatmap,
    similarity_heatmap,
)
from ui.grid.cell import chosen_place, facts_line, open_cell
from ui.grid.runs import facts_of, run_title
from ui.grid.state import GridState
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.text import answer, label, lines
from ui.shell.url_choice import from_url

_OVER = "over"


def measures_part(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    """Draw one measure by cell; a click on a field opens its cell."""
    name = _measure_picker()
    rows, measure = spreads(run.spec, cells, name), MEASURES[name]
    if not any(spread for row in rows for spread in row):
        st.info(_nothing(backend, run, cells, name), icon=":material/info:")
    else:
        scale = (measure.low, measure.high)
        low, high = scale if None not in scale else (None, None)
        figure = measure_heatmap(
            _table_of(run.spec),
            [[spread.value if spread else None for spread in row] for row in rows],
            [[_field_text(name, spread) for spread in row] for row in rows],
            low,
            high,
            chosen_place(run.spec),
        )
        alt = _("Heat map of {measure} by cell.").format(measure=measure_label(name))
        _clickable(figure, f"measure_{run.id}_{name}", alt)
        if run.spec.samples > 1 and measure.of_text:
            st.caption(
                _("Mean of the samples; in small print their minimum and maximum, if they differ.")
            )
    with st.expander(_("How similar are the settings?"), icon=":material/compare:"):
        _likeness(backend, run, cells)


def spreads(spec: GridSpec, cells: Sequence[Cell], name: str) -> list[list[Spread | None]]:
    """A measure by row and column."""
    found, measure = by_place(cells), MEASURES[name]
    return [
        [measure.spread(found.get((row, column), [])) for column in range(len(spec.columns.values))]
        for row in range(len(spec.rows.values))
    ]


def _table_of(spec: GridSpec) -> Table:
    """The labels of a run's table, for a chart."""
    return Table(
        spec.rows.labels,
        spec.columns.labels,
        axis_label(spec.rows.name),
        axis_label(spec.columns.name),
    )


def _measure_picker() -> str:
    """Draw the choice of a measure, which is in the URL, and its explanation."""
    name: str = st.selectbox(
        _("Metric"),
        list(MEASURES),
        format_func=measure_label,
        key="measure",
        on_change=explained(from_url("measure", list(MEASURES))),
        width=360,
    )
    st.caption(measure_explained(name))
    return name


def _field_text(name: str, spread: Spread | None) -> str:
    """The value, and below it in small the range of the samples."""
    value, extent = value_and_range(name, spread)
    return f"{value}<br><span style='font-size:0.8em'>{extent}</span>" if extent else value


def _clickable(figure: object, key: str, alt: str) -> None:
    """Draw a heat map whose fields open their cell on a click."""
    # A chart of its own after every click: the field that was clicked last can be clicked again
    key = f"{key}_{state(GridState).picked}"

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            state(GridState).picked += 1
            row, column = points[0]["customdata"][:2]
            open_cell((int(row), int(column)))

    st.plotly_chart(
        figure,
        width="stretch",
        theme="streamlit",
        key=key,
        on_select=explained(picked),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )


def _nothing(backend: Backend, run: Run, cells: Sequence[Cell], name: str) -> str:
    """Why a measure has no value in any cell."""
    if run.spec.samples < 2 and name in NEED_TWO:
        return _(
            "This compares the samples of a cell, and there is only one per cell. Run two or more."
        )
    return _without_scores(backend, cells)


def _without_scores(backend: Backend, cells: Sequence[Cell]) -> str:
    """Why nothing is known of the tokens of these texts."""
    if any(cell.written for cell in cells) and not any(cell.token_ids for cell in cells):
        return _("The model gave these texts without tokens, so this cannot be measured.")
    if any(cell.mean_logprob is not None for cell in cells):
        return _(
            "The model that scored these texts reports only the likeliest tokens at each position, "
            "so their entropy is not known."
        )
    return lacking(backend, "scores") or _(
        "The texts of this run have not been scored yet. Score them above."
    )


# --- the likeness of the settings -----------------------------------------------------------


@st.cache_data(show_spinner=False, max_entries=32)
def _similarity(
    run_id: str, texts: int, tokens: int, _spec: GridSpec, _cells: Sequence[Cell]
) -> list[list[float | None]]:
    found = {
        place: [c.token_ids for c in own if c.token_ids] for place, own in by_place(_cells).items()
    }
    return [
        [
            mean_similarity(found.get(a, []), None if a == b else found.get(b, []))
            for b in _spec.places
        ]
        for a in _spec.places
    ]


def _likeness(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    # Filling gaps adds texts, or tokens to a text that was stopped
    tokens = sum(len(cell.token_ids) for cell in cells)
    if cells and not tokens:
        st.caption(_without_scores(backend, cells))
        return
    st.plotly_chart(
        similarity_heatmap(
            [run.spec.label(place) for place in run.spec.places],
            _similarity(run.id, len(cells), tokens, run.spec, cells),
        ),
        width="stretch",
        theme="streamlit",
        key=f"likeness_{run.id}",
        config={"displayModeBar": False},
        alt=_("Heat map of the similarity between the texts of each pair of settings."),
    )
    st.caption(_("1: the same tokens in the same order. 0: nothing in common."))


# --- entropy by position --------------------------------------------------------------------


def entropy_part(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    """Draw entropy by position, a small chart a cell."""
    spec = run.spec
    lines = {
        place: [cell.entropies for cell in own if cell.entropies]
        for place, own in by_place(cells).items()
    }
    if not any(lines.values()):
        st.info(_without_scores(backend, cells))
        return
    st.caption(
        _(
            "How uncertain the model was before each token of the text, in bits, at temperature 1; "
            "one line per sample. Horizontal axis: the number of the token."
        )
    )
    labels = Table(
        [spec.rows.short(i) for i in range(len(spec.rows.values))],
        [spec.columns.short(i) for i in range(len(spec.columns.values))],
    )
    st.plotly_chart(
        entropy_multiples(labels, lines),
        width="stretch",
        theme="streamlit",
        key=f"entropy_{run.id}",
        config={"displayModeBar": False},
        alt=_("Small line charts of the entropy by position, one per cell."),
    )
    chosen = chosen_place(spec)
    key = f"entropy_cell_{run.id}_{chosen}"
    st.pills(
        _("Read a cell"),
        spec.places,
        default=chosen,
        format_func=lambda place: label(spec.label(place)),
        key=key,
        on_change=explained(lambda: open_cell(st.session_state[key])),
    )


# --- another run laid over it ---------------------------------------------------------------


def overlay_part(run: Run, cells: Sequence[Cell]) -> None:
    """Draw the choice of a second run, and what differs."""
    other = _second_run(run)
    if other is None:
        return
    matching = matching_places(run.spec, other.spec)
    if not matching:
        st.info(
            _("These two runs have no cell with the same settings. Choose another run."),
            icon=":material/info:",
        )
        return
    others = resources.store().runs.cells(other.id)
    _differences(run, cells, other, others, matching)
    place = chosen_place(run.spec)
    if place is None:
        st.caption(_("Click a cell to read the two texts side by side."))
    elif place in matching:
        st.markdown("#### " + label(run.spec.label(place)))
        left, right = st.columns(2, gap="medium")
        with left:
            _one_side(run, by_place(cells).get(place, []))
        with right:
            _one_side(other, by_place(others).get(matching[place], []))
    else:
        st.caption(_("The chosen cell has no match in the other run. Click another cell."))


def _second_run(run: Run) -> Run | None:
    """The run that is laid over this one; a link may name one that is not in the list."""
    kept = resources.store().runs
    runs = {r.id: r for r in kept.list(50) if r.id != run.id}
    runs = {i: r for i, r in runs.items() if matching_places(run.spec, r.spec)}
    wanted = st.query_params.get(_OVER)
    if wanted and wanted not in runs:
        try:
            runs[wanted] = kept.get(wanted)
        except NotFound as error:
            st.warning(lines(str(error)))
            wanted = None
            del st.query_params[_OVER]
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
        format_func=lambda i: f"{run_title(runs[i])} · {facts_of(runs[i])}",
        key=key,
        placeholder=_("Choose a run"),
        on_change=explained(_over_picked),
        args=(key,),
    )
    return runs[picked] if picked else None


def _over_picked(key: str) -> None:
    st.query_params.pop(_OVER, None)
    if st.session_state[key]:
        st.query_params[_OVER] = st.session_state[key]


def _differences(
    run: Run,
    cells: Sequence[Cell],
    other: Run,
    others: Sequence[Cell],
    matching: dict[Place, Place],
) -> None:
    name = _measure_picker()
    first, second = spreads(run.spec, cells, name), spreads(other.spec, others, name)

    def difference(row: int, column: int) -> float | None:
        there = matching.get((row, column))
        one, two = first[row][column], second[there[0]][there[1]] if there else None
        return two.value - one.value if one and two else None

    values = [
        [difference(row, column) for column in range(len(run.spec.columns.values))]
        for row in range(len(run.spec.rows.values))
    ]
    if all(value is None for row in values for value in row):
        st.info(
            _("This metric is not available for both runs: score the texts, or run more samples.")
        )
        return
    digits = MEASURES[name].digits
    figure = difference_heatmap(
        _table_of(run.spec),
        values,
        [["–" if value is None else f"{value:+.{digits}f}" for value in row] for row in values],
        chosen_place(run.spec),
    )
    _clickable(
        figure, f"difference_{run.id}_{other.id}_{name}", _("Heat map of the difference by cell.")
    )
    st.caption(
        _(
            "The second run minus this one: orange is higher in the second, blue is lower. {why}"
        ).format(
            why=_("A dash means that there is no matching cell.")
            if len(matching) < len(run.spec.places)
            else ""
        )
    )


def _one_side(run: Run, cells: Sequence[Cell]) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{label(run_title(run))}**")
        st.caption(label(facts_of(run)))
        if not cells:
            st.caption(_("not run"))
        for cell in cells:
            st.markdown(answer(cell.text) or _("*(no text)*"))
            st.caption(facts_line(cell, None))
