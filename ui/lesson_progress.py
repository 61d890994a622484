"""Which lessons this browser has finished: in its own storage, so that it needs no account.

A small component of ours reads and writes `localStorage`. The session keeps a copy, which is all
there is where the browser forbids storage. The server stores nothing about who learned what.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from ui.session import session

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
    return frozenset(session().results.setdefault(_KEY, set()))


def finish(lesson_id: str) -> None:
    """Note that a lesson was finished; `keep` brings it to the browser."""
    session().results.setdefault(_KEY, set()).add(lesson_id)


def forget() -> None:
    """Begin anew, in this session and in the browser."""
    session().results[_KEY] = set()
    session().results["lesson_forget"] = True


def keep(known: Iterable[str]) -> None:
    """Bring session and browser to the same state; `known`: the ids that there are lessons for."""
    forgetting = bool(session().results.pop("lesson_forget", False))
    if forgetting:
        st.session_state.pop(_KEY, None)
    elif isinstance(state := st.session_state.get(_KEY), Mapping):
        _take(state, frozenset(known))
    _component(
        key=_KEY,
        data={"stored": _STORED, "done": sorted(finished()), "forget": forgetting},
        on_done_change=_noted,
        height=1,
    )


def _noted() -> None:
    """The browser told what it has; the run that follows takes it."""


def _take(state: Mapping[str, Any], known: frozenset[str]) -> None:
    # Anything may stand in a browser's storage
    told = state.get("done")
    if isinstance(told, list):
        for name in told[:MAX_LESSONS]:
            if isinstance(name, str) and name in known:
                finish(name)
