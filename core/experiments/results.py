"""What the answers of an experiment come to: outcomes by variant, by rule and by group, which
questions to look at, and how often a question was answered in the same words.

Pure functions of an experiment and its answers. What cannot come out in another way is no evidence:
at temperature 0 the tries of a question that say the same are copies, and count once.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from core.checks.judge import Agreement, agreement
from core.checks.rule import KINDS, Rule, Weight, rule_label
from core.experiments.records import Answer, Mark, Place
from core.experiments.spec import ExperimentSpec
from core.statistics.comparison import Comparison, compare, corrected
from core.statistics.outcomes import Outcomes, Rate, rate, rates_by_group

Filter = Literal["all", "better", "worse", "same", "failed", "disagree", "doubtful", "unanswered"]
FILTERS: tuple[Filter, ...] = get_args(Filter)
# What a try came to. COPY: the same as an earlier try of its question, as it had to be. UNTOLD:
# answered, and no rule can tell. MISSING: not answered
FAILED, PASSED, UNTOLD, COPY, MISSING = range(5)
_CHECKED = 10
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Distinct:
    """One wording of the answers to a question by a variant. attempts: the tries that gave it, the
    first of which stands for all; state: what it came to."""

    attempts: tuple[int, ...]
    state: int


@dataclass(frozen=True, slots=True)
class Score:
    """How often something held, by variant. name: of a rule or a group. mixed: rules of one kind
    that questions have of their own, counted together."""

    name: str
    rates: tuple[Rate, ...]
    weight: Weight | None = None
    mixed: bool = False


@dataclass(frozen=True)
class Results:
    """An experiment and its answers, ready to be read.

    states: of every try, (variants, rows, tries). doubtful: whether it is worth a look, likewise.
    """

    spec: ExperimentSpec
    answers: Mapping[Place, Answer]
    states: npt.NDArray[np.int8]
    doubtful: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, spec: ExperimentSpec, answers: Iterable[Answer]) -> Self:
        """The results of these answers. Answers to other places than the spec has are left out."""
        shape = (len(spec.variants), len(spec.rows), spec.tries)
        states = np.full(shape, MISSING, np.int8)
        doubtful = np.zeros(shape, np.bool_)
        found: dict[Place, Answer] = {}
        heard: set[tuple[int, int, tuple[str, ...]]] = set()
        for answer in sorted(answers, key=lambda one: one.place):
            place = answer.place
            if any(at >= most for at, most in zip(place, shape, strict=True)):
                continue
            found[place] = answer
            if not answer.answered:
                continue
            said = (place.variant, place.row, answer.shown)
            if spec.variants[place.variant].sampling.greedy and said in heard:
                states[place] = COPY
                continue
            heard.add(said)
            passed = answer.passed(spec)
            states[place] = UNTOLD if passed is None else PASSED if passed else FAILED
            doubtful[place] = answer.doubtful()
        return cls(spec, found, states, doubtful)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the variants."""
        return tuple(one.name for one in self.spec.variants)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """The place of a question, by its key."""
        return {row.key: place for place, row in enumerate(self.spec.rows)}

    @cached_property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """By variant, what the tries of each question came to."""
        told: dict[int, bool | None] = {FAILED: False, PASSED: True, UNTOLD: None, MISSING: None}
        keys = [row.key for row in self.spec.rows]
        return tuple(
            {
                key: tuple(told[s] for s in tries if s != COPY)
                for key, tries in zip(keys, own.tolist(), strict=True)
            }
            for own in self.states
        )

    @cached_property
    def answered(self) -> int:
        """How many tries there are, copies among them."""
        return int((self.states != MISSING).sum())

    @cached_property
    def copies(self) -> int:
        """Tries that are no evidence."""
        return int((self.states == COPY).sum())

    @cached_property
    def cut(self) -> int:
        """Answers that reached their limit of tokens."""
        return sum(one.cut for one in self.answers.values())

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        """By variant, how many questions passed in more than half of their tries."""
        return tuple(rate(own) for own in self.outcomes)

    def comparisons(self, baseline: int) -> dict[int, Comparison]:
        """Every other variant against `baseline`, corrected for their number."""
        base = self.outcomes[baseline]
        others = [v for v in range(len(self.outcomes)) if v != baseline]
        found = {str(v): compare(base, self.outcomes[v]) for v in others}
        return {int(v): one for v, one in corrected(found).items()} if found else {}

    # --- scores ---------------------------------------------------------------------------

    def by_group(self) -> list[Score]:
        """How many questions of each group passed; empty where there is one group alone."""
        groups = {row.key: row.group for row in self.spec.rows}
        if len(set(groups.values())) < 2:
            return []
        parts = [rates_by_group(own, groups) for own in self.outcomes]
        return [Score(name, tuple(part[name] for part in parts)) for name in parts[0]]

    def by_rule(self) -> list[Score]:
        """How many questions each rule held for: in more than half of their tries, on all turns.

        The rules of the experiment come first. Those that questions have of their own are counted
        together by kind.
        """
        own = len(self.spec.rules)
        named: dict[tuple[int, str, Weight], list[Rule]] = {}
        held: list[dict[tuple[int, str, Weight], dict[str, list[bool | None]]]] = [
            {} for _v in self.spec.variants
        ]
        for row, asked in enumerate(self.spec.rows):
            rules = self.spec.rules_of(row)
            keys = [
                (place if place < own else -1, rule.kind, rule.weight)
                for place, rule in enumerate(rules)
            ]
            for key, rule in zip(keys, rules, strict=True):
                seen = named.setdefault(key, [])
                if rule not in seen[:2]:
                    seen.append(rule)
            for variant in range(len(self.spec.variants)):
                for attempt in range(self.spec.tries):
                    there = self._marked(Place(variant, row, attempt), len(rules))
                    for key, passed in zip(keys, there, strict=True):
                        kept = held[variant].setdefault(key, {}).setdefault(asked.key, [])
                        kept.append(passed)
        order = sorted(named, key=lambda key: (key[0] < 0, key[0]))
        return [
            Score(
                _rule_name(key[1], named[key]),
                tuple(rate(part.get(key, {})) for part in held),
                key[2],
                key[0] < 0 and len(named[key]) > 1,
            )
            for key in order
        ]

    def _marked(self, place: Place, rules: int) -> Sequence[bool | None]:
        """What each rule made of all turns of an answer."""
        answer = self.answers.get(place)
        if answer is None or self.states[place] in (MISSING, COPY) or not answer.marks:
            return [None] * rules
        return [_all_hold(marks) for marks in zip(*answer.marks, strict=True)]

    # --- questions ------------------------------------------------------------------------

    def found(
        self,
        only: Filter,
        pair: tuple[int, int],
        comparison: Comparison | None = None,
        search: str = "",
        group: str | None = None,
    ) -> list[int]:
        """The rows that a filter leaves, in their order. pair: the variants it looks at;
        comparison: of the two, for better, worse and same. search: in questions, expected answers
        and answers."""
        kept = self._mask(only, pair, comparison)
        if group is not None:
            kept = kept & np.fromiter((r.group == group for r in self.spec.rows), np.bool_)
        rows: list[int] = np.flatnonzero(kept).tolist()
        wanted = search.strip().casefold()
        return [row for row in rows if wanted in self._written[row]] if wanted else rows

    def counts(
        self, pair: tuple[int, int], comparison: Comparison | None = None
    ) -> dict[Filter, int]:
        """How many questions each filter leaves."""
        return {only: int(self._mask(only, pair, comparison).sum()) for only in FILTERS}

    def _mask(
        self, only: Filter, pair: tuple[int, int], comparison: Comparison | None
    ) -> npt.NDArray[np.bool_]:
        states, shape = self.states[list(pair)], len(self.spec.rows)
        told = (states == PASSED) | (states == FAILED)
        match only:
            case "all":
                return np.ones(shape, np.bool_)
            case "better" | "worse" | "same":
                mask = np.zeros(shape, np.bool_)
                if comparison is not None:
                    keys: tuple[str, ...] = getattr(comparison, only)
                    mask[[self.row_of[key] for key in keys]] = True
                return mask
            case "failed":
                failed = (states == FAILED).sum(axis=2) * 2 >= told.sum(axis=2)
                return np.any(failed & told.any(axis=2), axis=0)
            case "disagree":
                both = (states == PASSED).any(axis=2) & (states == FAILED).any(axis=2)
                return np.any(both, axis=0)
            case "doubtful":
                return np.any(self.doubtful[list(pair)], axis=(0, 2))
        return np.any(states == MISSING, axis=(0, 2))

    @cached_property
    def _written(self) -> list[str]:
        """By row, all that a search looks at."""
        parts: list[list[str]] = [
            [row.key, row.title, row.expected, *(value for _n, value in row.fields)]
            for row in self.spec.rows
        ]
        for answer in self.answers.values():
            parts[answer.place.row] += answer.shown
            parts[answer.place.row].append(answer.note)
        return ["\n".join(part).casefold() for part in parts]

    def distinct(self, variant: int, row: int) -> list[Distinct]:
        """The wordings of the answers of a variant to a question, the most frequent first."""
        tries: dict[tuple[str, ...], list[int]] = {}
        for attempt in range(self.spec.tries):
            answer = self.answers.get(Place(variant, row, attempt))
            if answer is not None and answer.answered:
                tries.setdefault(answer.shown, []).append(attempt)
        found = [
            Distinct(tuple(own), int(self.states[variant, row, own[0]])) for own in tries.values()
        ]
        return sorted(found, key=lambda one: -len(one.attempts))

    # --- by hand --------------------------------------------------------------------------

    def worth_a_look(self, most: int = _CHECKED) -> list[Place]:
        """Passes that somebody should check, at most so many: doubtful ones first, then others at
        random, the same each time."""
        return self._unchecked[:most]

    @cached_property
    def _unchecked(self) -> list[Place]:
        passes = [
            place
            for place in map(Place._make, np.argwhere(self.states == PASSED).tolist())
            if not self.answers[place].rating
        ]
        random.Random(_SEED).shuffle(passes)
        return sorted(passes, key=lambda place: not self.doubtful[place])

    @cached_property
    def rated(self) -> tuple[Answer, ...]:
        """The answers that were rated by hand."""
        return tuple(one for one in self.answers.values() if one.rating)

    def agreement(self) -> Agreement | None:
        """How often the rules say what was rated by hand; None where no answer has both."""
        by_rules = [replace(one, rating="").passed(self.spec) for one in self.rated]
        return agreement(by_rules, [one.rating == "pass" for one in self.rated])


def _all_hold(marks: Iterable[Mark]) -> bool | None:
    told = [mark.passed for mark in marks]
    return False if False in told else None if None in told else True


def _rule_name(kind: str, rules: Sequence[Rule]) -> str:
    return rule_label(rules[0]) if len(rules) == 1 else KINDS[kind].title()
