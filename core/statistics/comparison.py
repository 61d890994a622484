"""Two variants over the same questions: who did better, by how much, and whether that is more than
chance.

- the difference in pass rates, with a 95 % interval by a bootstrap over the questions, whose tries
  stay together (a cluster bootstrap; Davison and Hinkley 1997, 3.8; Miller 2024,
  https://arxiv.org/abs/2411.00640, for evaluations). The questions are resampled with two added,
  half a question for each of the four outcomes of a pair (Agresti and Min 2005,
  https://doi.org/10.1002/sim.1781), less of those that move where there are several tries: without
  them ten questions of which none moved would say [0, 0].
- a sign-flip test on the differences by question: exact for few questions that moved, else by
  random flips (Fisher 1935, "The Design of Experiments", 21; Phipson and Smyth 2010,
  https://arxiv.org/abs/1603.05766, for the one that is added)
- McNemar's test, mid-p, on the questions that pass in more than half of their tries (Fagerland,
  Lydersen and Laake 2013, https://doi.org/10.1186/1471-2288-13-91)
- Holm's correction over several comparisons (Holm 1979, https://www.jstor.org/stable/4615733)

`verdict` claims a difference only where at least six questions moved, the corrected sign-flip p is
at most 5 % and the interval leaves zero out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.statistics.outcomes import CONFIDENCE, Outcomes, majority, share
from core.statistics.planning import LEAST_MOVERS, LEVEL, rows_needed

Verdict = Literal["b_better", "a_better", "cannot_tell", "none_passed", "all_passed", "nothing"]

RESAMPLES = 9_999
FLIPS = 19_999
_EXACT_MOVERS = 10  # all 1,024 ways to flip them are tried
_SEED = 20_260_101
# Differences are multiples of 1 / (20 * 19); what is closer is the same
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Comparison:
    """b against a over the questions that both answered; shares and differences from 0 (or -1) to
    1.

    better, worse, same: keys of questions by the share of their tries that pass with b, against a.
    unanswered: keys of those without an answer of a or b; they are in no other figure. a_share,
    b_share: means over the questions. difference: b_share - a_share, and the ends of its interval.
    sign_flip_p, mid_p: of this comparison alone; adjusted_p: the sign-flip p after Holm, of
    `comparisons` that were made together. spread: the standard deviation of the differences by
    question. only_a, only_b: questions that only one passes in more than half of its tries. whole:
    whether every question passed in all of its tries or in none, with a as with b.
    """

    better: tuple[str, ...]
    worse: tuple[str, ...]
    same: tuple[str, ...]
    unanswered: tuple[str, ...]
    a_share: float
    b_share: float
    low: float
    high: float
    spread: float
    sign_flip_p: float
    only_a: int
    only_b: int
    mid_p: float
    whole: bool
    adjusted_p: float = 1.0
    comparisons: int = 1

    @property
    def rows(self) -> int:
        """Questions that were compared."""
        return len(self.better) + len(self.worse) + len(self.same)

    @property
    def movers(self) -> int:
        """Questions that came out differently."""
        return len(self.better) + len(self.worse)

    @property
    def difference(self) -> float:
        """b_share - a_share, -1 to 1."""
        return self.b_share - self.a_share

    @property
    def verdict(self) -> Verdict:
        """What may be claimed."""
        if not self.rows:
            return "nothing"
        if not self.movers and self.a_share in (0.0, 1.0):
            return "all_passed" if self.a_share else "none_passed"
        outside = self.low > _CLOSE or self.high < -_CLOSE
        if self.movers < LEAST_MOVERS or self.adjusted_p > LEVEL or not outside:
            return "cannot_tell"
        return "b_better" if self.difference > 0 else "a_better"

    @property
    def needed(self) -> int | None:
        """About how many questions would show a difference as large as the one seen, with the
        spread seen (`planning.rows_needed`); None where nothing moved, or as much up as down."""
        if not self.movers or abs(self.difference) < _CLOSE:
            return None
        return rows_needed(abs(self.difference), self.spread)


def compare(a: Outcomes, b: Outcomes) -> Comparison:
    """b against a. Questions that only one of them has are unanswered."""
    keys = [*a, *(key for key in b if key not in a)]
    shares = {key: (share(a.get(key, ())), share(b.get(key, ()))) for key in keys}
    pairs = {
        key: (of_a, of_b)
        for key, (of_a, of_b) in shares.items()
        if of_a is not None and of_b is not None
    }
    values = np.asarray(list(pairs.values()), dtype=np.float64).reshape(-1, 2)
    differences = values[:, 1] - values[:, 0]
    differences[np.abs(differences) < _CLOSE] = 0.0
    signs = dict(zip(pairs, np.sign(differences), strict=True))
    means = values.mean(axis=0) if len(values) else np.zeros(2)
    low, high = bootstrap_interval(differences, _mean_tries(pairs, a, b))
    flip_p = sign_flip_p(differences)
    only_a = sum(bool(majority(a[key])) and not majority(b[key]) for key in pairs)
    only_b = sum(bool(majority(b[key])) and not majority(a[key]) for key in pairs)
    return Comparison(
        better=tuple(key for key, sign in signs.items() if sign > 0),
        worse=tuple(key for key, sign in signs.items() if sign < 0),
        same=tuple(key for key, sign in signs.items() if sign == 0),
        unanswered=tuple(key for key in keys if key not in pairs),
        a_share=float(means[0]),
        b_share=float(means[1]),
        low=low,
        high=high,
        spread=float(differences.std(ddof=1)) if len(differences) > 1 else 0.0,
        sign_flip_p=flip_p,
        only_a=only_a,
        only_b=only_b,
        mid_p=mid_p_mcnemar(only_a, only_b),
        whole=bool(np.isin(values, (0.0, 1.0)).all()),
        adjusted_p=flip_p,
    )


def _mean_tries(keys: Iterable[str], a: Outcomes, b: Outcomes) -> float:
    answered = [len(own[key]) - list(own[key]).count(None) for key in keys for own in (a, b)]
    return sum(answered) / len(answered) if answered else 1.0


def compare_all(variants: Mapping[str, Outcomes], baseline: str) -> dict[str, Comparison]:
    """Every other variant against `baseline`, by name, with p corrected by Holm for their
    number."""
    base = variants[baseline]
    found = {name: compare(base, own) for name, own in variants.items() if name != baseline}
    return corrected(found)


def corrected(comparisons: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """These comparisons as made together: p corrected by Holm for their number."""
    adjusted = holm([one.sign_flip_p for one in comparisons.values()])
    return {
        name: replace(one, adjusted_p=p, comparisons=len(comparisons))
        for (name, one), p in zip(comparisons.items(), adjusted, strict=True)
    }


def bootstrap_interval(differences: np.ndarray, tries: float = 1.0) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of `differences` (questions,), each -1 to 1,
    smoothed as above; (-1, 1) without a question. tries: of a question, on average."""
    if not len(differences):
        return -1.0, 1.0
    values, counts = np.unique(np.round(differences, 9), return_counts=True)
    moving = 0.5 / max(1.0, tries)
    values = np.append(values, (1.0, 0.0, -1.0))
    weights = np.append(counts, (moving, 2 - 2 * moving, moving))
    # Resampling questions is drawing how often each difference comes: quick for any number of them
    size = len(differences) + 2
    drawn = np.random.default_rng(_SEED).multinomial(size, weights / weights.sum(), RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn @ values / size, (tail, 1 - tail))
    return float(low), float(high)


def sign_flip_p(differences: np.ndarray) -> float:
    """How often random signs give a mean of `differences` (questions,) as far from 0, 0 to 1; 1
    where nothing moved."""
    moved = differences[np.abs(differences) > _CLOSE]
    if len(moved) < 2:
        return 1.0
    if len(moved) <= _EXACT_MOVERS:
        from scipy.stats import permutation_test

        # Rounded, or sums that are the same on paper would differ in their last digit
        exact = permutation_test(
            (moved,),
            lambda sample, axis: np.round(sample.sum(axis=axis), 6),
            permutation_type="samples",
            n_resamples=2**_EXACT_MOVERS,
            vectorized=True,
        )
        return min(1.0, float(exact.pvalue))
    # The sum of c flipped values of one size is that size times 2 Binomial(c, 1/2) - c
    generator = np.random.default_rng(_SEED)
    sizes, counts = np.unique(np.round(np.abs(moved), 9), return_counts=True)
    sums = np.zeros(FLIPS)
    for size, count in zip(sizes, counts, strict=True):
        sums += size * (2 * generator.binomial(count, 0.5, FLIPS) - count)
    as_far = np.abs(sums) >= abs(float(moved.sum())) - len(moved) * _CLOSE
    return float((1 + as_far.sum()) / (1 + FLIPS))


def mid_p_mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's two-sided mid-p from the questions that only one of the two passes, 0 to 1."""
    from scipy.stats import binom

    moved, fewer = only_a + only_b, min(only_a, only_b)
    if not moved:
        return 1.0
    return min(1.0, float(2 * binom.cdf(fewer, moved, 0.5) - binom.pmf(fewer, moved, 0.5)))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, each 0 to 1, corrected for their number so that the chance of any false claim
    among them stays what it was for one."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, stepped)
    return [float(one) for one in adjusted]
