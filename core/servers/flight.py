"""One request on its way to a server and back, by the chat API."""

import socket
import threading

from core.backends.events import Event, Finished, FinishReason, Queued, TextPart
from core.backends.request import Request
from core.backends.stream import Sink
from core.i18n import language
from core.servers.answer import Said
from core.servers.wire import shut


class Flight:
    """What was asked, what has come, and the connection that it comes through."""

    def __init__(self, request: Request, sink: Sink) -> None:
        self.request = Request(
            request.prompt,
            request.sampling.with_seed(),
            request.chat,
            request.tag,
            request.begun,
            request.tools,
        )
        self.said = Said()
        self.language = language()
        self.running = False
        self.finished = False
        self._socket: socket.socket | None = None
        self._sink = sink
        self._position: int | None = None
        self._lock = threading.Lock()

    def queued(self, position: int) -> None:
        """Tell the place in the queue, when it changed."""
        if position != self._position:
            self._position = position
            self.tell(Queued(position))

    def tell(self, event: Event) -> None:
        """Whatever comes after the end is ignored."""
        with self._lock:
            if not self.finished:
                self._sink.put((self.request.tag, event))

    def take(self, taken: socket.socket | None) -> None:
        """The socket that the answer comes through; None once it is read."""
        with self._lock:
            self._socket = taken
            if taken and self.finished:
                shut(taken)

    def cut(self) -> None:
        """Shut the connection, if the answer is still being read."""
        with self._lock:
            if self._socket:
                shut(self._socket)

    def finish(self, reason: FinishReason, error: str | None = None) -> None:
        """Close the stream, with what there is."""
        with self._lock:
            if not self.finished:
                self.finished = True
                self._close(reason, error)

    def _close(self, reason: FinishReason, error: str | None) -> None:
        """Tell the end."""
        said = self.said
        calls = said.calls.found()
        spoken = () if calls and not said.text else (TextPart(said.text),)
        end = Finished(
            reason=reason,
            text=said.text,
            raw=said.text,
            parts=(*spoken, *calls),
            token_ids=(),
            usage=said.usage,
            seed=self.request.sampling.seed or 0,
            error=error,
        )
        self._sink.put((self.request.tag, end))
