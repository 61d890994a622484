"""The figures, by their data."""

import ast
from pathlib import Path

import pytest

from ui.charts.grid import (
    Table,
    difference_heatmap,
    entropy_multiples,
    measure_heatmap,
    similarity_heatmap,
)

UI = Path(__file__).parents[1] / "ui"
TABLE = Table(["0.2", "1"], ["0.5", "0.9", "1"], "temperature", "top_p")
VALUES = [[-1.0, -2.0, -3.0], [-4.0, -5.0, None]]
TEXTS = [["a", "b", "c"], ["d", "e", "–"]]


def test_similarity_is_a_square_on_the_whole_scale():
    labels = ["T 0.2", "T 0.8"]
    figure = similarity_heatmap(labels, [[None, 0.25], [0.25, 1.0]])
    trace = figure.data[0]
    assert list(trace.x) == list(trace.y) == labels
    assert (trace.zmin, trace.zmax) == (0, 1)
    assert trace.z[0][1] == trace.z[1][0] == 0.25
    assert trace.z[0][0] is None


def test_a_measure_has_a_field_and_a_point_to_click_for_every_cell():
    figure = measure_heatmap(TABLE, VALUES, TEXTS, chosen=(1, 0))
    field, points = figure.data
    assert [list(row) for row in field.z] == VALUES
    assert list(figure.layout.xaxis.ticktext) == TABLE.columns
    assert list(figure.layout.yaxis.range) == [1.5, -0.5]
    for x, y, place, text in zip(points.x, points.y, points.customdata, points.text, strict=True):
        assert (y, x) == tuple(place)
        assert text.endswith(TEXTS[y][x])
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.y0, frame.x1, frame.y1) == (-0.5, 0.5, 0.5, 1.5)


def test_no_difference_is_in_the_middle_of_the_scale():
    field = difference_heatmap(TABLE, [[-1.0, 0.5, None], [0.0, 3.0, 1.0]], TEXTS).data[0]
    assert (field.zmin, field.zmax) == (-3, 3)
    assert difference_heatmap(TABLE, [[None] * 3] * 2, TEXTS).data[0].zmax > 0


def test_entropy_has_a_line_for_every_sample_of_every_cell():
    lines = {(0, 0): [(1.0, 2.0), (0.5,)], (1, 2): [(3.0,)]}
    figure = entropy_multiples(TABLE, lines)
    assert [list(trace.y) for trace in figure.data] == [[1, 2], [0.5], [3]]
    assert [trace.xaxis for trace in figure.data] == ["x", "x", "x6"]


def test_figures_are_transparent():
    layout = similarity_heatmap(["a"], [[1.0]]).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_many_settings_leave_the_numbers_to_the_pointer():
    labels = [str(i) for i in range(25)]
    trace = similarity_heatmap(labels, [[0.5] * 25] * 25).data[0]
    assert trace.texttemplate is None
    assert trace.hovertemplate


@pytest.mark.parametrize(
    "figure",
    [
        measure_heatmap(TABLE, VALUES, TEXTS),
        difference_heatmap(TABLE, VALUES, TEXTS),
        entropy_multiples(TABLE, {(0, 0): [(1.0, 2.0)]}),
        similarity_heatmap(["a", "b"], [[1.0, 0.5], [0.5, 1.0]]),
    ],
    ids=["measure", "difference", "entropy", "similarity"],
)
def test_no_words_of_a_grid_chart_are_smaller_than_14_pixels(figure):
    sizes: list[float] = []

    def collect(part):
        for name, value in part.items() if isinstance(part, dict) else enumerate(part):
            if name == "size" and "color" not in part and "symbol" not in part:
                sizes.append(value)
            elif isinstance(value, dict | list | tuple):
                collect(value)

    shown = figure.to_plotly_json()
    shown["layout"].pop("template", None)
    collect(shown["layout"])
    for trace in shown["data"]:
        collect({k: v for k, v in trace.items() if k in ("textfont", "colorbar")})
    assert sizes
    assert min(sizes) >= 14
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.tickfont.size == axis.title.font.size == 14


def test_the_axes_of_a_grid_chart_have_their_names():
    layout = measure_heatmap(TABLE, VALUES, TEXTS).layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("top_p", "temperature")


CHARTS = sorted((UI / "charts").glob("*.py"))


@pytest.mark.parametrize("file", [*CHARTS, UI / "grid" / "report.py"], ids=lambda file: file.stem)
def test_figures_know_no_streamlit(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [node for node in imports if "streamlit" in ast.unparse(node)]
