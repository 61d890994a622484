"""What a number of questions can show, before they are asked, and how many more would be needed.

The difference of a question is the share of its tries that pass with one variant, less that with
the other. To find a gap with power `POWER` in a two-sided test at level `LEVEL`, the mean
difference has to be (z(1 - LEVEL / 2) + z(POWER)) standard errors, 2.80 of them, which gives

    questions = (2.80 * spread / gap)²,      spread: the standard deviation of the differences

as in Cohen 1988, "Statistical Power Analysis for the Behavioral Sciences", 2.5, for matched pairs.
"""

import math
from functools import cache

LEVEL = 0.05
POWER = 0.80
# How often two tries of one question come out differently, where nothing was measured yet: between
# 0.10 and 0.15 with small models at temperature 0.7
USUAL_DISAGREEMENT = 0.12
# Fewer questions that moved can never be told from chance: 5 of 5 in one direction is 1 time in 16
LEAST_MOVERS = 6
MOST_ROWS = 10_000


@cache
def _standard_errors() -> float:
    from scipy.stats import norm

    return float(norm.ppf(1 - LEVEL / 2) + norm.ppf(POWER))


def rows_needed(gap: float, spread: float) -> int:
    """How many questions show a difference of `gap` (0 to 1, above 0), whose per-question values
    have the standard deviation `spread`; at least `LEAST_MOVERS`."""
    return max(LEAST_MOVERS, math.ceil((_standard_errors() * spread / gap) ** 2))


def detectable_gap(rows: int, tries: int, disagreement: float = USUAL_DISAGREEMENT) -> float | None:
    """The smallest gap, 0 to 1, that `rows` questions with `tries` tries each are likely (80 %) to
    show; None where they are too few for any.

    disagreement: how often two tries of one question differ (`outcomes.disagreement`). The spread
    is chance, (disagreement + gap) / tries, for questions that are lifted from "never" disagree
    more; and a change that works on some questions more than on others, half its own size squared.
    Such gaps were found in 73 to 90 % of simulated runs (`python -m benchmarks.verdicts`); one
    that comes from a few questions alone is harder to find.
    """
    errors = _standard_errors() ** 2
    left = rows - errors / 2
    if left <= 0:
        return None
    # gap² * rows = errors * ((disagreement + gap) / tries + gap² / 2)
    chance = errors * max(disagreement, 1 / (rows + 2)) / tries
    half = errors / tries / 2
    gap = (half + math.sqrt(half**2 + left * chance)) / left
    # What moves fewer questions than can be told from chance is not seen, however steady they are
    gap = max(gap, LEAST_MOVERS / rows / tries)
    return gap if gap < 1 else None


def rows_for_gap(gap: float, tries: int, disagreement: float = USUAL_DISAGREEMENT) -> int:
    """How many questions with `tries` tries each are likely (80 %) to show a gap (0 to 1, above 0):
    the least number whose `detectable_gap` is no larger."""
    low, high = 1, 2
    while not _shows(high, gap, tries, disagreement):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        shown = _shows(middle, gap, tries, disagreement)
        low, high = (low, middle) if shown else (middle, high)
    return high


def _shows(rows: int, gap: float, tries: int, disagreement: float) -> bool:
    found = detectable_gap(rows, tries, disagreement)
    return found is not None and found <= gap


def rounded(count: int) -> int:
    """Up to the next 5, from 100 on to two digits: nobody needs 461 questions rather than 470."""
    step = 10 ** (len(str(count)) - 2) if count >= 100 else 5
    return math.ceil(count / step) * step
