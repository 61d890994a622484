"""The report in one file: everything is in it, and no text of the model becomes markup or
script."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

from core.grid.axes import Axis
from core.grid.records import Cell, Run, cells_of
from core.grid.spec import GridSpec
from ui.grid.report import html_report

EVIL = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>"
SPEC = GridSpec(EVIL, Axis("persona", ("", EVIL), ("none", EVIL)), Axis("top_p", (0.5,)), samples=2)
RUN = Run("r", "", SPEC, "embedded", "fp32", datetime(2026, 1, 2, tzinfo=UTC))


def cells() -> list[Cell]:
    return [
        cell.filled(
            text=f"{EVIL} 你好 {cell.index}",
            token_ids=(1, 2),
            finish_reason="stop",
            mean_logprob=-0.5,
            entropies=(1.0, 0.25),
            greedy_prefix=1,
        )
        for cell in cells_of(SPEC)
    ]


def test_it_has_every_text_chart_and_setting() -> None:
    report = html_report(RUN, cells())
    for cell in cells():
        assert html.escape(cell.text) in report
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', report, re.DOTALL)[1])  # type: ignore[index]
    assert {"mean_logprob", "self_bleu", "entropy_by_position"} <= set(figures)
    assert all(f'id="{name}"' in report for name in figures)
    assert "embedded fp32" in report


def test_no_text_is_markup() -> None:
    report = html_report(RUN, cells())
    assert EVIL not in report
    assert "<img" not in report.partition("<script>")[0]
    # One of data, two of code
    assert report.count("<script") - report.partition("<script>")[2].count("<script") == 2


def test_nothing_is_asked_of_another_machine() -> None:
    plain = GridSpec("Hello", Axis("seed", (0,)), Axis("top_p", (0.5,)))
    head = html_report(replace(RUN, spec=plain), []).partition("<body>")[0]
    assert "default-src &#x27;none&#x27;" in head
    assert head.count("sha256-") == 2
    assert not re.search(r"(src|href)=", head)


def test_a_run_without_texts_still_is_a_report() -> None:
    assert "not run" in html_report(RUN, [])


def test_the_best_texts_come_first_with_their_notes() -> None:
    marked = [replace(one, starred=one.index == 2, note=EVIL * (one.index == 2)) for one in cells()]
    report = html_report(RUN, marked)
    head, _sign, rest = report.partition("<h2>Metrics</h2>")
    assert "<h2>Best of this run</h2>" in head
    assert html.escape(marked[2].text) in head
    assert html.escape(marked[1].text) not in head
    assert html.escape(marked[1].text) in rest
    assert f'<p class="note">{html.escape(EVIL)}</p>' in head
    assert "Best of this run" not in html_report(RUN, cells())
