"""What an experiment shows, said first: the sentence, the interval round zero, and what it rests
on."""

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from core.experiments.report import rated_sentence, undecided_sentence
from core.experiments.results import Results
from core.i18n import _, ngettext, sentences
from core.statistics.comparison import Comparison
from core.statistics.sentences import (
    how_it_was_reckoned,
    rate_text,
    unanswered_sentence,
    verdict_parts,
    what_to_do,
)
from ui.charts.experiments import difference_forest, difference_of
from ui.experiments.reading_state import BETTER, WORSE, linked_pair
from ui.shell.boundary import explained
from ui.shell.plot import plot
from ui.shell.text import label, lines
from ui.shell.url_choice import from_url

# More than these stand with the other figures
MOST_BARS = 5


def chosen_pair(names: Sequence[str]) -> tuple[int, int]:
    """The baseline and what it is compared with, as the visitor chooses them; with two variants
    there is nothing to choose, and one stands for both."""
    if len(names) < 3:
        return linked_pair(names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        to_url = from_url("baseline", names)
        st.selectbox(_("Baseline"), names, key="baseline", on_change=explained(to_url), width=320)
        base = names.index(st.session_state["baseline"])
        others = [name for place, name in enumerate(names) if place != base]
        to_url = from_url("against", others)
        st.selectbox(_("Compare"), others, key="against", on_change=explained(to_url), width=320)
    return base, names.index(st.session_state["against"])


def verdict(results: Results, pair: tuple[int, int], comparisons: Mapping[int, Comparison]) -> None:
    """Draw what may be claimed of a pair, and of all others beside it."""
    undecided = undecided_sentence(results)
    if undecided:
        st.info(lines(undecided), icon=":material/rule:")
        return
    if not comparisons:
        st.markdown(
            "### "
            + label(
                _("{name} passed {rate} questions.").format(
                    name=results.names[0], rate=rate_text(results.rates[0])
                )
            )
        )
        return
    base, other = pair
    a, b, comparison = results.names[base], results.names[other], comparisons[other]
    if len(comparisons) > 1:
        st.markdown(_overall(comparisons, a))
        st.caption(
            _("Each is held to more, as {count:,} are compared at once (Holm).").format(
                count=len(comparisons)
            )
        )
    claim, evidence = verdict_parts(comparison, a, b)
    st.markdown("### " + label(claim))
    said = (evidence, what_to_do(comparison), unanswered_sentence(comparison))
    st.markdown(sentences(lines(one) for one in said if one))
    beside = comparisons if len(comparisons) <= MOST_BARS else {other: comparison}
    bars(results, base, beside, "verdict_bars")
    _reckoned(results, comparison)


def _overall(comparisons: Mapping[int, Comparison], baseline: str) -> str:
    """How many variants are better and worse, in one line."""
    counts = Counter(one.verdict for one in comparisons.values())
    better, worse = counts["b_better"], counts["a_better"]
    said = ngettext(
        "Against {baseline}, {better} of {count} variant is better, {worse} worse, and {open} can't "
        "be told apart.",
        "Against {baseline}, {better} of {count} variants are better, {worse} worse, and {open} "
        "can't be told apart.",
        len(comparisons),
    )
    return said.format(
        count=len(comparisons),
        better=f"{BETTER} **{better}**",
        worse=f"{WORSE} **{worse}**",
        open=f"**{len(comparisons) - better - worse}**",
        baseline=label(baseline),
    )


def bars(results: Results, base: int, comparisons: Mapping[int, Comparison], key: str) -> None:
    """Draw the differences to a baseline, each with its interval, around zero."""
    names, alone = results.names, len(comparisons) == 1
    drawn = [
        difference_of("" if alone else names[place], one)
        for place, one in comparisons.items()
        if one.rows
    ]
    if not drawn:
        return
    better = (
        _("{name} better →").format(name=names[next(iter(comparisons))])
        if alone
        else _("better than {name} →").format(name=names[base])
    )
    worse = _("← {name} better").format(name=names[base])
    alt = _("Differences in pass rates with their intervals, around zero.")
    plot(difference_forest(drawn, worse, better), key, alt=alt)


def _reckoned(results: Results, comparison: Comparison) -> None:
    with st.expander(_("How this was reckoned"), icon=":material/calculate:", type="compact"):
        st.markdown("\n".join(f"- {label(line)}" for line in how_it_was_reckoned(comparison)))
        if results.copies:
            said = ngettext(
                "{count:,} answer is a copy of another try at temperature 0 and is left out.",
                "{count:,} answers are copies of other tries at temperature 0 and are left out.",
                results.copies,
            )
            st.markdown("- " + said.format(count=results.copies))
        if results.rated:
            st.markdown("- " + rated_sentence(results))
