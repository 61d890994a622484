"""The frame around every page: configuration, the sidebar's true status, and the error boundary."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.backends.backend import Ability, Backend, lacking
from core.engine.host import Loading, ModelHost
from core.errors import PromptLabError
from core.i18n import _
from ui.shell import resources
from ui.shell.glossary import heading
from ui.shell.languages import language_switch

# A file of our own: the name of an icon would be fetched from a server elsewhere.
ICON = Path(__file__).parent / "assets" / "icon.svg"
_SCROLLING = (Path(__file__).parent / "assets" / "scrolling.js").read_text(encoding="utf-8")
# Only spacing, alignment and contrast that the theme's settings do not reach: faded text and
# white on the dark theme's primary colour would be hard to read.
_STYLE = """<style>
.stMainBlockContainer {padding-top: 3.5rem; padding-bottom: 3rem; max-width: 76rem}
[class*="st-key-list_"] .stButton button > div {justify-content: flex-start}
[class*="st-key-list_"] .stButton button {padding-left: 0.75rem; padding-right: 0.75rem}
[data-testid="stSidebarUserContent"] .stButton button p {
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
[data-testid="stSidebarUserContent"] [class*="st-key-list_"] {gap: 0.1rem}
@media (min-width: 641px) { /* many columns of cards scroll together instead of shrinking */
  :is(.st-key-grid_cells, .st-key-grid_frame) {overflow-x: auto}
  :is(.st-key-grid_cells, .st-key-grid_frame) :has(> .stColumn) {flex-wrap: nowrap; overflow: visible}
  :is(.st-key-grid_cells, .st-key-grid_frame) .stColumn {min-width: 10rem}
}
[data-testid="stCaptionContainer"] {color: inherit; opacity: 0.85}
[data-testid="stPopoverButton"], [data-testid="stPopoverButton"] p {color: inherit !important}
[data-testid="stBaseButton-primary"]:not(:disabled) {background: #2457C5; border-color: #2457C5}
[class*="st-key-page_language"], [class*="st-key-page_scrolling"] {display: none}
[data-testid="stStatusWidget"] {display: none} /* its stop would leave a page half drawn */
</style>"""


@contextmanager
def page(title: str, words: Sequence[str] = ()) -> Iterator[Backend]:
    """Set the page up on the loaded model; an explained error in it is shown in place, and the
    page ends there.

    words: ids of the glossary; with them the title is drawn too, and a popover that explains them.
    (A page whose title is not its name draws it by `ui.shell.glossary.heading`.)
    """
    with _frame(title, words) as host:
        _await_model(host)
        backend = host.backend()
        status(host)
        yield backend


@contextmanager
def page_without_model(title: str, words: Sequence[str] = ()) -> Iterator[None]:
    """As `page`, for a page that is there before a model is loaded, or without one."""
    with _frame(title, words) as host:
        status(host)
        yield


@contextmanager
def _frame(title: str, words: Sequence[str]) -> Iterator[ModelHost]:
    _by_way_of_home()
    st.set_page_config(page_title=f"{title} · Prompt Lab", page_icon=ICON, layout="wide")
    st.html(_STYLE)
    with st.container(key="page_scrolling"):
        st.html(f"<script>{_SCROLLING}</script>", unsafe_allow_javascript=True)
    language_switch()
    if words:
        heading(title, words)
    with boundary():
        with st.spinner(_("Opening…")):
            resources.store()
            host = resources.host()
        yield host


def can(backend: Backend, *abilities: Ability) -> bool:
    """Whether the model can all of these; where it cannot, the page says what is lacking."""
    reason = lacking(backend, *abilities)
    if reason:
        st.info(reason, icon=":material/info:")
    return reason is None


def still(backend: Backend) -> None:
    """Draw the whole page anew where its model has been unloaded; for the start of a fragment."""
    if backend.closed:
        st.rerun()


def _by_way_of_home() -> None:
    """Run Home.py, with its table of pages, where a new server is first asked for another page.

    Streamlit would run the file alone, as it does for apps that have a folder `pages` and no table.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


@contextmanager
def boundary() -> Iterator[None]:
    """Show an explained error instead of a traceback."""
    try:
        yield
    except PromptLabError as error:
        st.error(str(error), icon=":material/error:")


def explained(action: Callable[..., object]) -> Callable[..., None]:
    """The callback, with an explained error as a notice: another window may have been quicker, and
    have deleted what it is about."""

    @wraps(action)
    def guarded(*given: object) -> None:
        try:
            action(*given)
        except PromptLabError as error:
            st.toast(str(error), icon=":material/error:", duration="long")

    return guarded


def loading_text(loading: Loading) -> str:
    """What is being loaded, and for how long still."""
    name, left = loading.choice.entry.name, loading.seconds_left
    if loading.fraction >= 1:
        return _("Loading {name}… warming up").format(name=name)
    if left is None or left < 1:
        return _("Loading {name}…").format(name=name)
    return _("Loading {name}… {seconds:.0f} s left").format(name=name, seconds=left)


def _await_model(host: ModelHost) -> None:
    """Show how far the loading is, as long as there is no model."""
    place = st.empty()
    while not host.ready():
        loading = host.status().loading
        if loading:
            # Touching the page is also what lets another click end this run
            place.progress(loading.fraction, loading_text(loading))
        time.sleep(0.1)
    place.empty()


def status(host: ModelHost) -> None:
    """The sidebar's line about the model and what it is doing."""
    state = host.status()
    with st.sidebar:
        if state.loading:
            st.caption(":orange[●] " + loading_text(state.loading))
            return
        if state.backend is None:
            st.caption(_(":red[●] No model is loaded."))
            return
        facts, now = state.backend.facts, state.backend.status()
        if not now.alive:
            st.caption(_(":red[●] The engine has stopped. It restarts with the next request."))
        elif now.running or now.waiting:
            st.caption(
                _(":orange[●] {name} · {running} running, {waiting} waiting").format(
                    name=facts.name, running=now.running, waiting=now.waiting
                )
            )
        else:
            st.caption(
                _(":green[●] {name} · ready on {device}").format(
                    name=facts.name, device=facts.device
                )
            )
