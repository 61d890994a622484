"""The button that downloads a model, how far that is, and what went wrong."""

from dataclasses import dataclass, field

import streamlit as st

from core.i18n import _
from core.models.catalogue import CatalogueEntry
from core.models.fetching import Download
from core.models.plan import gigabytes
from ui.shell import resources
from ui.shell.boundary import explained
from ui.shell.session import state
from ui.shell.text import label, lines

_REFRESH_S = 0.4


@dataclass(slots=True)
class Asked:
    """The models whose downloads this visitor has asked for."""

    names: set[str] = field(default_factory=set)


def download(
    entry: CatalogueEntry, primary: bool = False, again: bool = False, short: bool = False
) -> None:
    """Draw them for a model whose files are still to come; the page is drawn anew at the end.

    again: the page has them a second time. short: its name stands beside the button, and what went
    wrong is for the page to draw, by `failure`, where there is more room.
    """
    begun = resources.downloads().get(entry.name)
    if begun and begun.running:
        _progress(entry.name, "again_" if again else "")
        return
    if not short:
        failure(entry)
    st.button(
        _label(entry, short),
        key=f"{'again_' if again else ''}download_{entry.name}",
        icon=":material/download:",
        type="primary" if primary else "secondary",
        on_click=explained(_begin),
        args=(entry,),
    )


def failure(entry: CatalogueEntry) -> None:
    """Draw what went wrong with a download, for whoever has asked for it."""
    begun = resources.downloads().get(entry.name)
    if begun and begun.error and entry.name in state(Asked).names:
        st.warning(lines(begun.error), icon=":material/cloud_off:")


def _label(entry: CatalogueEntry, short: bool) -> str:
    if entry.published is None:
        return _("Download {title}").format(title=label(entry.title))
    size = gigabytes(entry.published.bytes)
    if short:
        return _("Download ({size})").format(size=size)
    return _("Download {title} ({size})").format(title=label(entry.title), size=size)


def _begin(entry: CatalogueEntry) -> None:
    state(Asked).names.add(entry.name)
    running = resources.downloads().get(entry.name)
    if not (running and running.running):
        resources.downloads()[entry.name] = Download(entry)


@st.fragment(run_every=_REFRESH_S)
def _progress(name: str, prefix: str) -> None:
    begun = resources.downloads()[name]
    if not begun.running:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(
        begun.fraction,
        _("{done} of {total}").format(done=gigabytes(begun.done), total=gigabytes(begun.total)),
    )
    button.button(
        _("Cancel"),
        key=f"{prefix}cancel_{name}",
        icon=":material/stop_circle:",
        on_click=explained(begun.cancel),
        width="stretch",
    )
