"""A model on a server, behind the seam.

Each request has a thread that reads its stream; no more of them run at a time than the server is
to get, the others wait in their order. A request that is cancelled ends at once for its reader, and
its connection is shut, which tells the server.
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.backends.backend import Ability, Backend, BackendFacts, BackendStatus
from core.backends.events import Patience, PromptRead, TextDelta
from core.backends.request import Request
from core.backends.stream import MergedStream, Sink
from core.errors import EngineError, PromptLabError
from core.i18n import _, in_language
from core.servers import reasons
from core.servers.answer import body_of, pieces
from core.servers.flight import Flight
from core.servers.listed import Server
from core.servers.subjects import Card
from core.servers.wire import Wire, explained

log = logging.getLogger(__name__)


class ServerBackend(Backend):
    """A model on a server. All methods may be called from any thread.

    window: in tokens, where the server told. card: what the server was found to do, as far as it
    was tried out by now. The same request with the same seed may give another text: no server
    promises that.
    """

    def __init__(
        self,
        server: Server,
        window: int | None = None,
        likeliest: int | None = None,
        card: Callable[[], Card | None] = lambda: None,
    ) -> None:
        self.server, self._card = server, card
        self._wire = Wire(server)
        self._facts = BackendFacts(
            name=server.name,
            identity=uuid.uuid4().hex,
            family=server.model,
            device=server.host,
            window=window,
            likeliest=likeliest,
            elsewhere="" if server.here else server.host,
            places=server.at_once,
            title=lambda: server.called,
        )
        self._lock = threading.RLock()
        self._flights: list[Flight] = []
        self._closed = False

    @property
    def facts(self) -> BackendFacts:
        return self._facts

    @property
    def can(self) -> frozenset[Ability]:
        found: set[Ability] = {"chat"}
        # The API has a place for them: only who has tried it out knows better
        if not self.why_not("tools"):
            found.add("tools")
        return frozenset(found | {"window"} if self._facts.window else found)

    def why_not(self, ability: Ability) -> str | None:
        return reasons.why_not(self._card(), ability, self.server.called)

    def unheeded(self, setting: str) -> str | None:
        return reasons.unheeded(self._card(), setting, self.server.called)

    def _heeded(self, request: Request) -> Request:
        """The request without what the server was found to take no notice of."""
        sampling = request.sampling
        if sampling.top_k and self.unheeded("top_k"):
            sampling = replace(sampling, top_k=0)
        if self.unheeded("seed"):
            sampling = replace(sampling, seed=None)
        return request if sampling is request.sampling else replace(request, sampling=sampling)

    @property
    def closed(self) -> bool:
        return self._closed

    def check(self, request: Request) -> None:
        body_of(self.server, request)
        self._check_open()

    def status(self) -> BackendStatus:
        """Counts of the moment."""
        with self._lock:
            running = sum(flight.running for flight in self._flights)
            return BackendStatus(not self._closed, running, len(self._flights) - running)

    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        for request in requests:
            self.check(request)
        sink: Sink = queue.SimpleQueue()
        flights = [self._flight(request, sink) for request in requests]
        with self._lock:
            self._flights += flights
            self._dispatch()
        return MergedStream(sink, len(flights), lambda: self._cancel(flights))

    def close(self, reason: str | None = None) -> None:
        """End the connection; answers on their way are cancelled, or end with `reason` as their
        error. Safe to call twice."""
        with self._lock:
            self._closed = True
            flights, self._flights = self._flights, []
        for flight in flights:
            flight.finish("error" if reason else "cancelled", reason)
            flight.cut()
        self._wire.close()

    def _flight(self, request: Request, sink: Sink) -> Flight:
        """A request that was checked, on its way."""
        return Flight(request, sink)

    def _cancel(self, flights: Sequence[Flight]) -> None:
        for flight in flights:
            if flight.finished:
                continue
            flight.finish("cancelled")
            flight.cut()
        with self._lock:
            # Those that never began have no thread that would take them out
            self._flights = [one for one in self._flights if one.running or not one.finished]
            self._dispatch()

    def _dispatch(self) -> None:
        """Begin as many as the server is to get, in their order; tell the others their places."""
        running = sum(flight.running for flight in self._flights)
        waiting = [flight for flight in self._flights if not flight.running]
        free = max(0, self.server.at_once - running)
        for flight in waiting[:free]:
            flight.running = True
            # Nothing waits for a thread when the app ends
            threading.Thread(target=self._run, args=[flight], name="server", daemon=True).start()
        for position, flight in enumerate(waiting[free:], start=1):
            flight.queued(position)

    def _run(self, flight: Flight) -> None:
        """One request, in a thread of its own."""
        exchange = self._wire.exchange
        exchange.patience = lambda seconds: flight.tell(Patience(seconds))
        exchange.taken = flight.take
        flight.said.asked_at = time.perf_counter()
        with in_language(flight.language):
            try:
                self._read(flight)
            except PromptLabError as error:
                flight.finish("error", str(error))
            except (
                Exception
            ) as error:  # whatever a server sends, the reader of the stream hears of it
                if not flight.finished:
                    log.info("an answer of %s ended in %s", self.server.host, type(error).__name__)
                flight.finish("error", str(explained(self.server, error)))
            finally:
                exchange.patience = exchange.taken = None
                with self._lock:
                    flight.running = False
                    if flight in self._flights:
                        self._flights.remove(flight)
                    if not self._closed:
                        self._dispatch()

    def _read(self, flight: Flight) -> None:
        """Ask, and tell what comes until the end; raises what ends it otherwise."""
        said, begun = flight.said, False
        for text in pieces(self._wire, self._heeded(flight.request), said):
            if flight.finished:
                return  # cancelled: leaving the stream closes it
            if not begun:
                begun = True
                waited = (said.first_at or said.asked_at) - said.asked_at
                flight.tell(PromptRead(said.prompt_tokens or 0, waited))
            flight.tell(TextDelta(text))
        if said.reason is None:
            raise self._too_early()
        flight.finish(said.reason)

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(_("The connection was ended. Reload the page and try again."))

    def _too_early(self) -> EngineError:
        return EngineError(
            _("{server} ended the connection before the answer was whole. Try again.").format(
                server=self.server.host
            )
        )
