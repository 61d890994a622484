"""A model of a few lines: it answers from a list, word by word, and can what a test says."""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from queue import SimpleQueue

from core.backends.backend import Ability, Backend, BackendFacts, BackendStatus, lacking
from core.backends.events import Finished, Part, PromptRead, TextDelta, TextPart, Usage
from core.backends.request import Request
from core.backends.stream import MergedStream
from core.engine.residents import HostStatus
from core.errors import NotSupported


class ScriptedBackend(Backend):
    """Gives its answers in turn, without token ids. An answer that is a list of parts says the
    texts among them. fails: what every answer ends in, if in an error.

    After `hold()` every answer waits behind its first word, until `go_on()` or its end by others.
    began: set when the first word of all has been said.
    """

    closed = False

    def __init__(
        self,
        *answers: str | Sequence[Part],
        can: Iterable[Ability] = ("chat",),
        name: str = "scripted",
        fails: str | None = None,
    ) -> None:
        self._answers = cycle(answers or ("An answer of five words.",))
        self._can, self._name, self.fails = frozenset(can), name, fails
        self._changed = threading.Condition()
        self._held = False
        self.began = threading.Event()
        self.asked: list[Request] = []

    @property
    def facts(self) -> BackendFacts:
        return BackendFacts(self._name, identity=f"scripted {id(self)}")

    @property
    def can(self) -> frozenset[Ability]:
        return self._can

    def hold(self) -> None:
        self._held = True

    def go_on(self) -> None:
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def status(self) -> BackendStatus:
        return BackendStatus(True, 0, 0)

    def check(self, request: Request) -> None:
        if request.messages is None:
            raise NotSupported(lacking(self, "token_ids") or "")

    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        for request in requests:
            self.check(request)
        self.asked += requests
        sink: SimpleQueue = SimpleQueue()
        cancelled = threading.Event()

        def cancel() -> None:
            with self._changed:
                cancelled.set()
                self._changed.notify_all()

        for request in requests:
            answer = next(self._answers)
            parts = (TextPart(answer),) if isinstance(answer, str) else tuple(answer)
            threading.Thread(target=self._say, args=(sink, request, parts, cancelled)).start()
        return MergedStream(sink, len(requests), cancel)

    def _say(
        self,
        sink: SimpleQueue,
        request: Request,
        parts: tuple[Part, ...],
        cancelled: threading.Event,
    ) -> None:
        text, said = "\n\n".join(p.text for p in parts if isinstance(p, TextPart)), ""
        sink.put((request.tag, PromptRead(len(request.prompt), 0.0)))
        for word in re.findall(r"\s*\S+", text):
            if cancelled.is_set():
                break
            said += word
            sink.put((request.tag, TextDelta(word)))
            self.began.set()
            with self._changed:
                self._changed.wait_for(lambda: not self._held or cancelled.is_set())
        reason = "error" if self.fails else "stop" if said == text else "cancelled"
        usage = Usage(len(request.prompt), len(said.split()), 0.0, 0.0)
        seed = request.sampling.seed or 0
        end = Finished(reason, said, said, parts, (), usage, seed, self.fails)  # type: ignore[arg-type]
        sink.put((request.tag, end))


class ScriptedHost:
    """Has the scripted model loaded, whatever is asked for, and never another one."""

    def __init__(self, backend: ScriptedBackend) -> None:
        self._backend = backend

    def backend(self, _choice: object = None) -> ScriptedBackend:
        return self._backend

    @contextmanager
    def hold(self, *_asked: object) -> Iterator[ScriptedBackend]:
        yield self._backend

    @contextmanager
    def keep(self, _backend: object) -> Iterator[None]:
        yield

    def status(self) -> HostStatus:
        return HostStatus()
