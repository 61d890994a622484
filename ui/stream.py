"""Draws events into the page: one loop for one panel or many, about twenty updates a second.

Every turn of the loop touches Streamlit, so that a stop, a refresh or another click takes effect
within a tenth of a second, also while a request waits or reads a long prompt.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st

from core.events import Event, Finished, PromptRead, Queued, TextDelta
from core.i18n import _, ngettext

Tag = TypeVar("Tag", bound=Hashable)

UPDATE_EVERY_S = 0.05
_REMOTE_IMAGE = "!["


def safe_markdown(text: str) -> str:
    """Model text as Markdown without images: a remote one would tell others what is read here."""
    return text.replace(_REMOTE_IMAGE, "!\\[")


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
                    "Waiting: {count} request is before this one.",
                    "Waiting: {count} requests are before this one.",
                    event.position,
                ).format(count=event.position)
            )
        elif isinstance(event, PromptRead):
            self._draw(force=True)
        elif isinstance(event, TextDelta):
            self.text += event.text
            self._draw()
        elif isinstance(event, Finished):
            self.end, self.text = event, event.text
            self._place.markdown(safe_markdown(self.text) or _("*(no text)*"))
            if event.error:
                self._place.error(event.error)

    def _draw(self, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._drawn_at >= UPDATE_EVERY_S:
            self._drawn_at = now
            self._place.markdown(safe_markdown(self.text) + " ▌")


def draw(events: Iterable[Event], place: Any) -> Panel:
    """Draw one stream into `place` (an `st.empty()`) to its end."""
    panel = Panel(place)
    for event in events:
        _yield_point()
        panel.take(event)
    return panel


def draw_many(
    events: Iterable[tuple[Hashable, Event]],
    places: Mapping[Tag, Any],
    on_finished: Callable[[Hashable, Finished], None] | None = None,
) -> dict[Hashable, Panel]:
    """Draw a merged stream, each tag into its place; tell of each end."""
    panels: dict[Hashable, Panel] = {tag: Panel(place) for tag, place in places.items()}
    for tag, event in events:
        _yield_point()
        if tag in panels:
            panels[tag].take(event)
            if on_finished and isinstance(event, Finished):
                on_finished(tag, event)
    return panels


def _yield_point() -> None:
    # Streamlit can only stop a script where it is called
    st.session_state.get("session")


def finish_label(reason: str | None) -> str:
    """Why an answer ended, in words."""
    return {
        "stop": _("finished"),
        "length": _("cut at the length limit"),
        "cancelled": _("stopped"),
        "interrupted": _("interrupted by a restart"),
        "error": _("failed"),
    }.get(reason or "", _("still being written"))
