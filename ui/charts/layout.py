"""The ground that figures with many numbers share: clear, and no text smaller than is read with
ease."""

import plotly.graph_objects as go

from ui.charts.palette import CLEAR

TEXT = 14


def plain_layout(figure: go.Figure, height: int) -> None:
    """Lay a figure out. height: in pixels."""
    figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        height=height,
        font={"size": TEXT},
        hoverlabel={"font": {"size": TEXT}},
    )
    # A theme's own sizes hold against the font of the whole
    axes = {"tickfont": {"size": TEXT}, "title": {"font": {"size": TEXT}}}
    figure.update_xaxes(**axes)
    figure.update_yaxes(**axes)
