"""The grid of the playground: the form, the run itself, and what can be done with a stored one.

The run on screen is in the URL (`?run=ID`). It is worked on by a job, to which the page attaches:
each cell is stored as it ends, and a run that was stopped keeps what had a text by then. A run over
models has as many of them write at once as fit.
"""

from collections.abc import Hashable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.backends.events import Finished
from core.errors import PromptLabError
from core.grid.export import settings_line
from core.grid.over_models import (
    Arriving,
    check_over_models,
    complete_over_models,
    replay_over_models,
)
from core.grid.records import Cell, Run, complete, unfinished, unscored
from core.grid.run import Scoring, check_grid, replay_cells
from core.grid.stored_run import (
    check_model,
    complete_run,
    create_run,
    score_run,
)
from core.i18n import _, ngettext
from core.jobs import Job, Work
from ui.grid.cell import facts_line
from ui.grid.form import controls, empty_state, restore_form, typed_spec
from ui.grid.presenting import present_run
from ui.grid.results import Compared, frame, show
from ui.grid.runs import current_run, replay_job, run_job, run_title, saved_runs, share
from ui.grid.state import Action, GridState
from ui.shell import resources
from ui.shell.choosing import loading_text
from ui.shell.page import boundary
from ui.shell.presenting import present_button, presented
from ui.shell.session import state
from ui.shell.stream import draw_many, plain, safe_markdown, stop_button


def grid_view(backend: Backend) -> None:
    """Draw the view."""
    run = current_run()
    if run is not None and presented():
        present_run(run, resources.store().runs.cells(run.id))
        return
    restore_form(backend, run)
    wanted = controls(backend)
    saved_runs(run)
    kept = state(GridState)
    (wanted_of, action), kept.wish = kept.wish or (None, None), None
    with boundary():
        if wanted:
            run = _new(backend)
        elif run is not None and action and wanted_of == run.id:
            _start(backend, run, action)
    if run is None:
        empty_state(backend)
        return
    for key in (run_job(run.id), replay_job(run.id)):
        job = resources.jobs().running(key)
        if job:
            _attach(run, job)
    _stored(backend, run)


# --- the job ------------------------------------------------------------------------------


def _new(backend: Backend) -> Run:
    """Begin what the form says; nothing is stored of what cannot begin."""
    spec, runs = typed_spec(), resources.store().runs
    if spec.models:
        check_over_models(resources.host(), resources.settings(), spec)
    else:
        check_grid(backend, spec)
    run = create_run(runs, backend, spec)
    st.query_params.pop("cell", None)
    st.query_params["run"] = state(GridState).form_of = run.id
    _start(backend, run, "fill")
    return run


def _start(backend: Backend, run: Run, action: Action) -> None:
    key = replay_job(run.id) if action == "replay" else run_job(run.id)
    work = _work(backend, run, action)
    if run.spec.models:
        resources.jobs().start(key, work)
    else:
        resources.start(key, backend, work)


def _work(backend: Backend, run: Run, action: Action) -> Work:
    runs, spec = resources.store().runs, run.spec
    host, settings = resources.host(), resources.settings()
    if action == "replay":
        stored = runs.cells(run.id)
        if spec.models:
            return partial(replay_over_models, host, settings, spec, stored)
        return partial(replay_cells, backend, spec, stored)
    if spec.models:
        return partial(complete_over_models, runs, host, settings, run)
    return partial(complete_run if action == "fill" else score_run, runs, backend, run)


def _attach(run: Run, job: Job) -> None:
    """Draw a grid as it comes, beside the texts that are not to be written; then the page anew."""
    stop_button(job)
    progress = st.progress(0.0)
    places = frame(run.spec)
    whole, ended = len(places), set[Hashable]()
    if job.key == run_job(run.id):
        for cell in filter(complete, resources.store().runs.cells(run.id)):
            ended.add(cell.index)
            with places.pop(cell.index).container():
                st.markdown(safe_markdown(cell.text) or _("*(no text)*"))
                st.caption(facts_line(cell, None))

    def told(tag: Hashable, event: Any) -> None:
        if isinstance(event, Scoring):
            busy.enter_context(st.spinner(_("Scoring the texts…")))
        elif isinstance(event, Arriving):
            loading = f"{event.value}: {loading_text(event.loading)}"
            progress.progress(event.loading.fraction, loading)
        elif isinstance(event, Finished):
            ended.add(tag)
            done = _("{done} of {whole} texts").format(done=len(ended), whole=whole)
            progress.progress(len(ended) / whole, done)

    # What ends the job with an error is told where the page is drawn anew, to all who come back
    with ExitStack() as busy, suppress(PromptLabError):
        draw_many(job, places, told)
    st.rerun()


def _ended(run: Run) -> Compared | None:
    """What the jobs of a run left: an error is told once, and how a replay compares returned."""
    jobs = resources.jobs()
    replay = jobs.get(replay_job(run.id))
    for job in (jobs.get(run_job(run.id)), replay):
        if job and job.error:
            jobs.forget(job.key)
            with boundary():
                raise job.error
    return replay.result if replay else None


# --- a stored run -------------------------------------------------------------------------


def _stored(backend: Backend, run: Run) -> None:
    replayed = _ended(run)
    cells = resources.store().runs.cells(run.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run_title(run)))
        st.space("stretch")
        _actions(backend, run, cells)
        share(run, cells)
        present_button()
    samples = ngettext("{count} sample per cell", "{count} samples per cell", run.spec.samples)
    st.caption(f"{plain(settings_line(run))} · {samples.format(count=run.spec.samples)}")
    show(backend, run, cells, replayed)


def _actions(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    models = bool(run.spec.models)
    other = "" if models else _other_model(backend, run)
    if unfinished(run.spec, cells):
        _action(
            run,
            "fill",
            "fill",
            _("Run missing cells"),
            ":material/playlist_add:",
            other or _("Run only the cells that are missing, were stopped or have failed."),
            disabled=bool(other),
        )
    if unscored(cells):
        # Over models each text needs its own model, and all of them are loaded anyway
        why_not = other or ("" if models else lacking(backend, "scores", "token_ids"))
        _action(
            run,
            "score",
            "fill" if models else "score",
            _("Score the texts"),
            ":material/speed:",
            why_not or _("Measure how likely the model finds each text that has no score yet."),
            disabled=bool(why_not),
        )
    _action(
        run,
        "replay",
        "replay",
        _("Replay"),
        ":material/replay:",
        lacking(backend, "exact_seeds")
        or _(
            "Run everything again, and compare each text token by token. In float32 the same "
            "model gives the same texts."
        ),
    )
    if other:
        st.caption(other)


def _other_model(backend: Backend, run: Run) -> str:
    """What is said when another model than the run's is loaded; nothing otherwise."""
    try:
        check_model(backend, run)
    except PromptLabError:
        facts = backend.facts
        return _(
            "{name} is used here: a replay will give different texts, and missing cells and "
            "scores have to wait for {model}."
        ).format(
            name=resources.called(facts.name, facts.precision),
            model=resources.called(run.model, run.precision),
        )
    return ""


def _action(
    run: Run,
    key: str,
    action: Action,
    label: str,
    icon: str,
    explained: str,
    disabled: bool = False,
) -> None:
    def wanted() -> None:
        state(GridState).wish = run.id, action

    st.button(
        label, key=f"grid_{key}", icon=icon, help=explained, disabled=disabled, on_click=wanted
    )
