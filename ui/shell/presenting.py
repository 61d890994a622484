"""Presenting: a page before a class, with large text, nothing around it, and keys to go on.

Whether a page is presented is in its URL (`?present=1`), and how much of it is revealed too
(`?reveal=`, whose meaning is the view's own), so that a reload comes back to the same place, and
leaving leads to the normal page there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.i18n import _
from ui.shell.boundary import explained
from ui.shell.session import state

_PRESENT, _REVEAL, _GUESS = OWN = ("present", "reveal", "guessed")
# A chart's own text, which does not grow with the page's
CHART_TEXT = 20
_LONGEST_GUESS = 80
_KEYS = (Path(__file__).parent / "assets" / "presenting.js").read_text(encoding="utf-8")
_NO_KEYS = "window.promptLabPresenting?.abort()"
# All sizes of a page are multiples of its root's
_STYLE = """<style>
html {font-size: clamp(16px, 1.875vw, 24px) !important}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"],
.st-key-page_heading, .st-key-playground_view {display: none !important}
.stMainBlockContainer {
  padding: 0.75rem 1.5rem 4rem !important; max-width: none !important}
.stMainBlockContainer [data-testid="stVerticalBlock"] {gap: 0.6rem}
.stMainBlockContainer :is([data-testid="stCaptionContainer"], label) p {font-size: 1rem !important}
.st-key-present_bar {
  position: fixed; left: 0; right: 0; bottom: 0; z-index: 90; padding: 0.35rem 1.5rem;
  border-top: 1px solid rgb(128 128 128 / 0.35); background: rgb(128 128 128 / 0.12);
  backdrop-filter: blur(12px)}
@media (max-width: 640px) { /* there are no keys to tell of */
  .st-key-present_bar :has(> [data-testid="stCaptionContainer"]),
  .st-key-present_bar :has(> * > [data-testid="stCaptionContainer"]) {display: none}
}
.st-key-present_guess {min-height: 45vh; justify-content: center}
</style>"""


def presented() -> bool:
    """Whether the page is presented."""
    return st.query_params.get(_PRESENT) == "1"


def revealed() -> str:
    """How much is revealed, in the words of the view; empty for nothing yet."""
    return st.query_params.get(_REVEAL, "") if presented() else ""


def reveal(value: object) -> None:
    """Reveal so much; nothing for an empty value."""
    st.query_params.pop(_REVEAL, None)
    if value != "":
        st.query_params[_REVEAL] = str(value)


def guessed() -> str:
    """What the class has guessed; empty where nothing was typed."""
    return st.query_params.get(_GUESS, "").strip()[:_LONGEST_GUESS] if presented() else ""


def forget_guess() -> None:
    """Make room for the guess of the next step."""
    st.query_params.pop(_GUESS, None)


def present_button(key: str = "present", on_click: Callable[[], None] | None = None) -> None:
    """Draw the button that begins. on_click: what is to be done then besides."""

    def begin() -> None:
        st.query_params[_PRESENT] = "1"
        if on_click:
            on_click()

    st.button(
        _("Present"),
        key=key,
        icon=":material/co_present:",
        help=_("Large text for a class, one step at a time: space goes on, Esc leaves."),
        on_click=explained(begin),
    )


def leave() -> None:
    """Back to the normal page, at the same place."""
    for name in OWN:
        st.query_params.pop(name, None)


def bar(
    onward: str,
    on_next: Callable[..., None] | None,
    on_back: Callable[..., None] | None,
    said: str = "",
) -> None:
    """Draw the bar at the foot of a presented page.

    onward: what the next step is called. on_next, on_back: None where there is nothing to go to.
    said: where one is, in a few words.
    """
    state(_Drawn).bar = True
    with st.container(key="present_bar", horizontal=True, vertical_alignment="center", gap="small"):
        _button("present_leave", _("Leave"), ":material/close_fullscreen:", leave, type="tertiary")
        st.caption(said or _("Space or → goes on, ← goes back, Esc leaves."), width="stretch")
        _button("present_back", _("Back"), ":material/chevron_left:", on_back)
        _button("present_next", onward, ":material/arrow_forward:", on_next, type="primary")


def _button(
    key: str, label: str, icon: str, action: Callable[..., None] | None, **look: Any
) -> None:
    st.button(
        label,
        key=key,
        icon=icon,
        disabled=action is None,
        on_click=explained(action or (lambda: None)),
        **look,
    )


@dataclass(slots=True)
class _Drawn:
    """bar: whether the run of the page that goes on has drawn its bar."""

    bar: bool = False


def present_end() -> None:
    """Draw the way back on a page that is presented and has no steps; when all else is drawn."""
    if presented() and not state(_Drawn).bar:
        bar(_("Next"), None, None)


def present_style() -> None:
    """Give the page its large look and its keys, or let go of the keys; once a page."""
    now = presented()
    state(_Drawn).bar = False
    if now:
        st.html(_STYLE)
    with st.container(key="page_presenting"):
        st.html(f"<script>{_KEYS if now else _NO_KEYS}</script>", unsafe_allow_javascript=True)


def guess_first(key: str, on_reveal: Callable[[], None]) -> None:
    """Draw what stands in the place of a distribution until the class has guessed."""
    with st.container(border=True, key="present_guess", horizontal_alignment="center"):
        st.header(_("Which token comes next?"), anchor=False, text_alignment="center")
        st.markdown(_("Guess first: which one, and how likely is it?"), text_alignment="center")
        st.text_input(
            _("The class's guess"),
            guessed(),
            key=f"{key}_guess",
            max_chars=_LONGEST_GUESS,
            placeholder=_("A guess to compare, if you like"),
            label_visibility="collapsed",
            width=420,
            on_change=explained(lambda: _note(st.session_state[f"{key}_guess"])),
        )
        st.button(
            _("Reveal"),
            key=key,
            type="primary",
            icon=":material/visibility:",
            on_click=explained(on_reveal),
        )


def _note(guess: str) -> None:
    forget_guess()
    if guess.strip():
        st.query_params[_GUESS] = guess.strip()
