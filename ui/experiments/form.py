"""The form of an experiment: three steps on one screen, and what it takes before it starts.

All that is typed is kept as it is typed, whether or not it could run.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.checks.kind import Seen
from core.checks.rule import Rule
from core.errors import InvalidInput
from core.experiments.draft import ExperimentForm
from core.experiments.estimate import PILOT, estimated
from core.experiments.records import Answer, Experiment
from core.experiments.spec import MAX_RULES, MAX_TRIES, ExperimentSpec, Row
from core.i18n import _, ngettext
from core.sampling.settings import MAX_SEED
from core.statistics.sentences import before_the_run
from ui.checks.editor import rules_editor
from ui.experiments.called import told_now
from ui.experiments.models import asked_elsewhere, offered, prices_of, usual_model
from ui.experiments.rows import questions_step
from ui.experiments.running import begin
from ui.experiments.state import (
    answers_of,
    as_written,
    mine,
    speeds,
    typed_form,
    typed_rows,
    writing,
)
from ui.experiments.told import estimate_line
from ui.experiments.variants import apply_change, persona_rules, variants_step
from ui.shell.boundary import boundary, explained
from ui.shell.held import held, held_choice, keep_typing
from ui.shell.leaving import say_leaving
from ui.shell.text import label, lines


def experiment_form(saved: Experiment | None) -> None:
    """Draw it. saved: the experiment that is changed; None for a new one."""
    apply_change(saved)
    form, rows = typed_form(saved), typed_rows(saved)
    # Before its fields: what is typed into the first one drawn is heard
    keep_typing()
    with st.container(key="experiment_form", gap="small"):
        with st.container(border=True, gap="xsmall"):
            variants_step(saved, form)
        questions, rules = st.columns(2, gap="small")
        with questions, st.container(border=True, height="stretch"):
            problem = questions_step(saved, rows)
        with rules, st.container(border=True, gap="xsmall", height="stretch"):
            st.markdown("**" + _("3 · What an answer must show") + "**")
            _rules(saved, form, rows)
        _start(saved, form, rows, problem)


def _rules(saved: Experiment | None, form: ExperimentForm, rows: Sequence[Row]) -> None:
    def keep(rules: tuple[Rule, ...]) -> None:
        writing(saved).keep(replace(typed_form(saved), rules=rules))

    with_own = sum(bool(row.rules) for row in rows)
    if with_own:
        st.caption(
            ngettext(
                "{count:,} question brings rules of its own. These hold for all:",
                "{count:,} questions bring rules of their own. These hold for all:",
                with_own,
            ).format(count=with_own)
        )
    given = persona_rules(form)
    if given and not form.rules and not with_own:
        # Rows of a suite have them already, where they are meant for
        st.button(
            _("Take the rules of {name}").format(name=label(given[0])),
            key="ex_take_rules",
            icon=":material/theater_comedy:",
            on_click=explained(keep),
            args=(given[1],),
        )
    rules_editor(
        f"experiment {writing(saved).about}", form.rules, keep, _last(saved), most=MAX_RULES
    )


def _last(saved: Experiment | None) -> Seen | None:
    """An answer that rules can be tried on."""
    if saved is None:
        return None
    found = next((a for a in answers_of(saved) if a.answered), None)
    return found.seen(saved.spec, len(found.texts) - 1) if found else None


# --- before it starts ---------------------------------------------------------------------


def _start(
    saved: Experiment | None, form: ExperimentForm, rows: Sequence[Row], problem: str
) -> None:
    model = form.model or usual_model()
    # Above the buttons: below them it could be out of sight for who has just pressed one
    refusal = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        clicked = st.button(
            _("Run what changed") if saved else _("Run"),
            key="ex_run",
            type="primary",
            icon=":material/play_arrow:",
        )
        # Where there are no more, a run is as quick
        many = len(form.variants) * len(rows) * form.tries > PILOT
        pilot = many and st.button(
            _("Try {count} first").format(count=PILOT),
            key="ex_pilot",
            icon=":material/speed:",
            help=_(
                "Ask for {count} answers from all over the table: they show how long the rest "
                "takes, and are kept."
            ).format(count=PILOT),
        )
        names = offered(model)
        st.selectbox(
            _("Model"),
            list(names),
            format_func=names.__getitem__,
            width="stretch",
            **held_choice("ex_model", model, _keep(saved, "model")),
        )
        st.number_input(
            _("Tries"),
            1,
            MAX_TRIES,
            width=120,
            help=_(
                "How often each question is asked, each time with another seed. Tries show how "
                "steady an answer is; only more questions make a verdict surer."
            ),
            **held("ex_tries", form.tries, _keep(saved, "tries"), 1, MAX_TRIES),
        )
        st.number_input(
            _("Base seed"),
            0,
            MAX_SEED,
            width=150,
            help=_("The seed of every try follows from it. Equal seeds give equal answers."),
            **held("ex_seed", form.seed, _keep(saved, "seed"), 0, MAX_SEED),
        )
    spec, problem = _spec(form, rows, problem)
    if spec:
        _before(saved, spec, model)
    wanted = clicked or pilot
    if problem and (rows or wanted or form.variants != ExperimentForm().variants):
        with refusal if wanted else st.container():
            show = st.error if rows or wanted else st.info
            show(lines(problem), icon=":material/error:" if show is st.error else ":material/info:")
    if wanted and spec:
        with refusal, boundary():
            made = begin(saved, spec, model, form.title, PILOT if pilot else None)
            writing(saved).discard()
            mine().open_at = None
            st.query_params["experiment"] = made.id
            st.rerun()


def _keep(saved: Experiment | None, name: str) -> Callable[[Any], None]:
    def keep(value: Any) -> None:
        writing(saved).keep(replace(typed_form(saved), **{name: value}))

    return keep


def _spec(
    form: ExperimentForm, rows: Sequence[Row], problem: str
) -> tuple[ExperimentSpec | None, str]:
    """The experiment that is written, or why it cannot run."""
    if problem:
        return None, problem
    if not rows:
        return None, _("There are no questions yet. Type at least one, or take a table.")
    try:
        return form.told_again(told_now).spec(rows), ""
    except InvalidInput as error:
        return None, str(error)


def _before(saved: Experiment | None, spec: ExperimentSpec, model: str) -> None:
    """What it takes, and what it can show."""
    experiment = as_written(saved, spec, model)
    answers: Sequence[Answer] = ()
    if saved:
        answers = answers_of(experiment)
    known = {
        value: speed
        for value in {experiment.model_of(place) for place in range(len(spec.variants))}
        if (speed := speeds().get(value))
    }
    guess = estimated(experiment, answers, None, prices_of(spec, model), known)
    said = [estimate_line(guess)]
    if len(spec.variants) > 1:
        said.append(before_the_run(len(spec.rows), spec.tries))
    if not spec.rules and not any(row.rules for row in spec.rows):
        said.append(_("Without rules nothing passes or fails: you can rate answers by hand."))
    elif not spec.decides:
        said.append(
            _(
                "Without a rule that must hold nothing passes or fails: you can rate answers by hand."
            )
        )
    st.caption("  \n".join(label(one) for one in said))
    for name in spec.asking_the_same():
        st.warning(
            _(
                "**{name}** uses no column in its template: it asks the same for every question. "
                "Write {input} where the question goes."
            ).format(name=label(name), input="`{{ input }}`"),
            icon=":material/warning:",
        )
    say_leaving(asked_elsewhere(spec, model))
