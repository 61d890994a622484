"""A run to take away: its link, and its files."""

from collections.abc import Sequence

import streamlit as st

from core.grid.export import export_csv, export_json, export_markdown
from core.grid.spec import GridSpec
from core.i18n import _
from core.grid.records import Cell, Run
from ui.grid.report import html_report


def share(run: Run, cells: Sequence[Cell]) -> None:
    """Draw the menu. The files are made when one is asked for."""
    spec = run.spec
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
                lambda: export_csv(spec, cells).encode("utf-8-sig"),
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
