"""The gate of a class: whoever has not come in sees one page, and nothing else of the app runs.

The class link has the code (`?join=CODE`), the teacher's own link the key (`?teach=KEY`); both are
taken out of the address at once.
"""

import json
from typing import Any

import streamlit as st

from core.classroom.classroom import Classroom
from core.classroom.door import Member, WrongCode
from core.classroom.launch import JOIN, TEACH
from core.i18n import _
from ui.shell import membership
from ui.shell.boundary import explained
from ui.shell.languages import tell_browser

# A school day; a new start of the server is a new class anyway
_COOKIE_S = 12 * 3600
_WRONG = "class_wrong"
_TYPED = "class_code"
_STYLE = """<style>
.stMainBlockContainer {max-width: 27rem; padding: 14vh 1.25rem 2rem}
[data-testid="stForm"] input {
  font-size: 1.6rem; height: 3.2rem; letter-spacing: 0.25em; text-align: center; text-transform: uppercase}
[data-testid="stForm"] [data-baseweb="input"] {height: auto}
[data-testid="InputInstructions"] {display: none}
[data-testid="stBaseButton-primaryFormSubmit"] {min-height: 3rem; background: #2457C5; border-color: #2457C5}
[class*="st-key-page_language"] {display: none}
[data-testid="stStatusWidget"] {display: none}
</style>"""


def admitted() -> bool:
    """Whether this browser may see the app; a link that opens the door does so here."""
    room = membership.classroom()
    if room is None:
        return True
    _take_link(room, TEACH)
    _take_link(room, JOIN)
    mine = membership.member()
    if mine is None:
        return False
    _window(mine.id, mine, room)
    return True


def guard() -> None:
    """End the page here, with the page to join on, unless this browser may see the app."""
    if not admitted():
        join_page()
        st.stop()


def join_page() -> None:
    """The one page of those who have not come in."""
    st.html(_STYLE)
    tell_browser()
    st.title(_("Enter the join code"), anchor=False)
    st.write(_("This is a class on Prompt Lab. The code is on your teacher's screen."))
    with st.form("class_door", border=False):
        st.text_input(
            _("Join code"),
            key=_TYPED,
            autocomplete="off",
            label_visibility="collapsed",
        )
        st.form_submit_button(
            _("Join"), key="class_join", type="primary", width="stretch", on_click=explained(_join)
        )
    wrong = st.session_state.pop(_WRONG, "")
    if wrong:
        st.error(wrong, icon=":material/error:")


def remember() -> None:
    """Have the browser keep the key that this session has come in with.

    Only a key that the door has made gets into the script.
    """
    mine, kept = membership.key(), st.context.cookies.get(membership.COOKIE)
    if membership.member() and mine != kept:
        cookie = f"{membership.COOKIE}={mine}; path=/; max-age={_COOKIE_S}; SameSite=Lax"
        with st.container(key="page_class"):
            st.html(
                f"<script>document.cookie = {json.dumps(cookie)};</script>",
                unsafe_allow_javascript=True,
            )


def _join() -> None:
    room, typed = membership.classroom(), st.session_state[_TYPED]
    if room and typed.strip():
        _come_in(room, JOIN, typed)


def _take_link(room: Classroom, name: str) -> None:
    if name not in st.query_params:
        return
    given = st.query_params[name]
    del st.query_params[name]
    mine = membership.member()
    # Who opens the link again is not two
    if mine is None or (name == TEACH and not mine.teacher):
        _come_in(room, name, given)


def _come_in(room: Classroom, name: str, given: str) -> None:
    opens = room.door.teach if name == TEACH else room.door.join
    try:
        membership.came_in(opens(given, _address()))
    except WrongCode as error:
        st.session_state[_WRONG] = str(error)


def _address() -> str:
    """Where the browser is; this computer has no address here."""
    return st.context.ip_address or ""


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda left: left())
def _window(visitor: str, _mine: Member, _room: Classroom) -> Any:
    """Count this window among those that are open, until it is closed."""
    _room.enter(_mine)
    return lambda: _room.leave(_mine)
