"""The figures, by their data."""

import ast
from pathlib import Path

from ui.charts import logprob_heatmap, setting_label, similarity_heatmap


def test_similarity_is_a_square_on_the_whole_scale():
    labels = [setting_label(0.2, 0.5), setting_label(0.8, 0.5)]
    figure = similarity_heatmap(labels, [[None, 0.25], [0.25, 1.0]])
    trace = figure.data[0]
    assert list(trace.x) == list(trace.y) == labels
    assert (trace.zmin, trace.zmax) == (0, 1)
    assert trace.z[0][1] == trace.z[1][0] == 0.25
    assert trace.z[0][0] is None


def test_logprob_rows_are_temperatures_from_the_top():
    figure = logprob_heatmap([0.2, 1.0], [0.5, 0.9, 1.0], [[-1, -2, -3], [-4, -5, None]])
    trace = figure.data[0]
    assert list(trace.y) == ["0.2", "1"]
    assert list(trace.x) == ["0.5", "0.9", "1"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"


def test_figures_are_transparent():
    layout = similarity_heatmap(["a"], [[1.0]]).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_many_settings_leave_the_numbers_to_the_pointer():
    labels = [str(i) for i in range(25)]
    trace = similarity_heatmap(labels, [[0.5] * 25] * 25).data[0]
    assert trace.texttemplate is None
    assert trace.hovertemplate


def test_figures_know_no_streamlit():
    file = Path(__file__).parents[1] / "ui" / "charts.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    assert not [node for node in imports if "streamlit" in ast.unparse(node)]
