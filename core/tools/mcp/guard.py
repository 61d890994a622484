"""The process between the app and an MCP server of this machine: it ends the server with the app.

Run as a program: `python guard.py COMMAND ARGUMENTS…`. It passes on what is said either way.
When its input closes, the app is gone or has hung up, however it went: the server gets a second to
end by itself and another one to obey, and is then killed with all that it started. A server that
says more than `MOST_BYTES` without being told anything is ended too. The last thing on standard
error is one line of JSON: why it ended, and the end of what the server said there.

Not covered: what a server starts in a session of its own.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from typing import IO

MOST_BYTES = 4 * 2**20
_GRACE_S = 1.0
_PIECE = 65_536
_KEPT = 2_000


class Guard:
    """A server under way."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        self._said = self._end_of_errors = b""
        self._since_told = 0
        self._why = "ended"

    def run(self) -> dict[str, object]:
        """Pass on what is said until the server ends or must; why, and its last words."""
        threading.Thread(target=self._tell, daemon=True).start()
        listener = threading.Thread(target=self._listen, daemon=True)
        listener.start()
        self._pass_on()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(_GRACE_S)
        # What it started may hold the other end
        listener.join(_GRACE_S / 4)
        said = self._end_of_errors.decode("utf-8", "replace")
        return {"why": self._why, "code": self._server.returncode, "said": said}

    def _tell(self) -> None:
        server = _raw(self._server.stdin)
        # A server that no longer reads is ended by what follows
        with contextlib.suppress(OSError):
            while piece := os.read(0, _PIECE):
                self._since_told = 0
                _write(server, piece)
        with contextlib.suppress(OSError):
            os.close(server)
        self._end()

    def _end(self) -> None:
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign is not None:
                os.killpg(0, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(_GRACE_S)
                os.killpg(0, signal.SIGKILL)

    def _pass_on(self) -> None:
        # Where the app no longer reads its input closes as well, and ends it all
        with contextlib.suppress(OSError):
            while piece := os.read(_raw(self._server.stdout), _PIECE):
                self._since_told += len(piece)
                if self._since_told > MOST_BYTES:
                    self._why = "flood"
                    self._server.kill()
                    return
                _write(1, piece)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(_raw(self._server.stderr), _PIECE):
                self._end_of_errors = (self._end_of_errors + piece)[-_KEPT:]


def _raw(stream: IO[bytes] | None) -> int:
    assert stream is not None  # all three are pipes
    return stream.fileno()


def _write(target: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(target, piece) :]


def main() -> None:
    """Guard the server of the command line until it ends, and all that it started with it."""
    if os.getpgrp() != os.getpid():
        os.setsid()
    try:
        guard = Guard(sys.argv[1:])
    except (OSError, ValueError) as error:
        told: dict[str, object] = {"why": "missing", "code": None, "said": str(error)}
        _write(2, json.dumps(told).encode())
        return
    # Of the group, and for the server: only after it has begun, for it would not obey either
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _write(2, json.dumps(guard.run()).encode())
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
