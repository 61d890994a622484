"""What a run of the playground looks like: its texts as small multiples, its measures, entropy
position by position, another run laid over it, its settings as code.

The part on screen, the measure and the chosen cell are in the URL (`?part=`, `?measure=`, `?cell=`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.backends.backend import Backend
from core.grid.measure_labels import shown
from core.grid.measures import MEASURES, distinct_n, distinct_texts
from core.grid.records import Cell, Run, by_place, cells_of, unfinished
from core.grid.run import Replayed
from core.grid.spec import GridSpec
from core.i18n import _, ngettext
from ui.grid.cell import cell_panel, chosen_place, code_part, facts_line, open_cell
from ui.grid.measures import entropy_part, measures_part, overlay_part
from ui.shell.text import answer, label, lines
from ui.shell.url_choice import from_url

TEXT_HEIGHT = 150
# By the index of the cell
Compared = Mapping[int, Replayed]


def frame(spec: GridSpec) -> dict[int, Any]:
    """Draw the empty grid; the place of each cell by index. Long texts scroll in their card."""
    places: dict[int, Any] = {}
    cells = iter(cells_of(spec))
    with st.container(key="grid_frame"):
        for row in range(len(spec.rows.values)):
            for place, card in _cards(spec, row):
                with card:
                    st.caption(label(spec.label(place)))
                    with st.container(height=TEXT_HEIGHT, border=False):
                        for _sample in range(spec.samples):
                            places[next(cells).index] = st.empty()
    return places


def _cards(spec: GridSpec, row: int) -> list[tuple[tuple[int, int], Any]]:
    columns = st.columns(len(spec.columns.values), gap="small")
    return [
        ((row, column), place.container(border=True, height="stretch", gap="xsmall"))
        for column, place in enumerate(columns)
    ]


def show(backend: Backend, run: Run, cells: Sequence[Cell], replayed: Compared | None) -> None:
    """Draw a stored run; `replayed`: how a replay compares, None without one."""
    _gaps(run.spec, cells)
    if replayed is not None:
        _replay_summary(replayed)
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "texts": (_("Texts"), lambda: _texts(backend, run, cells, replayed or {})),
        "measures": (_("Metrics"), lambda: measures_part(backend, run, cells)),
        "entropy": (_("Entropy"), lambda: entropy_part(backend, run, cells)),
        "two": (_("Compare runs"), lambda: overlay_part(run, cells)),
        "code": (_("Settings as code"), lambda: code_part(run)),
    }
    chosen = st.segmented_control(
        _("Part"),
        list(parts),
        required=True,
        format_func=lambda name: parts[name][0],
        key="part",
        on_change=from_url("part", list(parts)),
        label_visibility="collapsed",
    )
    part = chosen or "texts"
    parts[part][1]()
    place = chosen_place(run.spec)
    if place is not None and part in ("measures", "entropy"):
        cell_panel(backend, run, place, by_place(cells).get(place, []), replayed or {})


def _texts(backend: Backend, run: Run, cells: Sequence[Cell], replayed: Compared) -> None:
    """The cards row by row; the chosen one is read whole under its row."""
    spec, found, chosen = run.spec, by_place(cells), chosen_place(run.spec)
    if any(cell.written for cell in cells):
        _totals(cells)
    with st.container(key="grid_cells"):
        for row in range(len(spec.rows.values)):
            for place, card in _cards(spec, row):
                with card:
                    _card(spec, place, found.get(place, []), replayed, place == chosen)
            if chosen is not None and chosen[0] == row:
                cell_panel(backend, run, chosen, found.get(chosen, []), replayed)


def _card(
    spec: GridSpec, place: tuple[int, int], cells: Sequence[Cell], replayed: Compared, chosen: bool
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.caption(f"**{label(spec.label(place))}**" if chosen else label(spec.label(place)))
        st.space("stretch")
        st.button(
            _("Read"),
            key=f"read_{place[0] + 1}_{place[1] + 1}",
            type="tertiary",
            help=_("Read {cell} in full").format(cell=label(spec.label(place))),
            disabled=not cells,
            on_click=open_cell,
            args=(place,),
        )
    if not cells:
        st.caption(_("not run"))
        return
    first = cells[0]
    with st.container(height=TEXT_HEIGHT, border=False):
        st.markdown(answer(first.text) or _("*(no text)*"))
        if first.error:
            st.error(lines(first.error))
    if spec.samples == 1:
        st.caption(facts_line(first, replayed.get(first.index)))
    else:
        st.caption(_spread_line(spec, cells, replayed))


def _spread_line(spec: GridSpec, cells: Sequence[Cell], replayed: Compared) -> str:
    """What the samples of a cell have in common, and how far they lie apart."""
    differ = distinct_texts([cell.token_ids or cell.text for cell in cells])
    length = shown("length", MEASURES["length"].spread(cells))
    mean = shown("mean_logprob", MEASURES["mean_logprob"].spread(cells))
    facts = [
        _("{count} samples, {differ} different").format(differ=differ, count=len(cells)),
        _("{length} tokens").format(length=length),
        _("mean log-probability {value}").format(value=mean),
    ]
    compared = [replayed[cell.index] for cell in cells if cell.index in replayed]
    if compared:
        same = sum(one.same for one in compared)
        facts.append(
            _("replay: {same} of {count} identical").format(same=same, count=len(compared))
        )
    if len(cells) < spec.samples:
        facts.append(_("{count} not run").format(count=spec.samples - len(cells)))
    return " · ".join(facts)


def _totals(cells: Sequence[Cell]) -> None:
    texts = [cell.token_ids or cell.text for cell in cells if cell.written]
    in_tokens = [cell.token_ids for cell in cells if cell.token_ids]
    facts = [
        ngettext("{count} text", "{count} texts", len(texts)).format(count=len(texts)),
        _("{count} different").format(count=distinct_texts(texts)),
    ]
    for n in (1, 2):
        value = distinct_n(in_tokens, n)
        if value is not None:
            facts.append(_("distinct-{n} {value:.2f}").format(n=n, value=value))
    st.caption(" · ".join(facts))


def _gaps(spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Say how much of a run is there, and which settings lack a text."""
    lacking = unfinished(spec, cells)
    if not lacking:
        return
    whole = len(cells_of(spec))
    st.info(
        _("This run is incomplete: {done} of {whole} texts are there. Missing: {names}.").format(
            done=whole - len(lacking), whole=whole, names=label(gap_names(spec, lacking))
        ),
        icon=":material/stop_circle:",
    )


def gap_names(spec: GridSpec, lacking: Sequence[Cell]) -> str:
    """The settings of these cells, each once, with how many of its samples are meant."""
    counts = Counter(cell.place for cell in lacking)
    return ", ".join(
        spec.label(place)
        if count == spec.samples
        else _("{setting} ({count} of {samples})").format(
            setting=spec.label(place), count=count, samples=spec.samples
        )
        for place, count in counts.items()
    )


def _replay_summary(replayed: Compared) -> None:
    """What the replay gave, and on what: a promise in float32 alone."""
    equal, count = sum(one.same for one in replayed.values()), len(replayed)
    now = ", ".join(
        sorted({f"{c.now.model} {c.now.precision} ({c.now.device})" for c in replayed.values()})
    )
    before = {c.before for c in replayed.values() if c.before and not c.before.as_in(c.now)}
    if before:
        st.info(
            _("These texts were written by {before}, and replayed on {now}.").format(
                before=label(", ".join(sorted(f"{one.model} {one.precision}" for one in before))),
                now=label(now),
            ),
            icon=":material/swap_horiz:",
        )
    if count and equal == count:
        st.success(
            ngettext(
                "The replay on {now} gave the same tokens for the {count} text compared.",
                "The replay on {now} gave the same tokens for all {count} texts compared.",
                count,
            ).format(count=count, now=now),
            icon=":material/check_circle:",
        )
        return
    st.warning(
        _(
            "The replay on {now} gave the same tokens for {equal} of {count} texts compared. Only "
            "the same model in float32 on the same kind of device is certain to give the same "
            "texts; anything else rounds differently, and one different token changes everything "
            "after it."
        ).format(equal=equal, count=count, now=now),
        icon=":material/difference:",
    )
