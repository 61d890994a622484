"""Whose kernel stays: a session holds those of the conversations that it had on screen last."""

import secrets
from collections.abc import Callable, Generator, Hashable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from core.i18n import _
from core.interpreter.pool import Pool
from core.interpreter.sandbox import Sandbox
from core.interpreter.transcript import given_files
from core.jobs import Work
from ui.shell import resources
from ui.shell.session import state
from ui.tools.state import ToolsState

# Of one session; the others go soon after, as those of closed sessions do
MOST_HELD = 2


@dataclass(frozen=True, slots=True)
class _Holder:
    """A session, to the pool."""

    pool: Pool
    name: str


@st.cache_resource(
    show_spinner=False, scope="session", on_release=lambda holder: holder.pool.leave(holder.name)
)
def _holder() -> _Holder:
    return _Holder(resources.kernels(), secrets.token_hex(8))


def hold(conversation_id: str) -> Sandbox | None:
    """Keep the kernel of the conversation on screen, where it has one that runs."""
    holder = _holder()
    mine = state(ToolsState)
    if conversation_id in mine.held:
        mine.held.remove(conversation_id)
    mine.held.append(conversation_id)
    while len(mine.held) > MOST_HELD:
        holder.pool.leave(holder.name, mine.held.pop(0))
    found = holder.pool.find(conversation_id)
    if found is None or not found.alive:
        return found
    return holder.pool.take(conversation_id, holder.name, _given(conversation_id))


def no_sandbox_note() -> None:
    """Stays beside the question box, however far the page is scrolled: code runs without a
    sandbox."""
    st.bottom.error(
        _("No sandbox: code here can do all that whoever started this app can."),
        icon=":material/gpp_bad:",
    )


def kernel_of(conversation_id: str) -> Callable[[], Sandbox]:
    """Gives a job the kernel of a conversation, when code comes; see `held_by_job`."""
    pool = resources.kernels()
    return partial(pool.take, conversation_id, _job(conversation_id), _given(conversation_id))


def _given(conversation_id: str) -> Callable[[Sandbox], None]:
    return given_files(resources.store().conversations, conversation_id)


def _job(conversation_id: str) -> Hashable:
    return "job", conversation_id


def held_by_job(pool: Pool, conversation_id: str, work: Work) -> Work:
    """The same work, which keeps the kernel until it ends, whoever looks."""

    def telling() -> Generator[Any, None, Any]:
        try:
            with closing(work()) as told:
                return (yield from told)
        finally:
            pool.leave(_job(conversation_id), conversation_id)

    return telling
