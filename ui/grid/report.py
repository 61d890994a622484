"""A run as one HTML file: its settings, charts and texts, to be opened from a disk without network.

The page allows its own two scripts alone, by their hashes (Content-Security-Policy level 2), so
that a script in a text of the model, escaped as it is, would not run either.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

from core.grid.export import settings_line
from core.grid.measure_labels import (
    axis_label,
    measure_explained,
    measure_label,
    value_and_range,
)
from core.grid.measures import MEASURES, Spread
from core.grid.records import Cell, Run, by_place
from core.grid.spec import GridSpec
from core.i18n import _, language
from ui.charts.grid import Table, entropy_multiples, measure_heatmap

Cells = Mapping[tuple[int, int], list[Cell]]
_BOOT = """
const ink = getComputedStyle(document.body).color;
const figures = JSON.parse(document.getElementById("figures").textContent);
for (const [id, figure] of Object.entries(figures)) {
  figure.layout.font = {...figure.layout.font, color: ink};
  Plotly.newPlot(id, figure.data, figure.layout, {responsive: true, displayModeBar: false});
}
"""
_STYLE = """
:root {color-scheme: light dark}
body {font: 16px/1.5 system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif;
  max-width: 72rem; margin: 0 auto; padding: 1.5rem; color: #1C2430; background: #FFFFFF}
h1 {font-size: 1.6rem} h2 {font-size: 1.25rem; margin-top: 2.5rem} h3 {font-size: 1rem; margin: 0}
pre {white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .3rem 0}
.quiet {opacity: .7; font-size: .875rem; margin: .2rem 0}
.note {border-left: 3px solid #E07A1F; padding-left: .6rem; margin: .4rem 0}
.charts {display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem}
.box {border: 1px solid #8884; border-radius: .6rem; padding: .8rem; min-width: 0}
.cells {display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr))}
@media (prefers-color-scheme: dark) {body {color: #E6EAF1; background: #12161D}}
"""


def html_report(run: Run, cells: Sequence[Cell], model: str = "") -> str:
    """The whole file. model: as in `core.grid.export.settings_line`."""
    spec, found = run.spec, by_place(cells)
    figures = _figures(spec, found)
    libraries = get_plotlyjs()
    title = " ".join((run.title or run.spec.prompt).split())[:120]
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in (libraries, _BOOT))
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    data = {name: json.loads(plotly.io.to_json(figure)) for name, figure in figures.items()}
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(language())}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *_about(run, model),
            *_best(spec, [cell for cell in cells if cell.starred]),
            f"<h2>{escape(_('Metrics'))}</h2>",
            *_charts(figures),
            f"<h2>{escape(_('Texts'))}</h2>",
            *_texts(spec, found),
            f'<script type="application/json" id="figures">{_inert(json.dumps(data))}</script>',
            f"<script>{libraries}</script>",
            f"<script>{_BOOT}</script>",
            "</body></html>",
        ]
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _inert(data: str) -> str:
    """JSON that cannot end the element that it stands in."""
    return data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _about(run: Run, model: str) -> list[str]:
    spec = run.spec
    parts = [f'<div class="box"><pre>{escape(spec.prompt)}</pre>']
    systems = [(_("System message"), spec.system)] if spec.system.strip() else []
    for axis in spec.axes:
        if axis.name == "persona":
            systems += [(n, str(v)) for n, v in zip(axis.labels, axis.values, strict=True) if v]
    for name, text in systems:
        parts.append(f'<p class="quiet">{escape(name)}</p><pre>{escape(text)}</pre>')
    said = _("{line} · {samples} samples per cell · {date} UTC").format(
        line=settings_line(run, model),
        samples=spec.samples,
        date=f"{run.created_at:%Y-%m-%d %H:%M}",
    )
    return [*parts, f'<p class="quiet">{escape(said)}</p></div>']


def _figures(spec: GridSpec, found: Cells) -> dict[str, go.Figure]:
    """The charts by the id of their place: every measure that has a value, then the entropy."""
    figures = {}
    table = Table(
        [escape(label) for label in spec.rows.labels],
        [escape(label) for label in spec.columns.labels],
        axis_label(spec.rows.name),
        axis_label(spec.columns.name),
    )
    for name, measure in MEASURES.items():
        rows = [
            [measure.spread(found.get((row, column), [])) for column in range(len(table.columns))]
            for row in range(len(table.rows))
        ]
        if any(spread for row in rows for spread in row):
            figures[name] = measure_heatmap(
                table,
                [[spread.value if spread else None for spread in row] for row in rows],
                [[_field_text(name, spread) for spread in row] for row in rows],
            )
    lines = {p: [c.entropies for c in own if c.entropies] for p, own in found.items()}
    if any(lines.values()):
        figures["entropy_by_position"] = entropy_multiples(table, lines)
    for figure in figures.values():
        figure.update_layout(template="none")
    return figures


def _field_text(name: str, spread: Spread | None) -> str:
    value, extent = value_and_range(name, spread)
    return f"{value}<br>({extent})" if extent else value


def _charts(figures: dict[str, go.Figure]) -> list[str]:
    parts = ['<div class="charts">']
    for name in figures:
        if name in MEASURES:
            parts.append(
                f'<div class="box"><h3>{escape(measure_label(name))}</h3>'
                f'<p class="quiet">{escape(measure_explained(name))}</p>'
                f'<div id="{name}"></div></div>'
            )
    parts.append("</div>")
    if "entropy_by_position" in figures:
        parts.append(
            f"<h2>{escape(_('Entropy by position (bits)'))}</h2>"
            '<div class="box" id="entropy_by_position"></div>'
        )
    return parts


def _texts(spec: GridSpec, found: Cells) -> list[str]:
    parts = ['<div class="cells">']
    for place in spec.places:
        parts.append(f'<div class="box"><h3>{escape(spec.label(place))}</h3>')
        own = found.get(place, [])
        if not own:
            parts.append(f'<p class="quiet">{escape(_("not run"))}</p>')
        parts += [_text(cell) for cell in own]
        parts.append("</div>")
    return [*parts, "</div>"]


def _best(spec: GridSpec, cells: Sequence[Cell]) -> list[str]:
    """The texts with a star, before all others."""
    if not cells:
        return []
    parts = [f"<h2>{escape(_('Best of this run'))}</h2>", '<div class="cells">']
    for cell in cells:
        name = spec.sample_label(cell.place, cell.sample)
        parts.append(f'<div class="box"><h3>{escape(name)}</h3>{_text(cell)}</div>')
    return [*parts, "</div>"]


def _text(cell: Cell) -> str:
    facts = _("seed {seed}").format(seed=cell.seed)
    star = "★ " if cell.starred else ""
    note = f'<p class="note">{escape(cell.note)}</p>' if cell.note else ""
    return f'<pre>{escape(cell.text)}</pre>{note}<p class="quiet">{star}{escape(facts)}</p>'
