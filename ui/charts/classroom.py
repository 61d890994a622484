"""Figures of what a class predicts, to be read from the last row: few bars, large numbers.

Nothing here knows Streamlit.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import plotly.graph_objects as go

from ui.charts.palette import BLUE, CLEAR, GREY, GRID_LINE

RIGHT = "#1F9E89"
MOST_BARS = 24
_LINE_CHARACTERS = 44
_SIZE = 18


def choice_bars(choices: Sequence[str], counts: Sequence[int], right: int | None) -> go.Figure:
    """A bar for each choice, in the order of the lesson. right: the place of the right one, once
    it is revealed; the others turn grey."""
    labels = [
        "<br>".join(wrap(("✓ " if place == right else "") + text, _LINE_CHARACTERS)) or " "
        for place, text in enumerate(choices)
    ]
    figure = go.Figure(
        go.Bar(
            # Two choices may have the same text
            y=list(range(len(choices))),
            x=list(counts),
            orientation="h",
            marker_color=_colours([place == right for place in range(len(choices))], right),
            text=[f"<b>{count}</b>" for count in counts],
            textposition="outside",
            textfont_size=_SIZE + 4,
            cliponaxis=False,
            customdata=labels,
            hovertemplate="%{customdata}: %{x}<extra></extra>",
        )
    )
    lines = sum(label.count("<br>") for label in labels)
    _layout(figure, height=30 + 64 * len(choices) + 22 * lines)
    figure.update_xaxes(visible=False, range=[0, max([*counts, 1]) * 1.15])
    figure.update_yaxes(
        autorange="reversed",
        tickvals=list(range(len(choices))),
        ticktext=[f"{label}  " for label in labels],
        tickfont_size=_SIZE,
        automargin=True,
    )
    return figure


def estimate_bars(
    counts: Mapping[int, int], low: int, high: int, right: tuple[float, float] | None
) -> go.Figure:
    """A histogram of estimates from low to high. right: from the least to the largest that count as
    right, once they are revealed."""
    width = -(-(high - low + 1) // MOST_BARS)
    starts = range(low, high + 1, width)
    bins = [range(start, min(start + width, high + 1)) for start in starts]
    values = [sum(counts.get(value, 0) for value in one) for one in bins]
    hit = [right is not None and one[0] <= right[1] and one[-1] >= right[0] for one in bins]
    labels = [
        ("✓ " if is_hit else "") + (f"{one[0]}" if len(one) == 1 else f"{one[0]}–{one[-1]}")
        for one, is_hit in zip(bins, hit, strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=labels,
            y=values,
            marker_color=_colours(hit, right),
            text=[f"<b>{value}</b>" if value else "" for value in values],
            textposition="outside",
            textfont_size=_SIZE,
            cliponaxis=False,
            hovertemplate="%{x}: %{y}<extra></extra>",
        )
    )
    _layout(figure, height=320)
    figure.update_yaxes(visible=False, range=[0, max([*values, 1]) * 1.2])
    figure.update_xaxes(type="category", tickfont_size=14, linecolor=GRID_LINE, showline=True)
    return figure


def _colours(hits: Sequence[bool], right: object) -> list[str]:
    if right is None:
        return [BLUE] * len(hits)
    return [RIGHT if hit else GREY for hit in hits]


def _layout(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 10, "r": 30, "t": 10, "b": 10},
        height=height,
        bargap=0.3,
        showlegend=False,
    )
