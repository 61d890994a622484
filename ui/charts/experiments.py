"""Figures of an experiment: differences with their intervals around zero, drift over turns, what
passes by rule, and by question.

Pure functions; nothing here knows Streamlit. Shares are drawn from 0 to 100 %, whatever they are; a
difference on a scale that has zero in its middle. What is claimed differs by sign and place, not by
colour alone.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from core.i18n import _
from core.statistics.comparison import Comparison
from core.statistics.outcomes import Outcomes, Rate, share
from core.statistics.sentences import rate_text, span
from ui.charts.grid import Table, measure_heatmap
from ui.charts.layout import TEXT, plain_layout
from ui.charts.palette import BLUE, GREY, GRID_LINE, ORANGE, SEQUENTIAL, SERIES

_LABEL_CHARACTERS = 28
_ROW_PX = 46
# Ends of a scale of differences, in points
_ENDS = (5, 10, 20, 30, 50, 80, 100)
_BESIDE = 0.06  # of a turn
_MAX_NUMBERED = 8  # more variants than this leave no room for numbers in the fields


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference to be drawn, with its interval; all in points, -100 to 100. claimed: 1 for
    better, -1 for worse, 0 for what cannot be told from chance."""

    name: str
    value: float
    low: float
    high: float
    claimed: int = 0


def difference_of(name: str, comparison: Comparison) -> Difference:
    """What is drawn of a comparison."""
    claimed = {"b_better": 1, "a_better": -1}.get(comparison.verdict, 0)
    low, high = 100 * comparison.low, 100 * comparison.high
    return Difference(name, 100 * comparison.difference, low, high, claimed)


def difference_forest(
    differences: Sequence[Difference], worse: str = "", better: str = ""
) -> go.Figure:
    """A line for each difference from the low to the high end of its interval, around zero, the
    first on top. worse, better: what the left and the right side stand for."""
    end = _scale_end(differences)
    figure = go.Figure()
    # The ground says the sides before any number is read
    figure.add_vrect(x0=0, x1=end, fillcolor=BLUE, opacity=0.06, line_width=0, layer="below")
    figure.add_vrect(x0=-end, x1=0, fillcolor=ORANGE, opacity=0.06, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": GREY, "width": 2})
    for place, one in enumerate(differences):
        figure.add_trace(_interval(place, one))
    names = [_label(one.name) for one in differences]
    lines = sum(name.count("<br>") for name in names)
    _quiet_layout(figure, 88 + _ROW_PX * max(1, len(differences)) + 20 * lines)
    figure.update_layout(margin={"l": 10, "r": 10, "t": 30 if better or worse else 10, "b": 10})
    for text, x, anchor in ((worse, 0, "left"), (better, 1, "right")):
        if text:
            figure.add_annotation(
                x=x,
                xref="paper",
                xanchor=anchor,
                y=1,
                yref="paper",
                yanchor="bottom",
                text=html.escape(text),
                showarrow=False,
                font_size=TEXT,
            )
    figure.update_xaxes(
        range=[-1.05 * end, 1.05 * end],
        tickvals=[-end, -end / 2, 0, end / 2, end],
        ticktext=[
            f"{'−' if x < 0 else '+' if x > 0 else ''}{abs(x):g}"
            for x in (-end, -end / 2, 0, end / 2, end)
        ],
        gridcolor=GRID_LINE,
        zeroline=False,
        automargin=True,
        title_text=_("difference in points"),
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[f"{name}  " if name else "" for name in names],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    return figure


def _interval(place: int, one: Difference) -> go.Scatter:
    colour = {1: BLUE, -1: ORANGE, 0: GREY}[one.claimed]
    low, high = span(one.low / 100, one.high / 100)
    value = span(one.value / 100, one.value / 100, digits=0 if "." not in low + high else 1)[0]
    name = html.escape(one.name)
    said = _("{value} points, probably {low} to {high}").format(value=value, low=low, high=high)
    return go.Scatter(
        x=[one.low, one.value, one.high],
        y=[place] * 3,
        mode="lines+markers+text",
        line={"color": colour, "width": 6},
        marker={
            "color": colour,
            "size": [12, 15, 12],
            "symbol": ["line-ns", "circle" if one.claimed else "circle-open", "line-ns"],
            "line": {"color": colour, "width": [3, 3, 3]},
            "opacity": 1,
        },
        text=["", value, ""],
        textposition="top center",
        textfont={"size": TEXT},
        cliponaxis=False,
        hovertemplate=(f"{name}<br>" if name else "") + f"{said}<extra></extra>",
        showlegend=False,
    )


def _scale_end(differences: Sequence[Difference]) -> float:
    most = max((abs(x) for one in differences for x in (one.low, one.high)), default=0)
    return next((end for end in _ENDS if end >= most), 100)


def drift_lines(turns: Mapping[str, Sequence[Rate]], baseline: str) -> go.Figure:
    """The share that passes by turn, a line each with its interval; the baseline is dashed and
    grey. turns: by name, the rates from the first turn on."""
    figure = go.Figure()
    colours = iter(SERIES)
    for line, (name, rates) in enumerate(turns.items()):
        is_base = name == baseline
        colour = GREY if is_base else next(colours, GREY)
        places = [turn for turn, rate in enumerate(rates, 1) if rate.rows]
        drawn = [rates[turn - 1] for turn in places]
        shares = [100 * (rate.share or 0.0) for rate in drawn]
        figure.add_trace(
            go.Scatter(
                name=html.escape(name),
                # Beside each other, so that no interval hides another
                x=[turn + _BESIDE * (line - (len(turns) - 1) / 2) for turn in places],
                y=shares,
                mode="lines+markers",
                line={"color": colour, "width": 3, "dash": "dash" if is_base else "solid"},
                marker={"size": 9, "symbol": "diamond" if is_base else "circle"},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * r.high - s for r, s in zip(drawn, shares, strict=True)],
                    "arrayminus": [s - 100 * r.low for r, s in zip(drawn, shares, strict=True)],
                    "thickness": 1.2,
                    "width": 4,
                },
                customdata=[
                    f"{t}: {rate_text(rate)}" for t, rate in zip(places, drawn, strict=True)
                ],
                hovertemplate=html.escape(name) + "<br>%{customdata}<extra></extra>",
            )
        )
    _quiet_layout(figure, 340)
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font_size": TEXT},
    )
    longest = max((len(rates) for rates in turns.values()), default=1)
    figure.update_xaxes(
        dtick=1 if longest <= 20 else None,
        range=[0.7, longest + 0.3],
        title_text=_("turn"),
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    ticks = [0, 25, 50, 75, 100]
    figure.update_yaxes(
        range=[-3, 103],
        tickvals=ticks,
        ticktext=[f"{tick} %" for tick in ticks],
        gridcolor=GRID_LINE,
        zeroline=False,
        automargin=True,
    )
    return figure


def rule_heatmap(
    rules: Sequence[str], variants: Sequence[str], rates: Sequence[Sequence[Rate | None]]
) -> go.Figure:
    """The share that passes, from 0 to 100 %, by rule (or group) and variant, with the counts in
    the fields where there is room; None leaves one empty. A click selects a point whose customdata
    is (rule, variant)."""
    values = [
        [None if rate is None or rate.share is None else 100 * rate.share for rate in row]
        for row in rates
    ]
    numbered = len(variants) <= _MAX_NUMBERED
    texts = [[_counts(rate) if numbered else "" for rate in row] for row in rates]
    table = Table([_label(rule) for rule in rules], [_label(name, 16) for name in variants])
    figure = measure_heatmap(table, values, texts, low=0, high=100)
    points = figure.data[1]
    points.text = [
        f"{html.escape(rules[r])}<br>{html.escape(variants[v])}<br>{rate_text(rate) if rate else '–'}"
        for r, row in enumerate(rates)
        for v, rate in enumerate(row)
    ]
    figure.data[0].colorbar.ticksuffix = " %"
    return figure


def question_matrix(
    variants: Mapping[str, Outcomes],
    questions: Sequence[str],
    notes: Sequence[Sequence[str]] | None = None,
    numbers: Sequence[int] | None = None,
) -> go.Figure:
    """Every question (a column, by its key) by variant: the share of its tries that passed, from 0
    to 100 %; empty where it was not answered. notes: by variant and question, what is said of a
    field that is pointed at. numbers: of the questions, from 1 where they are all. A click selects a
    point whose x is the number of the question, and whose y is the place of the variant."""
    names = list(variants)
    values = [[_percent(share(own.get(key, ()))) for key in questions] for own in variants.values()]
    numbers = list(numbers or range(1, len(questions) + 1))
    first = numbers[0] if numbers else 1
    # Of questions picked out side by side, each is a name: an axis of numbers would have gaps
    gaps = numbers != list(range(first, first + len(numbers)))
    columns: list[Any] = [str(number) for number in numbers] if gaps else numbers
    start = 0 if gaps else first
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=columns,
            y=list(range(len(names))),
            zmin=0,
            zmax=100,
            colorscale=SEQUENTIAL,
            xgap=1 if len(questions) <= 200 else 0,
            ygap=3,
            hoverinfo="skip",
            colorbar={"thickness": 10, "outlinewidth": 0, "ticksuffix": " %"},
        )
    )
    said = [
        "<br>".join(
            html.escape(part)
            for part in (
                key,
                "–" if values[v][q] is None else f"{values[v][q]:.0f} %",
                notes[v][q] if notes else "",
            )
            if part
        )
        for v in range(len(names))
        for q, key in enumerate(questions)
    ]
    # A field of a heat map cannot be selected: a point over each of them is what a click finds
    figure.add_trace(
        go.Scatter(
            x=columns * len(names),
            y=[v for v in range(len(names)) for _q in questions],
            mode="markers",
            marker={"size": 18, "symbol": "square", "opacity": 0},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            text=said,
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_traces(colorbar_tickfont_size=TEXT, selector={"type": "heatmap"})
    _quiet_layout(figure, 90 + 34 * max(1, len(names)))
    figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10})
    figure.update_xaxes(
        title_text=_("question"),
        type="category" if gaps else "linear",
        range=[start - 0.5, start + len(questions) - 0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[f"{_label(name)}  " for name in names],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
    )
    return figure


def _percent(part: float | None) -> float | None:
    return None if part is None else 100 * part


def _counts(rate: Rate | None) -> str:
    return "–" if rate is None or not rate.rows else f"{rate.passed}/{rate.rows}"


def _label(name: str, characters: int = _LABEL_CHARACTERS) -> str:
    """A name in at most two lines, as plotly is to show it: it takes texts for HTML."""
    lines = wrap(" ".join(name.split()), characters)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1][: characters - 1]}…"]
    return "<br>".join(map(html.escape, lines))


def _quiet_layout(figure: go.Figure, height: int) -> None:
    plain_layout(figure, height)
    figure.update_layout(dragmode=False)
