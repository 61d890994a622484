"""One sandbox: a kernel whose state lasts from run to run, and a folder of files in memory.

This side believes nothing that it reads from inside. Whatever is late, too much or no message ends
the sandbox, with a sentence that says why; the app goes on. All methods may be called from any
thread; one run or one file at a time.
"""

import base64
import binascii
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from core.backends.events import Idle
from core.errors import InterpreterError, InvalidInput, NotFound
from core.i18n import _
from core.interpreter import launch, outputs
from core.interpreter.frames import BadFrame, Late, Reader, send
from core.interpreter.limits import (
    FILE_PART,
    MAX_CODE,
    MAX_FILE,
    MAX_FILES,
    MAX_FRAME,
    MAX_NAME,
    MIB,
    SHOWN_BYTES,
    SHOWN_MESSAGES,
    SHOWN_RESULTS,
    SHOWN_TEXT,
    Limits,
)
from core.interpreter.outputs import Ended, Output
from core.interpreter.watch import Watch
from core.messages import checked_text

# How often a run is looked at: whether it should be interrupted, or its time is over
_STEP_S = 0.1
_FILES_S = 20.0
_SETUP = {
    "text": SHOWN_TEXT,
    "results": SHOWN_RESULTS,
    "messages": SHOWN_MESSAGES,
    "bytes": SHOWN_BYTES,
    "frame": MAX_FRAME,
    "part": FILE_PART,
    "files": MAX_FILES,
}


class Started(Protocol):
    """The processes of a sandbox, as seen from here; see `core.interpreter.launch`."""

    reader: int
    writer: int

    @property
    def setup(self) -> Mapping[str, object]:
        """What of its limits its relay has to set."""

    @property
    def init(self) -> int:
        """The number of the first process."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""

    def taken(self, enough: int) -> int:
        """Bytes that it takes; below `enough` they need not be exact."""

    def kill(self) -> None:
        """End everything inside, and return when it is gone. Safe to call twice."""


class Sandbox:
    """A running sandbox; ready once it is made.

    private: folders of this machine that must be hidden even where Python's own folders hold them,
    such as the one of the database. start: starts its processes; where it is not `launch.start`,
    this is no sandbox, and only called so. Raises `InterpreterError` where it cannot be started.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        private: Sequence[Path] = (),
        start: Callable[[Sequence[Path]], Started] = launch.start,
    ) -> None:
        self.limits = limits or Limits()
        self._started = start(private)
        self._reader = Reader(self._started.reader)
        self._number = 0
        self._lock, self._ending = threading.Lock(), threading.Lock()
        self._writing = threading.Lock()
        self._interrupted = threading.Event()
        self._why = ""
        self._watch: Watch | None = None
        deadline = time.monotonic() + self.limits.start_s
        try:
            self._send({**_SETUP, **self._started.setup}, deadline)
            ready = self._reader.next(deadline)
            if ready.get("type") != "done":
                raise BadFrame(outputs.plain(str(ready.get("text", "")))[:500] or "?")
        except (Late, BadFrame) as error:
            self._started.kill()
            raise InterpreterError(
                _(
                    "The code interpreter did not get ready ({reason}). Try again; if that does not "
                    "help, python -m core interpreter looks for the fault."
                ).format(reason=str(error) or _("it took too long"))
            ) from error
        self._watch = Watch(self._started.taken, self.limits, self._too_much)

    @property
    def alive(self) -> bool:
        """Whether code can be run in it."""
        return not self._why and self._started.alive

    @property
    def busy(self) -> bool:
        """Whether something is being run, or a file is on its way."""
        return self._lock.locked()

    @property
    def why(self) -> str:
        """Why it was ended; empty while it was not."""
        return self._why

    @property
    def init(self) -> int:
        """The number of its first process, as this machine counts."""
        return self._started.init

    # --- code -------------------------------------------------------------------------------

    def run(self, code: str, seconds: float | None = None) -> Generator[Output | Idle, None, None]:
        """Run code and give what it shows as it comes; `Idle` ten times a second.

        After `seconds` (the limits say how long otherwise) it is interrupted, and ended with the
        whole sandbox where that does not help: the last output is then `Ended`. To close the
        iterator early interrupts it too. Raises `InvalidInput` for code that is too long, and
        where something else is being run.
        """
        if len(checked_text(code)) > MAX_CODE:
            raise InvalidInput(
                _("The code has {count:,} characters; at most {most:,} can be run.").format(
                    count=len(code), most=MAX_CODE
                )
            )
        return self._run(code, self.limits.seconds if seconds is None else seconds)

    def _run(self, code: str, seconds: float) -> Generator[Output | Idle, None, None]:
        with self._alone():
            self._interrupted.clear()
            whole = False
            frames = self._asked({"op": "run", "code": code}, seconds)
            try:
                for message in frames:
                    yield Idle() if message is None else outputs.read(message)
                whole = True
            except (Late, BadFrame) as error:
                whole = True
                yield self._broken(error)
            finally:
                if not whole:
                    self._leave(frames)

    def _leave(self, frames: Iterator[dict[str, Any] | None]) -> None:
        """Whoever looked has gone in the middle of a run: it ends, and with it what it says."""
        self._interrupted.set()
        try:
            for _message in frames:
                pass
        except (Late, BadFrame) as error:
            self._broken(error)

    def interrupt(self) -> None:
        """Interrupt what is being run, as Ctrl-C would; where it goes on all the same, the sandbox
        is ended after `limits.grace_s`."""
        self._interrupted.set()

    # --- files ------------------------------------------------------------------------------

    def put(self, name: str, data: bytes) -> None:
        """Store a file in the folder of the code, in the place of one of this name.

        Raises `InvalidInput` for a name or a size that is not allowed, and where the folder is
        full.
        """
        checked_name(name)
        if len(data) > MAX_FILE:
            raise InvalidInput(
                _("{name} has {size:.1f} MB; at most {most} MB can be given to the code.").format(
                    name=name, size=len(data) / MIB, most=MAX_FILE // MIB
                )
            )
        for offset in range(0, max(1, len(data)), FILE_PART):
            part = base64.b64encode(data[offset : offset + FILE_PART]).decode()
            asked = {"op": "put", "name": name, "offset": offset, "data": part}
            self._file_answer(name, asked, "stored")

    def get(self, name: str) -> bytes:
        """A file's content. Raises `NotFound` where there is none, and `InvalidInput` for one that
        is no plain file or is larger than `MAX_FILE`."""
        checked_name(name)
        data = b""
        while True:
            answer = self._file_answer(
                name, {"op": "get", "name": name, "offset": len(data)}, "part"
            )
            part: bytes = self._checked(partial(_part, answer))
            data += part
            if len(data) > MAX_FILE:
                raise InvalidInput(
                    _("{name} is larger than {most} MB. Let the code write a smaller file.").format(
                        name=name, most=MAX_FILE // MIB
                    )
                )
            if len(part) < FILE_PART:
                return data

    def drop(self, name: str) -> None:
        """Remove a file; nothing where there is none. Raises `InvalidInput` for a folder."""
        self._file_answer(checked_name(name), {"op": "drop", "name": name}, "dropped")

    def files(self, wait_s: float = 0.0) -> dict[str, int]:
        """The files in the folder of the code: their sizes in bytes, by name, the newest last;
        hidden ones and names that cannot be shown are left out. wait_s: how long it may wait for
        what is being run, or for a file on its way."""
        answer = self._file_answer("", {"op": "list"}, "files", wait_s)
        found: dict[str, int] = self._checked(partial(_listed, answer))
        return found

    def _file_answer(
        self, name: str, asked: dict[str, Any], kind: str, wait_s: float = 0.0
    ) -> dict[str, Any]:
        with self._alone(wait_s):
            self._interrupted.clear()
            try:
                with closing(self._asked(asked, _FILES_S)) as frames:
                    answers = [message for message in frames if message is not None]
                if len(answers) != 1:
                    raise BadFrame("not one answer")
            except (Late, BadFrame) as error:
                raise InterpreterError(self._broken(error).why) from error
        answer = answers[0]
        if answer.get("type") == "refused":
            reason = " ".join(outputs.plain(str(answer.get("text", ""))[:MAX_NAME]).split())
            raise _refused(name, reason, asked["op"])
        if answer.get("type") != kind:
            raise InterpreterError(self._broken(BadFrame("another answer")).why)
        return answer

    def _checked(self, reading: Callable[[], Any]) -> Any:
        try:
            return reading()
        except BadFrame as error:
            raise InterpreterError(self._broken(error).why) from error

    # --- the end ----------------------------------------------------------------------------

    def end(self, why: str = "") -> None:
        """End everything inside; returns when it is gone. The first reason that is given stays."""
        with self._ending:
            self._why = self._why or why or _("The code interpreter was closed.")
            if self._watch:
                self._watch.stop()
            self._started.kill()

    def _too_much(self, what: str) -> None:
        self.end(
            _(
                "The code took more than {most:,} MB of memory or files, so the interpreter was "
                "ended. What it had computed is lost."
            ).format(most=self.limits.memory // MIB)
            if what == "memory"
            else _(
                "This machine ran short of memory, so the interpreter was ended. What it had "
                "computed is lost."
            )
        )

    def _broken(self, error: Late | BadFrame) -> Ended:
        if isinstance(error, Late):
            why = _(
                "The code did not stop when it was interrupted, so the interpreter was ended. What "
                "it had computed is lost."
            )
        else:
            why = _(
                "The interpreter stopped: the code ended it, or sent more than can be shown. What "
                "it had computed is lost."
            )
        self.end(why)
        return Ended(self._why)

    # --- the pipes --------------------------------------------------------------------------

    @contextmanager
    def _alone(self, wait_s: float = 0.0) -> Iterator[None]:
        if self._why:
            raise InterpreterError(self._why)
        if not self._lock.acquire(timeout=wait_s):
            raise InvalidInput(
                _("The interpreter is running something. Wait for it to finish, or stop it first.")
            )
        try:
            yield
        finally:
            self._lock.release()

    def _asked(
        self, asked: dict[str, Any], seconds: float
    ) -> Generator[dict[str, Any] | None, None, None]:
        """The answers to one request, and None while nothing comes.

        Raises `Late` where it goes on after it was interrupted, and `BadFrame`.
        """
        self._number += 1
        number = self._number
        deadline = time.monotonic() + seconds
        self._send({**asked, "id": number}, deadline)
        begun, frames, told = self._reader.read, 0, False
        while True:
            now = time.monotonic()
            if not told and (self._interrupted.is_set() or now >= deadline):
                told, deadline = True, now + self.limits.grace_s
                self._send({"op": "interrupt"}, deadline)
            elif now >= deadline:
                raise Late
            try:
                message = self._reader.next(min(deadline, now + _STEP_S))
            except Late:
                yield None
                continue
            frames += 1
            read = self._reader.read - begun
            if read > self.limits.run_bytes and asked["op"] == "run":
                raise BadFrame("too much")
            if frames > self.limits.run_frames or message.get("id") not in range(number + 1):
                raise BadFrame("too many, or from nowhere")
            # What belongs to an earlier request is nobody's
            if message["id"] != number:
                continue
            if message.get("type") == "done":
                return
            yield message

    def _send(self, message: dict[str, Any], deadline: float) -> None:
        with self._writing:
            send(self._started.writer, message, deadline)


def checked_name(name: str) -> str:
    """A file's name that can stand in the folder of the code; raises `InvalidInput`."""
    wrong = (
        not name.strip()
        or len(name.encode("utf-8", "replace")) > MAX_NAME
        or name.startswith(".")
        or "/" in name
        or name != outputs.plain(name)
        or any(character in name for character in "\n\t\\")
    )
    if wrong:
        raise InvalidInput(
            _(
                "{name!r} cannot be the name of a file for the code. Use up to {most} letters, or {few} "
                "Chinese characters, without slashes, and no dot in front."
            ).format(name=name[:MAX_NAME], most=MAX_NAME, few=MAX_NAME // 3)
        )
    return name


def _part(answer: dict[str, Any]) -> bytes:
    try:
        part = base64.b64decode(answer["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadFrame("no part of a file") from error
    if len(part) > FILE_PART:
        raise BadFrame("too large a part")
    return part


def _listed(answer: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    listed = answer.get("files")
    if not isinstance(listed, list) or len(listed) > MAX_FILES:
        raise BadFrame("no list of files")
    for entry in listed:
        match entry:
            case [str(name), int(size)] if size >= 0:
                try:
                    found[checked_name(name)] = size
                except InvalidInput:
                    continue
            case _:
                raise BadFrame("no file")
    return found


def _refused(name: str, reason: str, op: str) -> InvalidInput:
    if op == "get" and reason == "No such file or directory":
        return NotFound(_("There is no file {name!r} in the folder of the code.").format(name=name))
    return InvalidInput(
        _("{name!r} could not be read or written in the folder of the code ({reason}).").format(
            name=name, reason=reason
        )
    )
