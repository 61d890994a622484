"""A server that behaves as a test says: well, badly, or with ill will."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request. body: what was asked. `count`: of the requests so far, this one too."""

    protocol_version = "HTTP/1.1"
    server: "BadServer"
    body: dict[str, Any]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.body = json.loads(self.rfile.read(length) or b"{}")
        with self.server.lock:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.server.asked.append((self.path, self.body, headers))
            self.count = len(self.server.asked)
        try:
            self.server.reply(self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left.set()

    do_GET = do_POST

    def whole(self, content: object, status: int = 200, **headers: str) -> None:
        """Send a whole answer; a text as it is, anything else as JSON."""
        raw = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def begin(self) -> None:
        """Begin a stream that ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, content: object) -> None:
        """Send one event of a stream; a text as it is."""
        raw = content if isinstance(content, str) else json.dumps(content)
        self.wfile.write(f"data: {raw}\n\n".encode())
        self.wfile.flush()

    def break_off(self) -> None:
        """Reset the connection."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_given: object) -> None:
        """In no test's output."""


class BadServer(ThreadingHTTPServer):
    """asked: path, body and headers of each request. left: set when a client has gone in the
    middle of an answer."""

    daemon_threads = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.lock = threading.Lock()
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, *_given: object) -> None:
        """A client that has gone is no error of the test."""


class Clock:
    """A clock that goes on where a server says so, once what it sent has been read."""

    def __init__(self) -> None:
        self._now = 0.0
        self._looked = threading.Semaphore(0)

    @classmethod
    def of_answers(cls, monkeypatch: pytest.MonkeyPatch) -> "Clock":
        """The one by which answers are held to have come in time."""
        import core.servers.wire as wire

        made = cls()
        monkeypatch.setattr(wire, "time", made)
        return made

    def monotonic(self) -> float:
        self._looked.release()
        return self._now

    def drip(self, handler: Handler, sign: bytes, seconds: float) -> None:
        """Send a sign every five seconds for so long."""
        for _time in range(int(seconds / 5)):
            while self._looked.acquire(blocking=False):
                pass
            handler.wfile.write(sign)
            self._looked.acquire()
            self._now += 5

    def stop(self) -> None:
        """Nobody reads any more."""
        self._looked.release(10_000)


@contextmanager
def serving(reply: Reply) -> Iterator[BadServer]:
    """A server that replies so to everything."""
    with BadServer(reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def chunk(text: str = "", reason: str | None = None) -> dict[str, Any]:
    """An event of the chat API."""
    delta = {"content": text} if text else {}
    return {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def usage(prompt: int, new: int) -> dict[str, Any]:
    """The event with which a stream tells what it took."""
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": new}}


def saying(*texts: str, reason: str = "stop") -> Reply:
    """A server that behaves: it says these pieces, and what they took."""

    def reply(handler: Handler) -> None:
        handler.begin()
        for text in texts:
            handler.event(chunk(text))
        handler.event(chunk(reason=reason))
        handler.event(usage(7, len(texts)))
        handler.event("[DONE]")

    return reply


def one_model(handler: Handler) -> None:
    """A server that works: it lists the model `big`, which answers in pieces, or whole where no
    stream is asked for."""
    if handler.path.endswith("/models"):
        handler.whole({"object": "list", "data": [{"id": "big", "max_model_len": 4096}]})
    elif handler.body.get("stream"):
        saying("An answer ", "from afar.")(handler)
    else:
        said = {"role": "assistant", "content": "cat"}
        handler.whole({"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]})


def raw_events(events: Sequence[object]) -> Reply:
    """A server that sends these events, whatever they are, and then ends the connection."""

    def reply(handler: Handler) -> None:
        handler.begin()
        for event in events:
            handler.event(event)

    return reply
