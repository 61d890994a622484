"""The visitor's language: what the URL says (`?lang=zh`), else what was chosen in this browser
before, else what the browser asks for.

It is kept by session, where also callbacks and fragments find it, which run outside of a page.
"""

import json
from collections import OrderedDict
from threading import Lock

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.config import pseudo_language_offered
from core.i18n import (
    LANGUAGES,
    PSEUDO_LANGUAGE,
    SOURCE_LANGUAGE,
    _,
    best_language,
    set_language_source,
)

PARAMETER = "lang"
COOKIE = "promptlab_lang"
_SWITCH = "language_switch"
_CHOICE = "language_choice"
_SWITCHED = "language_switched"
_MOST_SESSIONS = 10_000
_YEAR_S = 365 * 24 * 3600

_by_session: "OrderedDict[str, str]" = OrderedDict()
_lock = Lock()


def use_language() -> str:
    """Find out the visitor's language, and use it for all that this session draws from now on."""
    chosen = _of_url() or st.session_state.get(_CHOICE) or _of_cookie()
    if chosen:
        st.session_state[_CHOICE] = chosen
    found = chosen or best_language([st.context.locale or ""])
    context = get_script_run_ctx()
    if context:
        with _lock:
            _by_session[context.session_id] = found
            _by_session.move_to_end(context.session_id)
            while len(_by_session) > _MOST_SESSIONS:
                _by_session.popitem(last=False)
    return found


def language_switch(now: str) -> None:
    """Draw the switch in the sidebar, and tell the browser the language of the page."""
    st.session_state[_SWITCH] = now if now in LANGUAGES else SOURCE_LANGUAGE
    with st.sidebar:
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            required=True,
            format_func=LANGUAGES.__getitem__,
            key=_SWITCH,
            on_change=_choose,
            label_visibility="collapsed",
            width="stretch",
        )
    _tell_browser(now)


def link_parameters() -> str:
    """What a link into another page of the app needs to open it in this language."""
    chosen = st.session_state.get(_CHOICE)
    return f"&{PARAMETER}={chosen}" if chosen else ""


def _choose() -> None:
    chosen = st.session_state[_SWITCH]
    st.session_state[_CHOICE] = st.session_state[_SWITCHED] = chosen
    st.query_params[PARAMETER] = chosen


def _offered(code: str | None) -> str | None:
    if code in LANGUAGES or (code == PSEUDO_LANGUAGE and pseudo_language_offered()):
        return code
    return None


def _of_url() -> str | None:
    return _offered(st.query_params.get(PARAMETER))


def _of_cookie() -> str | None:
    return _offered(st.context.cookies.get(COOKIE))


def _tell_browser(now: str) -> None:
    """Set the document's language, for screen readers and fonts; remember what was switched to.

    Only a language code of ours gets into the script.
    """
    script = f"document.documentElement.lang = {json.dumps(now)};"
    # The language of a link that somebody sent is not remembered
    if st.session_state.get(_SWITCHED) == now:
        cookie = f"{COOKIE}={now}; path=/; max-age={_YEAR_S}; SameSite=Lax"
        script += f" document.cookie = {json.dumps(cookie)};"
    with st.container(key="page_language"):
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _of_session() -> str | None:
    context = get_script_run_ctx(suppress_warning=True)
    return _by_session.get(context.session_id) if context else None


set_language_source(_of_session)
