"""Figures of a run of the grid: a measure by cell, the difference of two runs, entropy by position,
how similar its settings are.

Pure functions from plain values; nothing here knows Streamlit. A place is (row, column), from 0. A
value of None leaves its field empty.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.charts.layout import TEXT, plain_layout
from ui.charts.palette import DIVERGING, GRID_LINE, ORANGE, SEQUENTIAL, SERIES

Place = tuple[int, int]
Values = Sequence[Sequence[float | None]]

_CELL_HEIGHT = 56
_MAX_NUMBERED = 12  # more columns than this leave no room for numbers in the fields


@dataclass(frozen=True, slots=True)
class Table:
    """The labels of a table: of its rows and columns, and what those are."""

    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str = ""
    column_title: str = ""


def measure_heatmap(
    table: Table,
    values: Values,
    texts: Sequence[Sequence[str]],
    low: float | None = None,
    high: float | None = None,
    chosen: Place | None = None,
) -> go.Figure:
    """A measure by cell, with its text in each field. A click selects a point whose customdata is
    the place; the chosen one has a frame. low, high: the ends of the scale, None for the data's.
    """
    return _table_figure(table, values, texts, SEQUENTIAL, low, high, chosen)


def difference_heatmap(
    table: Table, values: Values, texts: Sequence[Sequence[str]], chosen: Place | None = None
) -> go.Figure:
    """The difference of a measure by cell, 0 in the middle of the scale."""
    found = [abs(value) for row in values for value in row if value is not None]
    most = max([*found, 1e-9])
    return _table_figure(table, values, texts, DIVERGING, -most, most, chosen)


def entropy_multiples(table: Table, lines: Mapping[Place, Sequence[Sequence[float]]]) -> go.Figure:
    """Small multiples: per cell the entropy (bits) before each token, one line a sample."""
    height, width = len(table.rows), len(table.columns)
    figure = make_subplots(
        rows=height,
        cols=width,
        shared_xaxes="all",
        shared_yaxes="all",
        row_titles=[html.escape(name) for name in table.rows],
        column_titles=[html.escape(name) for name in table.columns],
        horizontal_spacing=0.02,
        vertical_spacing=min(0.06, 0.3 / height),
    )
    for (row, column), samples in lines.items():
        for sample, values in enumerate(samples):
            figure.add_trace(
                go.Scatter(
                    x=list(range(1, len(values) + 1)),
                    y=list(values),
                    mode="lines",
                    line={"width": 1.4, "color": SERIES[sample % len(SERIES)]},
                    opacity=0.85,
                    name=str(sample + 1),
                    showlegend=False,
                    hovertemplate="%{x}: %{y:.2f}<extra></extra>",
                ),
                row=row + 1,
                col=column + 1,
            )
    plain_layout(figure, max(240, 80 + 120 * height))
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(gridcolor=GRID_LINE, zeroline=False, rangemode="tozero", nticks=4)
    figure.update_layout(margin={"l": 10, "r": 40, "t": 30, "b": 10})
    figure.update_annotations(font_size=TEXT)
    return figure


def similarity_heatmap(labels: Sequence[str], values: Values) -> go.Figure:
    """Similarity (0 to 1) between every two settings: a square, with `labels` on both axes."""
    figure = go.Figure(
        go.Heatmap(
            x=list(labels),
            y=list(labels),
            z=[list(row) for row in values],
            zmin=0.0,
            zmax=1.0,
            colorscale=SEQUENTIAL,
            hoverongaps=False,
            hovertemplate="%{y}<br>%{x}<br>%{z:.3f}<extra></extra>",
            texttemplate="%{z:.2f}" if len(labels) <= _MAX_NUMBERED else None,
            textfont={"size": TEXT},
            colorbar={"thickness": 10, "outlinewidth": 0, "tickfont": {"size": TEXT}},
            xgap=2,
            ygap=2,
        )
    )
    plain_layout(figure, max(260, 90 + 34 * len(labels)))
    figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10})
    # Without the type, labels that look like numbers would become a scale
    figure.update_xaxes(type="category", showgrid=False, automargin=True)
    figure.update_yaxes(type="category", showgrid=False, automargin=True, autorange="reversed")
    return figure


def _table_figure(
    table: Table,
    values: Values,
    texts: Sequence[Sequence[str]],
    scale: list[list[object]],
    low: float | None,
    high: float | None,
    chosen: Place | None,
) -> go.Figure:
    columns, rows = list(range(len(table.columns))), list(range(len(table.rows)))
    # Plotly takes texts for HTML
    names = [[html.escape(name) for name in side] for side in (table.columns, table.rows)]
    field = go.Heatmap(
        x=columns,
        y=rows,
        z=[list(row) for row in values],
        text=[list(row) for row in texts],
        texttemplate="%{text}",
        # Else the text shrinks with the longest one until it cannot be read
        textfont={"size": TEXT},
        zmin=low,
        zmax=high,
        colorscale=scale,
        xgap=3,
        ygap=3,
        hoverinfo="skip",
        colorbar={"thickness": 10, "outlinewidth": 0, "tickfont": {"size": TEXT}},
    )
    places = [(row, column) for row in rows for column in columns]
    # A heat map itself cannot be selected from: these points, not to be seen, can
    points = go.Scatter(
        x=[column for _row, column in places],
        y=[row for row, _column in places],
        customdata=[list(place) for place in places],
        text=[f"{names[1][r]}<br>{names[0][c]}<br>{texts[r][c]}" for r, c in places],
        hovertemplate="%{text}<extra></extra>",
        mode="markers",
        marker={"size": _CELL_HEIGHT - 8, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )
    figure = go.Figure([field, points])
    plain_layout(figure, 100 + _CELL_HEIGHT * len(rows))
    figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    figure.update_xaxes(
        tickvals=columns,
        ticktext=list(table.columns),
        title_text=table.column_title,
        range=[-0.5, len(columns) - 0.5],
    )
    figure.update_yaxes(
        tickvals=rows,
        ticktext=list(table.rows),
        title_text=table.row_title,
        range=[len(rows) - 0.5, -0.5],
    )
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(showgrid=False, zeroline=False, automargin=True)
    if chosen is not None:
        row, column = chosen
        figure.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line={"color": ORANGE, "width": 3},
        )
    return figure
