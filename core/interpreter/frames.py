"""What goes through the pipes: JSON objects, each behind its length in four bytes, big endian.

What comes from a sandbox may be anything at all. It is bounded before it is held, and checked
before it is believed; whatever is wrong with it is one error, `BadFrame`, which ends the sandbox.
"""

import json
import os
import select
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from core.interpreter.limits import MAX_FRAME

_HEAD = 4
_READ = 1 << 16
# A pipe takes so much at once without being waited for
_WRITE = 4096


class BadFrame(Exception):
    """Something that no honest relay sends, or the end of the pipe."""


class Late(Exception):
    """Nothing came, or nothing could be sent, in time."""


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as it goes through a pipe."""
    data = json.dumps(message).encode()
    return len(data).to_bytes(_HEAD, "big") + data


def unpacked(data: bytes) -> dict[str, Any]:
    """The object in a frame; raises `BadFrame` for anything but an object of valid JSON."""
    try:
        message = json.loads(data, parse_constant=_not_json)
    # Too deep, too long a number, half a character: whatever a guest managed to send
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"not JSON: {type(error).__name__}") from error
    if not isinstance(message, dict):
        raise BadFrame("not an object")
    return message


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class Reader:
    """Frames from a pipe. Never holds more than one frame and what came with its end.

    max_frame: bytes of a frame, without its length.
    """

    def __init__(self, descriptor: int, max_frame: int = MAX_FRAME) -> None:
        self._descriptor = descriptor
        self._max_frame = max_frame
        self._held = bytearray()
        self.read = 0

    def next(self, deadline: float) -> dict[str, Any]:
        """The next frame.

        deadline: on the monotonic clock. Raises `Late` after it, and `BadFrame` for what is no
        frame, or where the pipe has ended. `read` counts the bytes of all frames so far.
        """
        while (size := self._size()) is None or len(self._held) < size:
            try:
                if not select.select([self._descriptor], [], [], max(0.0, deadline - _now()))[0]:
                    raise Late
                more = os.read(self._descriptor, _READ)
            except (OSError, ValueError):  # whoever watches has ended it, and closed its pipe
                more = b""
            if not more:
                raise BadFrame("the end")
            self._held += more
            self.read += len(more)
            # Endless small parts of a frame must not hold up the deadline
            if _now() > deadline + 1:
                raise Late
        body = bytes(self._held[_HEAD:size])
        del self._held[:size]
        return unpacked(body)

    def _size(self) -> int | None:
        """Bytes of the frame that comes, with its head; None before that is there."""
        if len(self._held) < _HEAD:
            return None
        size = int.from_bytes(self._held[:_HEAD], "big")
        if size > self._max_frame:
            raise BadFrame(f"{size} bytes")
        return _HEAD + size


def send(descriptor: int, message: Mapping[str, Any], deadline: float) -> None:
    """Write a frame into a pipe that does not block.

    Raises `Late` where whoever should read it does not, and `BadFrame` where the pipe has ended.
    """
    data = memoryview(packed(message))
    while data:
        try:
            if not select.select([], [descriptor], [], max(0.0, deadline - _now()))[1]:
                raise Late
            data = data[os.write(descriptor, data[:_WRITE]) :]
        except BlockingIOError:
            continue
        except (OSError, ValueError) as error:  # also where the pipe was closed with its sandbox
            raise BadFrame("the end") from error


def _now() -> float:
    return time.monotonic()
