"""A server that is to answer may send anything, or nothing: what came is kept, the reason is said, no
key is told, and nothing hangs."""

import logging
import threading
from collections.abc import Callable

import pytest

from core.backends.events import Finished, Patience, Queued, TextDelta, Usage
from core.backends.request import Request
from core.errors import InvalidInput, NotSupported
from core.messages import Message
from core.sampling.settings import Sampling
from core.servers.backend import ServerBackend
from core.servers.listed import Key, Price, Server, read_servers
from tests.bad_server import (
    BadServer,
    Handler,
    Reply,
    chunk,
    raw_events,
    saying,
    serving,
    usage,
)

SECRET = "sk-never-to-be-seen-0123456789"
HELLO = (Message("user", "Hello"),)


def request(tag: object = None, **settings: object) -> Request:
    return Request(HELLO, Sampling(**{"max_new_tokens": 50, "seed": 3, **settings}), tag=tag)  # type: ignore[arg-type]


def backend(server: BadServer, **fields: object) -> ServerBackend:
    given = {"silence_s": 30.0, **fields}
    return ServerBackend(Server("there", server.url, "m", key=Key(SECRET), **given))  # type: ignore[arg-type]


def answer(reply: Reply, **fields: object) -> Finished:
    with serving(reply) as server:
        asked = backend(server, **fields)
        try:
            return asked.submit(request()).result()
        finally:
            asked.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's pauses between its tries take no time here."""
    import openai._base_client as client

    monkeypatch.setattr(client.time, "sleep", lambda _seconds: None)


# --- a server that behaves --------------------------------------------------------------------


def test_an_answer_is_the_sum_of_its_pieces() -> None:
    with serving(saying("Hel", "lo", " 世界", "!")) as server:
        asked = backend(server)
        events = list(asked.submit(request(top_k=4)))
        asked.close()
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.text, end.reason, end.seed) == ("Hello 世界!", "stop", 3)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == end.text
    assert isinstance(end.usage, Usage)
    assert (end.usage.prompt_tokens, end.usage.new_tokens) == (7, 4)
    ((path, body, headers),) = server.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    sent = {name: body[name] for name in ("model", "temperature", "top_p", "top_k", "seed")}
    assert sent == {"model": "m", "temperature": 0.8, "top_p": 0.8, "top_k": 4, "seed": 3}
    assert (body["max_tokens"], body["stream"]) == (50, True)


def test_no_more_requests_run_at_a_time_than_the_server_is_to_get() -> None:
    held, begun = threading.Event(), threading.Semaphore(0)

    def reply(handler: Handler) -> None:
        handler.begin()
        begun.release()
        held.wait()
        handler.event(chunk(str(handler.body["seed"]), "stop"))

    with serving(reply) as server:
        asked = backend(server, at_once=2)
        merged = asked.submit_many([request(tag=n, seed=n) for n in range(6)])
        for _two in range(2):
            begun.acquire()
        assert len(server.asked) == 2
        status = asked.status()
        assert (status.running, status.waiting) == (2, 4)
        held.set()
        events = list(merged)
        asked.close()
    ends = {tag: e.text for tag, e in events if isinstance(e, Finished)}
    assert ends == {n: str(n) for n in range(6)}
    first = {tag: e.position for tag, e in reversed(events) if isinstance(e, Queued)}
    assert first == {2: 1, 3: 2, 4: 3, 5: 4}


def test_a_busy_server_is_asked_again_and_the_reader_is_told() -> None:
    def reply(handler: Handler) -> None:
        if handler.count < 3:
            handler.whole({"error": {"message": "slow down"}}, 429, Retry_After="2")
        else:
            saying("now")(handler)

    with serving(reply) as server:
        asked = backend(server)
        events = list(asked.submit(request()))
        asked.close()
    assert [e.seconds for e in events if isinstance(e, Patience)] == [2.0, 2.0]
    assert isinstance(events[-1], Finished)
    assert events[-1].text == "now"


# --- servers that do not ----------------------------------------------------------------------


def _dies(handler: Handler) -> None:
    handler.begin()
    handler.event(chunk("What came "))
    handler.event(chunk("is kept"))
    handler.break_off()


def _endless(handler: Handler) -> None:
    handler.begin()
    while True:
        handler.event(chunk("again "))


def _long_line(handler: Handler) -> None:
    handler.begin()
    handler.event(chunk("kept"))
    handler.wfile.write(b"data: ")
    while True:
        handler.wfile.write(b"x" * 65536)


def _bomb(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()


def _status(code: int, **headers: str) -> Reply:
    said = {"error": {"message": f"no: your key {SECRET} is wrong", "type": "x", "code": code}}
    return lambda handler: handler.whole(said, code, **headers)


def _html(status: int) -> Reply:
    page = "<html><body><h1>It works!</h1><script>alert(1)</script></body></html>"
    return lambda handler: handler.whole(page, status)


WRONG_TYPES = [
    {"choices": "none"},
    {"choices": [None]},
    {"choices": [7]},
    {"choices": [{"delta": "x"}]},
    {"choices": [{"delta": {"content": ["x"]}}]},
    {"choices": [{"delta": None, "finish_reason": 5}]},
    {"usage": "much"},
    {"usage": {"prompt_tokens": -1, "completion_tokens": "2"}},
    {"choices": []},
    {},
]
# What the server does; the reason and the text that are kept; what the message says
CASES: dict[str, tuple[Reply, str, str, str]] = {
    "dies in the middle": (_dies, "error", "What came is kept", "ended the connection"),
    "ends without a reason": (raw_events([chunk("half")]), "error", "half", "before the answer"),
    "says nothing at all": (raw_events([]), "error", "", "before the answer"),
    "only says it is done": (raw_events(["[DONE]"]), "error", "", "before the answer"),
    "does not stop": (_endless, "error", "again " * 115, "more than any answer"),
    "a line without an end": (_long_line, "error", "kept", "more than any answer"),
    "unasked compression": (_bomb, "error", "", "more than any answer"),
    "busy for good": (_status(429), "error", "", "still busy"),
    "a fault of its own": (_status(500), "error", "", "fault of its own"),
    "down": (_status(503), "error", "", "fault of its own"),
    "a wrong key": (_status(401), "error", "", "refused the key"),
    "a key without rights": (_status(403), "error", "", "refused the key"),
    "no such model": (_status(404), "error", "", "does not know"),
    "a refusal": (_status(400), "error", "", "refused the request"),
    "another refusal": (_status(422), "error", "", "refused the request"),
    "elsewhere": (_status(302, Location="http://127.0.0.2:9/"), "error", "", "another address"),
    "elsewhere for good": (_status(308, Location="//evil.example/"), "error", "", "another addr"),
    "a page": (_html(200), "error", "", "before the answer"),
    "a page with an error": (_html(502), "error", "", "fault of its own"),
    "no JSON": (raw_events(['{"choices": [{', "x"]), "error", "", "no answer"),
    "JSON of another kind": (raw_events([[1], "7", '"x"', "null"]), "error", "", "before the"),
    "wrong types": (
        raw_events([*WRONG_TYPES, chunk("fine", "stop")]),
        "stop",
        "fine",
        "",
    ),
    "an error in the middle": (
        raw_events([chunk("so far"), {"error": {"message": "out of memory"}}]),
        "error",
        "so far",
        "out of memory",
    ),
    "an error that is a text": (raw_events([{"error": "sorry"}]), "error", "", "no answer"),
    "no usage": (raw_events([chunk("yes", "stop")]), "stop", "yes", ""),
    "an unknown reason": (raw_events([chunk("yes", "content_filter")]), "stop", "yes", ""),
    "broken characters": (
        lambda h: (h.begin(), h.wfile.write(b'data: {"choices": "\xff\xfe"}\n\n')),  # type: ignore[dict-item]
        "error",
        "",
        "",
    ),
    "usage twice": (
        raw_events([chunk("yes", "stop"), usage(1, 1), usage(2, 2)]),
        "stop",
        "yes",
        "",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whatever_a_server_does_is_kept_and_explained(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply, reason, text, said = CASES[case]
    with caplog.at_level(logging.DEBUG):
        end = answer(reply)
    assert (end.reason, end.text) == (reason, text)
    assert said in (end.error or "")
    assert "<h1>" not in (end.error or "")
    assert SECRET not in f"{end} {caplog.text}"


def test_a_server_that_does_not_listen_is_named() -> None:
    with serving(saying("x")) as server:
        url = server.url
    asked = ServerBackend(Server("gone", url, "m"))
    end = asked.submit(request()).result()
    asked.close()
    assert "cannot be reached" in (end.error or "")


def test_a_silent_server_is_given_up() -> None:
    held = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.event(chunk("first"))
        held.wait()

    with serving(reply) as server:
        asked = backend(server, silence_s=0.2)
        end = asked.submit(request()).result()
        held.set()
        asked.close()
    assert (end.reason, end.text) == ("error", "first")
    assert "nothing for too long" in (end.error or "")


def test_a_redirect_gets_no_request_and_no_key() -> None:
    with serving(saying("trap")) as other:
        end = answer(_status(307, Location=f"{other.url}/chat/completions"))
        assert other.asked == []
    assert end.reason == "error"


# --- cancelling -------------------------------------------------------------------------------


def test_a_cancelled_answer_ends_at_once_and_the_server_is_told() -> None:
    go = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.event(chunk("one "))
        go.wait()
        while True:
            handler.event(chunk("more "))

    with serving(reply) as server:
        asked = backend(server)
        stream = asked.submit(request(max_new_tokens=None))
        events = iter(stream)
        while not isinstance(next(events), TextDelta):
            pass
        end = stream.cancel()
        assert (end.reason, end.text) == ("cancelled", "one ")
        go.set()
        server.left.wait()
        asked.close()


def test_what_waits_is_cancelled_without_being_asked() -> None:
    held = threading.Event()

    def reply(handler: Handler) -> None:
        held.wait()
        saying("x")(handler)

    with serving(reply) as server:
        asked = backend(server, at_once=1)
        first = asked.submit(request())
        second = asked.submit(request())
        assert second.cancel().reason == "cancelled"
        held.set()
        assert first.result().text == "x"
        assert len(server.asked) == 1
        asked.close()


def test_closing_ends_what_runs_with_the_reason() -> None:
    held = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.event(chunk("x"))
        held.wait()

    with serving(reply) as server:
        asked = backend(server)
        stream = asked.submit(request())
        events = iter(stream)
        while not isinstance(next(events), TextDelta):
            pass
        asked.close("gone")
        end = stream.result()
        held.set()
    assert (end.reason, end.error, end.text) == ("error", "gone", "x")
    assert asked.closed


# --- what it is not asked ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        Request((1, 2), Sampling()),
        Request(HELLO, Sampling(), begun="So"),
        Request(HELLO, Sampling(max_length=10)),
        Request((*HELLO, Message("observation", "7")), Sampling()),
        Request(HELLO, Sampling(), tools=({"name": "x"},)),
    ],
)
def test_what_the_chat_api_has_no_place_for_is_refused(wrong: Request) -> None:
    asked = ServerBackend(Server("s", "http://127.0.0.1:9/v1", "m"))
    with pytest.raises(NotSupported):
        asked.submit_many([wrong])
    asked.close()


# --- the list ---------------------------------------------------------------------------------


def test_a_file_lists_servers_and_names_where_keys_are() -> None:
    text = """
servers:
  - {name: gpu, url: "http://gpu-1:8000/v1/", model: qwen, title: Qwen 72B, at_once: 32}
  - name: hosted
    url: https://api.example.com/v1
    key: THE_KEY
    price: {in: 0.5, out: 1.5}
    allowed: false
"""
    gpu, hosted = read_servers(text, {"THE_KEY": SECRET}.get)
    assert gpu == Server("gpu", "http://gpu-1:8000/v1", "qwen", "Qwen 72B", at_once=32)
    assert (hosted.key.reveal(), hosted.price, hosted.allowed) == (SECRET, Price(0.5, 1.5), False)
    assert (gpu.host, gpu.here) == ("gpu-1", False)
    assert SECRET not in repr(hosted)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.9/v1", True),
        ("http://[::1]:8/v1", True),
        ("http://192.168.0.1/v1", False),
        ("http://localhost.evil.example/v1", False),
    ],
)
def test_whether_a_prompt_leaves_the_machine(url: str, here: bool) -> None:
    assert Server("s", url).here == here


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("servers: 7", "a list"),
        ("- x", "a list"),
        ("servers: [7]", "a mapping"),
        ("servers: [{name: a}]", "url"),
        ("servers: [{url: 'http://a/v1'}]", "name"),
        ("servers: [{name: 'a b', url: 'http://a/v1'}]", "a b"),
        ("servers: [{name: a, url: 'ftp://a'}]", "ftp"),
        ("servers: [{name: a, url: 'http://a:x/v1'}]", "a:x"),
        ("servers: [{name: a, url: 'http://a/v1', colour: red}]", "colour"),
        ("servers: [{name: a, url: 'http://a/v1', at_once: 0}]", "at_once"),
        ("servers: [{name: a, url: 'http://a/v1', silence: .nan}]", "silence"),
        ("servers: [{name: a, url: 'http://a/v1', price: 3}]", "price"),
        ("servers: [{name: a, url: 'http://a/v1', allowed: 2}]", "allowed"),
        ("servers: [{name: a, url: 'http://a'}, {name: a, url: 'http://b'}]", "Two"),
        ("servers: [", "YAML"),
        ("[" * 2000, "YAML"),
    ],
)
def test_a_wrong_line_is_explained(line: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_servers(line, {}.get)


@pytest.mark.parametrize(
    "line",
    [
        f"servers: [{{name: a, url: 'http://a/v1', key: '{SECRET}'}}]",
        f"servers: [{{name: a, url: 'http://u:{SECRET}@a/v1'}}]",
        f"servers: [{{name: a, url: 'http://a/v1?key={SECRET}'}}]",
        "servers: [{name: a, url: 'http://a/v1', key: NOT_SET}]",
    ],
)
def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_servers(line, {}.get)
    assert SECRET not in str(raised.value)


def test_a_key_shows_itself_to_nobody() -> None:
    import copy
    import pickle

    key = Key(f" {SECRET} ")
    attempts: list[Callable[[], object]] = [
        lambda: repr(key),
        lambda: str(key),
        lambda: f"{key}",
        lambda: pickle.dumps(key),
        lambda: copy.deepcopy(key),
    ]
    for attempt in attempts:
        try:
            assert SECRET not in str(attempt())
        except TypeError:
            continue
    assert key.reveal() == SECRET
