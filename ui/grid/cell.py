"""What is known about one cell of a run, and which cell is open.

That is in the URL: `?cell=ROW-COLUMN`, and which of its samples is inspected: `?inspect=SAMPLE`,
both from 1.
"""

import streamlit as st

from core.grid.records import Cell, Run
from core.grid.run import Replayed
from core.grid.spec import GridSpec
from core.i18n import _, ngettext
from ui.grid.state import GridState
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.stream import finish_label
from ui.shell.text import label

CELL, SAMPLE = "cell", "inspect"


# --- which is open ------------------------------------------------------------------------


def chosen_place(spec: GridSpec) -> tuple[int, int] | None:
    """The place that the URL names; None without one, or for one that this run does not have."""
    wanted = st.query_params.get(CELL)
    if not wanted:
        return None
    row, _dash, column = wanted.partition("-")
    place = tuple(
        int(part) - 1 if part.isascii() and part.isdigit() else -1 for part in (row, column)
    )
    if place in spec.places:
        return place[0], place[1]
    st.warning(_("This run has no cell {cell!r}; the link may be incomplete.").format(cell=wanted))
    del st.query_params[CELL]
    return None


def place_name(place: tuple[int, int]) -> str:
    """A place as the URL names it."""
    return f"{place[0] + 1}-{place[1] + 1}"


def open_cell(place: tuple[int, int] | None) -> None:
    """Open a cell, or close the one that is open."""
    st.query_params.pop(CELL, None)
    st.query_params.pop(SAMPLE, None)
    if place is not None:
        st.query_params[CELL] = place_name(place)


def inspected_sample() -> int | None:
    """The number, from 0, of the sample that is inspected; None where a cell is just read."""
    wanted = st.query_params.get(SAMPLE, "")
    return int(wanted) - 1 if wanted.isascii() and wanted.isdigit() else None


def inspect_sample(cell: Cell) -> None:
    """Open the inspector of a sample."""
    open_cell(cell.place)
    st.query_params[SAMPLE] = str(cell.sample + 1)
    state(GridState).looked_up = True


# --- what is known ------------------------------------------------------------------------


def facts_line(cell: Cell, compared: Replayed | None) -> str:
    """What is known about one text, in one line."""
    facts = [finish_label(cell.finish_reason)]
    if cell.tokens is not None:
        said = ngettext("{count} token", "{count} tokens", cell.tokens)
        facts.insert(0, said.format(count=cell.tokens))
    if cell.mean_logprob is not None:
        facts.append(_("mean log-probability {value:.2f}").format(value=cell.mean_logprob))
    facts.append(_("seed {seed}").format(seed=cell.seed))
    if compared is not None:
        facts.append(compared_line(compared))
    return " · ".join(facts)


def compared_line(compared: Replayed) -> str:
    """What a replay says about a text, and whether that was to be expected."""
    now = f"{compared.now.precision}, {compared.now.device}"
    if compared.same:
        return _("replay: identical ({now})").format(now=now)
    number, before = compared.first_difference, compared.before
    if compared.unit == "character":
        return _("replay: **different** from character {number} on ({now})").format(
            number=number, now=now
        )
    if before and before != compared.now:
        return _(
            "replay: **different** from token {number} on ({now}), originally made by {model} "
            "{precision} on {device}"
        ).format(
            number=number,
            now=now,
            model=label(resources.called(before.model)),
            precision=before.precision,
            device=before.device,
        )
    return _("replay: **different** from token {number} on ({now})").format(number=number, now=now)


# --- its star -----------------------------------------------------------------------------


def star_button(run: Run, cell: Cell, key: str, label: str = "") -> None:
    """Draw the star of a sample, to be given or taken; of a run of somebody else the star alone."""
    sign = "★" if cell.starred else "☆"
    if not run.own:
        if cell.starred:
            st.caption(sign, width="content")
        return

    def mark() -> None:
        resources.store().runs.mark(run.id, cell.index, starred=not cell.starred)

    st.button(
        f"{sign} {label}".strip(),
        key=key,
        type="tertiary",
        help=_("Remove the star") if cell.starred else _("Star this text as one of the best"),
        on_click=explained(mark),
    )
