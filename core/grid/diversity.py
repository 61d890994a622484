"""How different texts are: small pure measures over token ids.

- distinct-n: distinct n-grams over all n-grams (Li et al. 2016, https://arxiv.org/abs/1510.03055)
- similarity: 2 x LCS / (len a + len b), the normalised indel similarity, 1 for equal texts
"""

from collections.abc import Sequence
from itertools import combinations

from rapidfuzz.distance import Indel

Ids = Sequence[int]


def distinct_n(texts: Sequence[Ids], n: int) -> float | None:
    """Distinct n-grams over all n-grams of `texts`, 0 to 1; None where no text has n tokens."""
    grams = [tuple(ids[i : i + n]) for ids in texts for i in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else None


def similarity(a: Ids, b: Ids) -> float:
    """How much of two texts is common, in order: 0 (nothing) to 1 (equal)."""
    return float(Indel.normalized_similarity(list(a), list(b)))


def mean_similarity(first: Sequence[Ids], second: Sequence[Ids] | None = None) -> float | None:
    """The mean similarity of all pairs within `first`, or of those across `first` and `second`.

    None where there is no pair.
    """
    pairs = (
        list(combinations(first, 2)) if second is None else [(a, b) for a in first for b in second]
    )
    return sum(similarity(a, b) for a, b in pairs) / len(pairs) if pairs else None


def distinct_texts(texts: Sequence[Ids | str]) -> int:
    """How many of `texts` differ, by their tokens or, where there are none, by their characters."""
    return len({tuple(text) for text in texts})
