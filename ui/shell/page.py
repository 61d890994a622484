"""The frame around every page: configuration, the sidebar's true status, and the error boundary."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.backends.backend import Ability, Backend, BackendFacts, BackendStatus, lacking
from core.engine.host import ModelHost
from core.engine.residents import Loading, ModelChoice, Resident
from core.errors import EngineError
from core.i18n import _
from core.models.plan import called as precision_called
from ui.shell import resources
from ui.shell.boundary import boundary, explained
from ui.shell.choosing import Room, chosen, give_up, loading_text, picker, refused
from ui.shell.gate import guard, remember
from ui.shell.glossary import heading
from ui.shell.languages import language_switch
from ui.shell.leaving import say_leaving
from ui.shell.presenting import present_end, present_style
from ui.shell.space import keep_space
from ui.shell.text import label, lines
from ui.shell.undo import undo_notice

# A file of our own: the name of an icon would be fetched from a server elsewhere.
ICON = Path(__file__).parent / "assets" / "icon.svg"
# How old the sidebar's lines about the models may be: while one works, and while none does
_LOOK_S, _CALM_S = 4.0, 20.0
_SCROLLING = (Path(__file__).parent / "assets" / "scrolling.js").read_text(encoding="utf-8")
# Only spacing, alignment and contrast that the theme's settings do not reach: faded text and
# white on the dark theme's primary colour would be hard to read.
_STYLE = """<style>
.stMainBlockContainer {padding-top: 4rem; padding-bottom: 3rem; max-width: 76rem}
[class*="st-key-list_"] .stButton button > div {justify-content: flex-start}
[class*="st-key-list_"] .stButton button {padding-left: 0.75rem; padding-right: 0.75rem; text-align: left}
[class*="st-key-list_rules_"] .stButton button[kind="tertiary"] {padding-left: 0; padding-right: 0; min-height: 2rem}
[data-testid="stSidebarUserContent"] .stButton button p {
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
[data-testid="stSidebarUserContent"] [data-testid="stButtonGroup"] button {min-width: 0; padding: 0 0.4rem}
[data-testid="stSidebarUserContent"] [class*="st-key-list_"], .st-key-list_tools {gap: 0.1rem}
@media (min-width: 641px) { /* many columns of cards scroll together instead of shrinking */
  :is(.st-key-grid_cells, .st-key-grid_frame) {overflow-x: auto}
  :is(.st-key-grid_cells, .st-key-grid_frame) :has(> .stColumn) {flex-wrap: nowrap; overflow: visible}
  :is(.st-key-grid_cells, .st-key-grid_frame) .stColumn {min-width: 10rem}
}
[data-testid="stButtonGroup"] [role="radiogroup"] {flex-wrap: wrap}
[data-testid="stCaptionContainer"] {color: inherit; opacity: 0.85}
[data-testid="stPopoverButton"], [data-testid="stPopoverButton"] p {color: inherit !important}
[data-testid="stBaseButton-primary"]:not(:disabled) {background: #2457C5; border-color: #2457C5}
[data-testid="stPlotlyChart"] :is([class*="tick"] text, .gtitle, .xtitle, .ytitle, .y2title,
  .legendtext, .slider-label, .slider-current-value text, .annotation-text, .updatemenu-item-text,
  .bartext-outside) {fill: currentColor !important} /* the theme fades them */
:is(.st-key-page_language, .st-key-page_scrolling, .st-key-page_space, .st-key-page_class,
  .st-key-page_presenting, .st-key-page_focusing, .st-key-page_typing) {display: none}
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-page_language, .st-key-page_scrolling,
  .st-key-page_space, .st-key-page_class, .st-key-page_presenting, .st-key-page_focusing,
  .st-key-page_typing)) {display: none} /* its gap too */
@media (max-width: 640px) {
  :is(.st-key-lab_prefix > :first-child, .st-key-ex_model) {flex-basis: 100%}
  /* what is chosen stands below its list, and not far below it */
  .st-key-list_tools {max-height: 12.5rem; overflow-y: auto; flex-wrap: nowrap}
}
[class*="st-key-undo_"] {
  position: fixed; bottom: 6.5rem; left: 50%; transform: translateX(-50%); z-index: 1000;
  width: max-content; max-width: 90vw; padding: 0.4rem 0.5rem 0.4rem 1rem; border-radius: 0.6rem;
  background: #1C2430; color: #FFFFFF; box-shadow: 0 4px 16px #0006; animation: undo_gone 0s 15s forwards}
[class*="st-key-undo_"] button, [class*="st-key-undo_"] button:hover {color: #9DC0FF}
@keyframes undo_gone {to {visibility: hidden}}
/* `spoken`: labels for the ear alone */
:is(button, summary) [data-testid="stMarkdownContainer"]:has(.stMarkdownShimmer) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
[data-testid="stStatusWidget"] {display: none} /* its stop would leave a page half drawn */
</style>"""


@contextmanager
def page(
    title: str, words: Sequence[str] = (), room: Callable[[], Room] | None = None
) -> Iterator[Backend]:
    """Set the page up on the visitor's model; an explained error in it is shown in place, and the
    page ends there.

    words: ids of the glossary; with them the title is drawn too, and a popover that explains them.
    (A page whose title is not its name draws it by `ui.shell.glossary.heading`.) room: what the
    model can be chosen for; without one it is that of a newcomer. The model stays loaded until the
    page is drawn.
    """
    with _frame(title, words) as host, ExitStack() as held:
        backend = None
        with boundary():
            backend = _model(host, room, held)
        if backend is None:
            _status_of_all(host)
            st.stop()
        _status(backend)
        say_leaving([backend.facts.elsewhere] if backend.facts.elsewhere else [])
        with boundary():
            yield backend


@contextmanager
def page_without_model(title: str, words: Sequence[str] = ()) -> Iterator[None]:
    """As `page`, for a page that is there before a model is loaded, or without one."""
    with _frame(title, words) as host:
        _status_of_all(host)
        with boundary():
            yield


@contextmanager
def _frame(title: str, words: Sequence[str]) -> Iterator[ModelHost]:
    _by_way_of_home()
    guard()
    st.set_page_config(page_title=f"{title} · Prompt Lab", page_icon=ICON, layout="wide")
    st.html(_STYLE)
    present_style()
    with st.container(key="page_scrolling"):
        st.html(f"<script>{_SCROLLING}</script>", unsafe_allow_javascript=True)
    language_switch()
    remember()
    if words:
        heading(title, words)
    with boundary():
        with st.spinner(_("Opening…")):
            resources.store()
            host = resources.host()
        keep_space(resources.settings().own_spaces)
        undo_notice()
        yield host
    present_end()


def can(backend: Backend, *abilities: Ability) -> bool:
    """Whether the model can all of these; where it cannot, the page says what is lacking."""
    reason = lacking(backend, *abilities)
    if reason:
        st.info(lines(reason), icon=":material/info:")
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


def _model(host: ModelHost, room: Callable[[], Room] | None, held: ExitStack) -> Backend | None:
    """The model of a room, held; None where there is none, and why is on the page.

    As long as it is on its way the page says how far it is.
    """
    where = room() if room else Room("")
    choice = chosen(where)
    if room:
        picker(where, choice)
    place = st.empty()
    reason = host.status().failure(choice)
    server = choice.entry.server
    try:
        if server and not reason:
            with place, st.spinner(_("Connecting to {host}…").format(host=label(server.host))):
                return held.enter_context(host.hold(choice))
        if not reason:
            return held.enter_context(host.hold(choice, _Progress(place, where, choice)))
    except EngineError as error:
        reason = str(error)
    finally:
        place.empty()
    refused(choice, reason)
    return None


class _Progress:
    """Draws how far a loading is. Touching the page is also what lets a click end the wait."""

    def __init__(self, place: Any, room: Room, choice: ModelChoice) -> None:
        self._place, self._room, self._choice = place, room, choice
        self._bar: Any = None

    def __call__(self, loading: Loading) -> None:
        if self._bar is None:
            with self._place.container(horizontal=True, vertical_alignment="center"):
                self._bar = st.empty()
                st.button(
                    _("Stop"),
                    key="model_stop",
                    icon=":material/stop_circle:",
                    on_click=explained(give_up),
                    args=(self._room, self._choice),
                )
        self._bar.progress(loading.fraction, loading_text(loading))


def _status(backend: Backend) -> None:
    """The sidebar's line about the model of this page and what it is doing."""
    with st.sidebar:
        _line(backend)


def _line(backend: Backend) -> None:
    """The line as it is now: others ask the model too, and jobs end while a page stands still."""
    _kept_up(_told_line, _works(backend.status()), backend)


def _kept_up(draw: Callable[..., None], busy: bool, *given: Any) -> None:
    """Draw a part that is drawn again by itself: seldom where nothing is being done as the page is
    drawn, for each time costs every open window a little."""
    st.fragment(draw, run_every=_LOOK_S if busy else _CALM_S)(*given)


def _works(now: BackendStatus) -> bool:
    return bool(now.running or now.waiting)


def _told_line(backend: Backend) -> None:
    st.caption(_told(backend, resources.host().status().residents))


def _told(backend: Backend, residents: Sequence[Resident]) -> str:
    facts = backend.facts
    name = label(_called(facts, residents))
    if backend.closed:
        return _(":gray[●] {name} has been unloaded.").format(name=name)
    now = backend.status()
    if not now.alive:
        return _(":red[●] The engine has stopped. It restarts with the next request.")
    if _works(now):
        return _(":orange[●] {name} · {running} running, {waiting} waiting").format(
            name=name, running=now.running, waiting=now.waiting
        )
    return _(":green[●] {name} · ready on {device}").format(name=name, device=facts.device)


def _called(facts: BackendFacts, residents: Sequence[Resident]) -> str:
    """The model's name, with the precision where another of that name is loaded."""
    alike = [one for one in residents if one.backend.facts.name == facts.name]
    return f"{facts.called} {precision_called(facts.precision)}" if len(alike) > 1 else facts.called


def _status_of_all(host: ModelHost) -> None:
    """The sidebar's lines where the page has no model: on all that are loaded or on their way."""
    with st.sidebar:
        now = host.status()
        busy = bool(now.loadings) or any(_works(one.now) for one in now.residents)
        _kept_up(_lines, busy, host)


def _lines(host: ModelHost) -> None:
    now = host.status()
    for loading in now.loadings:
        st.caption(":orange[●] " + loading_text(loading))
    for resident in now.residents:
        st.caption(_told(resident.backend, now.residents))
    if now.failures and not now.loadings and not now.residents:
        st.caption(_(":red[●] No model is loaded."))
