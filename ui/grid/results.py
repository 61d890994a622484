"""What a run of the playground looks like: its texts as small multiples, its measures, entropy
position by position, another run laid over it, its settings as code.

The part on screen, the measure and the chosen cell are in the URL (`?part=`, `?measure=`,
`?cell=`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.backends.backend import Backend
from core.grid.records import Cell, Run, by_place, cells_of, complete, unfinished
from core.grid.spec import GridSpec
from core.i18n import _, ngettext, sentences
from ui.grid.cards import Compared, texts_part
from ui.grid.cell import chosen_place, inspected_sample
from ui.grid.code import code_part
from ui.grid.inspected import inspected_panel
from ui.grid.measures import entropy_part, measures_part, overlay_part
from ui.grid.reading import read_cell
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.text import label
from ui.shell.url_choice import from_url


def show(backend: Backend, run: Run, cells: Sequence[Cell], replayed: Compared | None) -> None:
    """Draw a stored run; `replayed`: how a replay compares, None without one."""
    if replayed is not None:
        _replay_summary(replayed)
    place = chosen_place(run.spec)
    inspected = place is not None and inspected_sample() is not None
    below = partial(_inspected, backend, run, cells) if inspected else None
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "texts": (_("Texts"), lambda: texts_part(run, cells, replayed or {}, place, below)),
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
        on_change=explained(from_url("part", list(parts))),
        label_visibility="collapsed",
    )
    part = chosen or "texts"
    parts[part][1]()
    if below and part in ("measures", "entropy"):
        below()
    # A run laid over this one shows the texts of a cell itself
    if place is not None and not inspected and part in ("texts", "measures", "entropy"):
        read_cell(backend, run, replayed or {})


def _inspected(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    place = chosen_place(run.spec)
    if place is not None:
        inspected_panel(backend, run, place, by_place(cells).get(place, []))


def gaps(spec: GridSpec, cells: Sequence[Cell]) -> None:
    """Say how much of a run is there: which texts were stopped and how far they are, which failed,
    and which were never begun."""
    lacking = unfinished(spec, cells)
    if not lacking:
        return
    broken = [cell for cell in cells if not complete(cell)]
    failed = [cell for cell in broken if cell.finish_reason == "error"]
    stopped = [cell for cell in broken if cell.finish_reason != "error"]
    begun = {cell.index for cell in broken}
    never = [cell for cell in lacking if cell.index not in begun]
    whole = len(cells_of(spec))
    said = [
        _("{done} of {whole} texts are complete.").format(done=whole - len(lacking), whole=whole)
    ]
    if stopped:
        names = ", ".join(_how_far(spec, cell) for cell in stopped)
        said.append(_("Stopped on the way: {names}.").format(names=names))
    if failed:
        said.append(_("Failed: {names}.").format(names=gap_names(spec, failed)))
    if never:
        said.append(_("Not run: {names}.").format(names=gap_names(spec, never)))
    st.info(sentences(said), icon=":material/stop_circle:")


def _how_far(spec: GridSpec, cell: Cell) -> str:
    """The name of a sample, with how many tokens it has."""
    name = label(spec.sample_label(cell.place, cell.sample))
    if cell.tokens is None:
        return name
    tokens = ngettext("{count} token", "{count} tokens", cell.tokens).format(count=cell.tokens)
    return f"{name} ({tokens})"


def gap_names(spec: GridSpec, lacking: Sequence[Cell]) -> str:
    """The settings of these cells, each once, with how many of its samples are meant."""
    counts = Counter(cell.place for cell in lacking)
    return ", ".join(
        label(spec.label(place))
        if count == spec.samples
        else _("{setting} ({count} of {samples})").format(
            setting=label(spec.label(place)), count=count, samples=spec.samples
        )
        for place, count in counts.items()
    )


def _replay_summary(replayed: Compared) -> None:
    """What the replay gave, and on what: a promise in float32 alone."""
    equal, count = sum(one.same for one in replayed.values()), len(replayed)
    now = ", ".join(
        sorted(
            {
                f"{label(resources.called(c.now.model, c.now.precision))} ({c.now.device})"
                for c in replayed.values()
            }
        )
    )
    before = {c.before for c in replayed.values() if c.before and not c.before.as_in(c.now)}
    if before:
        st.info(
            _("These texts were written by {before}, and replayed on {now}.").format(
                before=", ".join(
                    sorted(label(resources.called(one.model, one.precision)) for one in before)
                ),
                now=now,
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
