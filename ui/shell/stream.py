"""Draws what a job tells into the page: one loop for one panel or many, at most twenty updates a
second.

Every turn of the loop touches Streamlit, so that another click or page takes effect within a tenth
of a second, also while a request waits or reads a long prompt; the job goes on all the same.
"""

import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import closing
from typing import Any, TypeVar

import streamlit as st

from core.backends.events import Event, Finished, Patience, PromptRead, Queued, TextDelta
from core.i18n import _, ngettext
from core.jobs import Job
from ui.shell.boundary import explained
from ui.shell.text import answer, lines, typed

Tag = TypeVar("Tag", bound=Hashable)

UPDATE_EVERY_S = 0.05
# The browser lays the whole text out anew each time, so a long one is drawn less often.
UPDATE_PER_CHARACTER_S = 5e-5
AVATARS = {
    "user": ":material/person:",
    "assistant": ":material/smart_toy:",
    "observation": ":material/build:",
}


def bubble(role: str) -> Any:
    """A chat message of the user, the assistant or a tool, to be filled."""
    return st.chat_message(role, avatar=AVATARS[role])


def say(role: str, text: str) -> None:
    """Draw what somebody said: a visitor's words as they were typed, an answer as Markdown."""
    if role == "user":
        st.text(typed(text), width="stretch")
    else:
        st.markdown(answer(text) or _("*(no text)*"))


def stop_button(job: Job) -> None:
    """A button at the foot of the page, there while a job is running.

    (The message box's own stop only halts the page, and would leave it half drawn.)
    """
    st.bottom.button(
        _("Stop"), key="stop", icon=":material/stop_circle:", on_click=explained(job.stop)
    )


class Panel:
    """One place on the page where an answer grows."""

    def __init__(self, place: Any) -> None:
        self._place = place
        self.text = ""
        self._drawn_at = 0.0
        self.end: Finished | None = None

    def take(self, event: Event) -> None:
        """Show what an event says."""
        if isinstance(event, Queued) and event.position > 0:
            self._place.caption(
                ngettext(
                    "Waiting: {count} request ahead of this one.",
                    "Waiting: {count} requests ahead of this one.",
                    event.position,
                ).format(count=event.position)
            )
        elif isinstance(event, Patience):
            self._place.caption(_("The server is busy. It is asked again in a moment."))
        elif isinstance(event, PromptRead):
            self._draw(force=True)
        elif isinstance(event, TextDelta):
            self.text += event.text
            self._draw()
        elif isinstance(event, Finished):
            self.end, self.text = event, event.text
            self._place.markdown(answer(self.text) or _("*(no text)*"))
            if event.error:
                self._place.error(lines(event.error))

    def _draw(self, force: bool = False) -> None:
        now = time.monotonic()
        pause = UPDATE_EVERY_S + UPDATE_PER_CHARACTER_S * len(self.text)
        if force or now - self._drawn_at >= pause:
            self._drawn_at = now
            self._place.markdown(answer(self.text, writing=True))


def draw(job: Job, place: Any) -> Panel:
    """Draw the one answer of a job into `place` (an `st.empty()`) to its end; raises what ended the
    job."""
    panel = Panel(place)
    with closing(job.events()) as told:
        for _tag, event in told:
            _yield_point()
            panel.take(event)
    return panel


def draw_many(
    job: Job,
    places: Mapping[Tag, Any],
    on_event: Callable[[Hashable, Any], None] | None = None,
) -> dict[Hashable, Panel]:
    """Draw the answers of a job, each tag into its place, to the job's end; raises what ended it.

    on_event: told of every event of the job first, of those without a place too; it may add places.
    """
    panels: dict[Hashable, Panel] = {}
    with closing(job.events()) as told:
        for tag, event in told:
            _yield_point()
            if on_event:
                on_event(tag, event)
            if tag in places and isinstance(event, Event):
                panels.setdefault(tag, Panel(places[tag])).take(event)  # type: ignore[index]
    return panels


def _yield_point() -> None:
    # Streamlit can only stop a script where it is called
    st.session_state.get("state")


def finish_label(reason: str | None) -> str:
    """Why an answer ended, in words."""
    return {
        "stop": _("finished"),
        "length": _("reached the length limit"),
        "cancelled": _("stopped"),
        "interrupted": _("interrupted by a restart"),
        "error": _("failed"),
    }.get(reason or "", _("in progress"))
