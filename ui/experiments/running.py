"""Running an experiment: a job of the server, which goes on whoever looks, and how far it is."""

import re
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.backends.backend import Backend, lacking, tokenizer_of
from core.engine.host import ModelHost
from core.engine.residents import Loading as HostLoading
from core.engine.residents import ModelChoice
from core.errors import InvalidInput, NotFound
from core.experiments.estimate import Estimate, estimated
from core.experiments.records import Answer, Experiment, missing
from core.experiments.run import (
    Loading,
    Progress,
    Told,
    check_experiment,
    complete_experiment,
)
from core.experiments.spec import ExperimentSpec
from core.experiments.speed import Speed
from core.i18n import _, ngettext, sentences
from core.jobs import Job
from ui.experiments.models import asked_elsewhere, choices_of, prices_of
from ui.experiments.state import answers_of, experiment_job, open_experiment, speeds, under_way
from ui.experiments.told import answers_text, estimate_line, progress_line
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import check_may_load, loading_text
from ui.shell.leaving import say_leaving
from ui.shell.membership import check_may_start
from ui.shell.text import label, lines
from ui.shell.under_way import how_far
from ui.tools.offered import tool_book

_LOOK_S = 1.0
_SPACES = re.compile(r"\s+")


class Stopped(Exception):
    """The run was stopped while its model was on its way in."""


def begin(
    saved: Experiment | None, spec: ExperimentSpec, model: str, title: str, most: int | None
) -> Experiment:
    """Store what the form says and ask for its answers, at most `most`; nothing is stored of what
    cannot begin: that raises."""
    experiments = resources.store().experiments
    if saved and resources.jobs().running(experiment_job(saved.id)):
        raise InvalidInput(_("This experiment is running. Stop it first, then run what changed."))
    check_may_start()
    models = {place: one.model or model for place, one in enumerate(spec.variants)}
    choices = choices_of(models.values())
    check_may_load(list(choices.values()))
    _check(spec, models, choices)
    if saved:
        made = experiments.update(saved.id, spec, _counter(choices), model)
    else:
        made = experiments.create(spec, model, title or _title(spec))
    start(made, most)
    return made


def _check(
    spec: ExperimentSpec, models: Mapping[int, str], choices: Mapping[str, ModelChoice]
) -> None:
    """Ask the models that are loaded whether they could answer; the others are asked when they
    are."""
    now = resources.host().status()
    for value, choice in choices.items():
        resident = now.resident(choice)
        if resident:
            check_experiment(
                resident.backend, spec, [place for place, one in models.items() if one == value]
            )


def _counter(choices: Mapping[str, ModelChoice]) -> Callable[[str], int] | None:
    """What counts tokens for rules that were changed: the one model, where it is loaded."""
    now = resources.host().status()
    residents = [now.resident(choice) for choice in choices.values()]
    if len(residents) != 1 or residents[0] is None or lacking(residents[0].backend, "token_ids"):
        return None
    tokenizer = tokenizer_of(residents[0].backend)
    return lambda text: len(tokenizer.encode(text))


def _title(spec: ExperimentSpec) -> str:
    """What an experiment is called until somebody names it: its variants, and its first
    question."""
    names = [one.name for one in spec.variants]
    shown = " · ".join(names[:3]) + (" · …" if len(names) > 3 else "")
    return _short(f"{shown}: {spec.rows[0].title}")


def _short(text: str, most: int = 60) -> str:
    line = _SPACES.sub(" ", text[: most * 4]).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


# --- the job ------------------------------------------------------------------------------


def start(experiment: Experiment, most: int | None = None) -> None:
    """Ask for the answers that an experiment lacks, at most `most`."""
    check_may_start()
    store, host = resources.store(), resources.host()
    answers = answers_of(experiment)
    values = [experiment.model_of(p.variant) for p in missing(experiment.spec, answers)]
    choices = choices_of(values)
    check_may_load(list(choices.values()))
    jobs, key, marks, known = resources.jobs(), experiment_job(experiment.id), under_way(), speeds()

    # In the turn of who begins it: the job knows no visitor
    tools = tool_book().tools if any(one.tools for one in experiment.spec.variants) else ()

    def stopped() -> bool:
        job = jobs.get(key)
        return job is not None and job.stopping

    def work() -> Generator[tuple[Hashable, Told], None, dict[str, Speed]]:
        marks.begin(experiment.id)
        try:
            hold = partial(hold_model, host, choices, stopped)
            return (
                yield from complete_experiment(
                    store.experiments, experiment, hold, most, note=known.keep, tools=tools
                )
            )
        except Stopped:
            return {}
        finally:
            marks.end(experiment.id)

    jobs.start(key, work)


@contextmanager
def hold_model(
    host: ModelHost, choices: Mapping[str, ModelChoice], stopped: Callable[[], bool], value: str
) -> Iterator[Backend]:
    """The model of that value, loaded until the end of the block. Raises `Stopped` where the job
    was stopped while it was on its way in."""
    choice = choices[value]

    def look(_loading: HostLoading) -> None:
        if stopped():
            raise Stopped

    try:
        with host.hold(choice, look) as backend:
            yield backend
    except Stopped:
        host.abandon(choice)
        raise


# --- how far it is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an experiment stands. lacking: answers that are still to come, failed ones among
    them."""

    answers: tuple[Answer, ...]
    lacking: int
    failed: int


def standing(experiment: Experiment) -> Standing:
    """As it is now."""
    answers = tuple(answers_of(experiment))
    failed = sum(not answer.answered for answer in answers)
    return Standing(answers, len(missing(experiment.spec, answers)), failed)


@st.fragment(run_every=_LOOK_S)
def progress(experiment: Experiment) -> None:
    """Draw how far the run is, as long as there is one; then the whole page anew."""
    job = resources.jobs().running(experiment_job(experiment.id))
    if job is None:
        st.rerun()
        return
    told, loading = job.last(Progress), job.last(Loading)
    fraction = (told.done + told.failed) / max(1, told.wanted) if told else 0.0
    if loading and loading.model:
        said = _arriving(loading.model)
    else:
        said = progress_line(told) if told else _("Starting…")
    how_far(fraction, said, "ex_stop", job.stop if experiment.own else None)


def _arriving(value: str) -> str:
    with suppress(NotFound):
        choice = choices_of([value])[value]
        found = resources.host().status().loading(choice)
        if found:
            return loading_text(found)
    return _("Loading {name}…").format(name=label(resources.called(value)))


def ended(experiment: Experiment) -> None:
    """Tell once what has ended a run, if it was an error."""
    jobs, key = resources.jobs(), experiment_job(experiment.id)
    job: Job | None = jobs.get(key)
    if job and not job.running and job.error:
        jobs.forget(key)
        with boundary():
            raise job.error


def completing(experiment: Experiment, now: Standing) -> None:
    """Draw what an experiment still lacks, and what asks for it."""
    if not now.lacking:
        return
    begun = now.lacking - now.failed
    said = []
    if now.answers or begun:
        said.append(
            _("{done:,} of {whole:,} answers are there.").format(
                done=experiment.spec.answers - now.lacking, whole=experiment.spec.answers
            )
        )
    if now.failed:
        said.append(
            ngettext(
                "{count:,} was not answered: {reason}",
                "{count:,} were not answered, the last: {reason}",
                now.failed,
            ).format(count=now.failed, reason=_last_reason(now))
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="ex_missing"):
        if experiment.own:
            st.button(
                _continue_label(now),
                key="ex_continue",
                type="primary",
                icon=":material/play_arrow:",
                on_click=explained(start),
                args=(experiment,),
            )
        st.caption(
            "  \n".join([lines(sentences(said)), label(estimate_line(_rest(experiment, now)))])
        )
    if experiment.own:
        say_leaving(asked_elsewhere(experiment.spec, experiment.model))


def _continue_label(now: Standing) -> str:
    if now.failed == now.lacking:
        return ngettext(
            "Ask the {count:,} failed one again", "Ask the {count:,} failed ones again", now.failed
        ).format(count=now.failed)
    return _("Continue: {answers}").format(answers=answers_text(now.lacking))


def _last_reason(now: Standing) -> str:
    reasons = [one.error for one in now.answers if not one.answered and one.error]
    return reasons[-1] if reasons else _("stopped on the way")


def _rest(experiment: Experiment, now: Standing) -> Estimate:
    known = {
        value: speed
        for value in {experiment.model_of(v) for v in range(len(experiment.spec.variants))}
        if (speed := speeds().get(value))
    }
    prices = prices_of(experiment.spec, experiment.model)
    return estimated(experiment, now.answers, None, prices, known)


# --- broken off ---------------------------------------------------------------------------


def broken_off(current: Experiment | None) -> None:
    """Offer to go on with what the end of a server has broken off."""
    experiments, marks = resources.store().experiments, under_way()
    for id in sorted(marks.all()):
        # The one on screen says itself what it lacks
        if resources.jobs().running(experiment_job(id)) or (current and current.id == id):
            continue
        try:
            found = experiments.get(id)
        except NotFound:
            marks.end(id)
            continue
        now = standing(found)
        if not now.lacking:
            marks.end(id)
            continue
        with st.container(border=True, key=f"broken_{id}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _offer_to_resume(found, now)
            say_leaving(asked_elsewhere(found.spec, found.model))


def _offer_to_resume(found: Experiment, now: Standing) -> None:
    st.markdown(
        ":material/power_off: "
        + _(
            "**{title}** was broken off when the server stopped, at {done:,} of {whole:,} "
            "answers. Nothing is lost."
        ).format(
            title=label(found.title),
            done=found.spec.answers - now.lacking,
            whole=found.spec.answers,
        ),
        width="stretch",
    )
    st.button(
        _("Continue"),
        key=f"resume_{found.id}",
        type="primary",
        icon=":material/play_arrow:",
        on_click=explained(_resume),
        args=(found,),
    )
    st.button(
        _("Leave it"),
        key=f"leave_{found.id}",
        type="tertiary",
        on_click=explained(under_way().end),
        args=(found.id,),
    )


def _resume(experiment: Experiment) -> None:
    start(experiment)
    open_experiment(experiment.id)
