"""A server that is to answer may send anything, or nothing: what came is kept, the reason is said,
no key is told, and nothing hangs."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from core.backends.events import (
    Finished,
    Patience,
    Queued,
    TextDelta,
    TextPart,
    ToolCall,
    Usage,
)
from core.backends.request import Request
from core.config import SECRETS_FILE, Settings
from core.engine.choices import choice_of
from core.errors import InvalidInput, NotSupported
from core.messages import Message
from core.models.catalogue import find
from core.sampling.settings import Sampling
from core.servers.backend import ServerBackend
from core.servers.entries import masked
from core.servers.listed import Key, Server, read_servers
from core.servers.prices import Price, amount, spent
from core.tools.loop import rounds
from core.tools.mcp.listed import read_mcp_servers
from core.tools.tool import Tool
from core.tools.transcripts import Spoken
from tests.bad_server import (
    BadServer,
    Clock,
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
        asked = backend(server, silence_s=5.0)
        end = asked.submit(request()).result()
        held.set()
        asked.close()
    assert (end.reason, end.text) == ("error", "first")
    assert "nothing for too long" in (end.error or "")


SIGNS_OF_LIFE: dict[str, bytes] = {
    "comments": b": ping\n\n",
    "empty deltas": b'data: {"choices": [{"index": 0, "delta": {"content": ""}}]}\n\n',
    "a role again and again": b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n',
    "a call without a name": b'data: {"choices": [{"delta": {"function_call": {}}}]}\n\n',
    "a piece of no call": b'data: {"choices": [{"delta": {"content": [], "tool_calls": [{"index": 0, '
    b'"type": "function", "function": {"arguments": ""}}]}}]}\n\n',
    "an end again and again": b'data: {"choices": [{"delta": {}, "finish_reason": "x"}]}\n\n',
    "events that are none": b"event: ping\ndata: {}\n\n",
}
WORK: dict[str, bytes] = {
    "thoughts": b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n',
    "thoughts as others have them": b'data: {"choices": [{"delta": {"reasoning": "hm"}}]}\n\n',
    "thoughts in parts": b'data: {"choices": [{"delta": {"role": "assistant", "content": [{"type": '
    b'"thinking", "thinking": [{"type": "text", "text": "hm"}]}]}}]}\n\n',
    "thoughts in details": b'data: {"choices": [{"delta": {"content": "", "reasoning_details": '
    b'[{"type": "reasoning.encrypted", "data": "aG0="}]}}]}\n\n',
    "a call as it was once": b'data: {"choices": [{"delta": {"function_call": {"name": "f"}}}]}\n\n',
    "a call": b'data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "1", "function": '
    b'{"name": "f", "arguments": " "}}]}}]}\n\n',
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock.of_answers(monkeypatch)


def dripped(clock: Clock, *first: object, sign: bytes, seconds: float) -> Finished:
    """The answer of a server that sends a sign for so long before its last word, and that is given
    up after half a minute of silence."""

    def reply(handler: Handler) -> None:
        handler.begin()
        for event in first:
            handler.event(event)
        clock.drip(handler, sign, seconds)
        handler.event(chunk(" last", "stop"))

    with serving(reply) as server:
        asked = backend(server, silence_s=30.0)
        end = asked.submit(request()).result()
        clock.stop()
        asked.close()
    return end


@pytest.mark.parametrize("sign", SIGNS_OF_LIFE)
def test_a_server_that_only_shows_that_it_is_alive_is_given_up(sign: str, clock: Clock) -> None:
    end = dripped(clock, chunk("first"), sign=SIGNS_OF_LIFE[sign], seconds=120)
    assert (end.reason, end.text) == ("error", "first")
    assert "nothing for too long" in (end.error or "")


@pytest.mark.parametrize("sign", SIGNS_OF_LIFE)
def test_a_long_prompt_may_be_read_for_longer_but_not_for_good(sign: str, clock: Clock) -> None:
    if "end" not in sign:
        end = dripped(clock, sign=SIGNS_OF_LIFE[sign], seconds=120)
        assert (end.reason, end.text) == ("stop", " last")
    end = dripped(clock, sign=SIGNS_OF_LIFE[sign], seconds=3600)
    assert (end.reason, end.text) == ("error", "")
    assert "nothing for too long" in (end.error or "")


@pytest.mark.parametrize("work", WORK)
def test_a_server_that_works_is_waited_for_however_long_that_takes(work: str, clock: Clock) -> None:
    end = dripped(clock, chunk("first"), sign=WORK[work], seconds=200)
    assert (end.reason, end.text) == ("stop", "first last")


KEYS = (
    SECRET,
    f"Bearer {SECRET}",
    "sk-proj-AbCdEf123456GhIjKl7890",
    "sk-ant-api03-abcDEF123_ghi-JKL",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345",
    "gsk_abcdefghijklmnop",
    "AKIAIOSFODNN7EXAMPLE",
    "AIzaSyA-1234567890abcdefghijklmnopqrstu",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "9f86d081884c7d65.A1b2C3d4E5f6G7h8",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "kqxvzjwyhtnm4pbgfdrlsce",
    "xai-AbCdEf123456GhIjKl7890",
    "pplx-AbCdEf123456GhIjKl7890",
    "hf-AbCdEf123456GhIjKl7890",
    "r8_AbCdEfGhIjKl",
    "API_KEY=sk-ant-api-abc",
    f"https://{SECRET}",
)
SLIPS = (
    "smollm2-135m-instuct",
    "Meta-Llama-3.1-8B-Instruct-Q4_K_M.guf",
    "Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4",
    "chatglm3-6b-base/int8-openvino",
    "cognitivecomputations/dolphin-2.9",
    "togethercomputer/RedPajama-INCITE-7B",
    "hf-internal-testing/tiny-random-gpt2",
    "deepseekcoderinstruct",
    "xai-org/grok-1",
    "pplx-70b-online",
    "/models/5f0b02c75b57c5855da9ae460ce51323ea669d8a/model.gguf",
    "~/models/TinyLlamaChatFineTuned/model.gguf",
    "C:\\Users\\Anna\\AQuiteLongFolderName\\model.gguf",
    "htp://gpu-1:8000/v1",
    "localhost:11434/v1",
    "a b",
    "我们自己的客服问答模型第二版最终",
)


@pytest.mark.parametrize("key", KEYS)
def test_of_what_looks_like_a_key_a_message_has_the_beginning(key: str) -> None:
    shown = masked(key)
    assert shown.endswith("…")
    assert max(map(len, shown.split())) <= len("Bearer")


@pytest.mark.parametrize("slip", SLIPS)
def test_a_name_or_a_path_with_a_slip_is_repeated_as_it_was_typed(slip: str) -> None:
    assert masked(slip) == slip


def _listed(text: str) -> object:
    return read_servers(text, {}.get, {}.get)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: Server(f"{SECRET}!", "http://a/v1"),
        lambda: Server("a", SECRET),
        lambda: _listed(f"servers: [{SECRET}]"),
        lambda: _listed(f"servers: [{{name: a, url: {SECRET}}}]"),
        lambda: _listed(f"servers: [{{name: a, url: 'http://a/v1', {SECRET}: x}}]"),
        lambda: _listed(f"servers: [{{name: a, url: 'http://a/v1', at_once: {SECRET}}}]"),
        lambda: _listed(f"servers:\n  - name: a\n    key: {SECRET}: x\n"),
        lambda: _listed(f"servers: [[{SECRET}]]"),
        lambda: _listed(f"servers: [{{name: a, url: 'http://a/v1', model: [{SECRET}]}}]"),
        lambda: _listed(f"servers: [{{name: a, url: 'http://a/v1', model: !!set {{{SECRET}}}}}]"),
        lambda: _listed(f'servers: [{{name: a, url: "http://a/v1", model: ["x\\n{SECRET}"]}}]'),
        lambda: _listed(f"servers: [{{name: a, url: 'http://a/v1', allowed: {{x: {SECRET}}}}}]"),
        lambda: _listed(f"servers: [{{name: {SECRET}, url: 'http://a/v1', at_once: 0}}]"),
        lambda: _listed(
            f"servers: [{{name: a, url: 'http://a/v1', price: {{in: {{{SECRET}: 1}}, out: 1}}}}]"
        ),
        lambda: read_mcp_servers(f"servers: [{{name: '{SECRET}!'}}]", {}.get, {}.get),
        lambda: find(SECRET, Settings.from_environment()),
        lambda: choice_of(SECRET, Settings.from_environment()),
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated(asked: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        asked()
    assert SECRET not in str(refused.value)
    assert "sk-n…" in str(refused.value)


def test_a_key_in_the_place_of_a_models_name_is_not_repeated() -> None:
    said = {"error": {"message": f"The model {SECRET} does not exist"}}
    with serving(lambda handler: handler.whole(said, 404)) as server:
        asked = ServerBackend(Server("there", server.url, SECRET))
        end = asked.submit(request()).result()
        asked.close()
    assert "The model sk-n… does not exist" in (end.error or "")


def test_a_models_name_that_the_server_does_not_know_is_readable() -> None:
    model = "cognitivecomputations/dolphin-2.9"
    said = {"error": {"message": f"The model {model} does not exist"}}
    with serving(lambda handler: handler.whole(said, 404)) as server:
        asked = ServerBackend(Server("there", server.url, model))
        end = asked.submit(request()).result()
        asked.close()
    assert f"The model {model} does not exist" in (end.error or "")


def test_what_is_no_text_is_shown_as_it_is_and_a_long_one_in_short() -> None:
    assert [repr(masked(one)) for one in (7, None, ["a", {"b": 1.5}])] == [
        *("7", "None", "['a', {'b': 1.5}]")
    ]
    many: list[object] = ["x"]
    for _time in range(30):
        many = [many] * 9
    assert len(repr(masked(many))) < 10_000


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
    ],
)
def test_what_the_chat_api_has_no_place_for_is_refused(wrong: Request) -> None:
    asked = ServerBackend(Server("s", "http://127.0.0.1:9/v1", "m"))
    with pytest.raises(NotSupported):
        asked.submit_many([wrong])
    asked.close()


# --- tools ------------------------------------------------------------------------------------


WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {}}}}
PARIS = '{"city": "Paris"}'


def pieces_of_calls(*events: list[dict[str, object]], text: str = "") -> Reply:
    """A server that sends these pieces of calls, one list with each event."""
    first = [chunk(text)] if text else []
    calls = [{"choices": [{"index": 0, "delta": {"tool_calls": event}}]} for event in events]
    return raw_events([*first, *calls, chunk(reason="tool_calls"), usage(9, 5)])


def piece(name: str | None = None, arguments: object = None, **more: object) -> dict[str, object]:
    named = {"name": name} if name is not None else {}
    given = {"arguments": arguments} if arguments is not None else {}
    return {"type": "function", "function": named | given, **more}


def test_tools_calls_and_observations_go_out_as_the_api_has_them() -> None:
    said = (
        Message("system", "Be brief."),
        *HELLO,
        Message("assistant", "I look it up."),
        Message("assistant", PARIS, "weather"),
        Message("assistant", "tool_call(city='Rome', days=2)", "weather"),
        Message("observation", "18"),
        Message("observation", "25"),
        Message("assistant", "", "clock"),
        Message("observation", "noon"),
        Message("assistant", "print(1)", "interpreter"),
        Message("observation", "1"),
    )
    wrapped = {"type": "function", "function": {"name": "clock"}}
    with serving(saying("Warm.")) as server:
        asked = backend(server)
        assert "tools" in asked.can
        asked.submit(Request(said, Sampling(), tools=(WEATHER, wrapped))).result()
        asked.close()
    body = server.asked[0][1]
    assert body["tools"] == [{"type": "function", "function": WEATHER}, wrapped]
    _system, _user, calling, first, second, again, third, program, _one = body["messages"]
    assert calling["content"] == "I look it up."
    assert [c["function"]["name"] for c in calling["tool_calls"]] == ["weather", "weather"]
    arguments = [json.loads(c["function"]["arguments"]) for c in calling["tool_calls"]]
    assert arguments == [{"city": "Paris"}, {"city": "Rome", "days": 2}]
    assert [m["role"] for m in (first, second, third)] == ["tool"] * 3
    assert [m["content"] for m in (first, second, third)] == ["18", "25", "noon"]
    assert json.loads(again["tool_calls"][0]["function"]["arguments"]) == {}
    # What is no JSON is shown as a text: a server refuses anything else
    written = json.loads(program["tool_calls"][0]["function"]["arguments"])
    assert written == {"text": "print(1)"}
    named = [c["id"] for one in (calling, again) for c in one["tool_calls"]]
    assert [m["tool_call_id"] for m in (first, second, third)] == named
    assert len(set(named)) == 3
    assert all(len(one) == 9 and one.isalnum() for one in named)


def test_what_is_no_use_of_a_tool_is_refused() -> None:
    asked = ServerBackend(Server("s", "http://127.0.0.1:9/v1", "m"))
    wrong: list[tuple[Request, str]] = [
        (Request((*HELLO, Message("observation", "7")), Sampling()), "must follow the tool call"),
        (Request(HELLO, Sampling(), tools=({"description": "x"},)), "needs a name"),
        (Request(HELLO, Sampling(), tools=({"function": 7},)), "needs a name"),
    ]
    for request, said in wrong:
        with pytest.raises(InvalidInput, match=said):
            asked.check(request)
    asked.close()


Called = tuple[str, dict[str, object] | None]
ONE: list[Called] = [("weather", {"city": "Paris"})]
TWO: list[Called] = [*ONE, ("weather", {"city": "Rome"})]
ROME = '{"city": "Rome"}'
# How a server tells its calls, and what they are
TELLING: dict[str, tuple[Reply, Sequence[Called]]] = {
    "as it should": (
        pieces_of_calls(
            [piece("weather", "", index=0, id="a")],
            *([piece(arguments=letter, index=0)] for letter in PARIS),
        ),
        ONE,
    ),
    "whole": (pieces_of_calls([piece("weather", PARIS, index=0, id="a")]), ONE),
    "no index": (
        pieces_of_calls([piece("weather", PARIS[:5], id="a")], [piece(arguments=PARIS[5:])]),
        ONE,
    ),
    "no index, no id": (
        pieces_of_calls([piece("weather", PARIS[:5])], [piece(arguments=PARIS[5:])]),
        ONE,
    ),
    "a name in pieces": (
        pieces_of_calls([piece("wea", index=0, id="a")], [piece("ther", PARIS, index=0)]),
        ONE,
    ),
    "a name in pieces, no index": (
        pieces_of_calls([piece("wea")], [piece("ther")], [piece(arguments=PARIS)]),
        ONE,
    ),
    "the name with every piece": (
        pieces_of_calls(
            [piece("weather", PARIS[:4], index=0, id="a")],
            [piece("weather", PARIS[4:], index=0, id="a")],
        ),
        ONE,
    ),
    "an id for every piece": (
        pieces_of_calls(
            [piece("weather", PARIS[:4], index=0, id="a")],
            [piece(arguments=PARIS[4:], index=0, id="b")],
        ),
        ONE,
    ),
    "arguments that were read": (
        pieces_of_calls([piece("weather", {"city": "Paris"}, index=0)]),
        ONE,
    ),
    "two in turns": (
        pieces_of_calls(
            [piece("weather", index=0, id="a"), piece("weather", index=1, id="b")],
            [piece(arguments=PARIS[:6], index=0), piece(arguments=ROME[:3], index=1)],
            [piece(arguments=ROME[3:], index=1), piece(arguments=PARIS[6:], index=0)],
        ),
        TWO,
    ),
    "two at once, no index": (
        pieces_of_calls([piece("weather", PARIS, id="a"), piece("weather", ROME, id="b")]),
        TWO,
    ),
    "two at once, no index, no id": (
        pieces_of_calls([piece("weather", PARIS), piece("weather", ROME)]),
        TWO,
    ),
    "two with one index": (
        pieces_of_calls(
            [piece("weather", PARIS, index=0, id="a")], [piece("weather", ROME, index=0, id="b")]
        ),
        TWO,
    ),
    "two with one index, no id": (
        pieces_of_calls([piece("weather", PARIS, index=0)], [piece("weather", ROME, index=0)]),
        TWO,
    ),
    "one after the other, nothing said": (
        pieces_of_calls(
            [piece("weather", PARIS[:3])],
            [piece(arguments=PARIS[3:])],
            [piece("weather", ROME[:3])],
            [piece(arguments=ROME[3:])],
        ),
        TWO,
    ),
    "no arguments": (
        pieces_of_calls([piece("clock", id="a")], [piece("day", "{}", id="b")]),
        [("clock", {}), ("day", {})],
    ),
    "cut off": (
        pieces_of_calls([piece("weather", '{"city": "Pa', index=0)]),
        [("weather", None)],
    ),
    "wrong types": (
        pieces_of_calls(
            [{"index": "x", "function": "y"}, {"function": {"name": 7, "arguments": [1]}}],
            [piece("weather", PARIS, index=True, id=4)],
        ),
        ONE,
    ),
    "a name of two lines": (
        pieces_of_calls([piece("wea\nther", PARIS, index=0)]),
        [("wea ther", {"city": "Paris"})],
    ),
    "no name": (pieces_of_calls([piece(arguments=PARIS, index=0)]), []),
    "no list": (raw_events([{"choices": [{"delta": {"tool_calls": "x"}}]}, chunk("", "stop")]), []),
}


@pytest.mark.parametrize("case", TELLING)
def test_calls_are_put_together_whatever_a_server_leaves_out(case: str) -> None:
    reply, expected = TELLING[case]
    end = answer(reply)
    assert (end.reason, end.text) == ("stop", "")
    calls = [part for part in end.parts if isinstance(part, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == expected
    # What was asked for goes back as it is
    for call in calls:
        if call.arguments is not None:
            assert json.loads(call.raw) == call.arguments


def test_a_turn_with_tools_goes_on_from_what_a_server_calls() -> None:
    """The first call is cut off, the second is run, and the server reads what it came to."""
    echo = Tool("echo", "Say it again", WEATHER["parameters"], lambda given: dict(given))  # type: ignore[arg-type]

    def reply(handler: Handler) -> None:
        said = [one["content"] for one in handler.body["messages"] if one["role"] == "tool"]
        if len(said) == 2:
            saying(said[-1])(handler)
        else:
            pieces_of_calls([piece("echo", PARIS[: 5 if not said else None], index=0)])(handler)

    with serving(reply) as server:
        asked = backend(server)
        spoken = Spoken(asked, "", Sampling(max_new_tokens=50, seed=3))
        spoken.ask("Where?")
        list(rounds(spoken, (echo,), "none"))
        asked.close()
    assert [step.fault for step in spoken.steps()] == ["unreadable", ""]
    assert json.loads(spoken.messages()[-1].content) == {"city": "Paris"}
    first, second, third = (body for _path, body, _headers in server.asked)
    assert [tool["function"]["name"] for tool in first["tools"]] == ["echo"]
    cut = second["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(cut) == {"text": PARIS[:5]}
    assert [one["role"] for one in third["messages"][1:]] == ["assistant", "tool"] * 2


def test_what_is_said_beside_a_call_is_kept_and_counted() -> None:
    end = answer(pieces_of_calls([piece("weather", PARIS, index=0, id="a")], text="One moment."))
    assert end.text == "One moment."
    assert end.parts == (TextPart("One moment."), ToolCall("weather", PARIS, {"city": "Paris"}))
    assert end.usage is not None
    assert end.usage.new_tokens == 5


def test_calls_without_an_end_are_an_answer_without_one() -> None:
    def reply(handler: Handler) -> None:
        handler.begin()
        for number in count():
            call = piece("weather", PARIS, index=number, id=f"{number}")
            handler.event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})

    end = answer(reply)
    assert (end.reason, end.text) == ("error", "")
    assert "more than any answer" in (end.error or "")


def test_a_server_that_dies_in_a_call_keeps_what_came() -> None:
    def reply(handler: Handler) -> None:
        handler.begin()
        call = piece("weather", '{"ci', index=0, id="a")
        handler.event({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
        handler.break_off()

    end = answer(reply)
    assert end.reason == "error"
    assert end.parts == (ToolCall("weather", '{"ci', None, "unreadable"),)


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
    gpu, hosted = read_servers(text, {"THE_KEY": SECRET}.get, {}.get)
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
        read_servers(line, {}.get, {}.get)


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
        read_servers(line, {}.get, {}.get)
    assert SECRET not in str(raised.value)


def test_a_key_may_lie_in_streamlits_secrets(tmp_path: Path) -> None:
    file = tmp_path / SECRETS_FILE
    file.parent.mkdir()
    file.write_text(f'plain = "{SECRET}"\nempty = ""\n[servers]\nhosted = "{SECRET}2"\n')
    settings = replace(Settings.from_environment({}), secret_files=(tmp_path / "none", file))
    text = "servers: [{name: a, url: 'http://a/v1', secret: %s}]"
    for name, key in (("plain", SECRET), ("servers.hosted", f"{SECRET}2")):
        (server,) = read_servers(text % name, {}.get, settings.secret)
        assert server.key.reveal() == key
    assert SECRET not in repr(settings)
    for name in ("absent", "empty", "servers", "plain.more", "'a b'", "7", SECRET, f"'{SECRET}!'"):
        with pytest.raises(InvalidInput, match=r"secrets\.toml") as raised:
            read_servers(text % name, {}.get, settings.secret)
        assert SECRET not in str(raised.value)
    both = "servers: [{name: a, url: 'http://a/v1', secret: plain, key: K}]"
    with pytest.raises(InvalidInput, match="both"):
        read_servers(both, {"K": SECRET}.get, settings.secret)
    file.write_text(f"plain = {SECRET}")
    with pytest.raises(InvalidInput, match="valid TOML") as raised:
        read_servers(text % "plain", {}.get, settings.secret)
    assert SECRET not in f"{raised.value} {raised.value.__cause__}"


def test_the_apps_own_secrets_come_before_those_of_its_user(tmp_path: Path) -> None:
    own, users = tmp_path / "own.toml", tmp_path / "users.toml"
    own.write_text('a = "own"')
    users.write_text('a = "users"\nb = "users"')
    settings = replace(Settings.from_environment({}), secret_files=(own, users))
    assert [settings.secret(name) for name in "abc"] == ["own", "users", None]


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


# --- prices -----------------------------------------------------------------------------------


def test_what_answers_cost_follows_from_the_tokens_that_were_counted() -> None:
    prices = {"a": Price(2, 10, "EUR"), "b": Price(1, 1)}
    usage = Usage(1_000_000, 100_000, 0.1, 10)
    assert prices["a"].cost(usage) == pytest.approx(2 + 1)
    told = [("a", usage), ("b", usage), ("a", usage), ("free", usage)]
    assert spent(prices, told) == pytest.approx({"EUR": 6, "": 1.1})
    assert spent(prices, [("free", usage)]) == {}


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (0, "0.00"),
        (1234.5, "1,234.50"),
        (1, "1.00"),
        (0.5, "0.50"),
        (0.099, "0.099"),
        (0.0996, "0.10"),
        (0.00042, "0.00042"),
        (4.2e-7, "0.00000042"),
    ],
)
def test_an_amount_has_as_many_digits_as_tell_something(cost: float, said: str) -> None:
    assert amount(cost, "") == said
    assert amount(cost, "EUR") == f"{said} EUR"


@pytest.mark.parametrize(
    "price", ["{in: 1}", "{in: 1, out: x}", "{in: 1, out: 2, currency: [x]}", "{in: -1, out: 2}"]
)
def test_a_price_that_is_none_is_refused(price: str) -> None:
    with pytest.raises(InvalidInput, match="Server 'a'"):
        read_servers(f"servers: [{{name: a, url: 'http://a/v1', price: {price}}}]", {}.get, {}.get)


def test_a_currency_is_short() -> None:
    line = "servers: [{name: a, url: 'http://a/v1', price: {in: 1, out: 1, currency: dubloonsss}}]"
    with pytest.raises(InvalidInput, match="at most 8"):
        read_servers(line, {}.get, {}.get)
