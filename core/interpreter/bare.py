"""A kernel without a sandbox, in a plain process of this machine's user.

Only where the operator chose it: code can then read, change and send away whatever the operator
can. What is left of the bounds is a folder of its own to work in, an environment without secrets,
limits of the operating system on single processes, and a look at the memory of all of them. There
is nothing of Linux alone in here, so that it works on macOS too.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from core.errors import InterpreterError
from core.i18n import _
from core.interpreter.launch import ENVIRONMENT, GUEST_FILE, KILL_S
from core.interpreter.limits import RLIMITS

# It counts all processes of the user here, the app's own among them
_LIMITS = {name: value for name, value in RLIMITS.items() if name != "NPROC"}


@dataclass(slots=True)
class Bare:
    """Its processes, as `core.interpreter.launch.Started` has those of a sandbox. folder: what it
    may leave files in; it goes with it."""

    process: "subprocess.Popen[bytes]"
    reader: int
    writer: int
    folder: Path
    _closed: bool = field(default=False)

    @property
    def setup(self) -> dict[str, object]:
        """What its relay is told: a limit that this system does not know is left out."""
        return {"limits": _LIMITS, "strict": False}

    @property
    def init(self) -> int:
        """The number of its first process."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def taken(self, _enough: int) -> int:
        """Bytes of memory of its processes; of its files nothing, as they are on the disk."""
        return sum(map(_resident, self._processes()))

    def kill(self) -> None:
        """End its processes and remove its folder. What has made itself a daemon goes on."""
        if self._closed:
            return
        self._closed = True
        others = self._processes()[1:]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        # Those that left the group; by what is known of them, as their numbers may be given again
        for other in others:
            with contextlib.suppress(psutil.Error):
                other.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(KILL_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _processes(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def start(_private: Sequence[Path] = ()) -> Bare:
    """Start one; it is not ready yet. Nothing can be kept private from it. Raises
    `InterpreterError`."""
    folder = Path(tempfile.mkdtemp(prefix="promptlab-code-"))
    home, work = folder / "home", folder / "data"
    try:
        home.mkdir()
        work.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-I", str(GUEST_FILE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment(home),
            cwd=work,
            # Ctrl-C in a terminal is for the app; and all of it can be ended together
            start_new_session=True,
        )
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InterpreterError(
            _("The code interpreter could not be started ({reason}).").format(reason=error)
        ) from error
    assert process.stdin
    assert process.stdout
    os.set_blocking(process.stdin.fileno(), False)
    return Bare(process, process.stdout.fileno(), process.stdin.fileno(), folder)


def environment(home: Path) -> dict[str, str]:
    """All that the code finds in its environment."""
    return {
        **ENVIRONMENT,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin")),
        "HOME": str(home),
        "TMPDIR": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        # macOS ends a process that was forked and not begun anew, unless it is told
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
    }
