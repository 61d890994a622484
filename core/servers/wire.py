"""The official client, behind bounds: what a server sends can be wrong, endless or hostile.

Redirects are not followed, for the key would go along. A line or a body that is too long ends the
request. Retries with their back-off, and time-outs, are the client's own; a server that asks for
patience is listened to, so that the visitor can be told.

The client's time-out is over each byte. What a server sends only to be heard, comments and events
with nothing in them, ends no silence: whoever reads an answer says when something has come.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import httpx2
import openai

from core.errors import EngineError
from core.i18n import _
from core.servers.entries import masked
from core.servers.listed import Server

CONNECT_S = 10.0
RETRIES = 3
# An event of a stream is a few hundred bytes, with all alternatives of a token some thousands
MOST_LINE = 2**20
MOST_BODY = 64 * 2**20
# Where most servers have the API, below which further paths are its own
_BELOW = "/v1"
# A long prompt may be read for longer than a server may be silent afterwards; one that shows that
# it is alive meanwhile gets so many times as long for the first word
READING = 6
# What was asked of a server is wrong, and stays so
_REFUSED = (openai.BadRequestError, openai.UnprocessableEntityError)


class TooMuch(Exception):
    """A server sends more than any answer has."""


class Exchange(threading.local):
    """What happens to the requests of one thread. patience: told of the seconds that a busy server
    asks for. taken: given the socket of an answer that is being read, to shut it from outside; and
    None before another request may have it. due: the reading of a clock by which something must
    have come."""

    patience: Callable[[float], object] | None = None
    taken: Callable[[socket.socket | None], object] | None = None
    due: float | None = None

    def expect(self, seconds: float) -> None:
        """Something must come within so many seconds; whatever is sent meanwhile to be heard."""
        self.due = time.monotonic() + seconds

    def check(self) -> None:
        """Raise the client's time-out where nothing has come for too long."""
        if self.due is not None and time.monotonic() > self.due:
            raise httpx2.ReadTimeout("nothing but signs of life")

    def release(self) -> None:
        """The answer has been read: its socket may soon be another's."""
        self.due = None
        if self.taken:
            self.taken(None)


class _Bounded(httpx2.SyncByteStream):
    """most_line: of one event of a stream; what comes whole may be one line. check: raises where it
    has taken too long."""

    def __init__(self, stream: Any, most_line: int, check: Callable[[], None]) -> None:
        self._stream, self._most_line, self._check = stream, most_line, check

    def __iter__(self) -> Iterator[bytes]:
        whole = line = 0
        for part in self._stream:
            whole += len(part)
            last = part.rfind(b"\n")
            line = line + len(part) if last < 0 else len(part) - last - 1
            if whole > MOST_BODY or line > self._most_line:
                raise TooMuch
            self._check()
            yield part

    def close(self) -> None:
        self._stream.close()


class _Transport(httpx2.HTTPTransport):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        if self._exchange.taken and response.status_code == 200:
            stream = response.extensions.get("network_stream")
            self._exchange.taken(stream.get_extra_info("socket") if stream else None)
        if self._exchange.patience and response.status_code == 429:
            self._exchange.patience(_seconds(response.headers.get("retry-after")))
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise TooMuch  # it was not asked for, and what it unpacks to has no bound
        events = "event-stream" in response.headers.get("content-type", "")
        most_line = MOST_LINE if events else MOST_BODY
        response.stream = _Bounded(response.stream, most_line, self._exchange.check)
        return response


class Wire:
    """The connection to one server; all methods may be called from any thread."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.exchange = Exchange()
        timeout = httpx2.Timeout(server.silence_s, connect=CONNECT_S)
        self._http = httpx2.Client(
            transport=_Transport(self.exchange),
            timeout=timeout,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        )
        self.client = openai.OpenAI(
            # The client insists on a key; a server that wants none ignores this one
            api_key=server.key.reveal() or "none",
            base_url=server.url,
            max_retries=RETRIES,
            timeout=timeout,
            http_client=self._http,
        )

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a request that the client has no method for, as JSON has it.

        path: beside the API's own address, e.g. "/tokenize", or below it, e.g. "/v1/completions".
        """
        return self.client.post(self._beside(path), cast_to=object, body=dict(body))

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The events of a stream, as `ask`; what is no mapping is passed over. Not to go on with
        it ends the request. Whoever reads them says by `heard` when one has something in it."""
        stream: Any = self.client.post(
            self._beside(path),
            cast_to=object,
            body=dict(body),
            stream=True,
            stream_cls=openai.Stream[object],
        )
        with stream:
            self.reading()
            try:
                yield from (event for event in stream if isinstance(event, dict))
            finally:
                self.exchange.release()

    def reading(self) -> None:
        """The answer to this thread's request begins to be read."""
        self.exchange.expect(READING * self.server.silence_s)

    def heard(self) -> None:
        """Something has come of it."""
        self.exchange.expect(self.server.silence_s)

    def close(self) -> None:
        """End all connections. Safe to call twice."""
        self._http.close()

    def _beside(self, path: str) -> str:
        if path.startswith(_BELOW):
            return self.server.url + path.removeprefix(_BELOW)
        return self.server.url.removesuffix(_BELOW) + path


def shut(taken: socket.socket) -> None:
    """End a request from another thread: the reader wakes up at once."""
    with suppress(OSError):
        taken.shutdown(socket.SHUT_RDWR)


def explained(server: Server, error: Exception) -> EngineError:
    """What went wrong with a server, in a sentence that says what to do; without its key."""
    say = partial(_clean, server)
    where = server.host
    if isinstance(error, TooMuch):
        text = _("{server} sends more than any answer has. Check what runs there.")
    elif isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        text = _("{server} has said nothing for too long. Check it, or try again.")
    elif isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        text = _("{server} refused the key. Check it.")
    elif isinstance(error, openai.RateLimitError):
        text = _("{server} is busy, and was still busy after several tries. Try again later.")
    elif isinstance(error, openai.NotFoundError):
        text = _("{server} does not know this address or this model ({reason}). Check both.")
    elif isinstance(error, _REFUSED):
        text = _("{server} refused the request ({reason}).")
    elif isinstance(error, openai.APIStatusError):
        text = (
            _("{server} sends on to another address, which is not followed. Enter the real one.")
            if 300 <= error.status_code < 400
            else _("{server} has a fault of its own ({reason}). Check it, or try again.")
        )
    elif _broken_off(error):
        text = _("{server} ended the connection before the answer was whole. Try again.")
    elif isinstance(error, openai.APIConnectionError):
        text = _("{server} cannot be reached ({reason}). Check its address, and whether it runs.")
    elif isinstance(error, httpx2.TransportError):
        text = _("The connection to {server} broke ({reason}). Try again.")
    elif isinstance(error, json.JSONDecodeError | UnicodeDecodeError | openai.APIError):
        text = _("{server} sent something that is no answer ({reason}). Check its address.")
    else:
        text = _("{server} could not be asked ({reason}).")
    return EngineError(text.format(server=where, reason=say(error)))


def _broken_off(error: Exception) -> bool:
    """Whether the server went away once it was reached, as one that is killed does."""
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    return isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError)


def _clean(server: Server, error: Exception) -> str:
    """The reason in one short line; a server may repeat the key that it was given."""
    body = getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    cause = error.__cause__ or error
    line = " ".join(str(said or cause).split()) or type(cause).__name__
    if server.key:
        line = line.replace(server.key.reveal(), "…")
    # Or one that was typed in the place of the model's name
    return line.replace(server.model, masked(server.model))[:300] if server.model else line[:300]


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or ""))
    except ValueError:
        return 0.0
