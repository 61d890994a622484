"""Who has which sandbox: one for each conversation, a bounded number, and a warm spare.

A sandbox is ended when nobody has looked at its conversation for a while, when it was unused for
long, or when its place is needed for another one that somebody looks at. What is inside is lost
then; whoever comes back gets a new one.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from core.errors import InterpreterError, NotFound
from core.i18n import _
from core.interpreter.sandbox import Sandbox

log = logging.getLogger(__name__)
SWEEP_S = 5.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """sandboxes: that run at once, with the spare ones. spare: kept ready while any is in use.

    left_s: how long one stays that nobody looks at any more, so that a page that is loaded again
    finds it; at most a minute with `SWEEP_S`. idle_s: how long one stays in which nothing runs.
    """

    sandboxes: int = 10
    spare: int = 1
    left_s: float = 45.0
    idle_s: float = 1800.0


@dataclass(slots=True)
class _Kept:
    """A conversation's sandbox. holders: who looks at it; left_at: since when nobody does."""

    sandbox: Sandbox
    used_at: float
    left_at: float
    holders: set[Hashable] = field(default_factory=set)


class Pool:
    """The sandboxes of a server, by their conversation; may be called from any thread.

    make: makes one that is ready, or raises `InterpreterError`. clock: seconds that only grow.
    """

    def __init__(
        self,
        make: Callable[[], Sandbox] = Sandbox,
        limits: PoolLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._limits = limits or PoolLimits()
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: dict[Hashable, _Kept] = {}
        self._spare: list[Future[Sandbox]] = []
        self._starting = 0
        self._making = ThreadPoolExecutor(2, thread_name_prefix="sandbox-spare")
        self._closed = threading.Event()
        threading.Thread(target=self._keep_sweeping, name="sandbox-sweep", daemon=True).start()

    def __len__(self) -> int:
        """How many conversations have one."""
        with self._lock:
            return len(self._kept)

    def find(self, key: Hashable) -> Sandbox | None:
        """The sandbox of a conversation, if it has one; one that was ended says `why`."""
        with self._lock:
            kept = self._kept.get(key)
            return kept.sandbox if kept else None

    def take(
        self,
        key: Hashable,
        holder: Hashable = None,
        begin: Callable[[Sandbox], None] | None = None,
    ) -> Sandbox:
        """The sandbox of a conversation: its own, or a new one where it has none that runs.

        holder: who looks at it from now on, such as a page; see `leave`. begin: what is done with a
        new one before anybody has it, such as giving it files. Raises `InterpreterError` where all
        places are taken, or none can be made, and what `begin` raises.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.sandbox.alive:
                kept.used_at = self._clock()
                self._look(kept, holder)
                return kept.sandbox
            self._kept.pop(key, None)
            self._make_room()
            self._starting += 1
        try:
            sandbox = self._next()
            try:
                if begin:
                    begin(sandbox)
            except BaseException:
                sandbox.end()
                raise
        finally:
            with self._lock:
                self._starting -= 1
        with self._lock:
            return self._keep(key, sandbox, holder)

    def warm(self) -> None:
        """Let a spare one be made, if there is room, so that the next `take` need not wait."""
        with self._lock:
            self._spare = [one for one in self._spare if not _failed(one)]
            while (
                len(self._spare) < self._limits.spare
                and self._taken() < self._limits.sandboxes
                and not self._closed.is_set()
            ):
                self._spare.append(self._making.submit(self._make))

    def wait_for_spare(self) -> None:
        """Return when the spare ones are ready, or could not be made."""
        with self._lock:
            waiting = list(self._spare)
        for future in waiting:
            future.exception()

    def leave(self, holder: Hashable, key: Hashable = None) -> None:
        """Somebody looks at a conversation no more, or at none of them; its sandbox ends soon
        unless others do."""
        with self._lock:
            for name, kept in self._kept.items():
                if holder in kept.holders and key in (None, name):
                    kept.holders.discard(holder)
                    kept.left_at = self._clock()

    def end(self, key: Hashable) -> None:
        """End the sandbox of a conversation and forget it; without one, nothing."""
        with self._lock:
            kept = self._kept.pop(key, None)
        if kept:
            kept.sandbox.end()

    def own(self, key: Hashable) -> Sandbox:
        """The running sandbox of a conversation; raises `NotFound` where it has none."""
        sandbox = self.find(key)
        if not (sandbox and sandbox.alive):
            raise NotFound(_("No code has been run in this conversation yet, or it was long ago."))
        return sandbox

    def sweep(self) -> None:
        """End what nobody looks at, what is idle, and the spare ones of a pool that nobody uses."""
        now = self._clock()
        with self._lock:
            over = {
                key: kept
                for key, kept in self._kept.items()
                if kept.sandbox.alive and not kept.sandbox.busy and self._is_over(kept, now)
            }
            for key in over:
                del self._kept[key]
            # One that was ended stays for as long, to say why
            for key in [k for k, one in self._kept.items() if self._is_forgotten(one, now)]:
                del self._kept[key]
            unused = self._spare if over and not self._kept else []
            if unused:
                self._spare = []
        for kept in over.values():
            kept.sandbox.end(
                _(
                    "The interpreter was ended because it was not used. What it had computed is lost."
                )
            )
        for future in unused:
            _discard(future)

    def close(self) -> None:
        """End all of them; the pool makes no more."""
        self._closed.set()
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
            spare, self._spare = self._spare, []
        for one in kept:
            one.sandbox.end()
        for future in spare:
            _discard(future)
        self._making.shutdown(wait=True)

    # --- inside -----------------------------------------------------------------------------

    def _taken(self) -> int:
        running = sum(one.sandbox.alive for one in self._kept.values())
        return running + len(self._spare) + self._starting

    def _make_room(self) -> None:
        """Before another one starts. A spare one is as good as a place."""
        if self._closed.is_set():
            raise InterpreterError(_("The app is being shut down."))
        if self._spare or self._taken() < self._limits.sandboxes:
            return
        left = [
            (kept.left_at, key)
            for key, kept in self._kept.items()
            if not kept.holders and not kept.sandbox.busy
        ]
        if not left:
            raise InterpreterError(
                _(
                    "All {count} interpreters are in use. Try again when another conversation is "
                    "closed."
                ).format(count=self._limits.sandboxes)
            )
        _at, key = min(left, key=lambda one: one[0])
        self._kept.pop(key).sandbox.end(
            _("The interpreter was ended to make room for another. What it had computed is lost.")
        )

    def _next(self) -> Sandbox:
        with self._lock:
            spare = self._spare.pop(0) if self._spare else None
        if spare:
            try:
                sandbox = spare.result()
                if sandbox.alive:
                    return sandbox
            # Its maker is asked once more, and then says what is wrong
            except InterpreterError:
                log.info("a spare sandbox could not be made", exc_info=True)
        return self._make()

    def _keep(self, key: Hashable, sandbox: Sandbox, holder: Hashable) -> Sandbox:
        if self._closed.is_set():
            sandbox.end()
            raise InterpreterError(_("The app is being shut down."))
        other = self._kept.get(key)
        if other and other.sandbox.alive:
            # Somebody was quicker
            sandbox.end()
            self._look(other, holder)
            return other.sandbox
        now = self._clock()
        kept = self._kept[key] = _Kept(sandbox, now, now)
        self._look(kept, holder)
        self.warm()
        return sandbox

    def _look(self, kept: _Kept, holder: Hashable) -> None:
        if holder is not None:
            kept.holders.add(holder)
        else:
            kept.left_at = self._clock()

    def _is_over(self, kept: _Kept, now: float) -> bool:
        left = not kept.holders and now - kept.left_at > self._limits.left_s
        return left or now - kept.used_at > self._limits.idle_s

    def _is_forgotten(self, kept: _Kept, now: float) -> bool:
        return not kept.sandbox.alive and self._is_over(kept, now)

    def _keep_sweeping(self) -> None:
        while not self._closed.wait(SWEEP_S):
            try:
                self.sweep()
            except Exception:  # the next sweep may go well
                log.exception("sweeping sandboxes failed")


def _failed(future: "Future[Sandbox]") -> bool:
    return future.done() and (
        future.cancelled() or future.exception() is not None or not future.result().alive
    )


def _discard(future: "Future[Sandbox]") -> None:
    if not future.cancel():
        future.add_done_callback(lambda done: None if done.exception() else done.result().end())
