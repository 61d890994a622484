"""Draws a figure with text that can be read: 14 pixels at least, larger where the page is
presented.

What colour its text has is said by the page's style: a figure is drawn for both themes.
"""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.shell.presenting import CHART_TEXT, presented

LEAST_TEXT = 14
_AXES = ("xaxis", "yaxis")


def plot(figure: go.Figure, key: str, alt: str | None = None, **selection: Any) -> Any:
    """Draw it. selection: as `st.plotly_chart` takes it."""
    return st.plotly_chart(
        at_size(figure, CHART_TEXT if presented() else LEAST_TEXT),
        key=key,
        config={"displayModeBar": False},
        alt=alt,
        **selection,
    )


def at_size(figure: go.Figure, size: int) -> go.Figure:
    """The figure with no text below this size, in pixels, and as much room as that takes."""
    layout = figure.layout
    least = {"size": size}
    sizes: dict[str, Any] = {"font": least, "hoverlabel": {"font": least}}
    # The theme's sizes of these hold against the font of the whole
    sizes["legend"] = {"font": least}
    sizes["title"] = {"font": least}
    for name in layout.to_plotly_json():
        if name.startswith(_AXES):
            sizes[name] = {"tickfont": least, "title": {"font": least}}
        elif name.startswith("coloraxis"):
            sizes[name] = {"colorbar": {"tickfont": least, "title": {"font": least}}}
    growth = size / LEAST_TEXT
    if growth > 1:
        sizes["height"] = round((layout.height or 450) * growth)
        sizes["margin"] = _grown(layout.margin, growth)
        # Their distance from the axes is in pixels
        sizes["sliders"] = [{"pad": _grown(one.pad, growth)} for one in layout.sliders]
        sizes["updatemenus"] = [{"pad": _grown(one.pad, growth)} for one in layout.updatemenus]
    figure.update_layout(sizes)
    figure.update_annotations(font=least)
    return figure


def _grown(sides: Any, growth: float) -> dict[str, int]:
    return {side: round(value * growth) for side, value in sides.to_plotly_json().items()}
