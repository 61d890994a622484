"""What a reader of an experiment is looking at.

What a link should open is in the URL: `?read=` the view, `?baseline=` and `?against=` the two
variants (by name), `?filter=`, `?group=` and `?search=` of the list of questions and of the
matrix, `?from=` of the list, `?cell=V-R` a field of the matrix, `?answer=V-R-T` an answer (by variant, row and try from 1),
`?inspect=1` its tokens, and `?blind=1` a comparison without names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.checks.reading import shown
from core.experiments.records import Place
from core.experiments.results import COPY, FAILED, MISSING, PASSED, UNTOLD
from core.experiments.spec import ExperimentSpec
from core.i18n import _
from ui.shell.text import label

ANSWER, INSPECT, BLIND, CELL = "answer", "inspect", "blind", "cell"
# What a link says of what is read
SHOWN = (
    *("experiment", "read", "baseline", "against"),
    *("filter", "group", "search", "from", CELL, ANSWER, INSPECT),
)
MATRIX_PAGE = "page_of_matrix"
BETTER, WORSE = ":blue[▲]", ":orange[▼]"
_TITLE = 90
_DOTS = {
    PASSED: ("blue", "●"),
    FAILED: ("orange", "○"),
    UNTOLD: ("gray", "◐"),
    COPY: ("gray", "="),
    MISSING: ("gray", "◌"),
}


@dataclass(slots=True)
class ReadingState:
    """queue: answers that are gone through one after the other; where there are none, the answers
    to one question are. rating: whether they are gone through to be rated, so that what the rules
    say stays folded. stale: something was rated since the figures were reckoned. picked: counts
    the clicks on figures. to_note: the cursor is to go into the note."""

    queue: tuple[Place, ...] = ()
    rating: bool = False
    stale: bool = False
    picked: int = 0
    to_note: bool = False


def linked_pair(names: Sequence[str]) -> tuple[int, int]:
    """The baseline and what it is compared with, by the URL; the first two where it names none."""
    base = st.query_params.get("baseline", "")
    first = names.index(base) if base in names else 0
    others = [place for place in range(len(names)) if place != first]
    against = st.query_params.get("against", "")
    named = [place for place in others if names[place] == against]
    return first, [*named, *others, first][0]


def open_place(spec: ExperimentSpec) -> Place | None:
    """The answer that the URL names; None without one, or for one that this experiment lacks."""
    wanted = st.query_params.get(ANSWER)
    if not wanted:
        return None
    parts = [int(p) - 1 if p.isascii() and p.isdigit() else -1 for p in wanted.split("-")]
    most = (len(spec.variants), len(spec.rows), spec.tries)
    if len(parts) == 3 and all(0 <= at < end for at, end in zip(parts, most, strict=True)):
        return Place(*parts)
    st.warning(
        _("This experiment has no answer {answer!r}; the link may be incomplete.").format(
            answer=label(wanted)
        )
    )
    del st.query_params[ANSWER]
    return None


def open_answer(place: Place | None) -> None:
    """Open an answer, or close the one that is open."""
    st.query_params.pop(ANSWER, None)
    st.query_params.pop(INSPECT, None)
    if place is not None:
        st.query_params[ANSWER] = "-".join(str(at + 1) for at in place)


def dots(states: Sequence[int]) -> str:
    """What the tries of a question came to, a sign each, as Markdown."""
    parts: list[tuple[str, str]] = []
    for state in states:
        colour, sign = _DOTS[state]
        if parts and parts[-1][0] == colour:
            parts[-1] = (colour, parts[-1][1] + sign)
        else:
            parts.append((colour, sign))
    return "".join(f":{colour}[{signs}]" for colour, signs in parts)


def dots_explained(*, copies: bool, untold: bool, missing: bool) -> str:
    """What the signs mean, as far as they are there, as Markdown."""
    said = [f"{dots([PASSED])} {_('passed')}", f"{dots([FAILED])} {_('failed')}"]
    if untold:
        said.append(f"{dots([UNTOLD])} {_('no rule can tell')}")
    if copies:
        said.append(f"{dots([COPY])} {_('a copy: at temperature 0 tries repeat each other')}")
    if missing:
        said.append(f"{dots([MISSING])} {_('not answered')}")
    return " · ".join(said)


def question_title(spec: ExperimentSpec, row: int) -> str:
    """What a row asks, on one line, as Markdown."""
    return label(shown(spec.rows[row].title, _TITLE))
