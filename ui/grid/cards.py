"""The texts of a run as cards: row by row, those that are equal once, or those with a star
alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.grid.measure_labels import shown
from core.grid.measures import MEASURES, distinct_n, distinct_texts
from core.grid.records import Cell, Run, by_place, cells_of, first_alike
from core.grid.run import Replayed
from core.grid.spec import GridSpec
from core.i18n import _, ngettext
from ui.grid.cell import facts_line, open_cell, place_name, star_button
from ui.shell.boundary import explained
from ui.shell.text import answer, label, lines
from ui.shell.url_choice import from_url

TEXT_HEIGHT = 150
_STARRED_PER_ROW = 3
_UNBROKEN = 24
_NAMED = 3  # more cells with one text are counted
Place = tuple[int, int]
# By the index of the cell
Compared = Mapping[int, Replayed]


def frame(spec: GridSpec) -> dict[int, Any]:
    """Draw the empty grid; the place of each cell by index. Long texts scroll in their card."""
    places: dict[int, Any] = {}
    cells = iter(cells_of(spec))
    with st.container(key="grid_frame"):
        for row in range(len(spec.rows.values)):
            for place, column in _columns(spec, row):
                with _card_box(column, place_name(place)):
                    st.caption(label(spec.label(place)))
                    with st.container(height=TEXT_HEIGHT, border=False):
                        for _sample in range(spec.samples):
                            places[next(cells).index] = st.empty()
    return places


def texts_part(
    run: Run,
    cells: Sequence[Cell],
    replayed: Compared,
    chosen: Place | None,
    below: Callable[[], None] | None,
) -> None:
    """Draw the cards, a row below a row. below: draws what is to stand under the chosen cell's
    row."""
    spec, found = run.spec, by_place(cells)
    best = [cell for cell in cells if cell.starred]
    with st.container(horizontal=True, vertical_alignment="center"):
        if any(cell.written for cell in cells):
            _totals(cells)
            st.space("stretch")
        only_best = _only_starred(best)
    if only_best:
        _starred(run, best, replayed)
        if below:
            below()
        return
    alike = first_alike(cells)
    with st.container(key="grid_cells"):
        for row in range(len(spec.rows.values)):
            for place, column in _columns(spec, row):
                with column:
                    own = found.get(place, [])
                    if place in alike:
                        _slim_card(run, place, own, alike[place], replayed)
                    else:
                        others = [other for other, first in alike.items() if first == place]
                        _card(run, place, own, others, replayed, place == chosen)
            if below and chosen and chosen[0] == row:
                below()


def _columns(spec: GridSpec, row: int) -> list[tuple[Place, Any]]:
    many = len(spec.columns.values)
    columns = st.columns(many, gap="small" if many < 5 else "xsmall")
    return [((row, column), box) for column, box in enumerate(columns)]


def _card_box(place: Any, key: str, height: Any = "stretch") -> Any:
    return place.container(border=True, height=height, gap="xsmall", key=f"card_{key}")


def _card(
    run: Run,
    place: Place,
    cells: Sequence[Cell],
    alike: Sequence[Place],
    replayed: Compared,
    chosen: bool,
) -> None:
    spec = run.spec
    with _card_box(st, place_name(place)):
        _head(run, place, cells, chosen)
        if not cells:
            st.caption(_("not run"))
            return
        first = cells[0]
        with st.container(height=TEXT_HEIGHT, border=False):
            st.markdown(answer(first.text) or _("*(no text)*"))
            if first.error:
                st.error(lines(first.error))
        if alike:
            st.caption(_also_at(spec, alike))
        _foot(spec, cells, replayed)


def _slim_card(
    run: Run, place: Place, cells: Sequence[Cell], first: Place, replayed: Compared
) -> None:
    """A card for texts that stand in another one: what they are, and what a replay says of them."""
    with _card_box(st, place_name(place), "content"):
        _head(run, place, cells, False)
        st.caption(_("Same text as {cell}").format(cell=f"**{_unbroken(run.spec, first)}**"))
        if any(cell.index in replayed for cell in cells):
            _foot(run.spec, cells, replayed)
        _notes(cells)


def _also_at(spec: GridSpec, alike: Sequence[Place]) -> str:
    """Which other cells have the text of a card."""
    if len(alike) > _NAMED:
        said = ngettext(
            "Also the text of {count} other cell",
            "Also the text of {count} other cells",
            len(alike),
        )
        return said.format(count=len(alike))
    names = ", ".join(_unbroken(spec, other) for other in alike)
    return _("Also the text of {cells}").format(cells=names)


def _unbroken(spec: GridSpec, place: Place) -> str:
    """The name of a place; no line breaks a short one."""
    name = spec.label(place)
    return label(name if len(name) > _UNBROKEN else name.replace(" ", "\u00a0"))


def _head(run: Run, place: Place, cells: Sequence[Cell], chosen: bool) -> None:
    name = label(run.spec.label(place))
    with st.container(
        key=f"head_{place_name(place)}",
        horizontal=True,
        vertical_alignment="center",
        gap="xxsmall",
    ):
        st.caption(f"**{name}**" if chosen else name, width="content")
        st.space("stretch")
        if len(cells) == 1:
            star_button(run, cells[0], f"star_{cells[0].index}")
        elif any(cell.starred for cell in cells):
            st.caption("★", width="content")
        _read_button(run.spec, place, f"read_{place_name(place)}", disabled=not cells)


def _read_button(spec: GridSpec, place: Place, key: str, disabled: bool = False) -> None:
    st.button(
        _("Read"),
        key=key,
        type="tertiary",
        help=_("Read {cell} in full").format(cell=label(spec.label(place))),
        disabled=disabled,
        on_click=explained(open_cell),
        args=(place,),
    )


def _foot(spec: GridSpec, cells: Sequence[Cell], replayed: Compared) -> None:
    if spec.samples == 1:
        st.caption(facts_line(cells[0], replayed.get(cells[0].index)))
    else:
        st.caption(_spread_line(spec, cells, replayed))
    _notes(cells)


def _notes(cells: Sequence[Cell]) -> None:
    for cell in cells:
        if cell.note:
            st.caption(f":material/sticky_note_2: {label(cell.note)}")


# --- the best of a run --------------------------------------------------------------------


def _only_starred(best: Sequence[Cell]) -> bool:
    """Draw the choice between all texts and those with a star, where there are any."""
    options = {"all": _("All texts"), "starred": _("★ Starred ({count})").format(count=len(best))}
    picked = from_url("only", list(options))
    if not best and st.session_state["only"] == "all":
        return False
    chosen = st.segmented_control(
        _("Which texts"),
        list(options),
        required=True,
        format_func=options.__getitem__,
        key="only",
        on_change=explained(picked),
        label_visibility="collapsed",
    )
    return chosen == "starred"


def _starred(run: Run, best: Sequence[Cell], replayed: Compared) -> None:
    if not best:
        st.info(_("No text of this run has a star."), icon=":material/star:")
    with st.container(key="grid_starred"):
        for at in range(0, len(best), _STARRED_PER_ROW):
            columns = st.columns(_STARRED_PER_ROW, gap="small")
            for cell, column in zip(best[at : at + _STARRED_PER_ROW], columns, strict=False):
                with _card_box(column, f"starred_{cell.index}"):
                    _starred_card(run, cell, replayed)


def _starred_card(run: Run, cell: Cell, replayed: Compared) -> None:
    name = run.spec.sample_label(cell.place, cell.sample)
    with st.container(
        key=f"head_starred_{cell.index}",
        horizontal=True,
        vertical_alignment="center",
        gap="xxsmall",
    ):
        st.caption(label(name), width="content")
        st.space("stretch")
        star_button(run, cell, f"star_{cell.index}")
        _read_button(run.spec, cell.place, f"read_starred_{cell.index}")
    st.markdown(answer(cell.text) or _("*(no text)*"))
    st.caption(facts_line(cell, replayed.get(cell.index)))
    _notes([cell])


# --- in numbers ---------------------------------------------------------------------------


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
