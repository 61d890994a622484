"""Figures of what was drawn: counts against what is expected, and the surprise along a text.

Transparent, for light and dark. Nothing here knows Streamlit or a model.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.i18n import _
from ui.charts.distribution import BEFORE, KEPT, token_rows, transparent

_MAX_NAMED = 40  # more tokens than this leave no room for their names on a line


@dataclass(frozen=True, slots=True)
class DrawCount:
    """How often a token, or all that are not named, was drawn; `expected` and its `margin`."""

    label: str
    observed: int
    expected: float
    margin: float


def draws_figure(counts: Sequence[DrawCount]) -> go.Figure:
    """Drawn counts as bars, and what the probabilities expect with the margin of 95 % of trials."""
    rows = list(range(len(counts)))
    expected = [count.expected for count in counts]
    layout = token_rows(
        [count.label for count in counts], [str(count.observed) for count in counts]
    )
    layout["xaxis"] = {"title": {"text": _("Times sampled")}, "rangemode": "tozero"}
    drawn = {
        "type": "bar",
        "x": [count.observed for count in counts],
        "y": rows,
        "orientation": "h",
        "name": _("sampled"),
        "marker": {"color": KEPT},
        "hovertemplate": "%{x}<extra></extra>",
    }
    theory = {
        "type": "scatter",
        "x": expected,
        "y": rows,
        "yaxis": "y2",
        "mode": "markers",
        "name": _("expected, with the margin of 95 in 100 trials"),
        "marker": {"symbol": "diamond", "size": 8, "color": BEFORE},
        "error_x": {
            "type": "data",
            "array": [count.margin for count in counts],
            "arrayminus": [min(count.margin, count.expected) for count in counts],
            "color": BEFORE,
            "thickness": 2,
            "width": 5,
        },
        "hovertemplate": "%{x:.1f}<extra></extra>",
    }
    return go.Figure([drawn, theory], layout)


def surprise_line(labels: Sequence[str], bits: Sequence[float]) -> go.Figure:
    """The surprise of each token of a text, in bits, in the order of the text."""
    steps = list(range(1, len(labels) + 1))
    names = [html.escape(label) for label in labels]
    line = {
        "type": "scatter",
        "x": steps,
        "y": list(bits),
        "mode": "lines+markers",
        "line": {"color": KEPT, "width": 2},
        "marker": {"size": 7},
        "customdata": names,
        "hovertemplate": "%{customdata}<br>%{y:.2f}<extra></extra>",
    }
    named = {"tickmode": "array", "tickvals": steps, "ticktext": names}
    layout = transparent(220) | {
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "yaxis": {
            "title": {"text": _("Surprisal (bits)")},
            # At least one bit: what is nearly certain is to lie flat, not to look like much
            "range": [0, 1.08 * max(1.0, *bits)],
            "automargin": True,
        },
        "xaxis": {"showgrid": False, "automargin": True}
        | (named if len(labels) <= _MAX_NAMED else {}),
    }
    return go.Figure([line], layout)
