"""The grid of the playground: the form, the run itself, and what can be done with a stored one.

The run on screen is in the URL (`?run=ID`); each of its cells is stored as it ends, and a run
that was stopped keeps what had a text by then. A run over models goes from one to the next, and
the model from before comes back.
"""

from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import closing
from typing import Any

import streamlit as st

from core.backends.events import Event, Finished
from core.errors import PromptLabError
from core.grid.export import settings_line
from core.grid.over_models import Switching, fill_over_models, replay_over_models
from core.grid.run import Replayed, check_model, create_run, fill_run, replay_cells, score_run
from core.grid.spec import GridSpec
from core.grid.records import cells_of, unfinished, unscored
from core.i18n import _, ngettext
from core.grid.records import Cell, Run
from ui.grid.cell import facts_line
from ui.grid.form import controls, empty_state, restore_form, typed_spec
from ui.grid.results import frame, show
from ui.grid.runs import current_run, run_title, saved_runs
from ui.grid.share import share
from ui.shell import resources
from ui.shell.page import boundary, loading_text
from ui.shell.session import session
from ui.shell.stream import draw_many, plain, safe_markdown, stop_button

Events = Generator[tuple[int | None, Event | Switching], None, None]


def grid_view() -> None:
    """Draw the view."""
    run = current_run()
    restore_form(run)
    wanted = controls()
    saved_runs(run)
    wanted_of, action = session().results.pop("grid_action", (None, None))
    if wanted:
        with boundary():
            _start()
    elif run is not None and wanted_of == run.id:
        with boundary():
            _ACTIONS[action](run)
    if run is None:
        empty_state()
    else:
        _stored(run)


# --- the run ------------------------------------------------------------------------------


def _start() -> None:
    store, engine, spec = resources.store(), resources.engine(), typed_spec()
    before = st.query_params.get("run")
    run = create_run(store, engine, spec)
    st.query_params.pop("cell", None)
    st.query_params["run"] = session().results["grid_form_of"] = run.id
    try:
        _fill(run)
    except PromptLabError:
        if not store.runs.cells(run.id):
            store.runs.delete(run.id)
            session().results["grid_form_of"] = before
            st.query_params.pop("run", None)
            if before:
                st.query_params["run"] = before
        raise


def _fill(run: Run) -> None:
    """Generate what the run lacks, on screen; then score what has no score yet."""
    store, spec = resources.store(), run.spec
    stored = store.runs.cells(run.id)
    lacking = {cell.index for cell in unfinished(spec, stored)}
    done = [cell for cell in stored if cell.index not in lacking]
    if spec.models:
        _stream(spec, fill_over_models(store, resources.host(), resources.settings(), run), done)
        st.rerun()
    check_model(resources.engine(), run)
    _stream(spec, fill_run(store, resources.engine(), run), done)
    _score(run)


def _score(run: Run) -> None:
    with st.spinner(_("Scoring the texts…")):
        score_run(resources.store(), resources.engine(), run)
    st.rerun()


def _replay(run: Run) -> None:
    """Run all of it again, storing nothing, and compare with what is stored."""
    spec, found = run.spec, dict[int, Replayed]()
    stored = resources.store().runs.cells(run.id)
    if spec.models:
        host, settings = resources.host(), resources.settings()
        _stream(spec, replay_over_models(host, settings, spec, stored, found), [])
    else:
        _stream(spec, replay_cells(resources.engine(), spec, stored, found), [])
    session().results["grid_same"] = (run.id, found)
    st.rerun()


_ACTIONS: dict[str, Callable[[Run], None]] = {"fill": _fill, "score": _score, "replay": _replay}


def _stream(spec: GridSpec, events: Events, done: list[Cell]) -> None:
    """Draw a grid as it comes, with the cells that are `done`."""
    with closing(events):
        stop_button()
        progress = st.progress(0.0)
        whole, ended = len(cells_of(spec)), set[Hashable]()

        def note(tag: Hashable, _end: Finished) -> None:
            ended.add(tag)
            count = len(done) + len(ended)
            progress.progress(
                count / whole, _("{done} of {whole} texts").format(done=count, whole=whole)
            )

        places: dict[Hashable, Any] = {index: place for index, place in frame(spec).items()}
        for cell in done:
            with places.pop(cell.index).container():
                st.markdown(safe_markdown(cell.text) or _("*(no text)*"))
                st.caption(facts_line(cell, None))
        draw_many(_without_switching(events, progress), places, note)


def _without_switching(events: Events, progress: Any) -> Iterator[tuple[int | None, Event]]:
    """The events of texts; a model on its way in is told by the bar."""
    for tag, event in events:
        if not isinstance(event, Switching):
            yield tag, event
        elif event.loading:
            progress.progress(
                event.loading.fraction, f"{event.value}: {loading_text(event.loading)}"
            )


# --- a stored run -------------------------------------------------------------------------


def _stored(run: Run) -> None:
    cells, spec = resources.store().runs.cells(run.id), run.spec
    replayed_of, replayed = session().results.get("grid_same", (None, None))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run_title(run)))
        st.space("stretch")
        _actions(run, spec, cells)
        share(run, cells)
    samples = ngettext("{count} sample per cell", "{count} samples per cell", run.spec.samples)
    st.caption(f"{plain(settings_line(run))} · {samples.format(count=run.spec.samples)}")
    show(run, cells, replayed if replayed_of == run.id else None)


def _actions(run: Run, spec: GridSpec, cells: Sequence[Cell]) -> None:
    other = "" if spec.models else _other_model(run)
    if unfinished(spec, cells):
        _action(
            run,
            "fill",
            _("Run missing cells"),
            ":material/playlist_add:",
            other or _("Run only the cells that are missing, were stopped or have failed."),
            disabled=bool(other),
        )
    if unscored(cells):
        # Over models, filling scores as well: each text needs its own model
        _action(
            run,
            "fill" if spec.models else "score",
            _("Score the texts"),
            ":material/speed:",
            other or _("Measure how likely the model finds each text that has no score yet."),
            disabled=bool(other),
        )
    _action(
        run,
        "replay",
        _("Replay"),
        ":material/replay:",
        _(
            "Run everything again, and compare each text token by token. In float32 the same "
            "model gives the same texts."
        ),
    )
    if other:
        st.caption(other)


def _other_model(run: Run) -> str:
    """What is said when another model than the run's is loaded; nothing otherwise."""
    try:
        check_model(resources.engine(), run)
    except PromptLabError:
        facts = resources.engine().loaded.facts
        return _(
            "{name} is loaded now: a replay will give different texts, and missing cells and "
            "scores have to wait for {model}."
        ).format(
            name=f"{facts.name} {facts.precision}", model=f"{run.model} {run.precision}".strip()
        )
    return ""


def _action(
    run: Run, action: str, label: str, icon: str, explained: str, disabled: bool = False
) -> None:
    """A button; for a run over models behind a notice of what it does to everybody."""

    def wanted() -> None:
        session().results.update(grid_action=(run.id, action))

    key = f"grid_{action}"
    if not run.spec.models:
        st.button(label, key=key, icon=icon, help=explained, disabled=disabled, on_click=wanted)
        return
    with st.popover(label, icon=icon, help=explained, key=f"{key}_notice_{label}"):
        st.write(
            _(
                "The models of this run are loaded one after another, for all visitors of this "
                "server; the previous model is restored at the end."
            )
        )
        st.button(_("Continue"), key=f"{key}_{label}", type="primary", on_click=wanted)
