"""What a run of the playground looks like: the grid of cells, its measures, charts and table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.diversity import distinct_n, distinct_texts
from core.grid import GridSpec, cells_of, similarity_matrix, unfinished
from core.grid_export import export_csv, export_json, table
from core.i18n import _, ngettext
from core.storage.records import Cell, Run
from ui.charts import logprob_heatmap, setting_label, similarity_heatmap
from ui.stream import finish_label, safe_markdown


def frame(spec: GridSpec) -> dict[int, Any]:
    """Draw the empty grid (rows: temperatures, columns: top_p); the place of each cell by index."""
    places: dict[int, Any] = {}
    cells = iter(cells_of(spec))
    for column, top_p in zip(st.columns(len(spec.top_ps)), spec.top_ps, strict=True):
        column.markdown(f"**{_('top_p')} {top_p:g}**")
    for temperature in spec.temperatures:
        st.markdown(f"**{_('temperature')} {temperature:g}**")
        for column, top_p in zip(st.columns(len(spec.top_ps)), spec.top_ps, strict=True):
            with column.container(border=True, height="stretch"):
                st.caption(setting_label(temperature, top_p))
                for _sample in range(spec.samples):
                    places[next(cells).index] = st.empty()
    return places


def show(run: Run, cells: Sequence[Cell], same: Mapping[int, bool] | None) -> None:
    """Draw a stored run; `same` tells which cells a replay gave again."""
    spec = GridSpec.of_run(run)
    _gaps(spec, cells)
    if same is not None:
        _replay_summary(same)
    by_index = {cell.index: cell for cell in cells}
    for index, place in frame(spec).items():
        with place.container():
            draw_cell(by_index.get(index), (same or {}).get(index))
    texts = [cell for cell in cells if cell.token_ids]
    if texts:
        _measures(texts)
        _charts(run, spec, texts)
        _table(run, cells)


def _gaps(spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Say how much of a run is there, and which settings lack a text."""
    lacking = unfinished(spec, cells)
    if not lacking:
        return
    whole = len(cells_of(spec))
    st.info(
        _("This run is not complete: {done} of {whole} texts are there. Missing: {names}.").format(
            done=whole - len(lacking), whole=whole, names=gap_names(spec, lacking)
        ),
        icon=":material/stop_circle:",
    )


def gap_names(spec: GridSpec, lacking: Sequence[Cell]) -> str:
    """The settings of these cells, each once, with how many of its samples are meant."""
    counts = Counter(setting_label(cell.temperature, cell.top_p) for cell in lacking)
    return ", ".join(
        label
        if count == spec.samples
        else _("{setting} ({count} of {samples})").format(
            setting=label, count=count, samples=spec.samples
        )
        for label, count in counts.items()
    )


def draw_cell(cell: Cell | None, same: bool | None) -> None:
    """Draw one text with its facts; `same`: whether a replay gave it again, None without one."""
    if cell is None:
        st.caption(_("not run"))
        return
    st.markdown(safe_markdown(cell.text) or _("*(no text)*"))
    if cell.error:
        st.error(cell.error)
    count = len(cell.token_ids)
    facts = [
        ngettext("{count} token", "{count} tokens", count).format(count=count),
        finish_label(cell.finish_reason),
        _("seed {seed}").format(seed=cell.seed),
    ]
    if cell.mean_logprob is not None:
        facts.insert(2, _("mean log-probability {value:.2f}").format(value=cell.mean_logprob))
    if same is not None:
        facts.append(_("replay: identical") if same else _("replay: **different**"))
    st.caption(" · ".join(facts))


def _replay_summary(same: Mapping[int, bool]) -> None:
    equal, count = sum(same.values()), len(same)
    if count and equal == count:
        st.success(
            ngettext(
                "The replay gave the same tokens for the {count} text compared.",
                "The replay gave the same tokens for all {count} texts compared.",
                count,
            ).format(count=count),
            icon=":material/check_circle:",
        )
    else:
        st.warning(
            _(
                "The replay gave the same tokens for {equal} of {count} texts compared. Another "
                "model, machine, precision or size of batch rounds differently, and one "
                "different token changes all that follow."
            ).format(equal=equal, count=count),
            icon=":material/difference:",
        )


def _measures(cells: Sequence[Cell]) -> None:
    texts = [cell.token_ids for cell in cells]
    differ, one, two = st.columns(3)
    differ.metric(_("Different texts"), f"{distinct_texts(texts)} / {len(texts)}", border=True)
    for column, n in ((one, 1), (two, 2)):
        value = distinct_n(texts, n)
        column.metric(
            _("distinct-{n}").format(n=n),
            "–" if value is None else f"{value:.2f}",
            border=True,
            help=_("Distinct sequences of {n} tokens, over all of them: 1 never repeats.").format(
                n=n
            ),
        )


@st.cache_data(show_spinner=False, max_entries=32)
def _similarity(
    run_id: str, texts: int, tokens: int, _spec: GridSpec, _cells: Sequence[Cell]
) -> list[list[float | None]]:
    return similarity_matrix(_spec, _cells)


def _charts(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    settings = [(t, p) for t in spec.temperatures for p in spec.top_ps]
    # Filling gaps adds texts, or tokens to a text that was stopped
    tokens = sum(len(cell.token_ids) for cell in cells)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(_("How alike are the settings?"))
        st.plotly_chart(
            similarity_heatmap(
                [setting_label(t, p) for t, p in settings],
                _similarity(run.id, len(cells), tokens, spec, cells),
            ),
            width="stretch",
            theme="streamlit",
            key=f"similarity_{run.id}",
            alt=_("Heat map of the similarity between the texts of every two settings."),
        )
        st.caption(_("1: the same tokens in the same order. 0: nothing in common."))
    with right:
        st.subheader(_("How likely are the texts?"))
        if not any(cell.mean_logprob is not None for cell in cells):
            st.caption(_("The texts of this run were not scored."))
            return
        st.plotly_chart(
            logprob_heatmap(spec.temperatures, spec.top_ps, mean_logprobs(spec, cells)),
            width="stretch",
            theme="streamlit",
            key=f"logprob_{run.id}",
            alt=_("Heat map of the mean log-probability by temperature and top_p."),
        )
        st.caption(_("Nearer to 0 is likelier to the model, measured at temperature 1."))


def mean_logprobs(spec: GridSpec, cells: Sequence[Cell]) -> list[list[float | None]]:
    """Per temperature (rows) and top_p (columns): the mean over the samples, None without any."""

    def mean(temperature: float, top_p: float) -> float | None:
        values = [
            cell.mean_logprob
            for cell in cells
            if (cell.temperature, cell.top_p) == (temperature, top_p)
            and cell.mean_logprob is not None
        ]
        return sum(values) / len(values) if values else None

    return [[mean(t, p) for p in spec.top_ps] for t in spec.temperatures]


def _table(run: Run, cells: Sequence[Cell]) -> None:
    with st.expander(_("Table and download"), icon=":material/table:"):
        data = pd.DataFrame(table(cells))
        st.dataframe(data, width="stretch", hide_index=True, key=f"table_{run.id}")
        with st.container(horizontal=True):
            st.download_button(
                "CSV",
                export_csv(cells).encode("utf-8-sig"),
                f"grid-{run.id}.csv",
                "text/csv",
                key=f"csv_{run.id}",
                icon=":material/download:",
                help=_(
                    "For spreadsheet programs. A text that begins with = + - @ or a tab gets an "
                    "apostrophe before it, or it would become a formula; JSON has it unchanged."
                ),
                on_click="ignore",
            )
            st.download_button(
                "JSON",
                export_json(run, cells),
                f"grid-{run.id}.json",
                "application/json",
                key=f"json_{run.id}",
                icon=":material/download:",
                help=_("Everything that is stored about the run, unchanged."),
                on_click="ignore",
            )
