"""The measures of a run: one at a time as a heat map, the likeness of the settings, and entropy by
position as small multiples."""

from collections.abc import Sequence

import streamlit as st

from core.grid.diversity import mean_similarity
from core.grid.measure_labels import axis_label, measure_explained, measure_label, shown
from core.grid.measures import MEASURES, Spread
from core.grid.spec import GridSpec
from core.grid.records import by_place
from core.i18n import _
from core.grid.records import Cell, Run
from ui.charts.grid import Table, entropy_multiples, measure_heatmap
from ui.charts.palette import similarity_heatmap
from ui.grid.cell import chosen_place, open_cell
from ui.shell.url_choice import from_url


def table_of(spec: GridSpec) -> Table:
    """The labels of a run's table, for a chart."""
    return Table(
        spec.rows.labels,
        spec.columns.labels,
        axis_label(spec.rows.name),
        axis_label(spec.columns.name),
    )


def measure_picker() -> str:
    """Draw the choice of a measure, which is in the URL, and its explanation."""
    name: str = st.selectbox(
        _("Metric"),
        list(MEASURES),
        format_func=measure_label,
        key="measure",
        on_change=from_url("measure", list(MEASURES)),
        width=360,
    )
    st.caption(measure_explained(name))
    return name


def spreads(spec: GridSpec, cells: Sequence[Cell], name: str) -> list[list[Spread | None]]:
    """A measure by row and column."""
    found, measure = by_place(cells), MEASURES[name]
    return [
        [measure.spread(found.get((row, column), [])) for column in range(len(spec.columns.values))]
        for row in range(len(spec.rows.values))
    ]


def measures_part(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Draw one measure by cell; a click on a field opens its cell."""
    name = measure_picker()
    rows = spreads(spec, cells, name)
    measure = MEASURES[name]
    if not any(spread for row in rows for spread in row):
        st.info(_nothing(name, spec), icon=":material/info:")
    else:
        figure = measure_heatmap(
            table_of(spec),
            [[spread.value if spread else None for spread in row] for row in rows],
            [[field_text(name, spread) for spread in row] for row in rows],
            measure.low if measure.high is not None and measure.low is not None else None,
            measure.high if measure.low is not None else None,
            chosen_place(spec),
        )
        clickable(figure, f"measure_{run.id}_{name}", _heatmap_alt(name))
        if spec.samples > 1 and measure.of_text:
            st.caption(
                _("Mean of the samples; in small print their minimum and maximum, if they differ.")
            )
    with st.expander(_("How similar are the settings?"), icon=":material/compare:"):
        _likeness(run, spec, cells)


def field_text(name: str, spread: Spread | None) -> str:
    """The value, and below it in small the range of the samples."""
    value, bracket, rest = shown(name, spread).partition(" (")
    return f"{value}<br><span style='font-size:0.8em'>{rest[:-1]}</span>" if bracket else value


def clickable(figure: object, key: str, alt: str) -> None:
    """Draw a heat map whose fields open their cell on a click."""

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            row, column = points[0]["customdata"][:2]
            open_cell((int(row), int(column)))

    st.plotly_chart(
        figure,
        width="stretch",
        theme="streamlit",
        key=key,
        on_select=picked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )


def _heatmap_alt(name: str) -> str:
    return _("Heat map of {measure} by cell.").format(measure=measure_label(name))


def _nothing(name: str, spec: GridSpec) -> str:
    if spec.samples < 2 and name in ("self_bleu", "similarity"):
        return _(
            "This compares the samples of a cell, and there is only one per cell. Run two or more."
        )
    return _("The texts of this run have not been scored yet. Score them above.")


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


def _likeness(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    # Filling gaps adds texts, or tokens to a text that was stopped
    tokens = sum(len(cell.token_ids) for cell in cells)
    st.plotly_chart(
        similarity_heatmap(
            [spec.label(place) for place in spec.places],
            _similarity(run.id, len(cells), tokens, spec, cells),
        ),
        width="stretch",
        theme="streamlit",
        key=f"likeness_{run.id}",
        alt=_("Heat map of the similarity between the texts of each pair of settings."),
    )
    st.caption(_("1: the same tokens in the same order. 0: nothing in common."))


def entropy_part(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Draw entropy by position, a small chart a cell."""
    lines = {
        place: [cell.entropies for cell in own if cell.entropies]
        for place, own in by_place(cells).items()
    }
    if not any(lines.values()):
        st.info(_("The texts of this run have not been scored yet. Score them above."))
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
    places = {spec.label(place): place for place in spec.places}
    chosen = chosen_place(spec)
    st.pills(
        _("Read a cell"),
        list(places),
        default=spec.label(chosen) if chosen else None,
        key=f"entropy_cell_{run.id}_{chosen}",
        on_change=_pill_picked,
        args=(f"entropy_cell_{run.id}_{chosen}", places),
    )


def _pill_picked(key: str, places: dict[str, tuple[int, int]]) -> None:
    picked = st.session_state[key]
    open_cell(places[picked] if picked else None)
