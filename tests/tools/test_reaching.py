"""A GET reaches hosts that are allowed and public, and nothing else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.config import Settings
from core.errors import InvalidInput
from core.tools import reaching
from core.tools.own import OwnTool
from core.tools.reaching import check_address, get, is_public
from core.tools.running import run_tool
from core.tools.tool import ToolFailed

ALLOWED = ("api.example.org",)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append((self.path, self.headers["Host"]))
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/secret")
            self.end_headers()
            return
        self.send_response(404 if self.path.startswith("/none") else 200)
        if self.path.startswith("/charset"):
            self.send_header("Content-Type", f"text/plain; charset={self.path.split('/')[-1]}")
        self.end_headers()
        size = reaching.MOST_BYTES + 1 if self.path.startswith("/long") else 0
        self.wfile.write(b"x" * size or b"said: " + self.path.encode())

    def log_message(self, *_said: object) -> None:
        pass


asked: list[tuple[str, str]] = []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server here, which stands at port 80 of the public host."""
    asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        create, port = reaching.socket.create_connection, running.server_address[1]
        monkeypatch.setattr(
            reaching.socket,
            "create_connection",
            lambda where, **given: create((where[0], port), **given),
        )
        yield int(port)
        running.shutdown()


def _get(address: str) -> str:
    return get(address, ALLOWED, lambda _host, _port: ["127.0.0.1"], lambda _address: True)


def test_an_allowed_host_is_asked_by_its_name(server: int) -> None:
    assert _get("http://api.example.org/trains?city=Oslo") == "said: /trains?city=Oslo"
    assert asked == [("/trains?city=Oslo", "api.example.org")]


@pytest.mark.parametrize("charset", ["utf-8", "nothing-known", "hex", "undefined", "'"])
def test_an_answer_in_any_charset_is_text(server: int, charset: str) -> None:
    assert _get(f"http://api.example.org/charset/{charset}").startswith("said: /charset")


def test_an_address_is_asked_for_as_it_was_written(server: int) -> None:
    _get("http://api.example.org/天气/a%20b?q=奥斯陆&p=[1]|'x'~")
    assert asked[0][0] == ("/%E5%A4%A9%E6%B0%94/a%20b?q=%E5%A5%A5%E6%96%AF%E9%99%86&p=[1]|'x'~")


@pytest.mark.parametrize(
    ("path", "reason"), [("away", "not followed"), ("none", "status 404"), ("long", "longer than")]
)
def test_what_an_answer_must_not_be(server: int, path: str, reason: str) -> None:
    with pytest.raises(ToolFailed, match=reason):
        _get(f"http://api.example.org/{path}")
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.9", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
        *("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1", "fe80::1%eth0", "x"),
        *("::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "5f00::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], []])
def test_a_name_of_a_private_address_is_not_reached(server: int, addresses: list[str]) -> None:
    with pytest.raises(ToolFailed, match="public internet"):
        get("http://api.example.org/", ALLOWED, lambda _host, _port: addresses)
    assert not asked


@pytest.mark.parametrize(
    "address",
    [
        *("http://localhost/", "http://127.0.0.1/", "https://example.org/", "file:///etc/passwd"),
        *("http://api.example.org@evil.org/", "http://evil.org/?api.example.org", "ftp://a/", ""),
        *(
            "http://api.example.org:22/",
            "http://user@api.example.org/",
            "http://api.example.org.x/",
        ),
        *("http://api.example.org/a b", "http://api.example.org/\r\nX: y", "http://[::1", "//x"),
        "http://api.example.org/" + "x" * 5_000,
    ],
)
def test_addresses_that_may_not_be_asked(address: str) -> None:
    with pytest.raises(ToolFailed):
        check_address(address, ALLOWED)


@pytest.mark.parametrize(
    "host", ["https://api.example.org", "api.example.org:443", "*.example.org", "a b", "[::1]"]
)
def test_what_is_no_name_of_a_host_is_told_to_the_operator(host: str) -> None:
    with pytest.raises(InvalidInput, match="no name of a host"):
        Settings.from_environment({"PROMPTLAB_TOOL_HOSTS": f"example.org, {host}"})
    read = Settings.from_environment({"PROMPTLAB_TOOL_HOSTS": " api.example-1.org,bücher.de, "})
    assert read.tool_hosts == ("api.example-1.org", "bücher.de")


CITY = {"type": "object", "properties": {"city": {"type": "string"}}}


def test_arguments_stay_in_their_place(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tools.own.get", lambda address, _allowed: _get(address))
    own = OwnTool("a", "d", CITY, "get", address="http://api.example.org/t/{city}?c={city}").tool(
        ALLOWED
    )
    assert own.leaves
    said = run_tool(own, {"city": "../x?y=1&z#\r\n"}).text
    assert said == "said: /t/..%2Fx%3Fy%3D1%26z%23%0D%0A?c=..%2Fx%3Fy%3D1%26z%23%0D%0A"


@pytest.mark.parametrize(
    "address", ["http://{city}/", "{city}://api.example.org/", "http://api.example.org{city}/"]
)
def test_an_argument_is_no_host(address: str) -> None:
    from core.errors import InvalidInput

    with pytest.raises(InvalidInput):
        OwnTool("a", "d", CITY, "get", address=address).tool(ALLOWED)
