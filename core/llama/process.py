"""The child process that llama.cpp runs in: starting it, waiting for it, ending it.

It listens on 127.0.0.1 alone, at a port that the system picks, and answers whoever knows a random
key. The key goes to it through a pipe: no command line, no environment and no log has it.
"""

import contextlib
import json
import logging
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from core.errors import CheckpointError
from core.i18n import _
from core.llama.connection import HOST
from core.models.progress import Progress

log = logging.getLogger(__name__)
_ROOT = Path(__file__).parents[2]
# In memory where the system has such a folder: states of slots are written and read in a moment
_MEMORY = Path("/dev/shm")
# How long a start may take: so much, and the time to read the file from a slow disk
_START_S = 60.0
_SLOW_DISK_BYTES_PER_S = 30e6
_LOOK_S = 0.1
_END_S = 5.0
# What is kept of llama.cpp's words, and how many lines of them a failure tells
_KEPT_LINES = 40
_LAST_LINES = 3
_LINE = 300


class LlamaProcess:
    """llama.cpp with one model in a process of its own; ready once it is made.

    model: the GGUF file. settings: as `core.llama.child.params` takes them; the rest is
    added. Raises `CheckpointError`, with llama.cpp's reason, where it ends or hangs instead of
    getting ready, and what `progress` raises.
    """

    def __init__(
        self, model: Path, settings: Mapping[str, Any], progress: Progress | None = None
    ) -> None:
        self.key = secrets.token_urlsafe(32)
        self._model = model
        memory = _MEMORY if _MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="promptlab-", dir=memory))
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._told: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.llama.child"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._listener = threading.Thread(target=self._listen, name="llama-stderr", daemon=True)
        self._listener.start()
        threading.Thread(target=self._read_port, name="llama-start", daemon=True).start()
        try:
            # The process has another working directory. llama.cpp puts the name of a state right
            # behind the name of the folder
            own = {
                "model": str(model.absolute()),
                "host": HOST,
                "key": self.key,
                "saved": f"{self.folder}/",
            }
            self._send({**settings, **own})
            told = self._wait(progress)
            self.port: int = told["port"]
            # Whether answers can be held to grammars of llguidance
            self.grammars: bool = told["grammars"]
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def died(self, seconds: float) -> bool:
        """Whether it has ended, or does within so many seconds."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def reason(self) -> str:
        """Why it ended: its last words, and how."""
        self._listener.join(_LOOK_S)
        code = self._process.poll()
        how = "" if code is None else _("the process ended with code {code}").format(code=code)
        return "; ".join([*list(self._said)[-_LAST_LINES:], *([how] if how else [])])

    def refused(self, reason: str = "") -> CheckpointError:
        """That llama.cpp cannot run the file, and why: as `reason` says, or its last words."""
        return CheckpointError(
            _(
                "llama.cpp cannot run {file} ({reason}). Download the file again, or choose "
                "another model."
            ).format(file=self._model, reason=reason or self.reason() or _("no reason given"))
        )

    def end(self) -> None:
        """End the process, whatever it does. Safe to call twice."""
        self._process.kill()
        self._process.wait(_END_S)
        for pipe in (self._process.stdin, self._process.stdout):
            _close(pipe)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, settings: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        # Where it has ended already, waiting for it tells why
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(settings) + "\n")
            stdin.flush()

    def _wait(self, progress: Progress | None) -> dict[str, Any]:
        limit = _START_S + self._model.stat().st_size / _SLOW_DISK_BYTES_PER_S
        began = time.monotonic()
        while time.monotonic() - began < limit:
            if progress:
                progress(0, 1)
            try:
                told = self._told.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if told is None:
                self._process.wait(_END_S)
                raise self.refused()
            if progress:
                progress(1, 1)
            return told
        raise self.refused(_("not ready after {seconds:.0f} seconds").format(seconds=limit))

    # --- threads that read what the process writes ----------------------------------------

    def _read_port(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        line = stdout.readline()
        self._told.put(json.loads(line) if line else None)

    def _listen(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        with stderr:
            for line in stderr:
                if said := " ".join(line.split())[:_LINE]:
                    self._said.append(said)


def _close(pipe: IO[str] | None) -> None:
    if pipe:
        # What was still to be written goes with the process
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
