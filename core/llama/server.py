"""A GGUF file run by llama.cpp: a backend in a child process.

llama.cpp has slots, each with a context window of its own, in which requests run side by side.
This module decides which request gets which slot and which waits, hands a prompt that was read
once from slot to slot (`slots`), and does what the engine does beside its library: limits checked
before anything starts, our own ids in and out, cancelled requests that end at once for their
reader, and a new child process where one has died.

What differs from the engine: the draw is llama.cpp's own (`draws`). Its numbers start anew with an
answer that is begun, so that at a temperature above 0 a continuation is another draw than the whole
answer was. The same request with the same seed gives the same text all the same.
"""

import logging
import queue
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.backends import admission
from core.backends.backend import (
    Ability,
    Backend,
    BackendFacts,
    BackendStatus,
    Logits,
    Probabilities,
)
from core.backends.constraint import Constraint, Grammars
from core.backends.events import FinishReason
from core.backends.request import Request
from core.backends.scores import TokenScore
from core.backends.stream import MergedStream, Sink
from core.backends.tokenizer import Tokenizer
from core.backends.track import Track
from core.errors import EngineError, PromptLabError
from core.i18n import _, in_language
from core.llama import draws
from core.llama.connection import BROKEN, Connection
from core.llama.held_back import PartialTokens, StreamedIds, may_be_the_end
from core.llama.holding import PROBABILITIES, can_hold, count
from core.llama.process import LlamaProcess
from core.llama.reading import TOLD, Reader
from core.llama.slots import TAKE_OVER, Ids, Kept, Place, Slot, Slots, shared
from core.llama.state import ids_of_state
from core.models.plan import divided
from core.models.preparing import Prepared
from core.models.progress import Progress

log = logging.getLogger(__name__)
# Of all kept states together; where the cache is smaller, so much as it takes
_KEPT_BYTES = 512 * 2**20
# How long a broken connection may be ahead of the end of the process
_DYING_S = 2.0


@dataclass(frozen=True, slots=True)
class LlamaStatus(BackendStatus):
    """restarts: how often the process has been replaced. slots: requests that can run at once."""

    restarts: int
    slots: int


@dataclass(eq=False)
class _Job:
    """A request on its way. known: what its slot has read by now, as far as this is certain.
    connection: while it runs, to cut it."""

    track: Track
    place: Place | None = None
    known: Ids = ()
    connection: Connection | None = None


@dataclass(eq=False)
class _Child:
    """A process, and what is known of its slots; another process begins without any of it.

    reader: the slot that gets no requests.
    """

    process: LlamaProcess
    slots: Slots
    reader: Slot

    def connection(self) -> Connection:
        """A connection for one thread."""
        return Connection(self.process.port, self.process.key)

    def save(self, connection: Connection, slot: Slot, name: str) -> int:
        """Keep the state of a slot as a file of that name; its bytes."""
        answer = connection.ask(f"/slots/{slot.index}?action=save", {"filename": name})
        return int(answer["n_written"])

    def restore(self, connection: Connection, slot: Slot, kept: Kept) -> None:
        """Have a slot take a kept state over; where it has just been removed, the slot reads."""
        with suppress(EngineError):
            connection.ask(f"/slots/{slot.index}?action=restore", {"filename": kept.name})

    def remove(self, name: str) -> None:
        """Remove the file of a state."""
        (self.process.folder / name).unlink(missing_ok=True)


class LlamaServer(Backend):
    """llama.cpp around one GGUF file.

    All methods may be called from any thread. Close it when the model is to be unloaded. Raises
    `CheckpointError`, with the reason, where llama.cpp cannot run the file, and what `progress`
    raises.
    """

    def __init__(self, prepared: Prepared, progress: Progress | None = None) -> None:
        checkpoint, plan = prepared.checkpoint, prepared.plan
        gguf = checkpoint.gguf
        assert gguf is not None
        self.tokenizer: Tokenizer = prepared.tokenizer
        self.prepared = prepared
        self._path = gguf
        self._rows = checkpoint.sizes.vocabulary
        # Who has weights of 32 bits wants to see no rounding in their keys and values
        self._wide = plan.wide
        slots, self.window = divided(plan.slot_tokens, checkpoint.window)
        # One more for what is read from the model outside of answers
        self._slots = slots - 1
        self._reader = Reader(self._ask, self.tokenizer, self._rows)
        self._grammars = Grammars(self.tokenizer)
        self._kept_bytes = min(_KEPT_BYTES, plan.cache)
        self._facts = BackendFacts(
            name=prepared.name,
            title=prepared.title,
            identity=uuid.uuid4().hex,
            family=checkpoint.family.name,
            precision=plan.precision,
            device="cpu",
            window=self.window,
            likeliest=TOLD,
            places=self._slots,
            parameters=checkpoint.sizes.parameters,
            memory=plan.weights + plan.cache * slots * self.window // max(1, plan.slot_tokens),
        )
        # Over a job's life: who changes what is known of requests and slots
        self._lock = threading.RLock()
        self._jobs: list[_Job] = []
        self._restarts = 0
        self._closed = False
        self._child = self._started(progress)
        self._can = self._abilities()

    @property
    def facts(self) -> BackendFacts:
        return self._facts

    @property
    def can(self) -> frozenset[Ability]:
        return self._can

    @property
    def closed(self) -> bool:
        return self._closed

    def _abilities(self) -> frozenset[Ability]:
        found: set[Ability] = {"token_ids", "logits", "scores", "begun", "window", "exact_next"}
        if self.tokenizer.chat:
            found.add("chat")
        if self.tokenizer.tools:
            found.add("tools")
        try:
            if self._reader.rounds_alike():
                found.add("exact_seeds")
            known = self.tokenizer.call_form and self._child.process.grammars
            if known and can_hold(self._ask, self.tokenizer):
                found.add("valid_calls")
        except EngineError:
            # A window that is too small for the trial promises nothing
            if self._child.process.died(0):
                self.close()
                raise self._child.process.refused() from None
        return frozenset(found)

    # --- requests -------------------------------------------------------------------------

    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        """Start requests together; all are checked before the first one starts.

        Raises `InvalidInput` for an empty or foreign prompt, `PromptTooLong` when there is no
        room for an answer, `EngineError` when the model is unloaded.
        """
        sink: Sink = queue.SimpleQueue()
        tracks = admission.admitted(requests, self.tokenizer, self._budget, sink)
        for track in tracks:
            track.constraint = self._constraint(track.request)
        with self._lock:
            self._ensure_alive()
            for track in tracks:
                track.begin()
                self._jobs.append(_Job(track))
            self._tell_places()
            self._dispatch()
        return MergedStream(sink, len(tracks), lambda: self._cancel(tracks))

    def check(self, request: Request) -> None:
        self._budget(request, *admission.request_ids(self.tokenizer, request))
        self._constraint(request)

    def check_ids(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` unless there are ids and the model knows them all."""
        admission.check_ids(ids, self._rows)

    def status(self) -> LlamaStatus:
        """Counts of the moment."""
        with self._lock:
            waiting = sum(job.track.waiting for job in self._jobs)
            return LlamaStatus(
                alive=not self._closed and self._child.process.alive,
                running=len(self._jobs) - waiting,
                waiting=waiting,
                restarts=self._restarts,
                slots=self._slots,
            )

    def close(self, reason: str | None = None) -> None:
        """End the process. Streams in flight are cancelled, or end with `reason` as their error.
        Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for job in self._jobs:
                job.track.finish("error" if reason else "cancelled", reason)
            self._jobs.clear()
            self._child.process.end()

    def _budget(self, request: Request, prompt: tuple[int, ...], begun: tuple[int, ...]) -> int:
        self.check_ids(prompt + begun)
        return admission.new_tokens(request, len(prompt), len(begun), self.window)

    def _constraint(self, request: Request) -> Constraint | None:
        """What the answer is held to; raises `EngineError` for tools that there is no grammar
        for."""
        return self._grammars.constraint(request) if "valid_calls" in self._can else None

    def _cancel(self, tracks: Sequence[Track]) -> None:
        """Stop those of these requests that still run; they end with reason "cancelled"."""
        with self._lock:
            for job in [job for job in self._jobs if job.track in tracks]:
                self._jobs.remove(job)
                job.track.finish("cancelled")
                if job.connection:
                    job.connection.cut()
            self._tell_places()

    # --- what the model finds of a given text ---------------------------------------------

    def check_text(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` or `PromptTooLong` for what cannot be read in one go."""
        self.check_ids(ids)
        admission.check_length(len(ids), self.window)

    def score_many(
        self,
        sequences: Sequence[Sequence[int]],
        top: int = 5,
        given: Sequence[int] | None = None,
    ) -> list[list[TokenScore]]:
        """As the protocol says; each token takes a step of the model, the given ones do not.

        The rank is None where it is beyond `top`, and the entropy always.
        """
        for ids in sequences:
            self.check_text(ids)
        starts = given or [0] * len(sequences)
        return self._reader.score_many(sequences, top, starts)

    def next_logits(self, ids: Sequence[int]) -> Logits:
        """As the protocol says, up to a constant: they are log-probabilities."""
        self.check_text(ids)
        return self._reader.next_logits(ids)

    def going_on_logits(self, ids: Sequence[int]) -> Logits:
        """As `next_logits`, which goes on from the last text too."""
        return self.next_logits(ids)

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        """For each token of `answer` the logits that it was drawn from, shape (vocabulary,) each;
        those of unlikely tokens are estimates, see `Reader.answer_logits`."""
        self.check_ids(prompt)
        self.check_text([*prompt, *answer])
        yield from self._reader.answer_logits(prompt, answer)

    def drawn_token(self, probabilities: Probabilities, seed: int, step: int) -> int:
        return draws.drawn_token(probabilities, seed, step)

    def draw_counts(
        self, probabilities: Probabilities, seed: int, step: int, times: int
    ) -> npt.NDArray[np.int64]:
        return draws.draw_counts(probabilities, seed, step, times)

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """A question to the slot for reading; one at a time, the reader sees to that."""
        ids = tuple(body["prompt"])
        with self._lock:
            self._ensure_alive()
            child = self._child
            take = child.slots.best_kept(ids)
        slot, connection = child.reader, child.connection()
        try:
            if take and shared(take.ids, ids) - shared(slot.ids, ids) >= TAKE_OVER:
                child.restore(connection, slot, take)
            slot.ids = ids
            return connection.ask("/completion", body | {"id_slot": slot.index})
        except BROKEN as error:
            raise EngineError(_failure(self._cause(child, error))) from error

    # --- the process and its supervisor ---------------------------------------------------

    def _started(self, progress: Progress | None = None) -> _Child:
        settings = {"slots": self._slots + 1, "window": self.window, "wide": self._wide}
        process = LlamaProcess(self._path, settings, progress)
        slots = Slots(self._slots, self._kept_bytes)
        return _Child(process, slots, Slot(self._slots))

    def _ensure_alive(self) -> None:
        if self._closed:
            raise EngineError(_("The model has been unloaded. Reload the page and try again."))
        if self._child.process.alive:
            return
        self._lost(self._child)
        self._restarts += 1
        log.warning(
            "llama.cpp ended (%s); starting it again (%d)",
            self._child.process.reason(),
            self._restarts,
        )
        self._child.process.end()
        self._child = self._started()

    def _lost(self, child: _Child) -> None:
        """The process has ended: so has every request; what came of it is kept."""
        with self._lock:
            if child is not self._child or self._closed:
                return
            cause = child.process.reason()
            for job in self._jobs:
                with in_language(job.track.language):
                    job.track.finish("error", _failure(cause))
            self._jobs.clear()

    def _cause(self, child: _Child, error: Exception) -> str:
        """Why a connection broke: because the process has ended, or what the connection says."""
        if not child.process.died(_DYING_S):
            return f"{type(error).__name__}: {error}"
        return child.process.reason()

    # --- from the queue to the slots ------------------------------------------------------

    def _tell_places(self) -> None:
        for position, track in enumerate(j.track for j in self._jobs if j.track.waiting):
            track.queued(position)

    def _dispatch(self) -> None:
        """Give free slots to those who wait, in their order."""
        child = self._child
        for job in self._jobs:
            if job.place:
                continue
            if not child.slots.free:
                return
            job.place = child.slots.place(job.track.read_ids)
            if job.place:
                # Nothing waits for a thread when the app ends
                work = (child, job, job.place)
                threading.Thread(target=self._run, args=work, name="llama", daemon=True).start()

    def _run(self, child: _Child, job: _Job, place: Place) -> None:
        """One request, in a worker thread."""
        with in_language(job.track.language):
            try:
                self._answer(child, job, place)
            except BROKEN as error:
                # Cut on purpose where it has finished
                if not job.track.finished:
                    self._broken(child, job, error)
            except PromptLabError as error:
                self._end(job, "error", str(error))
            except Exception as error:  # whatever happens, the reader of the stream hears of it
                log.exception("a request to llama.cpp failed")
                self._end(job, "error", _failure(f"{type(error).__name__}: {error}"))
            finally:
                with self._lock:
                    job.connection = None
                    child.slots.done(place.slot, job.known)
                    if child is self._child and not self._closed:
                        self._dispatch()

    def _answer(self, child: _Child, job: _Job, place: Place) -> None:
        connection = child.connection()
        with self._lock:
            if job.track.finished:
                return
            job.connection = connection
        if place.take:
            child.restore(connection, place.slot, place.take)
            job.known = place.take.ids
        if place.keep:
            self._read_and_keep(child, connection, job, place)
        self._stream(child, connection, job, place)

    def _read_and_keep(
        self, child: _Child, connection: Connection, job: _Job, place: Place
    ) -> None:
        """Read a long prompt, and keep it for all who begin in the same way."""
        ids = job.track.read_ids
        body = {"prompt": ids, "id_slot": place.slot.index, "n_predict": 0}
        connection.ask("/completion", body | draws.GREEDY)
        job.known = ids
        name = uuid.uuid4().hex
        written = child.save(connection, place.slot, name)
        with self._lock:
            place.slot.reading = None
            for kept in child.slots.add(Kept(name, ids, written)):
                child.remove(kept.name)
            # Those who waited for it take it over
            if child is self._child and not self._closed:
                self._dispatch()

    def _stream(self, child: _Child, connection: Connection, job: _Job, place: Place) -> None:
        track = job.track
        body = {
            "prompt": track.read_ids,
            "id_slot": place.slot.index,
            # One more than wanted: the slot only has what was followed by another
            "n_predict": track.budget + 1,
            "stream": True,
            "return_tokens": True,
            **draws.asked(track.sampling, len(track.begun), self._rows),
        }
        if track.constraint:
            body |= {"grammar": track.constraint.grammar, "n_probs": PROBABILITIES}
        streamed = StreamedIds(self._partial)
        last: dict[str, Any] = {}
        for event in connection.events("/completion", body):
            ids = streamed.feed(event)[: track.budget]
            job.known = track.read_ids + tuple(ids[:-1])
            if track.constraint and not track.finished:
                count(track.constraint, ids, event)
            if event["stop"]:
                last = event
            elif not track.finished:
                self._advance(job, ids[:-1] if may_be_the_end(self.tokenizer, ids) else ids)
            elif ids[-1] in self._stops:
                # An end that is none to llama.cpp: it would go on
                return
        if track.finished:
            return
        if not last:
            raise ConnectionError(_("the stream ended too early"))
        ended = last["stop_type"] == "eos"
        if streamed.open:
            ids = self._from_slot(child, connection, track, place.slot)
            ids += [min(self._stops)] if ended and self._stops else []
        elif ended and may_be_the_end(self.tokenizer, ids):
            ids = ids[:-1]
        self._advance(job, ids[: track.budget])
        self._end(job, "stop" if ended else track.end_reason())

    def _from_slot(
        self, child: _Child, connection: Connection, track: Track, slot: Slot
    ) -> list[int]:
        """The new tokens of an answer but for the last one, from what the slot has read."""
        name = uuid.uuid4().hex
        child.save(connection, slot, name)
        try:
            return list(ids_of_state(child.process.folder / name)[len(track.read_ids) :])
        finally:
            child.remove(name)

    def _advance(self, job: _Job, ids: list[int]) -> None:
        """Tell of all ids generated so far; the end, where it is reached."""
        track = job.track
        with self._lock:
            first = track.waiting
            track.advance(ids)
            if first and ids:
                self._tell_places()
            if ids and (ids[-1] in self._stops or len(ids) == track.budget):
                self._end(job, track.end_reason())

    def _end(self, job: _Job, reason: FinishReason, error: str | None = None) -> None:
        with self._lock:
            job.track.finish(reason, error)
            if job in self._jobs:
                self._jobs.remove(job)
                self._tell_places()

    def _broken(self, child: _Child, job: _Job, error: Exception) -> None:
        cause = self._cause(child, error)
        if child.process.alive:
            self._end(job, "error", _failure(cause))
        else:
            self._lost(child)

    @cached_property
    def _partial(self) -> PartialTokens:
        return PartialTokens(self.tokenizer)

    @property
    def _stops(self) -> frozenset[int]:
        return self.tokenizer.stop_ids


def _failure(cause: str) -> str:
    return _("llama.cpp failed while answering ({cause}). Please try again.").format(
        cause=cause or _("no reason given")
    )
