"""How much a sandbox takes, looked at from outside, and the thread that looks.

No limit of the system counts what several processes and their folders in memory take together, but
control groups, which need rights that an app seldom has. So each sandbox is looked at five times a
second, and ended where it takes too much or leaves the machine too little.
"""

import contextlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import psutil

from core.interpreter.limits import FOLDERS, Limits

LOOK_S = 0.2
# A file or folder in memory takes so much beside its content
_INODE = 1024
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_SHARED_IN_PARTS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def available() -> int:
    """Bytes of memory that this machine could give right now."""
    return int(psutil.virtual_memory().available)


def taken(init: int, enough: int) -> int:
    """Bytes that a sandbox takes: the memory of its processes, and what is in its folders.

    init: its first process. Below `enough` the sum counts pages that processes share for each of
    them; above, where it would matter, in parts, which takes longer to find out.
    """
    processes = _processes(init)
    folders = _in_folders(init)
    quick = folders + sum(map(_resident, processes))
    return quick if quick <= enough else folders + sum(map(_proportional, processes))


def _processes(init: int) -> list[int]:
    found = [init]
    # It grows while it is gone through: children of children
    for process in found:
        with contextlib.suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{process}/task"):
                children = Path(f"/proc/{process}/task/{task}/children").read_text()
                found += map(int, children.split())
    return found


def _resident(process: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return _PAGE * int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return 0


def _proportional(process: int) -> int:
    with contextlib.suppress(OSError):
        found = _SHARED_IN_PARTS.search(Path(f"/proc/{process}/smaps_rollup").read_text())
        return 1024 * int(found[1]) if found else 0
    return 0


def _in_folders(init: int) -> int:
    total = 0
    for folder in FOLDERS:
        # Only ever asks the system about a mount: nothing of it is opened or listed
        with contextlib.suppress(OSError):
            state = os.statvfs(f"/proc/{init}/root{folder}")
            total += (state.f_blocks - state.f_bfree) * state.f_bsize
            total += (state.f_files - state.f_ffree) * _INODE
    return total


class Watch:
    """Looks at one sandbox until it is told to stop, in a thread of its own.

    taken: bytes that it takes, given how many are enough to count quickly. It is to be ready:
    before, its root is still that of this machine. too_much: called once, with what was exceeded:
    "memory" of the sandbox, or of the "machine".
    """

    def __init__(
        self, taken: Callable[[int], int], limits: Limits, too_much: Callable[[str], None]
    ) -> None:
        self._taken = taken
        self._limits = limits
        self._too_much = too_much
        self._stopped = threading.Event()
        threading.Thread(target=self._look, name="sandbox-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _look(self) -> None:
        while not self._stopped.wait(LOOK_S):
            if self._taken(self._limits.memory) > self._limits.memory:
                return self._too_much("memory")
            if available() < self._limits.floor:
                return self._too_much("machine")
        return None
