"""Whose browser this is, where the app is open to a class: a student's, the teacher's, or nobody's.

A browser that has come in keeps its key in a cookie, so that a reload stays in. What it starts is
begun here as its own.
"""

import streamlit as st

from core.classroom.classroom import Classroom
from core.classroom.door import Member
from core.config import Settings
from core.errors import InvalidInput
from core.i18n import _
from core.jobs import Work
from ui.shell.session import visited

COOKIE = "promptlab_class"
# What this session came in with: its cookie is read when it connects again
_KEY = "class_key"


@st.cache_resource(show_spinner=False)
def classroom() -> Classroom | None:
    """The class that the server is open to; None where the app is for the people at this
    computer."""
    chosen = Settings.from_environment().classroom
    return Classroom(chosen) if chosen else None


def member() -> Member | None:
    """Who has come in with this browser; None where nobody has, or where there is no class."""
    room = classroom()
    return room.door.member(key()) if room else None


def key() -> str:
    """The key that this browser has shown, whatever it is worth."""
    if not visited():
        return ""
    return str(st.session_state.get(_KEY) or st.context.cookies.get(COOKIE, ""))


def came_in(with_key: str) -> None:
    """Note what this session has come in with."""
    st.session_state[_KEY] = with_key


def in_charge() -> bool:
    """Whether this is the teacher, or there is no class and with it nobody else."""
    mine = member()
    return classroom() is None or (mine is not None and mine.teacher)


def check_may_start() -> None:
    """Raise what starting a job would raise: the teacher may have paused all requests."""
    room = classroom()
    if room:
        room.check(_joined())


def admit(work: Work) -> Work:
    """The work of a job, as this visitor's; raises where they may not start it."""
    room = classroom()
    return room.admit(_joined(), work) if room else work


def _joined() -> Member:
    mine = member()
    if mine is None:
        raise InvalidInput(
            _("This browser is not in the class any more. Reload the page, and join again.")
        )
    return mine
