"""Figures of the playground, from plain values: transparent, so that they fit light and dark.

Nothing here knows Streamlit. A value of None leaves its place empty.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

Values = Sequence[Sequence[float | None]]

_SCALE = [[0.0, "#DCE6F8"], [0.5, "#5487D6"], [1.0, "#122B5C"]]
_CLEAR = "rgba(0,0,0,0)"
_MAX_LABELLED = 12  # more columns than this leave no room for numbers in the fields


def similarity_heatmap(labels: Sequence[str], values: Values) -> go.Figure:
    """Similarity (0 to 1) between every two settings: a square, with `labels` on both axes."""
    return _heatmap(labels, labels, values, low=0.0, high=1.0)


def _heatmap(
    columns: Sequence[str],
    rows: Sequence[str],
    values: Values,
    low: float | None = None,
    high: float | None = None,
) -> go.Figure:
    trace = go.Heatmap(
        x=list(columns),
        y=list(rows),
        z=[list(row) for row in values],
        zmin=low,
        zmax=high,
        colorscale=_SCALE,
        hoverongaps=False,
        hovertemplate="%{y}<br>%{x}<br>%{z:.3f}<extra></extra>",
        texttemplate="%{z:.2f}" if len(columns) <= _MAX_LABELLED else None,
        xgap=2,
        ygap=2,
    )
    figure = go.Figure(trace)
    figure.update_layout(
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=max(260, 90 + 34 * len(rows)),
    )
    # Without the type, labels that look like numbers would become a scale
    figure.update_xaxes(type="category", showgrid=False, automargin=True)
    figure.update_yaxes(type="category", showgrid=False, automargin=True, autorange="reversed")
    return figure
