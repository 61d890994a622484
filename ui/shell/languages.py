"""The visitor's language: what the URL says (`?lang=zh`), else what holds in this session, else
what was switched to in this browser before, else what the browser asks for.

It is found by whoever asks for it, so that it also holds in callbacks and fragments, which run
outside of a page. Finding it is no point at which Streamlit may stop a run.
"""

import json
from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.config import pseudo_language_offered
from core.i18n import (
    LANGUAGES,
    PSEUDO_LANGUAGE,
    SOURCE_LANGUAGE,
    _,
    best_language,
    language,
    set_language_source,
)
from ui.shell.boundary import explained

PARAMETER = "lang"
COOKIE = "promptlab_lang"
_SWITCH = "language_switch"
_SWITCHED = "language_switched"
_MOST_SESSIONS = 10_000
_YEAR_S = 365 * 24 * 3600

_by_session: "OrderedDict[str, str]" = OrderedDict()
_lock = Lock()


def language_switch() -> None:
    """Draw the switch in the sidebar, and tell the browser the language of the page."""
    now = language()
    st.session_state[_SWITCH] = now if now in LANGUAGES else SOURCE_LANGUAGE
    with st.sidebar:
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            required=True,
            format_func=LANGUAGES.__getitem__,
            key=_SWITCH,
            on_change=explained(_choose),
            label_visibility="collapsed",
            width="stretch",
        )
    tell_browser()


def link_parameter() -> str:
    """What a link into another page of the app needs to open it in this language."""
    return f"{PARAMETER}={language()}"


def forget_sessions() -> None:
    """Let every session find its language anew."""
    with _lock:
        _by_session.clear()


def _choose() -> None:
    chosen = st.session_state[_SWITCH]
    st.session_state[_SWITCHED] = chosen
    st.query_params[PARAMETER] = chosen


def _of_session() -> str | None:
    """The language of the session whose script runs in this thread; None outside of any."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return None
    wanted = _parameter(context.query_string)
    with _lock:
        held = _by_session.get(context.session_id)
    found = wanted if wanted and _offered(wanted) else held or _of_browser()
    if found != held:
        _hold(context.session_id, found)
    return found


def _hold(session_id: str, found: str) -> None:
    with _lock:
        _by_session[session_id] = found
        _by_session.move_to_end(session_id)
        while len(_by_session) > _MOST_SESSIONS:
            _by_session.popitem(last=False)


def _of_browser() -> str:
    cookie = st.context.cookies.get(COOKIE)
    return cookie if cookie and _offered(cookie) else best_language([st.context.locale or ""])


def _offered(code: str) -> bool:
    return code in LANGUAGES or (code == PSEUDO_LANGUAGE and pseudo_language_offered())


@lru_cache(maxsize=1024)
def _parameter(query: str) -> str | None:
    return parse_qs(query[:10_000]).get(PARAMETER, [None])[-1]


def tell_browser() -> None:
    """Set the document's language, for screen readers and fonts; remember what was switched to.

    Only a language code of ours gets into the script.
    """
    now = language()
    script = f"document.documentElement.lang = {json.dumps(now)};"
    # The language of a link that somebody sent is not remembered
    if st.session_state.get(_SWITCHED) == now:
        cookie = f"{COOKIE}={now}; path=/; max-age={_YEAR_S}; SameSite=Lax"
        script += f" document.cookie = {json.dumps(cookie)};"
    with st.container(key="page_language"):
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


set_language_source(_of_session)
