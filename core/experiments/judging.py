"""Asks a judge about the answers of an experiment: the work of a job, each opinion kept as it ends.

Answers that were rated by hand come first, for they are what tells how far a judge can be believed;
the others from all over the table. An answer that the same judge has an opinion of is not asked
about again.
"""

import time
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, replace

from core.backends.backend import Backend
from core.backends.events import Finished
from core.backends.request import Request
from core.cases.run import Answered, stream
from core.checks.judge import read_verdict
from core.checks.kind import Seen
from core.errors import EngineError, InvalidInput
from core.experiments.opinions import Judging, Opinion
from core.experiments.records import Answer, Experiment
from core.experiments.run import MOST_FAILURES, Holding, Loading
from core.experiments.store import Experiments
from core.i18n import _

AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Judged:
    """How far a judge is: done of the wanted answers. refused: answers that cannot be put to it,
    for they are too long for its window mostly. seconds: since it began."""

    done: int
    wanted: int
    refused: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this speed; None before the first answer."""
        if not self.done:
            return None
        return self.seconds / self.done * (self.wanted - self.done - self.refused)


# Its result: how far it came
Judgement = Generator[tuple[Hashable, Judged | Loading], None, Judged]


def unjudged(answers: Sequence[Answer], opinions: Sequence[Opinion]) -> list[Answer]:
    """The answers that a judge has no opinion of yet, in the order in which it is asked."""
    there = {one.place for one in opinions}
    left = [
        one
        for one in answers
        if one.answered and one.place not in there and one.texts and one.texts[-1].strip()
    ]
    return sorted(left, key=lambda one: (not one.rating, one.place.attempt, one.place.row))


def judge_answers(
    experiments: Experiments,
    experiment: Experiment,
    by: Judging,
    hold: Holding,
    most: int | None = None,
    at_once: int = AT_ONCE,
) -> Judgement:
    """Ask a judge about what it has no opinion of, at most `most` answers.

    Closing the iterator early forgets the opinions under way. After some failures one after another
    it ends with an `EngineError`; what is kept stays.
    """
    wanted = unjudged(experiments.answers(experiment), experiments.opinions(experiment, by))
    wanted = wanted[:most]
    if not wanted:
        return Judged(0, 0, 0, 0.0)
    yield None, Loading(by.model)
    with hold(by.model) as backend:
        yield None, Loading("")
        asking = _Asking(experiments, experiment, by, backend)
        began = time.monotonic()
        now = Judged(0, len(wanted), 0, 0.0)
        yield None, now
        for first in range(0, len(wanted), at_once):
            for done, refused in asking.about(wanted[first : first + at_once]):
                now = replace(now, done=done, refused=refused, seconds=time.monotonic() - began)
                yield None, now
    return now


class _Asking:
    """What is asked of one judge, and what came of it so far."""

    def __init__(
        self, experiments: Experiments, experiment: Experiment, by: Judging, backend: Backend
    ) -> None:
        self._experiments, self._experiment = experiments, experiment
        self._by, self._backend = by, backend
        self._done, self._refused, self._failures = 0, 0, 0

    def about(self, answers: Sequence[Answer]) -> Generator[tuple[int, int], None, None]:
        """Ask about these at once; how many are done and refused, after each and ten times a
        second."""
        asked = {one.place: one for one in answers}
        requests = [r for one in answers if (r := self._request(one)) is not None]
        yield self._done, self._refused
        events = stream(self._backend, requests, Answered())
        try:
            for tag, event in events:
                if isinstance(event, Finished):
                    self._take(asked[tag], event)  # type: ignore[index]
                yield self._done, self._refused
        finally:
            events.close()

    def _request(self, answer: Answer) -> Request | None:
        request = self._by.judge.request(judged(self._experiment, answer))
        request = replace(request, tag=answer.place)
        try:
            self._backend.check(request)
        except InvalidInput:
            self._refused += 1
            return None
        return request

    def _take(self, answer: Answer, end: Finished) -> None:
        if end.reason in ("stop", "length"):
            opinion = Opinion(answer.place, read_verdict(self._by.judge, end.text))
            self._experiments.save_opinion(self._experiment, answer, self._by, opinion)
            self._done += 1
            self._failures = 0
        elif end.reason == "error":
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise EngineError(
                    _(
                        "{model} stopped answering: {reason} Nothing is lost. Continue when it is "
                        "back."
                    ).format(model=self._backend.facts.called, reason=end.error or "")
                )


def judged(experiment: Experiment, answer: Answer) -> Seen:
    """What a judge is shown of an answer: its last text, and the whole conversation before it."""
    spec, (variant, row, _attempt) = experiment.spec, answer.place
    seen = answer.seen(spec, len(answer.texts) - 1)
    said = [
        m
        for m in spec.messages(variant, row, answer.texts[:-1], answer.between[:-1])
        if m.role != "system"
    ]
    if len(said) > 1:
        lines = [f"{message.role.capitalize()}: {message.content}" for message in said]
        seen = replace(seen, question="\n\n".join(lines))
    return seen
