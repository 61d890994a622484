"""A stored run before a class: the prompt first, then cell after cell in large text, then all.

What is revealed is in the URL (`?reveal=`): the number of a cell, from 1, or "all".
"""

from collections.abc import Sequence

import streamlit as st

from core.grid.measure_labels import axis_label
from core.grid.records import Cell, Run, by_place
from core.i18n import _, ngettext
from ui.grid.cell import facts_line
from ui.shell.presenting import bar, reveal, revealed
from ui.shell.text import answer, label

_CELL_HEIGHT = 430
_ROWS_HEIGHT, _LEAST_CARD, _CARD_LABEL = 570, 100, 66  # of all rows, of a card, above it
_ALL = "all"


def present_run(run: Run, cells: Sequence[Cell]) -> None:
    """Draw the stage that is on."""
    places = run.spec.places
    stage = _stage(len(places))
    found = by_place(cells)
    st.markdown(f"**{label(' '.join(run.spec.prompt.split()))}**")
    if stage == 0:
        _question(run)
    elif stage <= len(places):
        place = places[stage - 1]
        st.header(label(_name(run, place)), anchor=False)
        _texts(found.get(place, []), _CELL_HEIGHT)
    else:
        rows = len(run.spec.rows.values)
        card = max(_LEAST_CARD, _ROWS_HEIGHT // rows - _CARD_LABEL)
        for row in range(rows):
            for place, column in zip(
                [one for one in places if one[0] == row],
                st.columns(len(run.spec.columns.values), gap="small"),
                strict=True,
            ):
                with column:
                    st.caption(label(_name(run, place)))
                    _texts(found.get(place, [])[:1], card, facts=False)
    _bar(stage, len(places))


def _name(run: Run, place: tuple[int, int]) -> str:
    """The settings of a place, in full: a class has not learnt the short names."""
    pairs = zip(run.spec.axes, place, strict=True)
    return " · ".join(f"{axis_label(axis.name)} {axis.labels[i]}" for axis, i in pairs)


def _stage(count: int) -> int:
    """Which stage is on, from 0: the prompt, each cell, and all of them."""
    wanted = revealed()
    if wanted == _ALL:
        return count + 1
    known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 6
    return min(int(wanted), count) if known else 0


def _bar(stage: int, count: int) -> None:
    def to(place: int) -> None:
        reveal("" if place == 0 else _ALL if place > count else place)

    names = {0: _("Reveal"), count: _("Side by side")}
    bar(
        names.get(stage, _("Next cell") if stage < count else _("Next")),
        (lambda: to(stage + 1)) if stage <= count else None,
        (lambda: to(stage - 1)) if stage else None,
        _("{place} of {count}").format(place=stage, count=count) if 0 < stage <= count else "",
    )


def _question(run: Run) -> None:
    with st.container(border=True, key="present_guess", horizontal_alignment="center"):
        count = len(run.spec.places)
        st.header(
            ngettext("{count} answer", "{count} answers", count).format(count=count),
            anchor=False,
            text_alignment="center",
        )
        rows, columns = (f"**{label(axis_label(axis.name))}**" for axis in run.spec.axes)
        st.markdown(
            _("The settings that change are {rows} and {columns}. What will differ?").format(
                rows=rows, columns=columns
            ),
            text_alignment="center",
        )


def _texts(cells: Sequence[Cell], height: int, facts: bool = True) -> None:
    with st.container(border=True, height=height):
        if not cells:
            st.caption(_("not run"))
        for cell in cells:
            st.markdown(answer(cell.text) or _("*(no text)*"))
            if facts:
                st.caption(facts_line(cell, None))
