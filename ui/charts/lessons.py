"""Figures of the lessons, from plain values: transparent, so that they fit light and dark.

Nothing here knows Streamlit.
"""

import html
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ui.charts.palette import BLUE, CLEAR, SERIES

_CUT = "rgba(140,150,165,0.45)"


def next_token_bars(
    pieces: Sequence[str], probabilities: Sequence[float], kept: Sequence[bool]
) -> go.Figure:
    """The likeliest next tokens, likeliest on top; what a cut leaves in colour, the rest grey."""
    figure = go.Figure(
        go.Bar(
            x=list(probabilities),
            y=[f"{rank}. {html.escape(piece)}" for rank, piece in enumerate(pieces, 1)],
            orientation="h",
            marker_color=[BLUE if one else _CUT for one in kept],
            text=[f"{p:.1%}" for p in probabilities],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3%}<extra></extra>",
        )
    )
    _layout(figure, height=60 + 24 * len(pieces))
    figure.update_xaxes(visible=False, range=[0, max(probabilities, default=1) * 1.25])
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def counts(groups: Sequence[str], rows: Mapping[str, Sequence[float]], most: float) -> go.Figure:
    """Counts per group, one colour for each of `rows`; the scale ends at `most`."""
    figure = go.Figure(
        [
            go.Bar(
                name=html.escape(name),
                y=[html.escape(group) for group in groups],
                x=list(values),
                orientation="h",
                marker_color=colour,
                text=[f"{value:g}" for value in values],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{y}<br>" + html.escape(name) + ": %{x:g}<extra></extra>",
            )
            for (name, values), colour in zip(rows.items(), SERIES, strict=False)
        ]
    )
    _layout(figure, height=70 + 26 * len(groups) * max(1, len(rows)))
    figure.update_layout(
        barmode="group",
        showlegend=len(rows) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(visible=False, range=[0, most * 1.15])
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    return figure


def _layout(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=height,
        bargap=0.25,
    )
