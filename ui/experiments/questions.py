"""The questions of an experiment, one a row, with the tries of two variants as dots; a row opens in
place to the answers of all variants."""

import math
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.checks.rule import rule_label
from core.experiments.records import Answer, Experiment, Place
from core.experiments.results import (
    COPY,
    FILTERS,
    MISSING,
    PASSED,
    UNTOLD,
    Distinct,
    Filter,
    Results,
)
from core.experiments.spec import ExperimentSpec
from core.i18n import _, ngettext, sentences
from core.statistics.comparison import Comparison
from core.suites.titles import row_group_title
from ui.experiments.answer import reads
from ui.experiments.blind import begin_blind, blind_line
from ui.experiments.reading_state import (
    BETTER,
    MATRIX_PAGE,
    WORSE,
    ReadingState,
    dots,
    dots_explained,
    open_answer,
    question_title,
)
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.stream import finish_label
from ui.shell.text import answer, label, lines, typed
from ui.shell.url_choice import from_url

_PER_PAGE = 20
_LONGEST_SHOWN = 900
_BESIDE = 3  # variants side by side
_ALWAYS: tuple[Filter, ...] = ("all", "better", "worse", "same")


def questions(
    experiment: Experiment,
    results: Results,
    pair: tuple[int, int],
    comparison: Comparison | None,
) -> None:
    """Draw the list with its filters."""
    rows = found_rows(results, pair, comparison)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if experiment.own:
            _by_hand(results, rows, pair)
        _counted(experiment, results, pair)
    if not rows:
        none_fits()
        return
    first = _first(len(rows))
    moved = _moved(comparison)
    with st.container(gap="xsmall", key="questions"):
        for row in rows[first : first + _PER_PAGE]:
            _question(results, row, pair, moved)
    _pages(len(rows), first)
    states = results.states[list(pair)]
    st.caption(
        dots_explained(
            copies=bool((states == COPY).any()),
            untold=bool((states == UNTOLD).any()),
            missing=bool((states == MISSING).any()),
        )
        + (f" · {BETTER} {_('got better')} · {WORSE} {_('got worse')}" if comparison else "")
    )


# --- which -------------------------------------------------------------------------------


def found_rows(results: Results, pair: tuple[int, int], comparison: Comparison | None) -> list[int]:
    """Draw the filters, which are the same wherever questions are shown; the rows that they
    leave."""
    _filters(results, pair, comparison)
    with st.container(horizontal=True, gap="small"):
        group = _narrowed(results)
    return results.found(
        st.session_state["filter"], pair, comparison, st.session_state["search"], group
    )


def none_fits() -> None:
    """Say that the filters leave nothing."""
    st.caption(_("No question fits. Choose another filter, or change the search."))


def _filters(results: Results, pair: tuple[int, int], comparison: Comparison | None) -> None:
    counts, names = results.counts(pair, comparison), _filter_names()
    options = [
        one
        for one in FILTERS
        if counts[one]
        or (one in _ALWAYS and comparison)
        or one == "all"
        # A link may name it while nothing fits yet
        or st.query_params.get("filter") == one
    ]
    to_url = from_url("filter", options)
    st.pills(
        _("Show"),
        options,
        required=True,
        format_func=lambda one: f"{names[one]} {counts[one]:,}",
        key="filter",
        on_change=explained(_from_the_start(to_url)),
        label_visibility="collapsed",
    )


def _narrowed(results: Results) -> str | None:
    """The search and the choice of a group; the group that was chosen, None for all."""
    groups = list(dict.fromkeys(row.group for row in results.spec.rows))
    st.session_state["search"] = st.query_params.get("search", "")
    st.text_input(
        _("Search"),
        key="search",
        placeholder=_("Search questions and answers"),
        on_change=explained(_from_the_start(_search_to_url)),
        label_visibility="collapsed",
        width=340,
    )
    if len(groups) < 2:
        return None
    everything = _("All groups")
    # Told from "", which stands for all
    named = ["", *(f"={one}" for one in groups)]
    to_url = from_url("group", named)
    st.selectbox(
        _("Group"),
        named,
        format_func=lambda one: (
            (row_group_title(one[1:]) or _("without a group")) if one else everything
        ),
        key="group",
        on_change=explained(_from_the_start(to_url)),
        label_visibility="collapsed",
        width=260,
    )
    chosen: str = st.session_state["group"]
    return chosen[1:] if chosen else None


def _filter_names() -> dict[Filter, str]:
    return {
        "all": _("All"),
        "better": _("Got better"),
        "worse": _("Got worse"),
        "same": _("Same"),
        "failed": _("Failed"),
        "disagree": _("Tries disagree"),
        "doubtful": _("Worth a look"),
        "unanswered": _("Not answered"),
    }


def _search_to_url() -> None:
    wanted = st.session_state["search"].strip()
    st.query_params.pop("search", None)
    if wanted:
        st.query_params["search"] = wanted[:200]


def _from_the_start(change: Callable[[], None]) -> Callable[[], None]:
    def changed() -> None:
        change()
        st.query_params.pop("from", None)
        st.session_state.pop(MATRIX_PAGE, None)

    return changed


# --- pages -------------------------------------------------------------------------------


def _first(count: int) -> int:
    """Where the page on screen begins."""
    wanted = st.query_params.get("from", "")
    page = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
    return _PER_PAGE * (min(max(page, 1), math.ceil(count / _PER_PAGE)) - 1)


def _pages(count: int, first: int) -> None:
    pages = math.ceil(count / _PER_PAGE)
    if pages < 2:
        return

    def turn() -> None:
        st.query_params["from"] = str(st.session_state["page_of_questions"])

    st.session_state["page_of_questions"] = first // _PER_PAGE + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.pagination(pages, key="page_of_questions", on_change=explained(turn))
        st.caption(
            ngettext(
                "{first:,} to {last:,} of {count:,} question",
                "{first:,} to {last:,} of {count:,} questions",
                count,
            ).format(first=first + 1, last=min(count, first + _PER_PAGE), count=count)
        )


# --- by hand -----------------------------------------------------------------------------


def _by_hand(results: Results, rows: Sequence[int], pair: tuple[int, int]) -> None:
    """The ways to look at many answers one after the other."""
    look = tuple(results.worth_a_look())
    if look:
        st.button(
            ngettext("Check {count} pass", "Check {count} passes", len(look)).format(
                count=len(look)
            ),
            key="check_passes",
            icon=":material/visibility:",
            help=_("The rules let these pass, some of them with doubt. Is that right?"),
            on_click=explained(_go_through),
            args=(look, False),
        )
    if rows and results.answered:
        st.button(
            _("Rate by hand"),
            key="rate_listed",
            icon=":material/thumbs_up_down:",
            help=_("One listed answer after the other, by keyboard."),
            on_click=explained(_rate),
            args=(results, rows, pair),
        )
    if results.answered and pair[0] != pair[1]:
        st.button(
            _("Compare blind"),
            key="compare_blind",
            icon=":material/visibility_off:",
            help=_("Two answers side by side, and you don't know whose they are."),
            on_click=explained(begin_blind),
        )


def _counted(experiment: Experiment, results: Results, pair: tuple[int, int]) -> None:
    """How many answers were rated, and how many were cut."""
    blind = blind_line(experiment, results, pair)
    said = [blind] if blind else []
    if results.rated:
        text = ngettext("{count:,} rated by hand.", "{count:,} rated by hand.", len(results.rated))
        said.append(text.format(count=len(results.rated)))
    if results.cut:
        text = ngettext(
            "{count:,} of {whole:,} answer was cut at its limit of tokens.",
            "{count:,} of {whole:,} answers were cut at their limit of tokens.",
            results.answered,
        )
        said.append(text.format(count=results.cut, whole=results.answered))
    if said:
        st.caption(sentences(said), width="stretch")


def _rate(results: Results, rows: Sequence[int], pair: tuple[int, int]) -> None:
    """Go through the answers to these rows, the tries of both variants in turns."""
    listed = (
        Place(variant, row, attempt)
        for row in rows
        for attempt in range(results.spec.tries)
        for variant in dict.fromkeys(pair)
    )
    found = tuple(place for place in listed if results.states[place] != MISSING)
    if found:
        _go_through(found, True)


def _go_through(places: tuple[Place, ...], rating: bool) -> None:
    mine = state(ReadingState)
    mine.queue, mine.rating = places, rating
    open_answer(places[0])


# --- a question --------------------------------------------------------------------------


def _question(
    results: Results, row: int, pair: tuple[int, int], moved: Mapping[str, str] | None
) -> None:
    spec = results.spec
    parts = [dots(results.states[variant, row].tolist()) for variant in dict.fromkeys(pair)]
    said = " → ".join(parts)
    if moved is not None:
        said += " " + moved.get(spec.rows[row].key, ":gray[·]")
    with st.expander(
        f"{said} {question_title(spec, row)}",
        key=f"question_{spec.row_keys[row]}",
        on_change="rerun",
    ) as opened:
        if opened.open:
            _opened(results, row, pair)


def _moved(comparison: Comparison | None) -> Mapping[str, str] | None:
    """Which way a question moved, as a sign, by its key; None where nothing is compared."""
    if comparison is None:
        return None
    better, worse = comparison.better, comparison.worse
    return dict.fromkeys(better, BETTER) | dict.fromkeys(worse, WORSE)


def _opened(results: Results, row: int, pair: tuple[int, int]) -> None:
    asked = results.spec.rows[row]
    if len(asked.title) > 90 or "\n" in asked.title:
        st.text(typed(asked.title), width="stretch")
    facts = [_("Expected: {answer}").format(answer=label(asked.expected))] if asked.expected else []
    facts += (
        [_("Group: {group}").format(group=label(row_group_title(asked.group)))]
        if asked.group
        else []
    )
    if facts:
        st.caption(" · ".join(facts))
    variants = [*dict.fromkeys(pair)]
    variants += [v for v in range(len(results.names)) if v not in variants]
    for first in range(0, len(variants), _BESIDE):
        part = variants[first : first + _BESIDE]
        width = min(_BESIDE, len(variants))
        for column, variant in zip(st.columns(width), part, strict=False):
            with column:
                of_variant(results, variant, row)


def of_variant(results: Results, variant: int, row: int) -> None:
    """Draw the answers of a variant to a question, each wording once."""
    states = results.states[variant, row].tolist()
    st.markdown(f"**{label(results.names[variant])}** {dots(states)}")
    found = results.distinct(variant, row)
    for one in found:
        _wording(results, variant, row, one)
    failed = [
        results.answers[place]
        for attempt in range(results.spec.tries)
        if (place := Place(variant, row, attempt)) in results.answers
        and not results.answers[place].answered
    ]
    for given in failed[:1]:
        st.caption(
            lines(
                _("Not answered: {reason}").format(reason=given.error or finish_label(given.reason))
            )
        )
    if not found and not failed:
        st.caption(_("Not answered yet."))


def _wording(results: Results, variant: int, row: int, one: Distinct) -> None:
    place = Place(variant, row, one.attempts[0])
    given = results.answers[place]
    with st.container(border=True, gap="small"):
        st.markdown(answer(_short(given.shown[-1])) or _("*(no text)*"))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(" · ".join(_facts(results.spec, given, one)), width="stretch")
            reads(place)


def _facts(spec: ExperimentSpec, given: Answer, one: Distinct) -> list[str]:
    facts = [dots([one.state])]
    if len(one.attempts) > 1:
        facts.append(f"×{len(one.attempts)}")
    if given.rating:
        facts.append(_("rated by hand"))
    if len(given.texts) > 1:
        facts.append(_("turn {turn}").format(turn=len(given.texts)))
    if given.cut:
        facts.append(finish_label(given.reason))
    if one.state != PASSED:
        rules = spec.rules_of(given.place.row)
        broken = [
            rule_label(rule)
            for place, rule in enumerate(rules)
            if any(marks[place].passed is False for marks in given.marks)
        ]
        facts += [f"✗ {label(name)}" for name in broken[:3]]
    return facts


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN].rstrip() + " …"
