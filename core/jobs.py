"""Jobs: work that goes on in threads of the server, whoever looks at it.

A page that starts a job, or comes back to it, attaches to it: it is told what the job has made so
far and then what comes. Its end ends nothing. A job ends by itself, when somebody stops it, or
when nobody has looked at it for as long as the operator allows.
"""

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.backends.events import Finished, Idle, TextDelta
from core.backends.stream import HEARTBEAT_S
from core.errors import EngineError, InvalidInput, PromptLabError
from core.i18n import _, in_this_language

log = logging.getLogger(__name__)
# (tag, event): events of answers, and whatever else a job tells of itself
Told = tuple[Hashable, Any]
Work = Callable[[], Generator[Told, None, Any]]
# Ended jobs whose results a page may still come back for
MOST_ENDED = 64
# How long a stop waits: a step that tells nothing, such as scoring, is not broken off
STOP_S = 10.0
_END = object()
Kind = TypeVar("Kind")


class Job:
    """Work in a thread of its own; all methods may be called from any thread.

    work: what it tells, as a generator; closing it early keeps what there is by then. What it
    returns is the job's result. unattended_s: for how long it goes on with nobody looking.
    """

    def __init__(self, key: Hashable, work: Work, unattended_s: float) -> None:
        self.key = key
        self.result: Any = None
        self.error: PromptLabError | None = None
        self._unattended_s = unattended_s
        self._lock = threading.Lock()
        self._histories: dict[Hashable, _History] = {}
        self._readers: list[queue.SimpleQueue] = []
        self._left_at = time.monotonic()
        self._stopping = False
        self._ended = threading.Event()
        run = in_this_language(self._run)
        threading.Thread(target=run, args=[work], name=f"job {key}", daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    @property
    def stopping(self) -> bool:
        """Whether somebody has asked it to end: for a step that waits long, and can leave off."""
        return self._stopping

    def stop(self) -> None:
        """End it, and return when it has kept what there was, or after `STOP_S`. Safe to call
        twice."""
        self.wish_end()
        self.wait(STOP_S)

    def wish_end(self) -> None:
        """Let it end as soon as it can, and do not wait for that."""
        self._stopping = True

    def wait(self, seconds: float | None = None) -> None:
        """Return when it has ended, or after `seconds`."""
        self._ended.wait(seconds)

    def last(self, kind: type[Kind], tag: Hashable = None) -> Kind | None:
        """The last event of this kind that it told of a tag; asking counts as looking."""
        with self._lock:
            self._left_at = time.monotonic()
            history = self._histories.get(tag)
            return history.others.get(kind) if history else None

    def events(self) -> Generator[Told, None, None]:
        """What it has told so far, in few events, and then what comes; `Idle` ten times a second.

        Leaving the iterator early leaves the job alone. Raises what has ended the job.
        """
        mine: queue.SimpleQueue = queue.SimpleQueue()
        with self._lock:
            so_far = [
                (tag, event) for tag, told in self._histories.items() for event in told.events()
            ]
            if self.running:
                self._readers.append(mine)
            else:
                mine.put(_END)
        try:
            yield from so_far
            while True:
                try:
                    told = mine.get(timeout=HEARTBEAT_S)
                except queue.Empty:
                    yield None, Idle()
                    continue
                if told is _END:
                    break
                yield told
        finally:
            with self._lock:
                if mine in self._readers:
                    self._readers.remove(mine)
                self._left_at = time.monotonic()
        if self.error:
            raise self.error

    # --- the thread -----------------------------------------------------------------------

    def _run(self, work: Work) -> None:
        try:
            with closing(work()) as telling:
                self._go_through(telling)
        except PromptLabError as error:
            # Without its frames, which would keep an unloaded model in memory
            self.error = error.with_traceback(None)
        except Exception as error:  # whatever happens, the server goes on
            log.exception("the job %s failed", self.key)
            self.error = EngineError(
                _("Something unexpected went wrong ({reason}). Please try again.").format(
                    reason=f"{type(error).__name__}: {error}"
                )
            )
        with self._lock:
            self._ended.set()
            for reader in self._readers:
                reader.put(_END)

    def _go_through(self, telling: Generator[Told, None, Any]) -> None:
        # The first step is always taken: it keeps what the visitor gave, such as a question
        begun = False
        while not begun or not (self._stopping or self._forgotten()):
            begun = True
            try:
                tag, event = next(telling)
            except StopIteration as end:
                self.result = end.value
                return
            if isinstance(event, Idle):
                continue
            with self._lock:
                self._histories.setdefault(tag, _History()).add(event)
                for reader in self._readers:
                    reader.put((tag, event))

    def _forgotten(self) -> bool:
        with self._lock:
            return not self._readers and time.monotonic() - self._left_at > self._unattended_s


@dataclass(slots=True)
class _History:
    """What whoever attaches has to be told of one tag: the text so far, and the last of all
    else."""

    text: list[str] = field(default_factory=list)
    token_ids: list[int] = field(default_factory=list)
    others: dict[type, Any] = field(default_factory=dict)

    def add(self, event: Any) -> None:
        if isinstance(event, TextDelta):
            self.text.append(event.text)
            self.token_ids += event.token_ids
        else:
            # The last of its kind, and told in the order of the last ones
            self.others.pop(type(event), None)
            self.others[type(event)] = event

    def events(self) -> list[Any]:
        before = [event for kind, event in self.others.items() if kind is not Finished]
        if self.text:
            before.append(TextDelta("".join(self.text), tuple(self.token_ids)))
        end = self.others.get(Finished)
        return [*before, end] if end else before


class Jobs:
    """The jobs of a server, by their key: what they are about, such as ("chat", ID).

    admit: what becomes of each work, in the thread that starts it; raises where it may not begin.
    """

    def __init__(self, unattended_s: float, admit: Callable[[Work], Work] | None = None) -> None:
        self._unattended_s = unattended_s
        self._admit = admit
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()

    def start(self, key: Hashable, work: Work) -> Job:
        """Start a job in the place of the ended one with this key.

        Raises `InvalidInput` while that one is still running, and what `admit` raises.
        """
        if self._admit:
            work = self._admit(work)
        with self._lock:
            before = self._jobs.pop(key, None)
            if before and before.running:
                self._jobs[key] = before
                raise InvalidInput(
                    _("This is already running. Wait for it to finish, or stop it first.")
                )
            self._jobs[key] = job = Job(key, work, self._unattended_s)
            ended = [name for name, one in self._jobs.items() if not one.running]
            for name in ended[:-MOST_ENDED]:
                del self._jobs[name]
        return job

    def get(self, key: Hashable) -> Job | None:
        """The job with this key, running or lately ended."""
        with self._lock:
            return self._jobs.get(key)

    def running(self, key: Hashable) -> Job | None:
        """The job with this key, if it is still running."""
        job = self.get(key)
        return job if job and job.running else None

    def forget(self, key: Hashable) -> None:
        """Stop the job with this key, if there is one, and forget its result.

        One whose step takes longer than a stop waits is still known until it ends.
        """
        job = self.get(key)
        if job:
            job.stop()
        with self._lock:
            if job and not job.running and self._jobs.get(key) is job:
                del self._jobs[key]

    def stop_all(self) -> int:
        """End all that are running, as `Job.stop` ends one; how many there were."""
        with self._lock:
            running = [job for job in self._jobs.values() if job.running]
        for job in running:
            job.wish_end()
        until = time.monotonic() + STOP_S
        for job in running:
            job.wait(max(0.0, until - time.monotonic()))
        return len(running)

    def close(self) -> None:
        """Stop all of them, and know none any more."""
        self.stop_all()
        with self._lock:
            self._jobs.clear()
