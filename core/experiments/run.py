"""Runs an experiment: several conversations at a time, each answer kept as it ends.

`complete_experiment` is the work of a job: what it tells is drawn by whoever looks, and it goes on
without. Only so many answers are asked for at once that a chat beside it, or another experiment,
finds room in the model's batch.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.events import Finished, FinishReason, ToolCall
from core.backends.request import Request
from core.cases.run import Answered, turn
from core.errors import EngineError, InvalidInput, PromptLabError
from core.experiments.records import Answer, Experiment, Place, missing
from core.experiments.spec import ExperimentSpec
from core.experiments.speed import Speed, measured
from core.experiments.store import Experiments
from core.i18n import _

log = logging.getLogger(__name__)
# The engine's batch has 64 places: two experiments and some chats fit
AT_ONCE = 24
# So many failures one after another are no accident
MOST_FAILURES = 3
# From a model's value to the model, which stays loaded until the end of the block
Holding = Callable[[str], AbstractContextManager[Backend]]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer has ended and is stored."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: done and wanted answers of this run. seconds: since it began."""

    done: int
    wanted: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Loading:
    """A model is on its way in; "" once it is there."""

    model: str


Told = Kept | Progress | Loading
# Its result: how quick each model was, by its value
Running = Generator[tuple[Hashable, Told], None, dict[str, Speed]]


def check_experiment(backend: Backend, spec: ExperimentSpec, variants: Sequence[int]) -> None:
    """Raise what asking for the first row of each of these variants would raise, before there is
    an experiment. The longest question is tried too: it is the one that may not fit."""
    longest = max(
        range(len(spec.rows)), key=lambda row: sum(len(v) for _n, v in spec.rows[row].fields)
    )
    for variant in variants:
        for row in dict.fromkeys((0, longest)):
            backend.check(request_of(spec, Place(variant, row, 0)))


def request_of(spec: ExperimentSpec, place: Place, texts: Sequence[str] = ()) -> Request:
    """What is asked: exactly this goes to the model. texts: the answers before it."""
    messages = spec.messages(place.variant, place.row, texts)
    return Request(tuple(messages), spec.sampling_of(*place), tag=place)


def complete_experiment(
    experiments: Experiments,
    experiment: Experiment,
    hold: Holding,
    most: int | None = None,
    at_once: int = AT_ONCE,
) -> Running:
    """Ask for what an experiment lacks, at most `most` answers, and store each.

    Closing the iterator early forgets those under way: they are asked for again from their seeds.
    After some failures one after another it ends with an `EngineError`, and what is stored stays.
    """
    wanted = missing(experiment.spec, experiments.answers(experiment))
    if most is not None:
        wanted = _spread(wanted, most)
    began, done, speeds = time.monotonic(), 0, dict[str, Speed]()
    yield None, Progress(0, len(wanted), 0.0)
    for model in dict.fromkeys(experiment.model_of(place.variant) for place in wanted):
        own = [place for place in wanted if experiment.model_of(place.variant) == model]
        yield None, Loading(model)
        with hold(model) as backend:
            yield None, Loading("")
            asked_at, given = time.monotonic(), list[Answer]()
            crew = _Crew(experiment, backend, own, at_once)
            try:
                for answer in crew.answers():
                    experiments.save_answer(experiment, answer)
                    given.append(answer)
                    done += answer.answered
                    yield None, Kept(answer)
                    yield None, Progress(done, len(wanted), time.monotonic() - began)
            finally:
                crew.stop()
            speed = measured(given, time.monotonic() - asked_at)
            speeds |= {model: speed} if speed else {}
    return speeds


def _spread(places: list[Place], most: int) -> list[Place]:
    """So many of these places from all over the table."""
    if len(places) <= most:
        return places
    step = len(places) / most
    return [places[int(n * step)] for n in range(most)]


class _Crew:
    """Threads that each ask for one answer after another; see `complete_experiment`."""

    def __init__(
        self, experiment: Experiment, backend: Backend, places: Sequence[Place], at_once: int
    ) -> None:
        self._experiment, self._backend = experiment, backend
        self._left = deque(places)
        self._told: SimpleQueue[Answer | None] = SimpleQueue()
        self._stopped = threading.Event()
        self._failures = 0
        self._trouble: PromptLabError | None = None
        self._lock = threading.Lock()
        self._count = None if lacking(backend, "token_ids") else self._counter()
        count = min(at_once, len(places))
        self._threads = [
            # In the language, and in the turn, of who has begun it
            threading.Thread(target=copy_context().run, args=[self._work], daemon=True)
            for _n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def answers(self) -> Generator[Answer, None, None]:
        """The answers as they end. Raises what has ended them all."""
        running = len(self._threads)
        while running:
            told = self._told.get()
            if told is None:
                running -= 1
            else:
                yield told
        if self._trouble:
            raise self._trouble

    def stop(self) -> None:
        """End what is under way, and wait for the threads."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _counter(self) -> Callable[[str], int]:
        tokenizer = tokenizer_of(self._backend)
        return lambda text: len(tokenizer.encode(text))

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    place = self._left.popleft()
                except IndexError:
                    return
                had = self._had(place)
                if had is None:
                    return
                answer = had.answer(self._experiment.spec.seed_of(*place), self._backend.facts.name)
                self._told.put(answer.checked(self._experiment.spec, self._count))
                # A question that cannot be asked says nothing of the model
                if not had.refused:
                    self._note(answer)
        except PromptLabError as error:
            self._give_up(error)
        except Exception as error:  # as a job ends with whatever happens
            log.exception("an experiment failed")
            said = _("Something unexpected went wrong ({reason}). Please try again.")
            self._give_up(EngineError(said.format(reason=f"{type(error).__name__}: {error}")))
        finally:
            self._told.put(None)

    def _note(self, answer: Answer) -> None:
        """Count failures; too many one after another end it."""
        with self._lock:
            self._failures = 0 if answer.answered else self._failures + 1
            if self._failures < MOST_FAILURES:
                return
        self._give_up(
            EngineError(
                _(
                    "{model} stopped answering: {reason} Nothing is lost. Continue when it is back."
                ).format(model=self._backend.facts.called, reason=answer.error or "")
            )
        )

    def _give_up(self, error: PromptLabError) -> None:
        with self._lock:
            self._trouble = self._trouble or error.with_traceback(None)
        self._stopped.set()

    def _had(self, place: Place) -> "_UnderWay | None":
        """All turns of one conversation; None where it was stopped."""
        spec, under_way = self._experiment.spec, _UnderWay(place)
        try:
            for _turn in spec.turns(place.variant, place.row):
                end = self._asked(request_of(spec, place, under_way.texts))
                if end is None or end.reason == "cancelled":
                    return None
                under_way.take(end)
                if end.reason == "error":
                    break
        except InvalidInput as error:
            under_way.refuse(str(error))
        return under_way

    def _asked(self, request: Request) -> Finished | None:
        end: Finished | None = None
        events = turn(self._backend, request, Answered())
        try:
            for event in events:
                if self._stopped.is_set():
                    return None
                if isinstance(event, Finished):
                    end = event
        finally:
            events.close()
        return end


@dataclass(slots=True)
class _UnderWay:
    """A conversation that is being had."""

    place: Place
    texts: list[str] = field(default_factory=list)
    calls: list[tuple[ToolCall, ...]] = field(default_factory=list)
    reason: FinishReason = "error"
    error: str | None = None
    refused: bool = False
    prompt_tokens: int = 0
    new_tokens: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self, end: Finished) -> None:
        """The next answer."""
        self.texts.append(end.text)
        self.calls.append(tuple(part for part in end.parts if isinstance(part, ToolCall)))
        self.reason = end.reason
        self.error = end.error
        if end.usage:
            self.prompt_tokens += end.usage.prompt_tokens
            self.new_tokens += end.usage.new_tokens

    def refuse(self, reason: str) -> None:
        """The question cannot be asked: it is too long perhaps."""
        self.reason, self.error, self.refused = "error", reason, True

    def answer(self, seed: int, model: str) -> Answer:
        """What there is of it."""
        return Answer(
            place=self.place,
            seed=seed,
            texts=tuple(self.texts),
            reason=self.reason,
            error=self.error,
            calls=tuple(self.calls),
            model=model,
            prompt_tokens=self.prompt_tokens,
            new_tokens=self.new_tokens,
            seconds=time.monotonic() - self.began,
        )
