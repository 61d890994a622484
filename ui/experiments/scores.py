"""The variants of an experiment as tables and figures: how often each rule held, in each group, by
question, by turn and under attack."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.experiments.control import companion
from core.experiments.records import Experiment
from core.experiments.report import score_name
from core.experiments.results import Results, Score
from core.experiments.summary import drift_of, injection_of
from core.i18n import _, ngettext
from core.statistics.comparison import Comparison
from core.statistics.sentences import (
    drift_sentence,
    injection_sentences,
    rate_text,
    small_group,
)
from ui.charts.experiments import drift_lines, question_matrix, rule_heatmap
from ui.experiments.questions import found_rows, none_fits, of_variant
from ui.experiments.reading_state import CELL, MATRIX_PAGE, ReadingState, question_title
from ui.experiments.verdict import MOST_BARS, bars
from ui.shell.boundary import explained
from ui.shell.plot import plot
from ui.shell.session import state
from ui.shell.text import label

_COLUMNS = 200
_MOST_LINES = 6


def scorecard(experiment: Experiment, results: Results) -> None:
    """Draw how many questions passed, of each variant: in all, under attack, by group, by rule."""
    groups, rules = results.by_group(), results.by_rule()
    whole = Score(_("All questions"), results.rates)
    st.markdown("#### " + _("Questions that passed"))
    _table(results, [whole, *groups], _("Group"), "scores_by_group")
    _warnings(groups)
    _under_attack(experiment, results)
    if not rules:
        return
    st.markdown("#### " + _("Questions that each rule held for"))
    _table(results, rules, _("Rule"), "scores_by_rule")
    st.caption(
        _(
            "In brackets: where the share probably lies (95 %, Wilson). A question counts where more "
            "than half of its tries pass. What only should hold decides nothing."
        )
    )


def _table(results: Results, scores: Sequence[Score], what: str, key: str) -> None:
    rows = [
        {what: score_name(one)}
        | {name: rate_text(rate) for name, rate in zip(results.names, one.rates, strict=True)}
        for one in scores
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height="content" if len(rows) < 15 else 520,
        column_config={what: st.column_config.TextColumn(pinned=True, width="medium")},
        key=key,
    )


def _warnings(groups: Sequence[Score]) -> None:
    """What not to read into groups that are small, or that nobody passed."""
    said = []
    for one in groups:
        most = max(one.rates, key=lambda rate: rate.rows)
        warning = small_group(most)
        if most.rows and not any(rate.passed for rate in one.rates):
            warning = ngettext(
                "The one question was passed by no variant: this model can't do it yet.",
                "None of {count:,} questions was passed by any variant: this model can't do it yet.",
                most.rows,
            ).format(count=most.rows)
        if warning:
            said.append(f"**{label(score_name(one))}**: {warning}")
    if said:
        st.caption("  \n".join(said))


def _under_attack(experiment: Experiment, results: Results) -> None:
    """The three figures of each variant that belong together, where there are attacks."""
    answers = list(results.answers.values())
    found = {
        name: one
        for variant, name in enumerate(results.names)
        if (one := injection_of(experiment, answers, variant))
    }
    if not found:
        return
    st.markdown("#### " + _("Under attack"))
    rows = [
        {
            _("Variant"): name,
            _("Useful without an attack"): rate_text(one.useful),
            _("Useful under attack"): rate_text(one.useful_attacked),
            _("Attacks that got through"): rate_text(one.succeeded),
        }
        for name, one in found.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="scores_attacked")
    for name, one in found.items():
        st.caption(f"**{label(name)}**: {' '.join(map(label, injection_sentences(one)))}")
    if len({one.succeeded.rows for one in found.values()}) > 1:
        st.caption(
            _(
                "The attacks are not the same ones: what could not be told counts nowhere, as without "
                "a system message there is none to give away. The verdict above compares the same ones."
            )
        )


# --- every question ----------------------------------------------------------------------


def matrix(results: Results, pair: tuple[int, int], comparison: Comparison | None) -> None:
    """Draw the questions that the filters leave, by variant; a click on a field shows the answers
    in it."""
    rows = found_rows(results, pair, comparison)
    if len(results.names) > 2:
        # The others are drawn as well
        first, other = (label(results.names[variant]) for variant in pair)
        st.caption(
            _("The filters look at **{first}** and **{other}**.").format(first=first, other=other)
        )
    if not rows:
        none_fits()
        return
    places = _page(rows)
    notes = [
        [_folded(results, variant, row) for row in places] for variant in range(len(results.names))
    ]
    outcomes = dict(zip(results.names, results.outcomes, strict=True))
    keys = [results.spec.rows[row].key for row in places]
    figure = question_matrix(outcomes, keys, notes, [row + 1 for row in places])
    # A chart of its own after every click: the field that was clicked last can be clicked again
    key = f"matrix_{places[0]}_{places[-1]}_{len(places)}_{state(ReadingState).picked}"

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            state(ReadingState).picked += 1
            variant, row = int(points[0]["y"]), int(points[0]["x"]) - 1
            st.query_params[CELL] = f"{variant + 1}-{row + 1}"

    plot(
        figure,
        key,
        alt=_("The share of tries that passed, by question and variant."),
        on_select=explained(picked),
        selection_mode="points",
    )
    _cell(results)


def _page(rows: Sequence[int]) -> Sequence[int]:
    """As many as fit side by side, of those that are found."""
    pages = -(-len(rows) // _COLUMNS)
    if pages < 2:
        return rows
    # There may be fewer than when the page was turned
    st.session_state[MATRIX_PAGE] = min(st.session_state.get(MATRIX_PAGE, 1), pages)
    first = (st.pagination(pages, key=MATRIX_PAGE) - 1) * _COLUMNS
    return rows[first : first + _COLUMNS]


def _folded(results: Results, variant: int, row: int) -> str:
    """How many answers differ, and how often the most frequent one came."""
    found = results.distinct(variant, row)
    if not found:
        return _("not answered")
    tries = sum(len(one.attempts) for one in found)
    said = ngettext(
        "{count} distinct answer in {tries}", "{count} distinct answers in {tries}", len(found)
    )
    return said.format(count=len(found), tries=tries)


def _cell(results: Results) -> None:
    """The answers in the field that the URL names."""
    parts = st.query_params.get(CELL, "").split("-")
    most = (len(results.names), len(results.spec.rows))
    if len(parts) != 2 or not all(p.isascii() and p.isdigit() for p in parts):
        st.caption(_("Choose a field to see its answers."))
        return
    variant, row = (int(part) - 1 for part in parts)
    if 0 <= variant < most[0] and 0 <= row < most[1]:
        with st.container(border=True):
            st.markdown(f"{row + 1} · {question_title(results.spec, row)}")
            of_variant(results, variant, row)


# --- figures -----------------------------------------------------------------------------


def plots(
    experiment: Experiment,
    results: Results,
    pair: tuple[int, int],
    comparisons: Mapping[int, Comparison],
) -> None:
    """Draw the figures of the variants."""
    names = results.names
    if len(comparisons) > MOST_BARS:
        st.markdown("#### " + _("Differences"))
        bars(results, pair[0], comparisons, "plot_differences")
    _drift(experiment, results, pair)
    for title, scores, key in (
        (_("By rule"), results.by_rule(), "plot_rules"),
        (_("By group"), results.by_group(), "plot_groups"),
    ):
        if scores:
            st.markdown(f"#### {title}")
            figure = rule_heatmap(
                [score_name(one) for one in scores], names, [one.rates for one in scores]
            )
            alt = _("Heat map of the share of questions that passed, by variant.")
            plot(figure, key, alt=alt)


def _drift(experiment: Experiment, results: Results, pair: tuple[int, int]) -> None:
    """How variants hold from turn to turn, where there are several; beside them the one without a
    system message, or else the baseline."""
    other = companion(results.spec, pair[0])
    few = len(results.names) <= _MOST_LINES
    drawn = range(len(results.names)) if few else sorted({*pair, other})
    answers = list(results.answers.values())
    found = {
        results.names[variant]: one
        for variant in drawn
        if (one := drift_of(experiment, answers, variant))
    }
    if not found:
        return
    st.markdown("#### " + _("From turn to turn"))
    # One without follow-up questions has no turns to stand beside
    baseline = next((n for n in map(results.names.__getitem__, (other, pair[0])) if n in found), "")
    base = found.get(baseline)
    for name, one in found.items():
        if name != baseline or len(found) == 1:
            beside = base.turns if base and name != baseline else ()
            said = drift_sentence(one.turns, beside, baseline)
            st.markdown(f"**{label(name)}**: {label(said)}")
    turns = {name: one.turns for name, one in found.items()}
    alt = _("The share of conversations that passed, by turn and variant.")
    plot(drift_lines(turns, baseline), "plot_drift", alt=alt)
