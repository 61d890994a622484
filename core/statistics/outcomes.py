"""Outcomes by question, and the rates that are read from them.

`Outcomes` holds for each question (by its key) one entry a try: passed, failed, or None where there
is no answer. An answer that is missing is not one that failed: it counts nowhere. A question whose
tries are all missing is unanswered, and stands apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Tries = Sequence[bool | None]
Outcomes = Mapping[str, Tries]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """How many questions passed. passed, rows: counts of questions, the unanswered ones aside.

    low, high: the ends of Wilson's 95 % interval for the share, 0 to 1; 0 and 1 without a question.
    """

    passed: int
    rows: int
    low: float
    high: float
    unanswered: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1; None without a question."""
        return self.passed / self.rows if self.rows else None


def share(tries: Tries) -> float | None:
    """The share of a question's answered tries that passed, 0 to 1; None without an answer."""
    answered = [passed for passed in tries if passed is not None]
    return sum(answered) / len(answered) if answered else None


def majority(tries: Tries) -> bool | None:
    """Whether more than half of a question's answered tries passed; None without an answer."""
    part = share(tries)
    return None if part is None else part > 0.5


def disagree(tries: Tries) -> bool:
    """Whether some of a question's tries passed and others failed."""
    return True in tries and False in tries


def rate(outcomes: Outcomes) -> Rate:
    """The questions that passed in more than half of their tries."""
    return rate_of(map(majority, outcomes.values()))


def rate_of(passed: Iterable[bool | None]) -> Rate:
    """The rate of questions with one outcome each; None is an unanswered one."""
    results = list(passed)
    answered = [one for one in results if one is not None]
    low, high = wilson(sum(answered), len(answered))
    return Rate(sum(answered), len(answered), low, high, len(results) - len(answered))


def rates_by_group(outcomes: Outcomes, groups: Mapping[str, str]) -> dict[str, Rate]:
    """The rate of each group, in the order in which the groups first appear. groups: the group of
    each question; one without a group is in the group ""."""
    parts: dict[str, dict[str, Tries]] = {}
    for key, tries in outcomes.items():
        parts.setdefault(groups.get(key, ""), {})[key] = tries
    return {group: rate(part) for group, part in parts.items()}


@lru_cache(maxsize=4096)
def wilson(passed: int, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share of `rows` independent questions, without continuity
    correction; (0, 1) for none (Wilson 1927, https://doi.org/10.2307/2276774)."""
    if not rows:
        return 0.0, 1.0
    from scipy.stats import binomtest

    found = binomtest(passed, rows).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def disagreement(outcomes: Outcomes) -> float | None:
    """How often two tries of one question come out differently, 0 to 1, on average over the
    questions with at least two answers; None where there is no such question."""
    chances = []
    for tries in outcomes.values():
        passed, failed = tries.count(True), tries.count(False)
        pairs = (passed + failed) * (passed + failed - 1) / 2
        if pairs:
            chances.append(passed * failed / pairs)
    return sum(chances) / len(chances) if chances else None
