"""An experiment and its answers, as they are kept."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple, Self

from core.backends.events import StoredReason, ToolCall
from core.checks.kind import Outcome, Seen
from core.checks.rule import checked
from core.experiments.spec import ExperimentSpec, rules_key
from core.experiments.tools import Between

Rating = Literal["pass", "fail", ""]


class Place(NamedTuple):
    """Which answer: counted from 0. attempt: which try."""

    variant: int
    row: int
    attempt: int


class Mark(NamedTuple):
    """What a rule made of a text. passed: None where it could not be told."""

    passed: bool | None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment that is kept.

    model: what answers where a variant names no model, as a value of `core.engine.choices`.
    """

    id: str
    title: str
    spec: ExperimentSpec
    model: str
    created_at: datetime
    updated_at: datetime
    shared: bool = False
    own: bool = True

    def model_of(self, variant: int) -> str:
        """The value of the model that answers a variant."""
        return self.spec.variants[variant].model or self.model


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, of one turn or several.

    texts: of each turn. calls: the tools that each asks for. between: by turn, the calls and
    results that came before its text, as messages. reason: of the last turn. prompt_tokens,
    new_tokens: of all turns. seconds: from asking to the end, other answers beside it. marks: by
    turn, what each rule made of it, in the order of the rules. rating: by hand; it overrides the
    rules.
    """

    place: Place
    seed: int
    texts: tuple[str, ...]
    reason: StoredReason
    error: str | None = None
    calls: tuple[tuple[ToolCall, ...], ...] = ()
    model: str = ""
    prompt_tokens: int = 0
    new_tokens: int = 0
    seconds: float = 0.0
    marks: tuple[tuple[Mark, ...], ...] = ()
    checked_by: str = ""
    rating: Rating = ""
    note: str = ""
    between: tuple[tuple[Between, ...], ...] = ()

    @property
    def answered(self) -> bool:
        """Whether it came to its own end: what did not is neither passed nor failed."""
        return self.reason in ("stop", "length")

    @property
    def cut(self) -> bool:
        """Whether it reached its limit of tokens."""
        return self.reason == "length"

    def called(self, turn: int) -> tuple[Between, ...]:
        """The calls of a turn, and what came of them."""
        return self.between[turn] if turn < len(self.between) else ()

    @property
    def shown(self) -> tuple[str, ...]:
        """By turn, its text; where it ended at a call, that."""
        return tuple(
            text or _written(self.calls[turn] if self.called(turn) else ())
            for turn, text in enumerate(self.texts)
        )

    def passed(self, spec: ExperimentSpec) -> bool | None:
        """Whether it passes: by hand, else where all rules that it must follow hold on all its
        texts. None where it was not answered, no rule can tell, or there is none."""
        if not self.answered:
            return None
        if self.rating:
            return self.rating == "pass"
        musts = [
            mark.passed
            for marks in self.marks
            for rule, mark in zip(spec.rules_of(self.place.row), marks, strict=True)
            if rule.weight == "must"
        ]
        if False in musts:
            return False
        return True if musts and None not in musts else None

    def doubtful(self) -> bool:
        """Whether it is worth a look: cut, or a rule that is not sure of itself. Not where somebody
        has looked."""
        unsure = any(mark.doubtful for marks in self.marks for mark in marks)
        return self.answered and not self.rating and (unsure or self.cut)

    def checked(
        self, spec: ExperimentSpec, count_tokens: Callable[[str], int] | None = None
    ) -> Self:
        """The same with what the rules of its row make of it now."""
        if not self.answered:
            return self
        rules = spec.rules_of(self.place.row)
        marks = tuple(
            tuple(Mark(o.passed, o.doubtful) for o in outcomes)
            for outcomes in self.outcomes(spec, count_tokens)
        )
        by = rules_key(rules, spec.rows[self.place.row].expected)
        return replace(self, marks=marks, checked_by=by)

    def outcomes(
        self, spec: ExperimentSpec, count_tokens: Callable[[str], int] | None = None
    ) -> Iterator[list[Outcome]]:
        """By turn, what each rule of its row finds, and why."""
        rules = spec.rules_of(self.place.row)
        for turn in range(len(self.texts)):
            seen = self.seen(spec, turn, count_tokens)
            yield [checked(rule, seen) for rule in rules]

    def seen(
        self, spec: ExperimentSpec, turn: int, count_tokens: Callable[[str], int] | None = None
    ) -> Seen:
        """What a rule looks at, of one turn."""
        variant, row, _attempt = self.place
        asked = spec.turns(variant, row)[turn]
        last = turn == len(self.texts) - 1
        return Seen(
            text=self.texts[turn],
            reason=self.reason if last else "stop",
            system=spec.variants[variant].system,
            question=next((m.content for m in reversed(asked) if m.role == "user"), ""),
            expected=spec.rows[row].expected,
            calls=self.calls[turn] if turn < len(self.calls) else (),
            fields=dict(spec.rows[row].fields),
            count_tokens=count_tokens,
        )


def _written(calls: Sequence[ToolCall]) -> str:
    """The last of these calls, in a line."""
    if not calls:
        return ""
    last = calls[-1]
    arguments = None if last.arguments is None else dict(last.arguments)
    return f"→ {last.name} {json.dumps(arguments, ensure_ascii=False, default=repr)}"


def missing(spec: ExperimentSpec, answers: Sequence[Answer]) -> list[Place]:
    """The answers that are still to come, those that failed among them: one try of all rows and
    variants after the other, so that what is there at any time can be compared."""
    there = {answer.place for answer in answers if answer.answered}
    return [
        place
        for attempt in range(spec.tries)
        for row in range(len(spec.rows))
        for variant in range(len(spec.variants))
        if (place := Place(variant, row, attempt)) not in there
    ]
