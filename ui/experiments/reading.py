"""Reading what an experiment shows: the sentence first, then what it rests on, question by
question.

Nothing here asks a model. It is drawn while a run goes on, too: the figures are those of the
answers that are there.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import streamlit as st

from core.experiments.records import Answer, Experiment
from core.experiments.results import Results
from core.i18n import _
from core.statistics.comparison import Comparison
from ui.experiments.answer import read_answer
from ui.experiments.blind import blinded
from ui.experiments.inspected import inspected_answer
from ui.experiments.judge import judge_pane
from ui.experiments.out import taking_away
from ui.experiments.questions import questions
from ui.experiments.reading_state import ANSWER, INSPECT, ReadingState
from ui.experiments.scores import matrix, plots, scorecard
from ui.experiments.verdict import chosen_pair, verdict
from ui.shell.boundary import boundary, explained
from ui.shell.session import state
from ui.shell.url_choice import from_url

View = Literal["questions", "scores", "matrix", "plots"]
VIEWS: tuple[View, ...] = get_args(View)


def reading(experiment: Experiment, answers: Sequence[Answer]) -> None:
    """Draw all that the answers of an experiment show; nothing where there is none yet."""
    results = Results.of(experiment.spec, answers)
    if not results.answers:
        return
    state(ReadingState).stale = False
    with st.container(key="reading"), boundary():
        pair = chosen_pair(results.names)
        comparisons = results.comparisons(pair[0])
        verdict(results, pair, comparisons)
        _views(experiment, results, pair, comparisons)


@st.fragment
def _views(
    experiment: Experiment,
    results: Results,
    pair: tuple[int, int],
    comparisons: Mapping[int, Comparison],
) -> None:
    """The ways to look at it. Turning a page, or opening a row, draws no more than this."""
    if blinded() or (state(ReadingState).stale and ANSWER not in st.query_params):
        st.rerun()
    names = {
        "questions": _("By question"),
        "scores": _("Scorecard"),
        "matrix": _("Matrix"),
        "plots": _("Plots"),
    }
    to_url = from_url("read", VIEWS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            _("View"),
            VIEWS,
            required=True,
            format_func=lambda view: names[view],
            key="read",
            on_change=explained(to_url),
            label_visibility="collapsed",
        )
        st.space("stretch")
        taking_away(experiment, results, pair[0])
    with boundary():
        match st.session_state["read"]:
            case "scores":
                scorecard(experiment, results)
                judge_pane(experiment, tuple(results.answers.values()))
            case "matrix":
                matrix(results, pair, comparisons.get(pair[1]))
            case "plots":
                plots(experiment, results, pair, comparisons)
            case _:
                questions(experiment, results, pair, comparisons.get(pair[1]))
        if INSPECT in st.query_params:
            inspected_answer(experiment)
        else:
            read_answer(experiment, results)
