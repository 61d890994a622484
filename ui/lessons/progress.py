"""Which lessons this browser has finished: in its own storage, so that it needs no account.

A small component of ours reads and writes `localStorage`. The session keeps a copy, which is all
there is where the browser forbids storage. The server stores nothing about who learned what.
"""

from collections.abc import Mapping
from uuid import uuid4

import streamlit as st

from ui.lessons.state import LessonState
from ui.shell.session import state

_KEY = "lesson_progress"
_STORED = "promptlab.lessons"
MAX_LESSONS = 500

# What the page knows and what the browser has are joined; the browser's own comes back once.
_JS = """
export default function ({ data, setStateValue }) {
  let kept = []
  try {
    const read = JSON.parse(localStorage.getItem(data.stored) || "[]")
    if (Array.isArray(read)) kept = read.filter((name) => typeof name === "string")
  } catch { return }
  if (data.forget) {
    localStorage.removeItem(data.stored)
    setStateValue("done", [])
    setStateValue("forgotten", data.forget)
    return
  }
  const all = [...new Set([...kept, ...data.done])].sort()
  if (all.length !== kept.length) localStorage.setItem(data.stored, JSON.stringify(all))
  if (all.some((name) => !data.done.includes(name))) setStateValue("done", all)
}
"""
_component = st.components.v2.component("promptlab_lesson_progress", js=_JS)


def finished() -> frozenset[str]:
    """The ids of the finished lessons, as far as this session knows."""
    return frozenset(state(LessonState).finished)


def finish(lesson_id: str) -> None:
    """Note that a lesson was finished; `keep` brings it to the browser."""
    state(LessonState).finished.add(lesson_id)


def forget() -> None:
    """Begin anew, in this session and in the browser."""
    mine = state(LessonState)
    mine.finished, mine.forgetting = set(), uuid4().hex


def keep() -> None:
    """Bring session and browser to the same state; draw this once on the page."""
    _component(
        key=_KEY,
        data={
            "stored": _STORED,
            "done": sorted(finished()),
            # Until the browser says so: a page that is drawn again at once may never have got there
            "forget": state(LessonState).forgetting,
        },
        on_done_change=_take,
        on_forgotten_change=_forgotten,
        height=1,
    )


def _told(name: str) -> object:
    """What the browser said last; anything may stand in its storage."""
    told = st.session_state.get(_KEY)
    return told.get(name) if isinstance(told, Mapping) else None


def _forgotten() -> None:
    if _told("forgotten") == state(LessonState).forgetting:
        state(LessonState).forgetting = ""


def _take() -> None:
    """Learn what the browser has, before the page is drawn anew."""
    told = _told("done")
    # What was said before the wish to forget may come after it
    if isinstance(told, list) and not state(LessonState).forgetting:
        for name in told[:MAX_LESSONS]:
            if isinstance(name, str):
                finish(name)
