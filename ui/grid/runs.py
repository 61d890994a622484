"""The stored runs of the playground: the list in the sidebar, opening, renaming and deleting."""

import streamlit as st

from core.errors import NotFound
from core.i18n import _
from core.grid.records import Run
from ui.shell import resources
from ui.shell.session import session
from ui.shell.stream import plain


def current_run() -> Run | None:
    """The run that the URL names, None without one; an unknown one is explained."""
    wanted = st.query_params.get("run")
    if not wanted:
        return None
    try:
        return resources.store().runs.get(wanted)
    except NotFound as error:
        st.warning(str(error))
        del st.query_params["run"]
        return None


def run_title(run: Run) -> str:
    """The title that was given, else the start of the prompt, on one line."""
    text = run.title.strip() or " ".join(run.spec.prompt.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _open(run_id: str | None) -> None:
    st.query_params.pop("run", None)
    if run_id:
        st.query_params["run"] = run_id
        session().results["grid_form_of"] = None


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
                    plain(run_title(run)),
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
        resources.store().runs.delete(run.id)
        _open(None)

    st.divider()
    st.text_input(_("Title"), run.title, key=key, placeholder=run_title(run), on_change=rename)
    with st.popover(_("Delete run"), icon=":material/delete:", width="stretch"):
        st.write(_("This permanently removes the run and its texts."))
        st.button(_("Delete"), key=f"delete_{run.id}", type="primary", on_click=delete)
