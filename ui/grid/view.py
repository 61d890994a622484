"""The grid of the playground: the form, the run itself, and what can be done with a stored one.

The run on screen is in the URL (`?run=ID`). It is worked on by a job, to which the page attaches:
each cell is stored as it ends, and a run that was stopped keeps what had a text by then. A run over
models has as many of them write at once as fit.
"""

from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core.backends.backend import Backend, lacking
from core.backends.events import Finished
from core.engine.choices import choice_of
from core.errors import PromptLabError
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
from ui.grid.cards import Compared, frame
from ui.grid.cell import facts_line
from ui.grid.form import (
    controls,
    empty_state,
    example_wanted,
    form_open,
    open_form,
    restore_form,
    say_models_elsewhere,
    typed_spec,
)
from ui.grid.presenting import present_run
from ui.grid.results import gaps, show
from ui.grid.runs import (
    axes_line,
    current_run,
    facts_of,
    replay_job,
    run_job,
    run_prompt,
    run_title,
    saved_runs,
    share,
)
from ui.grid.state import Action, GridState, typed
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import check_may_load, loading_text
from ui.shell.membership import check_may_start
from ui.shell.presenting import present_button, presented
from ui.shell.session import state
from ui.shell.stream import draw_many, stop_button
from ui.shell.text import answer, label

LOOK = Path(__file__).parent / "assets" / "grid.css"


def grid_view(backend: Backend) -> None:
    """Draw the view."""
    run = current_run()
    if run is not None and presented():
        present_run(run, resources.store().runs.cells(run.id))
        return
    restore_form(backend, run)
    wanted = example_wanted()
    if form_open(run):
        wanted = controls(backend, run) or wanted
    saved_runs(run)
    kept = state(GridState)
    (wanted_of, action), kept.wish = kept.wish or (None, None), None
    with boundary():
        if wanted:
            _new(backend)
            st.rerun()
        elif run is not None and action and wanted_of == run.id:
            _start(backend, run, action)
    if run is None:
        empty_state(backend)
        return
    # It may be on its way, and whatever is done with it asks its models again
    say_models_elsewhere(backend, run.spec.models, typed().models if form_open(run) else ())
    st.html(LOOK)
    for key in (run_job(run.id), replay_job(run.id)):
        job = resources.jobs().running(key)
        if job:
            _attach(run, job)
    _stored(backend, run)


# --- the job ------------------------------------------------------------------------------


def _new(backend: Backend) -> None:
    """Begin what the form says; nothing is stored of what cannot begin."""
    check_may_start()
    spec, runs = typed_spec(), resources.store().runs
    if spec.models:
        check_may_load([choice_of(value, resources.settings()) for value in spec.models])
        check_over_models(resources.host(), resources.settings(), spec)
    else:
        check_grid(backend, spec)
    run = create_run(runs, backend, spec)
    for name in ("cell", "inspect", "only"):
        st.query_params.pop(name, None)
    st.query_params["run"] = state(GridState).form_of = run.id
    _start(backend, run, "fill")


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
            return partial(replay_over_models, host, settings, spec, stored, run.prompts)
        return partial(replay_cells, backend, spec, stored, run.prompts)
    if spec.models:
        return partial(complete_over_models, runs, host, settings, run)
    return partial(complete_run if action == "fill" else score_run, runs, backend, run)


def _attach(run: Run, job: Job) -> None:
    """Draw a grid as it comes, beside the texts that are not to be written; then the page anew."""
    _heading(run)
    stop_button(job)
    progress = st.progress(0.0)
    places = frame(run.spec)
    whole, ended = len(places), set[Hashable]()
    if job.key == run_job(run.id):
        for cell in filter(complete, resources.store().runs.cells(run.id)):
            ended.add(cell.index)
            with places.pop(cell.index).container():
                st.markdown(answer(cell.text) or _("*(no text)*"))
                st.caption(facts_line(cell, None))

    def told(tag: Hashable, event: Any) -> None:
        if isinstance(event, Scoring):
            busy.enter_context(st.spinner(_("Scoring the texts…")))
        elif isinstance(event, Arriving):
            precision = event.loading.choice.precision
            loading = f"{loading_text(event.loading)} ({precision})"
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
    _heading(run, lambda: _replay(backend, run), lambda: share(run, cells), present_button)
    gaps(run.spec, cells)
    if run.own:
        _completing(backend, run, cells)
    else:
        st.caption(
            _(
                "Shared with you: you can read this run. Change takes its prompt and its settings "
                "into a run of your own."
            )
        )
    show(backend, run, cells, replayed)


def _heading(run: Run, *actions: Callable[[], None]) -> None:
    """Draw what a run is about, in place of the form that made it, and what can be done with it."""
    spec = run.spec
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_heading"):
        st.subheader(label(run_title(run)), anchor=False, width="stretch")
        if not form_open(run):
            st.button(
                _("Change"),
                key="grid_change",
                icon=":material/tune:",
                help=_("Open the form with this prompt and these settings, for another run."),
                on_click=explained(open_form),
                args=(run,),
            )
        for action in actions:
            action()
    about = [run_prompt(run)] if run.title.strip() else []
    about += [axes_line(spec), facts_of(run)]
    if spec.samples > 1:
        samples = ngettext("{count} sample per cell", "{count} samples per cell", spec.samples)
        about.append(samples.format(count=spec.samples))
    st.caption(label(" · ".join(about)))


def _replay(backend: Backend, run: Run) -> None:
    why_not = lacking(backend, "exact_seeds")
    hint = why_not or _(
        "Run everything again, and compare each text token by token. In float32 the same "
        "model gives the same texts."
    )
    _action(run, "replay", "replay", _("Replay"), ":material/replay:", hint)


def _completing(backend: Backend, run: Run, cells: Sequence[Cell]) -> None:
    """Draw what a run can be completed with, where it lacks something, and what keeps it from
    that."""
    models = bool(run.spec.models)
    other = "" if models else _other_model(backend, run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
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
    hint: str,
    disabled: bool = False,
) -> None:
    def wanted() -> None:
        state(GridState).wish = run.id, action

    st.button(
        label,
        key=f"grid_{key}",
        icon=icon,
        help=hint,
        disabled=disabled,
        on_click=explained(wanted),
    )
