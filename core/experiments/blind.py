"""Two variants compared by a reader who does not know which is which.

The order of the questions and the sides of the answers follow from a seed; answers that say the
same are left out, as there is nothing to prefer. Choices are kept as they are made, and what they
come to is reckoned once the names are told.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from core.experiments.records import Answer, Place
from core.experiments.results import FAILED, PASSED, Results
from core.i18n import _, ngettext
from core.sampling.settings import MAX_SEED
from core.statistics.comparison import mid_p_mcnemar
from core.statistics.planning import LEAST_MOVERS, LEVEL
from core.statistics.sentences import p_text

Choice = Literal["left", "right", "equal"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


@dataclass(frozen=True, slots=True)
class Blind:
    """A comparison as it is kept. choices: by the key of the question. revealed: whether the names
    have been told, which ends it."""

    seed: int
    choices: Mapping[str, Choice]
    revealed: bool = False

    @classmethod
    def new(cls) -> Self:
        """One with an order that nobody knows."""
        return cls(random.SystemRandom().randint(0, MAX_SEED), {})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"seed": self.seed, "choices": dict(self.choices), "revealed": self.revealed}

    @classmethod
    def from_dict(cls, item: dict[str, Any]) -> Self:
        """What `to_dict` gave."""
        return cls(item["seed"], item["choices"], item["revealed"])


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two answers to one question, side by side. swapped: the second variant is on the left."""

    key: str
    left: Answer
    right: Answer
    swapped: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What the choices come to. a, b: questions in which either variant was preferred; equal: in
    which neither was. p: McNemar's mid-p over those with a preference, 0 to 1. agreeing, told: of
    the questions with a preference in which the rules pass one answer alone, those in which it is
    the preferred one, and all."""

    a: int
    b: int
    equal: int
    p: float
    agreeing: int
    told: int


def pairings(results: Results, pair: tuple[int, int], seed: int) -> tuple[Pairing, ...]:
    """What is compared, in its order: of each question the first try that both answered in
    different words. An answer that comes later moves no other to another side."""
    found = []
    for row, asked in enumerate(results.spec.rows):
        draw = random.Random(f"{seed}/{asked.key}")
        order, swapped = draw.random(), draw.random() < 0.5
        for attempt in range(results.spec.tries):
            a, b = (results.answers.get(Place(variant, row, attempt)) for variant in pair)
            if a and b and a.answered and b.answered and a.shown != b.shown:
                left, right = (b, a) if swapped else (a, b)
                found.append((order, Pairing(asked.key, left, right, swapped)))
                break
    return tuple(one for _order, one in sorted(found, key=lambda item: item[0]))


def tally(results: Results, pair: tuple[int, int], blind: Blind) -> Tally:
    """What the choices come to."""
    counts = {"a": 0, "b": 0, "equal": 0}
    agreeing = told = 0
    for one in pairings(results, pair, blind.seed):
        choice = blind.choices.get(one.key)
        if choice is None:
            continue
        if choice == "equal":
            counts["equal"] += 1
            continue
        counts["b" if (choice == "right") is not one.swapped else "a"] += 1
        preferred, other = (one.left, one.right) if choice == "left" else (one.right, one.left)
        states = results.states[preferred.place], results.states[other.place]
        if sorted(states) == [FAILED, PASSED]:
            told += 1
            agreeing += int(states[0] == PASSED)
    p = mid_p_mcnemar(counts["a"], counts["b"])
    return Tally(counts["a"], counts["b"], counts["equal"], p, agreeing, told)


def tally_sentences(found: Tally, a: str, b: str) -> list[str]:
    """What may be claimed, on what grounds, and what the rules say. a, b: names, as they are."""
    sure = found.a + found.b >= LEAST_MOVERS and found.p <= LEVEL
    if sure:
        better, other = (b, a) if found.b > found.a else (a, b)
        claim = _("You prefer {better} to {other}.").format(better=better, other=other)
    else:
        claim = _("Your choices can't tell {b} and {a} apart.").format(a=a, b=b)
    count = found.a + found.b + found.equal
    grounds = ngettext(
        "Of {count:,} question, {b} was better in {of_b:,}, {a} in {of_a:,}, and {equal:,} equally "
        "good (p {p}, McNemar's mid-p).",
        "Of {count:,} questions, {b} was better in {of_b:,}, {a} in {of_a:,}, and {equal:,} equally "
        "good (p {p}, McNemar's mid-p).",
        count,
    ).format(
        count=count, a=a, b=b, of_a=found.a, of_b=found.b, equal=found.equal, p=p_text(found.p)
    )
    said = [claim, grounds]
    if found.told:
        said.append(
            ngettext(
                "Where the rules passed one of the two alone, you chose the same {same:,} of "
                "{count:,} time.",
                "Where the rules passed one of the two alone, you chose the same {same:,} of "
                "{count:,} times.",
                found.told,
            ).format(same=found.agreeing, count=found.told)
        )
    return said
