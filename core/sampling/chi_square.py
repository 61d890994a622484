"""Pearson's chi-square test: do counts agree with the probabilities that they were drawn from?

Pearson 1900, "On the criterion that a given system of deviations ..."; the pooling of rare bins
follows Cochran 1954, "Some methods for strengthening the common chi-square tests".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInput
from core.i18n import _

# Bins that expect fewer are pooled: the statistic follows its distribution only above this.
LEAST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """statistic: the sum of (observed - expected)² / expected over the bins.

    degrees: bins - 1. p_value: how often a fair draw gives a statistic at least as large, 0 to 1;
    None where a single bin is left and there is nothing to test.
    """

    statistic: float
    degrees: int
    p_value: float | None


def chi_square(observed: Sequence[int], probabilities: Sequence[float]) -> ChiSquare:
    """Test counts against probabilities, both of shape (bins,); rare bins are pooled.

    A count in a bin of probability 0 is impossible: the statistic is then infinite, p_value 0.
    Raises `InvalidInput` unless there are as many counts as probabilities, which add up to 1.
    """
    counts = np.asarray(observed, dtype=np.float64)
    weights = np.asarray(probabilities, dtype=np.float64)
    total = float(weights.sum())
    if counts.shape != weights.shape or counts.ndim != 1 or abs(total - 1) > 1e-6:
        raise InvalidInput(
            _(
                "A chi-square test needs one probability per count, with a sum of 1; got {counts} "
                "counts and {probabilities} probabilities with a sum of {total:g}."
            ).format(counts=counts.size, probabilities=weights.size, total=total)
        )
    if counts[weights == 0].any():
        return ChiSquare(math.inf, max(1, len(counts) - 1), 0.0)
    counts, expected = _pooled(counts, weights * counts.sum())
    statistic = float(((counts - expected) ** 2 / np.maximum(expected, 1e-300)).sum())
    degrees = len(expected) - 1
    return ChiSquare(statistic, degrees, upper_tail(statistic, degrees) if degrees else None)


def _pooled(counts: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bins that expect enough, and one for all others; joined to the rarest if still rare."""
    order = np.argsort(-expected, kind="stable")
    counts, expected = counts[order], expected[order]
    enough = int((expected >= LEAST_EXPECTED).sum())
    if expected[enough:].sum() < LEAST_EXPECTED:
        enough = max(1, enough) - 1
    return (
        np.append(counts[:enough], counts[enough:].sum()),
        np.append(expected[:enough], expected[enough:].sum()),
    )


def upper_tail(statistic: float, degrees: int) -> float:
    """P(X >= statistic) of the chi-square distribution with `degrees` degrees of freedom, 1 or
    more.

    The regularised upper incomplete gamma function Q(degrees / 2, statistic / 2); see the
    Digital Library of Mathematical Functions, https://dlmf.nist.gov/8.2.E4.
    """
    import torch

    half = torch.tensor([degrees / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))
