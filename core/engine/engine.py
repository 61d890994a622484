"""The engine: the backend of one model in this process, on transformers' continuous batching.

The library's manager owns one generation thread, the paged KV cache and its shared prefixes.
This module adds what it lacks: limits checked before a request can harm the batch, the seeded
draw, typed events, cancelled requests that end for their reader too, and a supervisor that
replaces a manager whose thread has died.
"""

import gc
import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import torch
from transformers import ContinuousBatchingConfig, GenerationConfig
from transformers.generation.continuous_batching.requests import GenerationOutput, RequestStatus

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
from core.backends.request import Request
from core.backends.scores import TokenScore
from core.backends.stream import HEARTBEAT_S, MergedStream, Sink
from core.backends.tokenizer import Tokenizer
from core.backends.track import Track
from core.engine import logits, repeated_draws, scoring
from core.engine.cut import replace_cuts
from core.engine.seeded_draw import SeededDraw, VocabularyMask
from core.engine.valid_calls import ValidCalls
from core.errors import EngineError
from core.i18n import _, in_language
from core.models.loading import LoadedModel
from core.models.plan import (
    MAX_REQUESTS_PER_BATCH,
    OPENVINO_PAGE_TOKENS,
    PAGE_TOKENS,
    PREFILL_CHUNK_TOKENS,
)
from core.openvino.paged_model import PagedModel

if TYPE_CHECKING:
    from transformers.generation.continuous_batching import ContinuousBatchingManager
    from transformers.generation.continuous_batching.continuous_api import ContinuousMixin

log = logging.getLogger(__name__)
# For a model that has no end token
_NO_ID = -1


@dataclass(frozen=True, slots=True)
class EngineStatus(BackendStatus):
    """cache_bytes: what the KV cache really takes."""

    restarts: int
    cache_tokens: int
    cache_bytes: int


class Engine(Backend):
    """Continuous batching around one loaded model, which nothing else touches.

    All methods may be called from any thread. Close it when the model is to be unloaded.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        facts = loaded.facts
        self.model_facts = facts
        self.tokenizer: Tokenizer = loaded.tokenizer
        self.window = facts.window
        self.cache_tokens = facts.plan.cache_tokens
        self._facts = BackendFacts(
            name=facts.name,
            title=facts.title,
            identity=uuid.uuid4().hex,
            family=facts.family,
            precision=facts.precision,
            device=facts.device,
            window=facts.window,
            parameters=facts.parameters,
            memory=facts.weight_bytes + facts.plan.cache,
            places=MAX_REQUESTS_PER_BATCH,
        )
        self._can = _abilities(loaded)
        self._grammars = Grammars(self.tokenizer)
        self._loaded: LoadedModel | None = loaded
        paged = isinstance(loaded.model, PagedModel)
        self._page_tokens = OPENVINO_PAGE_TOKENS if paged else PAGE_TOKENS
        self._vocabulary_rows: int = loaded.model.config.vocab_size
        self._lock = threading.RLock()
        self._tracks: dict[str, Track] = {}
        self._restarts = 0
        self._closed = False
        self._manager = self._start_manager()
        self._router = threading.Thread(target=self._route, name="engine-router", daemon=True)
        self._router.start()

    @property
    def facts(self) -> BackendFacts:
        return self._facts

    @property
    def can(self) -> frozenset[Ability]:
        return self._can

    @property
    def closed(self) -> bool:
        return self._closed

    # --- requests -------------------------------------------------------------------------

    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        """Start requests together; all are checked before the first one starts.

        Raises `InvalidInput` for an empty or foreign prompt, `PromptTooLong` when there is no
        room for an answer, `EngineError` when the engine is closed.
        """
        sink: Sink = queue.SimpleQueue()
        tracks = admission.admitted(requests, self.tokenizer, self._budget, sink)
        for track in tracks:
            track.constraint = self._constraint(track.request)
        with self._lock:
            self._ensure_alive()
            for track in tracks:
                track.begin()
                self._add(track)
        return MergedStream(sink, len(tracks), lambda: self._cancel(tracks))

    def _cancel(self, tracks: Sequence[Track]) -> None:
        """Stop those of these requests that still run; they end with reason "cancelled"."""
        with self._lock:
            ids = [key for key, track in self._tracks.items() if track in tracks]
            for request_id in ids:
                self._manager.cancel_request(request_id)
                self._tracks.pop(request_id).finish("cancelled")

    @contextmanager
    def exclusive(self) -> Iterator[LoadedModel]:
        """The model for a forward pass of one's own; generation waits meanwhile."""
        with self._lock:
            self._ensure_alive()
            manager, loaded = self._manager, self._model()
        with manager.pause(), torch.inference_mode():
            yield loaded

    # --- what the model finds of a given text ---------------------------------------------

    def check_text(self, ids: Sequence[int]) -> None:
        logits.check_text(self, ids)

    def score_many(
        self,
        sequences: Sequence[Sequence[int]],
        top: int = 5,
        given: Sequence[int] | None = None,
    ) -> list[list[TokenScore]]:
        """As the protocol says; the given tokens are read anyway, and scored."""
        return scoring.score_many(self, sequences, top)

    def next_logits(self, ids: Sequence[int]) -> Logits:
        return logits.next_logits(self, ids)

    def going_on_logits(self, ids: Sequence[int]) -> Logits:
        return logits.going_on_logits(self, ids)

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        return logits.answer_logits(self, prompt, answer)

    def drawn_token(self, probabilities: Probabilities, seed: int, step: int) -> int:
        return repeated_draws.drawn_token(probabilities, seed, step)

    def draw_counts(
        self, probabilities: Probabilities, seed: int, step: int, times: int
    ) -> npt.NDArray[np.int64]:
        return repeated_draws.draw_counts(probabilities, seed, step, times)

    def status(self) -> EngineStatus:
        """Counts of the moment."""
        with self._lock:
            if self._closed:
                return EngineStatus(False, 0, 0, self._restarts, self.cache_tokens, 0)
            waiting = sum(track.waiting for track in self._tracks.values())
            # Gone once the manager has stopped
            processor = self._manager.batch_processor
            return EngineStatus(
                alive=self._manager.is_running(),
                running=len(self._tracks) - waiting,
                waiting=waiting,
                restarts=self._restarts,
                cache_tokens=self.cache_tokens,
                cache_bytes=processor.cache.cache_tensor.nbytes if processor else 0,
            )

    def close(self, reason: str | None = None) -> None:
        """Stop the generation thread. Streams in flight are cancelled, or end with `reason` as
        their error. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for track in self._tracks.values():
                track.finish("error" if reason else "cancelled", reason)
            self._tracks.clear()
        # It would hold the model until it looks up by itself
        self._manager.output_router.output_queue.put(None)
        self._router.join()
        _stop(self._manager)
        # A page may still hold this engine: the memory goes all the same
        del self._manager
        self._loaded = None

    def _model(self) -> LoadedModel:
        if self._loaded is None:
            raise EngineError(_("The model has been unloaded. Reload the page and try again."))
        return self._loaded

    # --- the manager and its supervisor ---------------------------------------------------

    def _start_manager(self) -> "ContinuousBatchingManager":
        # Only processors whose settings are not neutral here exist per request
        generation = GenerationConfig(
            do_sample=True,
            temperature=0.8,
            top_p=0.8,
            top_k=50,
            eos_token_id=sorted(self.tokenizer.stop_ids) or [_NO_ID],
            pad_token_id=0,
        )
        model = cast("ContinuousMixin", self._model().model)
        manager = model.init_continuous_batching(
            generation_config=generation,
            continuous_batching_config=ContinuousBatchingConfig(
                page_size=self._page_tokens,
                num_blocks=self.cache_tokens // self._page_tokens,
                max_batch_tokens=PREFILL_CHUNK_TOKENS,
                max_requests_per_batch=MAX_REQUESTS_PER_BATCH,
                per_request_processors=True,
                use_cuda_graph=False,
                # A token is known before the next one is drawn, which grammars need
                use_async_batching=False,
                auto_switch_to_flash=False,
            ),
        )
        processors = manager.logit_processor
        replace_cuts(processors.logits_processor)
        processors.logits_processor.insert(0, VocabularyMask(self.tokenizer.vocab_size))
        self._valid = ValidCalls()
        processors.logits_processor.insert(1, self._valid)
        processors.logits_processor.append(SeededDraw())
        processors.tensors_required += 3
        processors._retrieve_processors_kwargs()
        # The seeded draw is an argmax already; the library's own would cost another pass
        manager.generation_config.do_sample = False
        # Makes the cache here rather than in the generation thread: where there is no memory for it
        # the loading fails, not the first request
        manager.warmup()
        if isinstance(model, PagedModel) and manager.batch_processor:
            model.use(manager.batch_processor.cache)
        manager.start()
        return manager

    def _ensure_alive(self) -> None:
        if self._closed:
            raise EngineError(_("The model has been unloaded. Reload the page and try again."))
        if self._manager.is_running():
            return
        self._fail_all(self._manager.background_thread_status.fatal_error)
        self._restarts += 1
        log.warning("generation thread died; starting a new one (%d)", self._restarts)
        self._manager = self._start_manager()

    def check(self, request: Request) -> None:
        self._budget(request, *admission.request_ids(self.tokenizer, request))
        self._constraint(request)

    def _budget(self, request: Request, prompt: tuple[int, ...], begun: tuple[int, ...]) -> int:
        """How many new tokens the request may have; raises what `submit_many` raises."""
        self.check_ids(prompt + begun)
        window = min(self.window, self.cache_tokens - self._page_tokens)
        return admission.new_tokens(request, len(prompt), len(begun), window)

    def check_ids(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` unless there are ids and the model knows them all."""
        admission.check_ids(ids, self._vocabulary_rows)

    def _add(self, track: Track) -> None:
        sampling = track.sampling
        request_id = uuid.uuid4().hex
        position = sum(other.waiting for other in self._tracks.values())
        self._tracks[request_id] = track
        track.queued(position)
        rows = self._vocabulary_rows
        # A temperature of 0 would divide by zero and take the whole batch down
        drawing = (
            {"temperature": 1.0, "top_p": 1.0, "top_k": rows, "seed": -1, "begun": 0}
            if sampling.greedy
            else {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": min(sampling.top_k, rows) or rows,
                "seed": sampling.seed,
                "begun": len(track.begun),
            }
        )
        # The number of what it is held to; 0 for nothing
        track.grammar = self._valid.add(track.constraint) if track.constraint else 0
        added = self._manager.add_request(
            list(track.read_ids),
            request_id=request_id,
            max_new_tokens=track.budget,
            streaming=True,
            grammar=track.grammar,
            **drawing,
        )
        if added is None:
            self._tracks.pop(request_id)
            track.finish(
                "error", _failure(self._manager.background_thread_status.fatal_error, track)
            )

    def _constraint(self, request: Request) -> Constraint | None:
        """What the answer is held to; raises `EngineError` for tools that there is no grammar
        for."""
        return self._grammars.constraint(request) if "valid_calls" in self._can else None

    # --- the router thread ----------------------------------------------------------------

    def _route(self) -> None:
        """Hand each output to its request, tell queue places, and notice a dead thread."""
        last_look = time.perf_counter()
        while not self._closed:
            # The manager's thread is no daemon: without this the process would never end
            if not threading.main_thread().is_alive():
                self._manager.stop(block=False, hard_stop=True)
                return
            try:
                output = self._manager.output_router.output_queue.get(timeout=HEARTBEAT_S)
            except queue.Empty:
                output = None
            if output is not None:
                self._deliver(output)
            now = time.perf_counter()
            if now - last_look >= HEARTBEAT_S:
                last_look = now
                self._look_after()

    def _deliver(self, output: GenerationOutput) -> None:
        with self._lock:
            track = self._tracks.get(output.request_id)
            if track is None:
                return
            track.advance(output.generated_tokens)
            if output.status == RequestStatus.FAILED:
                del self._tracks[output.request_id]
                track.finish("error", _failure(output.error, track))
            elif output.is_finished():
                del self._tracks[output.request_id]
                track.finish(track.end_reason())

    def _look_after(self) -> None:
        with self._lock:
            for position, track in enumerate(t for t in self._tracks.values() if t.waiting):
                track.queued(position)
            self._valid.keep([track.grammar for track in self._tracks.values()])
            idle = self._manager.output_router.output_queue.empty()
            if self._tracks and idle and not self._closed and not self._manager.is_running():
                self._fail_all(self._manager.background_thread_status.fatal_error)

    def _fail_all(self, cause: object) -> None:
        for track in self._tracks.values():
            track.finish("error", _failure(cause, track))
        self._tracks.clear()


def _abilities(loaded: LoadedModel) -> frozenset[Ability]:
    found: set[Ability] = {
        *("token_ids", "logits", "scores", "begun", "window"),
        *("exact_next", "exact_answers"),
    }
    if loaded.tokenizer.chat:
        found.add("chat")
    if loaded.tokenizer.tools:
        found.add("tools")
        if loaded.tokenizer.call_form:
            found.add("valid_calls")
    # In half precision other requests in the batch change the last bits of the logits
    if loaded.facts.precision == "fp32":
        found.add("exact_seeds")
    return frozenset(found)


def _stop(manager: "ContinuousBatchingManager") -> None:
    """Stop the generation thread and let the cache go.

    Left alone, an idle thread looks for a wish to stop ten times a second, and the library
    collects garbage twice: most of a second among all that this process has imported. Nothing of
    a manager needs that: it goes with its last reference.
    """
    status = manager.background_thread_status
    status.request_stop(status.HARD_STOP, manager.distributed_helper.global_rank)
    manager._wake_up_loop.set()
    # What is frozen is not gone through
    gc.freeze()
    try:
        manager.stop(block=True, timeout=10, hard_stop=True)
    finally:
        gc.unfreeze()


def _failure(cause: object, track: Track) -> str:
    with in_language(track.language):
        return _("The engine failed while answering ({cause}). Please try again.").format(
            cause=cause or _("no reason given")
        )
