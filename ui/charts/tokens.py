"""Tokens as they are drawn: their labels and colours, and the figure of one token's alternatives.

Pure functions of plain values. A token's colour is one of six steps from expected (calm) to
surprising (strong): one hue whose lightness changes steadily, so that the order is seen without
seeing colours; the text on every step has a contrast of 4.5 or more (WCAG 2.2, 1.4.3). In the
figure, kept, cut and drawn differ by pattern, sign and place, not by colour alone.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from core.i18n import _
from core.tokens.inspection import Alternative, InspectedToken, TokenMeasure
from core.tokens.pieces import text_of, visible
from ui.charts.palette import BLUE, CLEAR, GREY, ORANGE
from ui.charts.words import percent

_ROW_PX = 23
# Beyond so many rows, alternatives that are cut and less likely than this are not drawn.
_FEW = 6
NEGLIGIBLE = 1e-4
TAKEN_SIGN = "\u25c6"
CUT_SIGN = "\u2715"
_MOST_CHARACTERS = 18
STEPS = 6


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours for one theme; `steps` from expected to surprising."""

    steps: tuple[str, ...]
    text: str


LIGHT = Palette(("#FFFFFF", "#FFF5DD", "#FEE4AE", "#FCCB70", "#F7AC45", "#EE8E2B"), "#1C2430")
DARK = Palette(("#12161D", "#2B2312", "#433113", "#5C3F10", "#75490C", "#8C5208"), "#F4F1EA")

# The edges between the steps, each the last value of its step
_EDGES: dict[TokenMeasure, tuple[float, ...]] = {
    "probability": (0.8, 0.5, 0.2, 0.05, 0.01),
    "rank": (1, 2, 5, 20, 100),
    "entropy": (0.5, 1, 2, 3, 5),
    "surprise": (0.5, 1, 2, 4, 7),
}


def token_label(piece: str) -> str:
    """The label of a vocabulary entry: blanks and line breaks by signs, other bytes by their hex
    value, special tokens by their name; a long one is shortened in its middle."""
    label = visible(text_of(piece))
    if len(label) <= _MOST_CHARACTERS:
        return label
    half = _MOST_CHARACTERS // 2
    return f"{label[:half]}…{label[1 - half :]}"


def step_of(measure: TokenMeasure, value: float) -> int:
    """The step of a value, 0 (expected) to 5 (surprising)."""
    edges = _EDGES[measure]
    if measure == "probability":
        return sum(value < edge for edge in edges)
    return bisect_left(edges, value)


def legend(measure: TokenMeasure) -> list[str]:
    """What each step stands for, expected first."""
    edges = _EDGES[measure]
    if measure == "probability":
        ends = [f"{100 * edge:g} %" for edge in edges]
        return [
            _("{low} or more").format(low=ends[0]),
            *(f"{low} – {high}" for high, low in pairwise(ends)),
            _("below {high}").format(high=ends[-1]),
        ]
    if measure == "rank":
        return ["1", "2", "3 – 5", "6 – 20", "21 – 100", _("above {low}").format(low="100")]
    low_ends = [f"{edge:g}" for edge in edges]
    return [
        _("up to {high} bits").format(high=low_ends[0]),
        *(f"{low} – {high}" for low, high in pairwise(low_ends)),
        _("above {low}").format(low=low_ends[-1]),
    ]


def measure_name(measure: TokenMeasure) -> str:
    """A measure in words."""
    return {
        "probability": _("Probability"),
        "rank": _("Rank"),
        "entropy": _("Entropy"),
        "surprise": _("Surprisal"),
    }[measure]


def measure_help(measure: TokenMeasure) -> str:
    """What a measure says."""
    return {
        "probability": _("How likely the model found this token, among all possible ones."),
        "rank": _(
            "The token's place when all tokens are ordered by probability: 1 is the most likely."
        ),
        "entropy": _(
            "How open the choice was, in bits: 0 is certain, 1 is a coin flip, 3 is eight equally "
            "likely tokens."
        ),
        "surprise": _(
            "-log2 of the probability, in bits: 1 is a coin flip, 10 is one in a thousand."
        ),
    }[measure]


# --- the figure ---------------------------------------------------------------------------


def alternatives_figure(token: InspectedToken, greedy: bool = False) -> go.Figure:
    """Horizontal bars, the likeliest alternative on top: the model's own probability in grey
    (hatched where the token is cut), and in colour what it was in the draw. greedy: drawn at
    temperature 0."""
    rows = drawn_rows(token)
    if all(row.id != token.own.id for row in rows):
        rows.append(token.own)
    names = [_row_name(row, token) for row in rows]
    places = list(range(len(rows)))
    figure = go.Figure()
    figure.add_bar(
        showlegend=False,
        orientation="h",
        x=[row.raw for row in rows],
        y=places,
        width=0.82,
        marker={
            "color": GREY,
            "opacity": 0.55,
            "pattern": {"shape": ["" if row.kept else "/" for row in rows], "solidity": 0.3},
            "line": {
                "color": ORANGE,
                "width": [2 if row.id == token.own.id else 0 for row in rows],
            },
        },
        customdata=[[name, row.tempered] for name, row in zip(names, rows, strict=True)],
        hovertemplate=_(
            "%{customdata[0]}<br>model probability %{x:.2%}<br>after temperature "
            "%{customdata[1]:.2%}"
        )
        + "<extra></extra>",
    )
    figure.add_bar(
        showlegend=False,
        orientation="h",
        x=[row.drawn for row in rows],
        y=places,
        width=0.42,
        marker={"color": [ORANGE if row.id == token.own.id else BLUE for row in rows]},
        customdata=names,
        hovertemplate=_("%{customdata}<br>sampling probability %{x:.2%}") + "<extra></extra>",
    )
    # The legend's own: a bar there would have the colour and the frame of the first row
    for name, colour in ((_("model probability"), GREY), (_("sampling probability"), BLUE)):
        figure.add_bar(name=name, x=[None], y=[None], orientation="h", marker={"color": colour})
    ends = [max(row.raw, row.drawn) for row in rows]
    figure.add_scatter(
        mode="text",
        x=ends,
        y=places,
        text=[f"  {_numbers(row)}" for row in rows],
        textposition="middle right",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    _lay_out(figure, names, max(ends))
    _draw_cut(figure, token, greedy)
    return figure


def drawn_rows(token: InspectedToken) -> list[Alternative]:
    """The alternatives that are worth a bar, the likeliest first."""
    return [
        row
        for place, row in enumerate(token.top)
        if place < _FEW or row.kept or row.raw >= NEGLIGIBLE or row.id == token.own.id
    ]


def _row_name(row: Alternative, token: InspectedToken) -> str:
    sign = TAKEN_SIGN if row.id == token.own.id else "" if row.kept else CUT_SIGN
    # Plotly reads a few tags in labels: a piece must not become one
    text = visible(row.text).replace("&", "&amp;").replace("<", "&lt;")
    return f"{sign} {text}".strip()


def _numbers(row: Alternative) -> str:
    drawn = percent(row.drawn) if row.kept else CUT_SIGN
    return f"{percent(row.raw)} \u2192 {drawn}"


def _lay_out(figure: go.Figure, names: list[str], longest: float) -> None:
    figure.update_layout(
        barmode="overlay",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        height=90 + _ROW_PX * len(names),
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
    )
    # Room for the numbers beside the longest bar
    figure.update_xaxes(range=[0, 1.5 * longest], showticklabels=False, zeroline=False)
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
    )


def _draw_cut(figure: go.Figure, token: InspectedToken, greedy: bool) -> None:
    kept = sum(row.kept for row in token.top)
    if kept == len(token.top):
        return
    by = "temperature 0" if greedy else "top_p" if token.top[kept].in_top_k else "top_k"
    figure.add_hline(y=kept - 0.5, line={"dash": "dash", "width": 1.5, "color": GREY})
    figure.add_annotation(
        x=1,
        xref="paper",
        xanchor="right",
        y=kept - 0.5,
        yanchor="top",
        text=_("cut off by {name}").format(name=by),
        showarrow=False,
    )
