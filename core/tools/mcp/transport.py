"""How a server is spoken to, behind bounds: its process under a guard, or its address.

A server is told apart from others by nothing but its entry in the list. Redirects to elsewhere are
not followed (the official client follows those within one origin); a body that is too long ends the
request.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import httpx2
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from core.tools.mcp.guard import MOST_BYTES
from core.tools.mcp.listed import McpServer

_GUARD = Path(__file__).with_name("guard.py")
_CONNECT_S = 10.0
# A stream of events may be silent for as long as a call may take; beyond that it is asked for again
_SILENCE_S = 60.0


class TooMuch(Exception):
    """A server sends more than any answer has."""


@dataclass(slots=True)
class Wire:
    """A connection from outside. over: set when the server says no more, and to end it. words: of
    its guard, once it is over: why it ended, its code, and what it said last; empty for one at an
    address."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    words: dict[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def transport(server: McpServer, wire: Wire) -> AsyncGenerator[Any]:
    """The streams that the official client speaks through, watched by `wire`."""
    if server.url:
        async with (
            httpx2.AsyncClient(
                headers=server.headers,
                timeout=httpx2.Timeout(_CONNECT_S, read=_SILENCE_S),
                transport=_Bounded(),
            ) as client,
            streamable_http_client(server.url, http_client=client) as streams,
        ):
            yield streams
        return
    parameters = StdioServerParameters(
        command=sys.executable,
        # Alone with the standard library: it starts in a moment
        args=["-I", str(_GUARD), server.command, *server.args],
        env={name: key.reveal() for name, key in server.env},
    )
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        try:
            async with stdio_client(parameters, errors) as (read, write):
                yield _Watched(read, wire.over), write
        finally:
            wire.words = _last_words(errors)


def _last_words(errors: TextIO) -> dict[str, Any]:
    errors.seek(0)
    try:
        found = json.loads(errors.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class _Watched:
    """A stream of messages that tells of its end."""

    def __init__(self, stream: Any, over: asyncio.Event) -> None:
        self._stream, self._over = stream, over

    def __aiter__(self) -> "_Watched":
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._over.set()
            raise

    async def receive(self) -> Any:
        return await self._stream.receive()

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> "_Watched":
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        whole = 0
        async for part in self._stream:
            whole += len(part)
            if whole > MOST_BYTES:
                raise TooMuch
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Bounded(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # What is packed could unpack to any size
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        response.headers.pop("Content-Encoding", None)
        response.stream = _Body(response.stream)
        return response
