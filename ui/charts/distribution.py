"""Figures of next tokens, from plain values: a distribution before and after the settings, what was
drawn from it, and the surprise along a text.

Transparent, for light and dark; kept and cut tokens differ in pattern and in words as well as in
colour. Nothing here knows Streamlit or a model.
"""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from core.i18n import _
from ui.charts.palette import BLUE, CLEAR, GREY, ORANGE
from ui.charts.words import percent

_ROW_PX = 24
_AROUND_PX = 52  # the ticks below rows
_PLAYER_PX = 34  # above an animation
_HEATS_PX = 74  # below one
_LEAST_DRAWN = 1e-6  # where a logarithmic axis ends
_MAX_NAMED = 40  # more tokens than this leave no room for their names on a line


@dataclass(frozen=True, slots=True)
class TokenBar:
    """One token of a distribution, by its label and three probabilities.

    before: at temperature 1, nothing cut. warmed: after the temperature. after: after the cut as
    well, 0 where the token is cut off.
    """

    label: str
    before: float
    warmed: float
    after: float

    @property
    def kept(self) -> bool:
        return self.after > 0


@dataclass(frozen=True, slots=True)
class Heat:
    """The bars at one temperature, and what is said of them."""

    temperature: float
    bars: Sequence[TokenBar]
    caption: str


@dataclass(frozen=True, slots=True)
class DrawCount:
    """How often a token, or all that are not named, was drawn; `expected` and its `margin`."""

    label: str
    observed: int
    expected: float
    margin: float


def distribution_legend(cut_by: str = "") -> str:
    """What the marks of `distribution_bars` mean, as a line of text. cut_by: what made the cut."""
    signs = [("blue", "■", _("after, kept"))]
    if cut_by:
        signs.append(("gray", "▨", cut_by))
    return _legend(*signs, ("orange", "◇", _("before the settings")))


def draws_legend() -> str:
    """What the marks of `draws_figure` mean, as a line of text."""
    return _legend(("blue", "■", _("sampled")), ("orange", "◆", _("expected, with 95% margin")))


def _legend(*signs: tuple[str, str, str]) -> str:
    return "\u2003".join(f":{colour}[{sign}]\u00a0{said}" for colour, sign, said in signs)


def distribution_bars(
    bars: Sequence[TokenBar], log: bool = False, marked: int | None = None
) -> go.Figure:
    """Before and after for the likeliest tokens, from the top; the cut is a line between them.

    marked: the place in `bars` of the token that is drawn.
    """
    notes = [percent(bar.after) if bar.kept else _("cut off") for bar in bars]
    if marked is not None:
        notes[marked] = f"<b>{notes[marked]} ◀ {_('sampled')}</b>"
    layout = token_rows([bar.label for bar in bars], notes)
    layout |= {"xaxis": _probability_axis(bars, log)} | _cut_line(bars)
    # One call: every later change of a figure validates all of it again
    return go.Figure([*_bar_traces(bars), _before_trace(bars, "y2")], layout)


def temperature_animation(heats: Sequence[Heat], start: int, log: bool = False) -> go.Figure:
    """The same tokens at each temperature as frames, with a play button and a slider.

    start: the place in `heats` that is shown first.
    """
    frames = [
        {
            "name": f"{heat.temperature:g}",
            "data": _bar_traces(heat.bars),
            "traces": [0, 1],
            "layout": {"title": {"text": heat.caption}},
        }
        for heat in heats
    ]
    first = heats[start]
    layout = token_rows([bar.label for bar in first.bars])
    layout |= {
        "xaxis": _probability_axis([bar for heat in heats for bar in heat.bars], log),
        "title": {
            "text": first.caption,
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": 4, "l": 10},
        },
        "margin": {"l": 10, "r": 10, "t": 10 + _PLAYER_PX, "b": 10 + _HEATS_PX},
        "height": layout["height"] + _PLAYER_PX + _HEATS_PX,
        "updatemenus": [_player()],
        "sliders": [_heat_slider(heats, start)],
    }
    return go.Figure([*_bar_traces(first.bars), _before_trace(first.bars, "y")], layout, frames)


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
        "marker": {"color": BLUE},
        "hovertemplate": "%{x}<extra></extra>",
    }
    theory = {
        "type": "scatter",
        "x": expected,
        "y": rows,
        "yaxis": "y2",
        "mode": "markers",
        "name": _("expected, with 95% margin"),
        "marker": {"symbol": "diamond", "size": 8, "color": ORANGE},
        "error_x": {
            "type": "data",
            "array": [count.margin for count in counts],
            "arrayminus": [min(count.margin, count.expected) for count in counts],
            "color": ORANGE,
            "thickness": 2,
            "width": 5,
        },
        "hovertemplate": "%{x:.1f}<extra></extra>",
    }
    return go.Figure([drawn, theory], layout)


def surprise_line(labels: Sequence[str], bits: Sequence[float]) -> go.Figure:
    """The surprise of each token of a text, in bits, in the order of the text."""
    steps = list(range(1, len(labels) + 1))
    names = [html.escape(label, quote=False) for label in labels]
    line = {
        "type": "scatter",
        "x": steps,
        "y": list(bits),
        "mode": "lines+markers",
        "line": {"color": BLUE, "width": 2},
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


def token_rows(labels: Sequence[str], notes: Sequence[str] = ()) -> dict[str, Any]:
    """The layout of rows of tokens from the top, by place: two tokens may look the same.

    notes: what stands at the right end of each row, on the axis "y2"; a trace has to be on it.
    """
    rows: dict[str, Any] = {
        "tickvals": list(range(len(labels))),
        "range": [len(labels) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    # Tick texts are a kind of HTML
    named = rows | {"ticktext": [html.escape(label, quote=False) for label in labels]}
    layout = transparent(_AROUND_PX + _ROW_PX * len(labels)) | {
        "margin": {"l": 10, "r": 10 if notes else 72, "t": 10, "b": 10},
        "barmode": "overlay",
        "bargap": 0.25,
        # Beside the bars there is no room for one: it stands above, in the page's own text
        "showlegend": False,
        "yaxis": named,
    }
    if notes:
        right = {"overlaying": "y", "side": "right", "ticktext": list(notes)}
        layout["yaxis2"] = rows | right
    return layout


def transparent(height: int) -> dict[str, Any]:
    """The layout that all figures share. height: in pixels."""
    return {"paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR, "height": height}


# --- parts --------------------------------------------------------------------------------


def _bar_traces(bars: Sequence[TokenBar]) -> list[dict[str, Any]]:
    rows = list(range(len(bars)))
    hover = [
        _("before {before}<br>after temperature {warmed}<br>after the cutoff {after}").format(
            before=percent(bar.before), warmed=percent(bar.warmed), after=percent(bar.after)
        )
        for bar in bars
    ]
    kept: dict[str, Any] = {"color": BLUE}
    cut: dict[str, Any] = {"color": CLEAR, "line": {"color": GREY, "width": 1}}
    cut["pattern"] = {"shape": "/", "fgcolor": GREY, "bgcolor": CLEAR, "size": 6, "solidity": 0.35}
    return [
        {
            "type": "bar",
            "x": values,
            "y": rows,
            "orientation": "h",
            "name": name,
            "marker": marker,
            "customdata": hover,
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        for name, marker, values in (
            (_("after, kept"), kept, [b.after if b.kept else None for b in bars]),
            (
                _("cut off"),
                cut,
                [None if b.kept else b.warmed for b in bars],
            ),
        )
    ]


def _before_trace(bars: Sequence[TokenBar], axis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [bar.before for bar in bars],
        "y": list(range(len(bars))),
        "yaxis": axis,
        "mode": "markers",
        "name": _("before the settings"),
        "marker": {
            "symbol": "diamond-open",
            "size": 9,
            "color": ORANGE,
            "line": {"width": 2, "color": ORANGE},
        },
        "hoverinfo": "skip",
    }


def _probability_axis(bars: Sequence[TokenBar], log: bool) -> dict[str, Any]:
    values = [value for bar in bars for value in (bar.before, bar.warmed, bar.after)]
    most = min(1.0, 1.08 * max(values, default=1.0))
    axis: dict[str, Any] = {"automargin": True, "nticks": 5, "tickangle": 0}
    if not log:
        return axis | {"range": [0, most], "tickformat": ".0%"}
    least = max(_LEAST_DRAWN, min([v for v in values if v > 0], default=_LEAST_DRAWN) / 2)
    ends = [math.log10(least), math.log10(most)]
    return axis | {"type": "log", "range": ends, "dtick": 1, "tickformat": "~%"}


def _cut_line(bars: Sequence[TokenBar]) -> dict[str, Any]:
    edge = next((row for row, bar in enumerate(bars) if not bar.kept), None)
    if not edge:
        return {}
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
    place = {"yref": "y", "y0": edge - 0.5, "y1": edge - 0.5}
    return {"shapes": [line | place | {"line": {"color": GREY, "width": 1.5, "dash": "dash"}}]}


def _player() -> dict[str, Any]:
    play = {"frame": {"duration": 350, "redraw": True}, "transition": {"duration": 0}}
    still = {"frame": {"duration": 0, "redraw": True}, "mode": "immediate"}
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 1,
        "xanchor": "right",
        "y": 1,
        "yanchor": "bottom",
        "pad": {"b": 8},
        "buttons": [
            {
                "label": "▶ " + _("Play"),
                "method": "animate",
                "args": [None, play | {"fromcurrent": True, "mode": "immediate"}],
            },
            {"label": "❚❚ " + _("Pause"), "method": "animate", "args": [[None], still]},
        ],
    }


def _heat_slider(heats: Sequence[Heat], start: int) -> dict[str, Any]:
    still = {"frame": {"duration": 0, "redraw": True}, "mode": "immediate"}
    return {
        "active": start,
        "x": 0,
        "len": 1,
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 30},
        "currentvalue": {"visible": False},
        "steps": [
            {
                "label": f"{heat.temperature:g}",
                "method": "animate",
                "args": [[f"{heat.temperature:g}"], still],
            }
            for heat in heats
        ],
    }
