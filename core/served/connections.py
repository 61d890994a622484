"""The servers that this process talks to: one connection for each, for all visitors who have it."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from core.backends.backend import Backend
from core.config import Settings
from core.servers.cards import LatestCard
from core.servers.listed import Server

if TYPE_CHECKING:
    # With the client, whose import takes seconds
    from core.servers.backend import ServerBackend


def connected(server: Server) -> "ServerBackend":
    """The model of a server, once the server has answered; to be closed by whoever asks. The card
    that is kept of it, or will be, says what it is asked for.

    Raises `EngineError` where it does not answer, `InvalidInput` where it has several models and
    none is named, or where the tokenizer that it names is not its own; what `tokenizer_named`
    raises.
    """
    # The client is imported for who has a server
    from core.servers.backend import ServerBackend
    from core.servers.probe import models_of, named
    from core.servers.wire import Wire

    wire, settings = Wire(server), Settings.from_environment()
    try:
        models, window = models_of(wire)
        model = named(server, models)
        # It is kept under what the server was called when it was tried out
        card = LatestCard(settings.data_dir, server, model)
        wire.server = server = replace(server, model=model)
        if not server.tokenizer:
            return ServerBackend(server, window, card=card)
        from core.served.backend import TokenizedServer
        from core.served.fitting import fitted
        from core.served.tokenizer import tokenizer_named

        tokenizer = tokenizer_named(server.tokenizer, settings)
        return TokenizedServer(server, tokenizer, fitted(wire, tokenizer), window, card)
    finally:
        wire.close()


class Connections:
    """What is connected; all methods may be called from any thread.

    A server with another key is another one: a visitor's key serves nobody else.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: dict[Server, ServerBackend] = {}

    def to(self, server: Server) -> "ServerBackend":
        """The connection to a server; asked for its models when it is new. Raises as
        `connected`."""
        with self._lock:
            found = self._opened.get(server)
        if found:
            return found
        new = connected(server)
        with self._lock:
            kept = self._opened.setdefault(server, new)
        if kept is not new:
            new.close()  # somebody else was quicker
        return kept

    def has(self, backend: Backend) -> bool:
        """Whether it is the model of one of them."""
        with self._lock:
            return any(backend is one for one in self._opened.values())

    def leave(self, server: Server) -> None:
        """End the connection to a server, if there is one."""
        with self._lock:
            found = self._opened.pop(server, None)
        if found:
            found.close()

    def close(self) -> None:
        """End all of them. Safe to call twice."""
        with self._lock:
            opened, self._opened = list(self._opened.values()), {}
        for one in opened:
            one.close()
