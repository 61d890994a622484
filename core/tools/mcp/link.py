"""One server, from the side of those who use it: its tools as they were last told, and calls.

Everything that waits for a server does so in one loop, in a thread of its own, for all visitors. A
connection is opened where it is first needed and stays open; one that ended, or let somebody wait
in vain, is replaced at the next use. All visitors share it: a server that keeps a state keeps one
for all.
"""

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from core.errors import InvalidInput
from core.tools.mcp.content import TooLarge, as_plain, plain_schema, tool_name
from core.tools.mcp.listed import McpServer
from core.tools.mcp.trouble import Trouble
from core.tools.running import Limits
from core.tools.tool import Tool, ToolFailed

log = logging.getLogger(__name__)
# A program that fetches itself first takes a while
CONNECT_S = 30.0
# A list of tools is asked for again after so long, and where there was none after so long
_FRESH_S, _RETRY_S = 60.0, 15.0
MOST_TOOLS = 128
_MOST_PAGES = 20
_LONGEST_DESCRIPTION = 2_000
# A hundred tools that are wrong in the same way are told of in a few lines
_NAMES, _MOST_TROUBLES = 64, 5
_T = TypeVar("_T")


class Loop:
    """An event loop in a thread of its own; it ends with the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="mcp", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, _T]) -> "concurrent.futures.Future[_T]":
        """Begin some work; from any thread but its own."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)


@cache
def shared_loop() -> Loop:
    """The one loop of this process, started when it is first needed."""
    # What a server says wrong, the client would log with a traceback for each line
    for name in ("mcp", "client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return Loop()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server offered when it was last asked. troubles: why it gave no tools, or not all."""

    tools: tuple[Tool, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    at: float = 0.0


@dataclass(slots=True, eq=False)
class _Session:
    """A connection. using: calls under way. stale: to be closed when they end. connecting: what is
    cancelled to give it up before it is there. failed: what ended it."""

    wire: Any
    client: "asyncio.Future[Any]"
    using: int = 0
    stale: bool = False
    keeper: "asyncio.Task[None] | None" = None
    connecting: Any = None
    failed: Exception | None = None

    @property
    def usable(self) -> bool:
        return not (self.stale or self.wire.over.is_set())

    def retire(self) -> None:
        """No longer for new calls; over when those under way are done."""
        self.stale = True
        if not self.using:
            self.wire.over.set()

    async def ended(self) -> None:
        """Wait until nothing of it is left."""
        if self.keeper is not None:
            await asyncio.wait([self.keeper])


class Link:
    """A server of the list; from any thread."""

    def __init__(self, server: McpServer, loop: Loop, call_s: float | None = None) -> None:
        self.server = server
        self._loop, self._call_s = loop, call_s or Limits().time_s
        self._changing = threading.Lock()
        self._listing: Listing | None = None
        self._under_way: concurrent.futures.Future[None] | None = None
        self._begun = 0.0
        self._changed = False
        self._session: _Session | None = None

    def ask(self, again: bool = False) -> None:
        """Ask for the tools, where that was not done for a while; or `again` in any case."""
        with self._changing:
            if self._under_way is not None and not self._under_way.done():
                return
            known = self._listing
            keeps = _RETRY_S if known and known.troubles and not known.tools else _FRESH_S
            if again or self._changed or known is None or time.monotonic() - known.at > keeps:
                self._begun, self._changed = time.monotonic(), False
                self._under_way = self._loop.run(self._list())

    def listing(self, wait_s: float) -> Listing:
        """The tools as they are known. Where none are yet, or the server said that they have
        changed, they are waited for, but no longer than `wait_s` after they were asked for; a list
        that is just old is asked for again meanwhile."""
        changed = self._changed
        self.ask()
        if changed or self._listing is None:
            self.wait(self._begun + wait_s - time.monotonic())
        return self._listing or Listing(troubles=(Trouble("waiting"),))

    def wait(self, wait_s: float = CONNECT_S) -> None:
        """Wait until the server has told its tools, or has failed to."""
        if self._under_way is not None:
            concurrent.futures.wait([self._under_way], timeout=max(0.0, wait_s))

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """What the server's tool of this name answers; raises `ToolFailed`."""
        try:
            return self._loop.run(self._call(name, arguments)).result()
        except Trouble as trouble:
            raise ToolFailed(trouble.sentence(self.server.name)) from trouble

    def hang_up(self) -> "concurrent.futures.Future[None]":
        """End the connection; the next use opens another one."""
        return self._loop.run(self._hang_up())

    # In the loop

    async def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.wire.over.set()
            if session.connecting is not None and not session.client.done():
                session.connecting.cancel()
            await session.ended()

    async def _open(self) -> _Session:
        """A connection that can be used, once it is; raises `Trouble`."""
        from core.tools.mcp.transport import Wire

        session = self._session
        if session is None or not session.usable:
            if session is not None:
                session.retire()
            session = _Session(Wire(), asyncio.get_running_loop().create_future())
            session.keeper = asyncio.ensure_future(self._keep(session))
            self._session = session
        # Others may wait for it as well
        await asyncio.shield(session.client)
        return session

    async def _keep(self, session: _Session) -> None:
        """Hold a connection open until it is stopped or ends by itself."""
        import anyio
        from mcp import Client
        from mcp.types import Implementation

        from core.tools.mcp.transport import transport

        about = Implementation(name="PromptLab", version="1")
        begun = time.monotonic()
        try:
            # A deadline of the whole, for a part of it could not be left again
            with anyio.CancelScope(deadline=anyio.current_time() + CONNECT_S) as scope:
                session.connecting = scope
                async with Client(
                    transport(self.server, session.wire),
                    cache=None,
                    client_info=about,
                    read_timeout_seconds=self._call_s,
                    message_handler=self._heard,
                ) as client:
                    scope.deadline = float("inf")
                    session.client.set_result(client)
                    await session.wire.over.wait()
        except Exception as error:  # of the client, of what it is made of, or of the system
            session.failed = error
        finally:
            session.wire.over.set()
            self._note(session)
            if not session.client.done():
                session.client.set_exception(_trouble(session, None, time.monotonic() - begun))
                # Also where nobody waits any longer
                session.client.exception()

    def _note(self, session: _Session) -> None:
        """Tell the log why it is over; keys that the server was given are left out."""
        words, said = session.wire.words, repr(session.failed) if session.failed else ""
        if words:
            said = f"{words['why']} ({_code(words)}): {words['said']}" if words["code"] else ""
        for key in (self.server.key, *(key for _name, key in self.server.env)):
            said = said.replace(key.reveal(), "…") if key else said
        if said:
            log.warning("the MCP server %s: %s", self.server.name, said)

    async def _heard(self, message: Any) -> None:
        """What a server says unasked: that its tools have changed, or nothing of use."""
        from mcp.types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            # Asked for at the next use: a server that says so all the time has nobody busy
            self._changed = True

    async def _list(self) -> None:
        import anyio

        before = self._listing or Listing()
        try:
            with anyio.fail_after(CONNECT_S + self._call_s):
                session = await self._open()
                session.using += 1
                try:
                    found = await self._offered(session)
                finally:
                    self._done(session)
        except Trouble as trouble:
            found = Listing(before.tools, (trouble,))
        except TimeoutError:
            found = Listing(before.tools, (Trouble("silent", seconds=self._call_s),))
        self._listing = Listing(found.tools, found.troubles, time.monotonic())

    async def _offered(self, session: _Session) -> Listing:
        """All tools that it offers, and what is wrong with others."""
        tools: dict[str, Tool] = {}
        troubles: list[Trouble] = []
        cursor: str | None = None
        for _page in range(_MOST_PAGES):
            try:
                page = await session.client.result().list_tools(cursor=cursor)
            except Exception as error:  # whatever the client makes of what a server sends
                raise await self._failed(session, error) from error
            for one in page.tools:
                if self.server.tools is not None and one.name not in self.server.tools:
                    continue
                made = self._tool(one)
                if isinstance(made, Trouble):
                    troubles.append(made)
                elif made.name in tools or len(tools) >= MOST_TOOLS:
                    troubles.append(Trouble("twice", one.name))
                else:
                    tools[made.name] = made
            cursor = page.next_cursor
            if not cursor:
                break
        different = {(one.kind, one.said): one for one in troubles}
        return Listing(tuple(tools.values()), tuple(different.values())[:_MOST_TROUBLES])

    def _tool(self, offered: Any) -> Tool | Trouble:
        name = tool_name(self.server.name, offered.name)
        if len(name) > _NAMES:
            return Trouble("tool", offered.name)
        description = offered.description or offered.title or offered.name
        try:
            schema = plain_schema(offered.input_schema)
            return Tool(
                name,
                " ".join(description.split())[:_LONGEST_DESCRIPTION],
                {"type": "object", "properties": {}} | schema,
                partial(self.call, offered.name),
                origin="mcp",
                leaves=self.server.leaves,
                source=self.server.name,
            )
        except TooLarge:
            return Trouble("large", offered.name)
        except InvalidInput as error:
            return Trouble("tool", str(error))

    async def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        import anyio

        try:
            with anyio.fail_after(self._call_s):
                session = await self._open()
                try:
                    return await self._asked(session, name, arguments)
                except Trouble as trouble:
                    if trouble.kind != "unreachable" or trouble.said != _FORGOTTEN:
                        raise
                # A server that was started again and knows nothing of this connection did nothing
                # either
                session = await self._open()
                return await self._asked(session, name, arguments)
        except TimeoutError as error:
            if self._session is not None and self._session.client.done():
                self._session.retire()
            raise Trouble("silent", seconds=self._call_s) from error

    async def _asked(self, session: _Session, name: str, arguments: dict[str, Any]) -> Any:
        from mcp.types import CallToolRequest, CallToolRequestParams, CallToolResult
        from mcp.types import InputRequiredResult as Asks
        from pydantic import TypeAdapter

        answer: TypeAdapter[CallToolResult | Asks] = TypeAdapter(CallToolResult | Asks)
        request = CallToolRequest(params=CallToolRequestParams(name=name, arguments=arguments))
        session.using += 1
        try:
            # Not by `call_tool`: it holds results to a schema of the server's, for as long as that
            # takes
            result = await session.client.result().session.send_request(request, answer)
        except Exception as error:  # whatever the client makes of what a server sends
            raise await self._failed(session, error) from error
        finally:
            self._done(session)
        if isinstance(result, Asks):
            raise Trouble("asks")
        said = as_plain(result.content, result.structured_content)
        if result.is_error:
            raise Trouble("refused", said if isinstance(said, str) else str(said))
        return said

    def _done(self, session: _Session) -> None:
        session.using -= 1
        if session.stale and not session.using:
            session.wire.over.set()

    async def _failed(self, session: _Session, error: Exception) -> Trouble:
        """What a request that failed comes to; a connection that is of no use any more is given
        up."""
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED

        if isinstance(error, MCPError) and error.error.code == CONNECTION_CLOSED:
            session.wire.over.set()
        if session.wire.over.is_set():
            await session.ended()
        trouble = _trouble(session, error, self._call_s)
        if trouble.kind not in ("refused", "asks"):
            session.retire()
        return trouble


def _trouble(session: _Session, error: Exception | None, waited_s: float) -> Trouble:
    """What a connection, or a request on it, came to."""
    words = session.wire.words
    if words.get("why") == "missing":
        return Trouble("missing", str(words["said"]))
    if words.get("why") == "flood":
        return Trouble("flood")
    if words:
        return Trouble("ended", _code(words))
    return _of(session.failed or error, waited_s)


def _code(words: dict[str, Any]) -> str:
    """How a program ended, in a word that needs no translation."""
    code = words["code"]
    return f"signal {-code}" if isinstance(code, int) and code < 0 else f"exit code {code}"


# What the client makes of a server that no longer knows a connection
_FORGOTTEN = "Session terminated"


def _of(error: BaseException | None, waited_s: float) -> Trouble:
    """The trouble that an exception of the client stands for."""
    import httpx2
    from mcp import MCPError
    from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT
    from pydantic import ValidationError

    from core.tools.mcp.transport import TooMuch

    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is None or isinstance(error, TimeoutError | httpx2.TimeoutException):
        return Trouble("silent", seconds=round(waited_s))
    if isinstance(error, TooMuch):
        return Trouble("flood")
    if isinstance(error, ValidationError):
        return Trouble("garbled", error.title)
    if isinstance(error, MCPError):
        said = error.error.message
        if error.error.code == REQUEST_TIMEOUT:
            return Trouble("silent", seconds=round(waited_s))
        if error.error.code == CONNECTION_CLOSED:
            return Trouble("unreachable", "closed")
        if "not followed" in said:
            return Trouble("elsewhere")
        return Trouble("unreachable" if said == _FORGOTTEN else "refused", said)
    return Trouble("unreachable", str(error) or type(error).__name__)
