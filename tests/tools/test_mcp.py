"""MCP servers: whatever one says or does, a call has a result or a sentence, and the next one
works."""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.config import Settings
from core.errors import InvalidInput
from core.tools.book import ToolBook
from core.tools.mcp.content import plain_schema
from core.tools.mcp.link import Link, shared_loop
from core.tools.mcp.listed import McpServer, read_mcp_servers
from core.tools.mcp.offered import links, mcp_tools
from core.tools.running import Limits, run_tool

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0
RAW = str(Path(__file__).with_name("raw_server.py"))
OFFICIAL = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("official")

@server.tool()
def add(a: int, b: int = 1) -> int:
    "Add two numbers"
    return a + b

if __name__ == "__main__":
    server.run("stdio")
"""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of the official package takes half a minute to start on a busy processor."""
    monkeypatch.setattr("core.tools.mcp.link.CONNECT_S", PATIENCE_S)
    monkeypatch.setattr("core.tools.mcp.link.Limits", lambda: Limits(time_s=PATIENCE_S))


@pytest.fixture
def link() -> Iterator[Any]:
    """Makes links to servers, and ends them."""
    made: list[Link] = []

    def _link(*how: str, call_s: float = PATIENCE_S, **fields: Any) -> Link:
        given = {"command": sys.executable, "args": (RAW, *how)} | fields
        made.append(Link(McpServer("raw", **given), shared_loop(), call_s))
        return made[-1]

    yield _link
    for one in made:
        one.hang_up().result()


def _say(link: Link, text: str) -> str:
    (tool, *_more) = link.listing(PATIENCE_S).tools
    return run_tool(tool, {"text": text}, Limits(time_s=PATIENCE_S)).text


def test_a_server_of_the_official_package_gives_its_tools(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(OFFICIAL)
    server = {"name": "sums", "command": sys.executable, "args": [str(tmp_path / "server.py")]}
    (tmp_path / "mcp.yaml").write_text(json.dumps({"servers": [server]}))
    settings = Settings.from_environment({"PROMPTLAB_MCP": str(tmp_path / "mcp.yaml")})
    book = ToolBook.of(settings, wait_s=PATIENCE_S)
    assert not book.faults
    tool = book.get("sums_add")
    assert (tool.origin, tool.source, tool.leaves, tool.description) == (
        "mcp",
        "sums",
        True,
        "Add two numbers",
    )
    assert tool.parameters["required"] == ["a"]
    assert run_tool(tool, {"a": 2, "b": 3}, Limits(time_s=PATIENCE_S)).text == "5"
    with pytest.raises(InvalidInput):
        run_tool(tool, {"a": "many"})
    # Nothing may leave: the server is not even started
    alone = Settings.from_environment(
        {"PROMPTLAB_MCP": str(tmp_path / "mcp.yaml"), "PROMPTLAB_REMOTE": "off"}
    )
    assert "sums_add" not in [tool.name for tool in ToolBook.of(alone).tools]
    assert mcp_tools(()) == ([], [])


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("garbage", "garbage"),
        ("values", '{"n": 1}'),
        ("picture", "<b>see</b>\n[image/png, 300 bytes, not shown]\n[file: file:///etc/passwd]"),
        # What it asks of the app in between is refused
        ("ask", "error error error"),
    ],
)
def test_whatever_a_server_says_beside_is_no_more_than_text(
    link: Any, text: str, result: str
) -> None:
    assert _say(link(), text) == result


def test_a_result_of_any_size_is_cut(link: Any) -> None:
    assert len(_say(link(), "huge")) < Limits().characters + 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("die", "exit code 3"),
        ("flood", "more than it is asked for"),
        ("hang", "within 1 s"),
        ("wrong", "not of the protocol"),
        ("fail", "not today"),
    ],
)
def test_a_call_that_goes_wrong_says_so_and_the_next_one_works(
    link: Any, text: str, said: str
) -> None:
    server = link()
    (tool,) = server.listing(PATIENCE_S).tools
    # Only the call that hangs has no more than that: a server may take longer to start
    server._call_s = 1.0 if text == "hang" else PATIENCE_S
    assert said in run_tool(tool, {"text": text}, Limits(time_s=PATIENCE_S)).text
    server._call_s = PATIENCE_S
    assert _say(server, "hello") == "hello"


def test_a_server_that_changes_its_tools_is_asked_again(link: Any) -> None:
    server = link()
    assert [tool.name for tool in server.listing(PATIENCE_S).tools] == ["raw_say"]
    _say(server, "change")
    # The word that they changed may come behind the answer
    server.ask(again=True)
    server.wait(PATIENCE_S)
    assert [tool.name for tool in server.listing(PATIENCE_S).tools] == ["raw_say", "raw_say1"]


def test_only_the_tools_that_the_operator_named_are_taken(link: Any) -> None:
    assert not link(tools=frozenset({"other"})).listing(PATIENCE_S).tools


def test_schemas_made_to_harm_cost_nothing(link: Any) -> None:
    begun = time.process_time()
    listing = link("hostile").listing(PATIENCE_S)
    names = {tool.name.removeprefix("raw_") for tool in listing.tools}
    assert names == {"round", "itself", "nowhere", "elsewhere", "pattern", "a_name_that_is_odd"}
    assert {trouble.said.split(" ")[0] for trouble in listing.troubles} >= {
        "doubling",
        "long",
        "deep",
    }
    for tool in listing.tools:
        assert "$ref" not in json.dumps(tool.parameters)
        odd = {"raw_round": {"x": {"in": 1}}, "raw_a_name_that_is_odd": {}}
        assert not run_tool(tool, odd.get(tool.name, {"x": "a" * 40 + "!"})).failed
    assert time.process_time() - begun < 20


def test_a_schema_is_what_it_was_with_its_references_written_out() -> None:
    schema = {
        "type": "object",
        "title": "Search",
        "$defs": {"Sort": {"enum": ["a", "b"], "title": "Sort"}},
        "properties": {"title": {"type": "string"}, "sort": {"$ref": "#/$defs/Sort"}},
        "required": ["title"],
    }
    assert plain_schema(schema) == {
        "type": "object",
        "properties": {"title": {"type": "string"}, "sort": {"enum": ["a", "b"]}},
        "required": ["title"],
    }


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("huge", "more than it is asked for"),
        ("wrong", "not of the protocol"),
        ("dies", "exit code 4"),
        ("endless", "left out"),
    ],
)
def test_a_server_without_usable_tools_is_told_of(link: Any, how: str, said: str) -> None:
    listing = link(how).listing(PATIENCE_S)
    assert any(said in trouble.sentence("raw") for trouble in listing.troubles)


def test_a_program_that_is_not_there_is_told_of(link: Any) -> None:
    (trouble,) = link(command="/no/such/program").listing(PATIENCE_S).troubles
    assert "/no/such/program" in trouble.sentence("raw")


def test_a_server_that_says_nothing_holds_a_page_up_for_a_moment_once(
    link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = link("silent")
    begun = time.monotonic()
    assert server.listing(0.3).troubles[0].kind == "waiting"
    assert time.monotonic() - begun >= 0.3
    waits: list[float] = []
    monkeypatch.setattr(server, "wait", waits.append)
    assert server.listing(0.3).troubles[0].kind == "waiting"
    assert all(wait <= 0 for wait in waits)


def test_a_program_gets_the_variables_that_it_is_given_and_no_other(
    link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_KEY", "secret")
    monkeypatch.setenv("ITS_KEY", "its own")
    text = 'servers: [{name: raw, command: "x", env: [ITS_KEY], secrets: {TOKEN: mcp.token}}]'
    (read,) = read_mcp_servers(text, os.environ.get, {"mcp.token": "kept"}.get)
    assert "its own" not in repr(read)
    said = _say(link(env=read.env), "environment").split()
    assert {"ITS_KEY", "TOKEN", "PATH"} <= set(said)
    assert "APP_KEY" not in said


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_server_ends_with_the_app_whatever_ends_that(tmp_path: Path, how: str) -> None:
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    # All that the server started holds the other end: when the last of them is gone, it closes
    alive = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    code = (
        "import sys; from core.tools.mcp.link import Link, shared_loop;"
        "from core.tools.mcp.listed import McpServer;"
        f"args = ({RAW!r}, 'stays', {str(pipe)!r});"
        "link = Link(McpServer('raw', sys.executable, args), shared_loop());"
        "print(len(link.listing(300).tools), flush=True); sys.stdin.read()"
    )
    app = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with app:
        assert app.stdout is not None
        assert app.stdin is not None
        assert app.stdout.readline() == b"1\n"
        assert os.read(alive, 100) == b"here"
        if how == "killed":
            app.kill()
        else:
            app.stdin.close()
        ready, _, _ = select.select([alive], [], [], PATIENCE_S)
        assert ready
        assert os.read(alive, 100) == b""
    os.close(alive)


@contextmanager
def _served(app: Any, port: int = 0) -> Iterator[int]:
    """Serve this app at an address of this machine, from a thread; its port."""
    import uvicorn

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        # Whoever comes before the server is ready waits, and is not refused
        sock.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        yield int(sock.getsockname()[1])
        server.force_exit = server.should_exit = True
        thread.join()


def _official() -> Any:
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("web", log_level="CRITICAL")

    @server.tool()
    def say(text: str) -> str:
        "Say it"
        return text * 5_000_000 if text == "x" else text

    return server.streamable_http_app(host="127.0.0.1")


async def _elsewhere(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        place = [(b"location", b"http://127.0.0.2:1/mcp?key=1")]
        await send({"type": "http.response.start", "status": 307, "headers": place})
        await send({"type": "http.response.body", "body": b""})


def test_a_server_at_an_address_is_called_with_its_key_and_found_again(link: Any) -> None:
    keys: set[bytes] = set()
    app = _official()

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        keys.update(value for name, value in scope.get("headers", ()) if name == b"authorization")
        await app(scope, receive, send)

    with _served(noted) as port:
        text = f"servers: [{{name: raw, url: 'http://127.0.0.1:{port}/mcp', key: KEY}}]"
        (read,) = read_mcp_servers(text, {"KEY": "abc"}.get, {}.get)
        there = link(command="", args=(), url=read.url, key=read.key)
        assert _say(there, "hello") == "hello"
        assert keys == {b"Bearer abc"}
        assert "more than it is asked for" in _say(there, "x")
        assert _say(there, "again") == "again"
    gone = _say(there, "hello")
    assert "cannot be reached" in gone
    assert "abc" not in gone
    app = _official()
    with _served(noted, port):
        assert _say(there, "back") == "back"
        there.hang_up().result()


def test_a_server_that_sends_elsewhere_is_not_followed(link: Any) -> None:
    with _served(_elsewhere) as port:
        there = link(command="", args=(), url=f"http://127.0.0.1:{port}/mcp")
        (trouble,) = there.listing(PATIENCE_S).troubles
        assert (trouble.kind, "key=1" in trouble.sentence("raw")) == ("elsewhere", False)


def test_a_link_is_for_all_and_ends_when_it_is_taken_out_of_the_list() -> None:
    server = McpServer("raw", sys.executable, (RAW,))
    (tool,), faults = mcp_tools([server], PATIENCE_S)
    assert not faults
    assert mcp_tools([server], PATIENCE_S)[0][0] is tool
    assert mcp_tools([], PATIENCE_S) == ([], [])
    # What was offered before can still be called
    assert run_tool(tool, {"text": "hello"}, Limits(time_s=PATIENCE_S)).text == "hello"
    links([])


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "servers: 3",
        "servers: [3]",
        "servers: [{name: a}]",
        "servers: [{name: a b, command: x}]",
        "servers: [{name: a, command: x, url: 'http://x'}]",
        "servers: [{name: a, command: x, key: HOME}]",
        "servers: [{name: a, url: 'http://u:sk-123@x'}]",
        "servers: [{name: a, url: 'file:///x'}]",
        "servers: [{name: a, url: 'http://x', key: sk-123}]",
        "servers: [{name: a, url: 'http://x', header: 'a: b'}]",
        "servers: [{name: a, command: x, env: [sk_123]}]",
        "servers: [{name: a, command: x, env: {A: sk-123}}]",
        "servers: [{name: a, command: x, secrets: {A: sk-123}}]",
        "servers: [{name: a, command: x, args: x}]",
        "servers: [{name: a, command: x, leaves: maybe}]",
        "servers: [{name: a, command: x, colour: red}]",
        "servers: [{name: a, command: x}, {name: a, command: y}]",
    ],
)
def test_a_list_that_cannot_be_used_is_refused_without_telling_keys(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_mcp_servers(text, {}.get, {}.get)
    assert "123" not in str(refused.value)


def test_a_list_that_is_not_there_is_a_fault_of_the_book(tmp_path: Path) -> None:
    settings = Settings.from_environment({"PROMPTLAB_MCP": str(tmp_path / "none.yaml")})
    (fault,) = ToolBook.of(settings).faults
    assert "none.yaml" in fault
    assert str(tmp_path) not in fault
