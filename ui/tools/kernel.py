"""Whose kernel stays: a session holds those of the conversations that it had on screen last."""

import secrets
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.i18n import _
from core.interpreter.pool import Pool
from core.interpreter.sandbox import Sandbox
from core.interpreter.transcript import files_there, given_files
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


def _given(conversation_id: str) -> Callable[[Sandbox], None]:
    return given_files(resources.store().conversations, conversation_id)


def files_of(conversation_id: str) -> Mapping[str, int]:
    """The files that the code of a conversation finds: their sizes by name, the newest last."""
    running = resources.kernels().find(conversation_id)
    return files_there(resources.store().conversations, conversation_id, running)


class JobKernel:
    """The kernel of a conversation for one job, which has it when code comes and keeps it until it
    ends, whoever looks."""

    def __init__(self, conversation_id: str) -> None:
        self._pool, self._key = resources.kernels(), conversation_id
        self._begin = _given(conversation_id)
        # A job knows no visitor, whose store it would be
        self._conversations = resources.store().conversations
        self._name = "job", secrets.token_hex(8)
        self._ended = threading.Event()

    def __call__(self) -> Sandbox:
        kernel = self._pool.take(self._key, self._name, self._begin)
        # A kernel takes seconds to start: meanwhile the job may have been stopped
        if self._ended.is_set():
            self._leave()
        return kernel

    def running(self) -> Sandbox | None:
        """The kernel, where the conversation has one by now."""
        return self._pool.find(self._key)

    def files(self) -> Mapping[str, int]:
        """As `files_of`, from any thread."""
        return files_there(self._conversations, self._key, self.running())

    def held(self, work: Work) -> Work:
        """The same work, with whose end the kernel is left."""

        def telling() -> Generator[Any, None, Any]:
            try:
                with closing(work()) as told:
                    return (yield from told)
            finally:
                self._ended.set()
                self._leave()

        return telling

    def _leave(self) -> None:
        self._pool.leave(self._name, self._key)
