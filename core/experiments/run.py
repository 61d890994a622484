"""Runs an experiment: several conversations at a time, each answer kept as it ends.

`complete_experiment` is the work of a job: what it tells is drawn by whoever looks, and it goes on
without. Only so many answers are asked for at once that a chat beside it, or another experiment,
finds room in the model's batch.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager, closing
from contextvars import copy_context
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from core.backends.backend import Backend, lacking, require, tokenizer_of
from core.backends.events import Finished, FinishReason, Idle, TextDelta, ToolCall
from core.backends.request import Request
from core.backends.stream import HEARTBEAT_S
from core.cases.run import Answered, turn
from core.chat.turn import call_form
from core.errors import EngineError, InvalidInput, NotSupported, PromptLabError
from core.experiments.places import places_of, share_of
from core.experiments.records import Answer, Experiment, Place, missing
from core.experiments.spec import ExperimentSpec
from core.experiments.speed import Speed, measured
from core.experiments.store import Experiments
from core.experiments.tools import Between, ToolTurn, at_hand
from core.i18n import _
from core.messages import Message
from core.tools.tool import Tool

log = logging.getLogger(__name__)
# Conversations of one experiment; how many are with a model at once is `core.experiments.places`
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
    """How far it is: done and wanted answers of this run. failed: those that did not come to their
    own end. seconds: since it began to ask, without the loading of models. at_once: how many are
    under way."""

    done: int
    wanted: int
    seconds: float
    failed: int = 0
    at_once: int = AT_ONCE

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far, with those under way half done; None as long as nothing can be
        said."""
        left = self.wanted - self.done - self.failed
        half = min(self.at_once, left) / 2
        if not self.done or not left:
            return None
        return self.seconds / (self.done + self.failed + half) * (left - half)


@dataclass(frozen=True, slots=True)
class Loading:
    """A model is on its way in; "" once it is there."""

    model: str


Told = Kept | Progress | Loading | Idle
# Told how quick a model was, by its value, once it has answered
Noting = Callable[[str, Speed], object]
# Its result: how quick each model was, by its value
Running = Generator[tuple[Hashable, Told], None, dict[str, Speed]]


def check_experiment(backend: Backend, spec: ExperimentSpec, variants: Sequence[int]) -> None:
    """Raise what asking the shortest question with each of these variants would raise, before there
    is an experiment. One that is too long for the window leaves the others alone: it is told of as
    not answered."""
    shortest = min(range(len(spec.rows)), key=lambda row: _characters(spec, row))
    for variant in variants:
        if spec.variants[variant].tools:
            require(backend, "tools")
        backend.check(request_of(spec, Place(variant, shortest, 0)))


def _characters(spec: ExperimentSpec, row: int) -> int:
    asked = spec.rows[row]
    said = (len(message.content) for message in asked.messages)
    return sum(said) + sum(len(value) for _name, value in asked.fields)


def request_of(
    spec: ExperimentSpec,
    place: Place,
    texts: Sequence[str] = (),
    between: Sequence[Sequence[Between]] = (),
    said: Sequence[Message] = (),
) -> Request:
    """What is asked: exactly this goes to the model. texts: the answers before it. between: what
    was called before each of them. said: what was called since the question."""
    messages = spec.messages(place.variant, place.row, texts, between)
    variant = spec.variants[place.variant]
    tools = tuple(one.schema for one in variant.tools)
    return Request(
        (*messages, *said),
        spec.sampling_of(*place),
        tag=place,
        tools=tools,
        valid_calls=bool(tools) and variant.valid_calls,
    )


def complete_experiment(
    experiments: Experiments,
    experiment: Experiment,
    hold: Holding,
    most: int | None = None,
    at_once: int = AT_ONCE,
    note: Noting | None = None,
    tools: Sequence[Tool] = (),
) -> Running:
    """Ask for what an experiment lacks, at most `most` answers, and store each. tools: those that
    there are; see `core.experiments.tools` for which of them run.

    Closing the iterator early forgets those under way: they are asked for again from their seeds.
    After some failures one after another it ends with an `EngineError`, and what is stored stays.
    """
    wanted = missing(experiment.spec, experiments.answers(experiment))
    if most is not None:
        wanted = _spread(wanted, most)
    done, failed, before, speeds = 0, 0, 0.0, dict[str, Speed]()
    yield None, Progress(0, len(wanted), 0.0)
    for model in dict.fromkeys(experiment.model_of(place.variant) for place in wanted):
        own = [place for place in wanted if experiment.model_of(place.variant) == model]
        yield None, Loading(model)
        with hold(model) as backend:
            yield None, Loading("")
            asked_at, given = time.monotonic(), list[Answer]()
            side_by_side = min(at_once, share_of(backend))
            crew = _Crew(experiment, backend, own, at_once, tools)
            try:
                for answer in crew.answers():
                    if answer is None:
                        yield None, Idle()
                        continue
                    experiments.save_answer(experiment, answer)
                    given.append(answer)
                    done, failed = done + answer.answered, failed + (not answer.answered)
                    seconds = before + time.monotonic() - asked_at
                    yield None, Kept(answer)
                    yield None, Progress(done, len(wanted), seconds, failed, side_by_side)
            finally:
                crew.stop()
                took = time.monotonic() - asked_at
                before += took
                # A model that has just been loaded may take seconds to begin
                began = crew.first_word_at or asked_at
                speed = measured(given, time.monotonic() - began)
                # Where it was stopped soon, most of what was done was not yet an answer
                if speed and (len(given) == len(own) or len(given) >= 2 * at_once):
                    speeds[model] = speed
                    if note:
                        note(model, speed)
    return speeds


def _spread(places: list[Place], most: int) -> list[Place]:
    """So many of these places from all over the table: whole questions, which all variants are
    asked, so that what comes of it can be compared. By lot, and always the same."""
    if len(places) <= most:
        return places
    asked: dict[tuple[int, int], list[Place]] = {}
    for place in places:
        asked.setdefault((place.attempt, place.row), []).append(place)
    drawn = random.Random(0).sample(list(asked.values()), len(asked))
    chosen = set([place for question in drawn for place in question][:most])
    return [place for place in places if place in chosen]


class _Crew:
    """Threads that each ask for one answer after another; see `complete_experiment`."""

    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        places: Sequence[Place],
        at_once: int,
        tools: Sequence[Tool],
    ) -> None:
        self._experiment, self._backend = experiment, backend
        self._tools = [at_hand(one.tools, tools) for one in experiment.spec.variants]
        self._left = deque(places)
        self._told: SimpleQueue[Answer | None] = SimpleQueue()
        self._stopped = threading.Event()
        self.first_word_at: float | None = None
        self._failures = 0
        self._trouble: PromptLabError | None = None
        self._lock = threading.Lock()
        self._places = places_of(backend)
        self._count = None if lacking(backend, "token_ids") else self._counter()
        count = min(at_once, len(places))
        self._threads = [
            # In the language, and in the turn, of who has begun it
            threading.Thread(target=copy_context().run, args=[self._work], daemon=True)
            for _n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def answers(self) -> Generator[Answer | None, None, None]:
        """The answers as they end; None where none has ended for a moment, so that whoever asks can
        leave off. Raises what has ended them all."""
        running = len(self._threads)
        while running:
            try:
                told = self._told.get(timeout=HEARTBEAT_S)
            except Empty:
                yield None
                continue
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
                if self._tools[place.variant]:
                    ended = self._with_tools(under_way)
                else:
                    end = self._answer(request_of(spec, place, under_way.texts))
                    under_way.take(end)
                    ended = end.reason == "error"
                if ended:
                    break
        except _Stopped:
            return None
        except NotSupported:
            # No question could be asked of it
            raise
        except InvalidInput as error:
            under_way.refuse(str(error))
        return under_way

    def _with_tools(self, under_way: "_UnderWay") -> bool:
        """The next turn, with the calls in it; whether the conversation ends there."""
        spec, place = self._experiment.spec, under_way.place
        texts, between = tuple(under_way.texts), tuple(under_way.between)

        def ask(said: Sequence[Message]) -> Finished:
            return self._answer(request_of(spec, place, texts, between, said))

        require(self._backend, "tools")
        before = spec.messages(place.variant, place.row, texts, between)
        now = ToolTurn(before, self._tools[place.variant], ask, call_form(self._backend))
        with closing(now.events()) as events:
            for _event in events:
                if self._stopped.is_set():
                    raise _Stopped
        under_way.take_turn(now)
        return now.open or now.ends[-1].reason == "error"

    def _answer(self, request: Request) -> Finished:
        """The end of an answer; raises `_Stopped`."""
        end = self._asked(request)
        if end is None or end.reason == "cancelled":
            raise _Stopped
        return end

    def _asked(self, request: Request) -> Finished | None:
        """The end of an answer; None where it was stopped before."""
        while not self._places.acquire(timeout=HEARTBEAT_S):
            if self._stopped.is_set():
                return None
        try:
            return self._told_of(request)
        finally:
            self._places.release()

    def _told_of(self, request: Request) -> Finished | None:
        end: Finished | None = None
        events = turn(self._backend, request, Answered())
        try:
            for event in events:
                if self._stopped.is_set():
                    return None
                if self.first_word_at is None and isinstance(event, TextDelta):
                    self.first_word_at = time.monotonic()
                if isinstance(event, Finished):
                    end = event
        finally:
            events.close()
        return end


class _Stopped(Exception):
    """The run was stopped before an answer ended."""


@dataclass(slots=True)
class _UnderWay:
    """A conversation that is being had."""

    place: Place
    texts: list[str] = field(default_factory=list)
    calls: list[tuple[ToolCall, ...]] = field(default_factory=list)
    between: list[tuple[Between, ...]] = field(default_factory=list)
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
        self.between.append(())
        self._take_end(end)

    def take_turn(self, turn: ToolTurn) -> None:
        """The next answer, with the calls before it."""
        self.texts.append(turn.text)
        self.calls.append(tuple(turn.calls))
        self.between.append(turn.between)
        for end in turn.ends:
            self._take_end(end)

    def _take_end(self, end: Finished) -> None:
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
            between=tuple(self.between) if any(self.between) else (),
            model=model,
            prompt_tokens=self.prompt_tokens,
            new_tokens=self.new_tokens,
            seconds=time.monotonic() - self.began,
        )
