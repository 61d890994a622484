"""The grid of the playground: the form, the run itself, and what can be done with a stored one.

The run on screen is in the URL (`?run=ID`); each of its cells is stored as it ends, and a run
that was stopped keeps what had a text by then.
"""

from collections.abc import Callable, Generator, Hashable
from contextlib import closing
from typing import Any

import streamlit as st

from core.errors import PromptLabError
from core.events import Event, Finished
from core.grid import (
    GridSpec,
    cells_of,
    check_model,
    create_run,
    fill_run,
    run_grid,
    score_run,
    unfinished,
    unscored,
)
from core.i18n import _
from core.storage.records import Cell, Run
from ui import resources
from ui.playground_form import controls, empty_state, restore_form, typed_spec
from ui.playground_results import draw_cell, frame, show
from ui.playground_runs import current_run, run_title, saved_runs
from ui.session import session
from ui.shell import boundary
from ui.stream import draw_many, plain, stop_button


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
    store, engine = resources.store(), resources.engine()
    check_model(engine, run)
    stored = store.runs.cells(run.id)
    spec = GridSpec.of_run(run)
    lacking = {cell.index for cell in unfinished(spec, stored)}
    done = [cell for cell in stored if cell.index not in lacking]
    _stream(spec, fill_run(store, engine, run), done)
    _score(run)


def _score(run: Run) -> None:
    with st.spinner(_("Scoring the texts…")):
        score_run(resources.store(), resources.engine(), run)
    st.rerun()


def _replay(run: Run) -> None:
    """Run all of it again, storing nothing, and compare with what is stored."""
    spec = GridSpec.of_run(run)
    ends = _stream(spec, run_grid(resources.engine(), spec), [])
    session().results["grid_same"] = (
        run.id,
        {
            cell.index: cell.token_ids == ends[cell.index].token_ids
            for cell in resources.store().runs.cells(run.id)
            if cell.finish_reason in ("stop", "length")
        },
    )
    st.rerun()


_ACTIONS: dict[str, Callable[[Run], None]] = {"fill": _fill, "score": _score, "replay": _replay}


def _stream(
    spec: GridSpec,
    events: Generator[tuple[int | None, Event], None, None],
    done: list[Cell],
) -> dict[int, Finished]:
    """Draw a grid as it comes, with the cells that are `done`; the ends by index."""
    with closing(events):
        stop_button()
        progress = st.progress(0.0)
        whole, ends = len(cells_of(spec)), dict[int, Finished]()

        def note(tag: Hashable, end: Finished) -> None:
            assert isinstance(tag, int)
            ends[tag] = end
            count = len(done) + len(ends)
            progress.progress(
                count / whole, _("{done} of {whole} texts").format(done=count, whole=whole)
            )

        places: dict[Hashable, Any] = {index: place for index, place in frame(spec).items()}
        for cell in done:
            with places.pop(cell.index).container():
                draw_cell(cell, None)
        draw_many(events, places, note)
    return ends


# --- a stored run -------------------------------------------------------------------------


def _stored(run: Run) -> None:
    cells = resources.store().runs.cells(run.id)
    loaded = resources.engine().loaded.facts.name
    other = loaded != run.model
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run_title(run)))
        if unfinished(GridSpec.of_run(run), cells):
            _action(
                run,
                "fill",
                _("Fill the gaps"),
                ":material/playlist_add:",
                _("Run what is missing, was stopped or has failed, and nothing else."),
                disabled=other,
            )
        if unscored(cells):
            _action(
                run,
                "score",
                _("Score the texts"),
                ":material/speed:",
                _("Measure how likely the model finds each text that has no score yet."),
                disabled=other,
            )
        _action(
            run,
            "replay",
            _("Replay"),
            ":material/replay:",
            _("Run the same again, and compare each text token by token."),
        )
    st.caption(
        _("Model {model}, seed {seed}, at most {tokens} new tokens").format(
            model=run.model, seed=run.base_seed, tokens=run.max_new_tokens
        )
    )
    if other:
        st.caption(
            _(
                "The model loaded now is {name}: a replay will give other texts, and gaps and "
                "scores have to wait for {model}."
            ).format(name=loaded, model=run.model)
        )
    replayed, same = session().results.get("grid_same", (None, None))
    show(run, cells, same if replayed == run.id else None)


def _action(
    run: Run, action: str, label: str, icon: str, explained: str, disabled: bool = False
) -> None:
    st.button(
        label,
        key=f"grid_{action}",
        icon=icon,
        help=explained,
        disabled=disabled,
        on_click=lambda: session().results.update(grid_action=(run.id, action)),
    )
