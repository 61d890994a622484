"""The stored runs of the playground: the list in the sidebar, opening, renaming and deleting one,
and taking it away as a link or a file. The run on screen is in the URL (`?run=ID`)."""

from collections.abc import Hashable, Sequence

import streamlit as st

from core.errors import NotFound
from core.grid.export import export_csv, export_json, export_markdown
from core.grid.records import Cell, Run
from core.i18n import _
from ui.grid.report import html_report
from ui.grid.state import GridState
from ui.shell import resources
from ui.shell.choosing import leave_choice
from ui.shell.page import explained
from ui.shell.session import state
from ui.shell.text import label, lines


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
    text = run.title.strip() or " ".join(run.spec.prompt.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _open(run_id: str | None) -> None:
    st.query_params.pop("run", None)
    leave_choice()
    if run_id:
        st.query_params["run"] = run_id
        state(GridState).form_of = None


def saved_runs(current: Run | None) -> None:
    """Draw the recent runs in the sidebar, and what can be done with the one on screen."""
    with st.sidebar:
        st.button(
            _("New run"),
            key="grid_new",
            icon=":material/add:",
            width="stretch",
            on_click=_open,
            args=(None,),
        )
        st.caption(_("Recent runs"))
        runs = resources.store().runs.list(20)
        if not runs:
            st.caption(_("Your runs appear here."))
        with st.container(key="list_runs"):
            for run in runs:
                shown = current is not None and run.id == current.id
                st.button(
                    label(run_title(run)),
                    key=f"{'current' if shown else 'open'}_{run.id}",
                    type="secondary" if shown else "tertiary",
                    width="stretch",
                    on_click=_open,
                    args=(run.id,),
                )
        if current:
            _manage(current)


def _manage(run: Run) -> None:
    key = f"title_{run.id}"

    def rename() -> None:
        resources.store().runs.rename(run.id, st.session_state[key].strip()[:200])

    def delete() -> None:
        resources.jobs().forget(run_job(run.id))
        resources.jobs().forget(replay_job(run.id))
        resources.store().runs.delete(run.id)
        _open(None)

    st.divider()
    st.text_input(
        _("Title"), run.title, key=key, placeholder=run_title(run), on_change=explained(rename)
    )
    with st.popover(_("Delete run"), icon=":material/delete:", width="stretch"):
        st.write(_("This permanently removes the run and its texts."))
        st.button(_("Delete"), key=f"delete_{run.id}", type="primary", on_click=explained(delete))


def share(run: Run, cells: Sequence[Cell]) -> None:
    """Draw the menu. The files are made when one is asked for."""
    with st.popover(_("Share"), icon=":material/ios_share:"):
        st.caption(
            _(
                "The address of this page links to the run: it opens the run as you see it, with "
                "the chosen cell and metric, for anyone who can reach this server."
            )
        )
        files = (
            (
                _("Report (HTML)"),
                "html",
                "text/html",
                lambda: html_report(run, cells),
                _("One file with charts and texts that works offline."),
            ),
            (
                "Markdown",
                "md",
                "text/markdown",
                lambda: export_markdown(run, cells),
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
        for label, ending, kind, make, explained in files:
            st.download_button(
                label,
                make,
                f"grid-{run.id}.{ending}",
                kind,
                key=f"{ending}_{run.id}",
                icon=":material/download:",
                help=explained,
                on_click="ignore",
                width="stretch",
            )
