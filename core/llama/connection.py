"""Talking to llama.cpp: one request at a time over one connection of HTTP.

The standard library's client, because its socket can be shut from another thread: that ends a
request in the middle of reading a long prompt, when nothing comes that could be waited for.
"""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import EngineError
from core.i18n import _

HOST = "127.0.0.1"
# Of one read from the socket. Reading a long prompt on a slow machine takes minutes.
_SILENCE_S = 3600.0
_DATA = b"data: "
# What a broken connection raises, whichever side broke it
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Connection:
    """One conversation with llama.cpp, which opens a new connection for each request: it drops
    those that were silent for seconds, and a new one takes a tenth of a millisecond."""

    def __init__(self, port: int, key: str) -> None:
        self._client = http.client.HTTPConnection(HOST, port, timeout=_SILENCE_S)
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Connection": "close",
        }
        self._socket: socket.socket | None = None
        self._cut = False

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request, whole. Raises `EngineError` with llama.cpp's reason where it
        refuses, and one of `BROKEN` where the connection breaks."""
        with self._sent(path, body) as response:
            return _checked(json.loads(response.read()))

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The events of a stream as they come; not to go on with it frees the slot. Raises what
        `ask` raises."""
        with self._sent(path, body) as response:
            if response.status != http.client.OK:
                _checked(json.loads(response.read()))
            while line := response.readline():
                if line.startswith(_DATA):
                    yield _checked(json.loads(line[len(_DATA) :]))

    def cut(self) -> None:
        """Break off what is under way and whatever would follow, from any thread: llama.cpp
        notices and frees the slot."""
        self._cut = True
        if self._socket:
            # It may have ended before
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _sent(self, path: str, body: Mapping[str, Any]) -> Iterator[http.client.HTTPResponse]:
        try:
            self._client.connect()
            # The response takes the socket over
            self._socket = self._client.sock
            if self._cut:
                raise ConnectionAbortedError
            self._client.request("POST", path, json.dumps(body), self._headers)
            with self._client.getresponse() as response:
                yield response
        finally:
            self._client.close()


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        error = answer["error"]
        said = error.get("message") if isinstance(error, dict) else error
        raise EngineError(_("llama.cpp refused the request ({reason}).").format(reason=said))
    return answer
