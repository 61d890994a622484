"""What judges said of the answers of an experiment, as it is kept, and what it is worth.

An opinion stands beside the rules and decides nothing: no verdict of an experiment rests on it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from core.checks.judge import Agreement, Judge, Verdict, agreement
from core.experiments.records import Answer, Place


@dataclass(frozen=True, slots=True)
class Judging:
    """A judge and the model that is asked. model: a value of `core.engine.choices`."""

    judge: Judge
    model: str

    @property
    def key(self) -> str:
        """What its opinions are kept under: the same for the same rubric, scale and model. From
        which grade an answer passes is a matter of reading them."""
        content = {"rubric": self.judge.rubric, "scale": self.judge.scale, "model": self.model}
        written = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return sha256(written.encode()).hexdigest()[:20]

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values, for the database."""
        return self.judge.to_dict() | {"model": self.model}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_dict` gave; raises `KeyError` or `InvalidInput` for anything else."""
        return cls(Judge.from_dict({k: v for k, v in kept.items() if k != "model"}), kept["model"])


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge said of an answer."""

    place: Place
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Tally:
    """Opinions by what they say. unread: those that give no verdict."""

    passed: int
    failed: int
    unread: int

    @classmethod
    def of(cls, opinions: Sequence[Opinion]) -> Self:
        """Count them."""
        said = [one.verdict.passed for one in opinions]
        return cls(said.count(True), said.count(False), said.count(None))

    @property
    def told(self) -> int:
        """Those that give a verdict."""
        return self.passed + self.failed


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer of which the judge says other than who rated it by hand."""

    place: Place
    judge_passed: bool


def by_hand(
    opinions: Sequence[Opinion], answers: Sequence[Answer]
) -> tuple[Agreement | None, list[Difference]]:
    """How far a judge agrees with the ratings by hand, and where it does not."""
    rated = {one.place: one.rating == "pass" for one in answers if one.answered and one.rating}
    both = [one for one in opinions if one.place in rated]
    found = agreement([o.verdict.passed for o in both], [rated[o.place] for o in both])
    differing = [
        Difference(one.place, one.verdict.passed)
        for one in both
        if one.verdict.passed is not None and one.verdict.passed != rated[one.place]
    ]
    return found, differing


def texts_key(texts: Sequence[str]) -> str:
    """The texts of an answer, by content."""
    return sha256(json.dumps(list(texts)).encode()).hexdigest()[:20]
