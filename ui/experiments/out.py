"""Taking an experiment away: its report, its answers, and a link to what is on screen."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.experiments.records import Experiment
from core.experiments.report import export_csv, export_json, export_markdown, html_report
from core.experiments.results import Results
from core.i18n import _, in_this_language
from ui.experiments.reading_state import SHOWN
from ui.shell import resources
from ui.shell.copying import copy_link_button

# What a name of a file may not have on some system
_REFUSED = '<>:"/\\|?*'


def taking_away(experiment: Experiment, results: Results, baseline: int) -> None:
    """Draw the popover of files, and the link to this view."""
    name = _file_name(experiment.title)
    model = resources.called(experiment.model)
    files: tuple[tuple[str, str, str, Callable[[], str], str], ...] = (
        (
            _("Report (HTML)"),
            "html",
            "text/html",
            partial(html_report, experiment, results, baseline, model),
            _("One file to read anywhere, also without a network."),
        ),
        (
            _("Report (Markdown)"),
            "md",
            "text/markdown",
            partial(export_markdown, experiment, results, baseline, model),
            "",
        ),
        (
            _("Answers (CSV)"),
            "csv",
            "text/csv",
            partial(export_csv, results),
            _("A line for every answer, for a spreadsheet."),
        ),
        (
            _("All of it (JSON)"),
            "json",
            "application/json",
            partial(export_json, experiment, results, baseline),
            "",
        ),
    )
    with st.popover(_("Download"), icon=":material/download:", key="take_away"):
        for title, ending, mime, make, help in files:
            # Made when it is clicked, in a thread of the server
            made = in_this_language(make)
            st.download_button(
                title,
                made,
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"download_{ending}",
                help=help or None,
                on_click="ignore",
                width="stretch",
            )
    link = {key: st.query_params[key] for key in SHOWN if key in st.query_params}
    copy_link_button(
        "copy_view",
        _("Copy link to this view"),
        _("Copy link"),
        **link | {"experiment": experiment.id},
    )


def _file_name(title: str) -> str:
    line = " ".join(title.split())
    kept = "".join("-" if char in _REFUSED or ord(char) < 32 else char for char in line)
    return kept[:60].strip(" .") or "experiment"
