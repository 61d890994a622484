"""The stored runs of the playground: the list in the sidebar, opening, renaming and deleting one,
and taking it away as a link or a file. The run on screen is in the URL (`?run=ID`)."""

from collections.abc import Hashable, Sequence

import streamlit as st

from core.errors import NotFound
from core.grid.export import export_csv, export_json, export_markdown, settings_line
from core.grid.measure_labels import axis_label
from core.grid.records import Cell, Run
from core.grid.spec import GridSpec
from core.grid.store import Runs
from core.i18n import _
from ui.grid.report import html_report
from ui.grid.state import LISTED, GridState
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.choosing import leave_choice
from ui.shell.copying import copy_link_button
from ui.shell.kept import Kept, kept_list
from ui.shell.session import state
from ui.shell.text import lines
from ui.shell.undo import offer_undo

# What a link says of a run
_SHOWN = ("run", "part", "measure", "cell", "inspect", "over", "only")


def run_job(run_id: str) -> Hashable:
    """The key of the job that completes or scores a run."""
    return "run", run_id


def replay_job(run_id: str) -> Hashable:
    """The key of the job that writes a run again."""
    return "replay", run_id


def current_run() -> Run | None:
    """The run that the URL names, None without one; an unknown one is explained."""
    wanted = st.query_params.get("run")
    if not wanted:
        return None
    try:
        return resources.store().runs.get(wanted)
    except NotFound as error:
        st.warning(lines(str(error)))
        del st.query_params["run"]
        return None


def run_title(run: Run) -> str:
    """The title that was given, else the start of the prompt, on one line."""
    return _short(run.title) if run.title.strip() else run_prompt(run)


def run_prompt(run: Run) -> str:
    """The start of the prompt, on one line."""
    return _short(run.spec.prompt)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def facts_of(run: Run) -> str:
    """What holds for every cell of a run, in one line, with its model as people call it."""
    return settings_line(run, resources.called(run.model, run.precision))


def axes_line(spec: GridSpec) -> str:
    """The two axes and their values, in one line."""
    return " × ".join(f"{axis_label(a.name)} {', '.join(a.labels)}" for a in spec.axes)


def _open(run_id: str | None) -> None:
    st.query_params.pop("run", None)
    leave_choice()
    for name in ("cell", "inspect", "only", "over"):
        st.query_params.pop(name, None)
    mine = state(GridState)
    mine.open_at = None
    if run_id:
        st.query_params["run"] = run_id
        mine.form_of = None


def saved_runs(current: Run | None) -> None:
    """Draw the recent runs in the sidebar, and what can be done with the one on screen."""
    with st.sidebar:
        st.button(
            _("New run"),
            key="grid_new",
            icon=":material/add:",
            width="stretch",
            on_click=explained(_open),
            args=(None,),
        )
        st.caption(_("Recent runs"))
        many = state(GridState).listed
        runs = resources.store().runs.list(many + 1)
        if not runs:
            st.caption(_("Your runs appear here."))
        kept = (Kept(run.id, run_title(run)) for run in runs[:many])
        kept_list("runs", kept, current.id if current else None, _open)
        if len(runs) > many:
            st.button(
                _("Show more"), key="grid_more", type="tertiary", on_click=explained(_list_more)
            )
        if current and current.own:
            _manage(current)


def _list_more() -> None:
    state(GridState).listed += LISTED


def _manage(run: Run) -> None:
    key = f"title_{run.id}"

    def rename() -> None:
        resources.store().runs.rename(run.id, st.session_state[key].strip()[:200])

    def delete() -> None:
        resources.jobs().forget(run_job(run.id))
        resources.jobs().forget(replay_job(run.id))
        runs = resources.store().runs
        runs.delete(run.id)
        _open(None)
        offer_undo(
            _("Deleted: {title}").format(title=run_title(run)), lambda: _restore(runs, run.id)
        )

    st.divider()
    st.text_input(
        _("Title"), run.title, key=key, placeholder=run_title(run), on_change=explained(rename)
    )
    st.button(
        _("Delete run"),
        key=f"delete_{run.id}",
        icon=":material/delete:",
        width="stretch",
        on_click=explained(delete),
    )


def _restore(runs: Runs, run_id: str) -> None:
    runs.restore(run_id)
    _open(run_id)


def share(run: Run, cells: Sequence[Cell]) -> None:
    """Draw the menu. The files are made when one is asked for."""
    with st.popover(_("Share"), icon=":material/ios_share:"):
        _link(run)
        called = resources.called(run.model, run.precision)
        model = f"{called} ({run.model})" if run.model not in called else called
        files = (
            (
                _("Report (HTML)"),
                "html",
                "text/html",
                lambda: html_report(run, cells, model),
                _("One file with charts and texts that works offline."),
            ),
            (
                "Markdown",
                "md",
                "text/markdown",
                lambda: export_markdown(run, cells, model),
                _("Settings, metrics and texts, easy to read and edit."),
            ),
            (
                "CSV",
                "csv",
                "text/csv",
                lambda: export_csv(run.spec, cells).encode("utf-8-sig"),
                _(
                    "For spreadsheets. Text that begins with = + - @ or a tab gets a leading "
                    "apostrophe, so that it does not become a formula; JSON has it unchanged."
                ),
            ),
            (
                "JSON",
                "json",
                "application/json",
                lambda: export_json(run, cells),
                _("Everything stored about the run, unchanged."),
            ),
        )
        for label, ending, kind, make, hint in files:
            st.download_button(
                label,
                make,
                f"grid-{run.id}.{ending}",
                kind,
                key=f"{ending}_{run.id}",
                icon=":material/download:",
                help=hint,
                on_click="ignore",
                width="stretch",
            )


def _link(run: Run) -> None:
    """Draw who may read the run, and its link as it is on screen."""
    key = f"shared_{run.id}"

    def let() -> None:
        resources.store().runs.share(run.id, st.session_state[key])

    if run.own:
        st.toggle(
            _("Anyone with the link can read this run"),
            run.shared,
            key=key,
            on_change=explained(let),
        )
        if not run.shared and resources.settings().own_spaces:
            st.caption(_("Until then the link opens it for you alone."))
    copy_link_button(
        f"copy_link_{run.id}",
        _("Copy the link to this run, with the cell and the metric on screen"),
        _("Copy link"),
        **{name: st.query_params[name] for name in _SHOWN if name in st.query_params},
    )
