"""What can be measured of the texts of a cell, by name: numbers alone, computed from the model's
own scores and the texts.

- distinct-n: distinct n-grams over all n-grams (Li et al. 2016, https://arxiv.org/abs/1510.03055)
- self-BLEU: the mean BLEU of each text against the others of its cell (Zhu et al. 2018, Texygen,
  https://arxiv.org/abs/1802.01886), BLEU as sacrebleu defines it (Post 2018,
  https://aclanthology.org/W18-6319), Chinese by character
- similarity: 2 x LCS / (len a + len b), the normalised indel similarity, 1 for equal texts
- mean log-probability: of the text's tokens at temperature 1, natural logarithm
- entropy: of the distribution before each token, Shannon 1948, in bits
- agreement with the greedy answer: the share of a text's tokens before it first leaves the
  greedy answer, which is where a token is not the most likely one
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

from core.grid.records import Cell

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU

Cells = Sequence[Cell]
Ids = Sequence[int]


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over the samples of a cell. low, high: of single texts; equal to `value` where
    only the samples together have one. count: of the texts that were measured."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Measure:
    """How to measure a cell: each text (`of_text`), or the samples together (`of_texts`).

    of_ids: it reads token ids, which not every model gives. low, high: the ends of its scale, None
    where it has none. digits: to show after the point.
    """

    of_text: Callable[[Cell], float | None] | None = None
    of_texts: Callable[[Cells], float | None] | None = None
    of_ids: bool = False
    low: float | None = None
    high: float | None = None
    digits: int = 2

    def spread(self, cells: Cells) -> Spread | None:
        """The measure of these texts; None where it cannot be taken."""
        own = [cell for cell in cells if (cell.token_ids if self.of_ids else cell.written)]
        if self.of_texts:
            value = self.of_texts(own)
            return None if value is None else Spread(value, value, value, len(own))
        assert self.of_text is not None
        values = [v for cell in own if (v := self.of_text(cell)) is not None]
        if not values:
            return None
        low, high = min(values), max(values)
        # The mean of equal numbers may be rounded out of their range
        mean = min(high, max(low, sum(values) / len(values)))
        return Spread(mean, low, high, len(values))


# --- of texts -----------------------------------------------------------------------------


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


def self_bleu(texts: Sequence[str]) -> float | None:
    """The mean BLEU of each text against all others, 0 to 1; 1 where all are the same.

    None for fewer than two texts.
    """
    if len(texts) < 2:
        return None
    scores = []
    for i, text in enumerate(texts):
        others = (*texts[:i], *texts[i + 1 :])
        scores.append(_bleu(text, tuple(sorted(others))))
    return sum(scores) / len(scores)


@lru_cache(maxsize=1)
def _metric() -> "BLEU":
    from sacrebleu.metrics import BLEU

    # "zh" sets Chinese characters apart and cuts all else as the standard "13a" does
    return BLEU(tokenize="zh", effective_order=True)


@lru_cache(maxsize=4096)
def _bleu(text: str, references: tuple[str, ...]) -> float:
    if not text.strip():
        return float(any(not reference.strip() for reference in references))
    return min(1.0, _metric().sentence_score(text, list(references)).score / 100)


# --- of cells -----------------------------------------------------------------------------


def ended_by_length(cells: Cells) -> float | None:
    """The share of texts that ended because they were as long as allowed."""
    ended = [cell.finish_reason == "length" for cell in cells if cell.finish_reason]
    return sum(ended) / len(ended) if ended else None


def mean_entropy(cell: Cell) -> float | None:
    """The mean over the positions of a text, bits; None where it was not scored."""
    return sum(cell.entropies) / len(cell.entropies) if cell.entropies else None


def greedy_agreement(cell: Cell) -> float | None:
    """The share of the tokens before the first that is not the most likely one, 0 to 1."""
    if cell.greedy_prefix is None or not cell.token_ids:
        return None
    return cell.greedy_prefix / len(cell.token_ids)


def length(cell: Cell) -> float | None:
    """How many tokens a text has; None where nothing tells."""
    return None if cell.tokens is None else float(cell.tokens)


def _distinct(n: int, cells: Cells) -> float | None:
    return distinct_n([cell.token_ids for cell in cells], n)


MEASURES: dict[str, Measure] = {
    "mean_logprob": Measure(of_text=lambda cell: cell.mean_logprob, of_ids=True, high=0.0),
    "entropy": Measure(of_text=mean_entropy, of_ids=True, low=0.0),
    "greedy": Measure(of_text=greedy_agreement, of_ids=True, low=0.0, high=1.0),
    "length": Measure(of_text=length, low=0.0, digits=0),
    "ended_by_length": Measure(of_texts=ended_by_length, low=0.0, high=1.0),
    "distinct_1": Measure(of_texts=partial(_distinct, 1), of_ids=True, low=0.0, high=1.0),
    "distinct_2": Measure(of_texts=partial(_distinct, 2), of_ids=True, low=0.0, high=1.0),
    "distinct_3": Measure(of_texts=partial(_distinct, 3), of_ids=True, low=0.0, high=1.0),
    "self_bleu": Measure(
        of_texts=lambda cells: self_bleu([cell.text for cell in cells]), low=0.0, high=1.0
    ),
    "similarity": Measure(
        of_texts=lambda cells: mean_similarity([cell.token_ids for cell in cells]),
        of_ids=True,
        low=0.0,
        high=1.0,
    ),
}
# They compare the samples of a cell
NEED_TWO = ("self_bleu", "similarity")
