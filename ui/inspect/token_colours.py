"""The colours of tokens: six steps from expected (calm) to surprising (strong), for each measure.

One hue whose lightness changes steadily, so that the order is seen without seeing colours; the
text on every step has a contrast of 4.5 or more (WCAG 2.2, 1.4.3).
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from core.i18n import _
from core.tokens.inspection import TokenMeasure

STEPS = 6


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours for one theme; `steps` from expected to surprising."""

    steps: tuple[str, ...]
    text: str


LIGHT = Palette(("#FFFFFF", "#FFF5DD", "#FEE4AE", "#FCCB70", "#F7AC45", "#EE8E2B"), "#1C2430")
DARK = Palette(("#12161D", "#2B2312", "#433113", "#5C3F10", "#75490C", "#8C5208"), "#F4F1EA")

# The edges between the steps, each the last value of its step
_EDGES: dict[TokenMeasure, tuple[float, ...]] = {
    "probability": (0.8, 0.5, 0.2, 0.05, 0.01),
    "rank": (1, 2, 5, 20, 100),
    "entropy": (0.5, 1, 2, 3, 5),
    "surprise": (0.5, 1, 2, 4, 7),
}


def step_of(measure: TokenMeasure, value: float) -> int:
    """The step of a value, 0 (expected) to 5 (surprising)."""
    edges = _EDGES[measure]
    if measure == "probability":
        return sum(value < edge for edge in edges)
    return bisect_left(edges, value)


def legend(measure: TokenMeasure) -> list[str]:
    """What each step stands for, expected first."""
    edges = _EDGES[measure]
    if measure == "probability":
        ends = [f"{100 * edge:g} %" for edge in edges]
        return [
            _("{low} or more").format(low=ends[0]),
            *(f"{low} – {high}" for high, low in pairwise(ends)),
            _("below {high}").format(high=ends[-1]),
        ]
    if measure == "rank":
        return ["1", "2", "3 – 5", "6 – 20", "21 – 100", _("above {low}").format(low="100")]
    low_ends = [f"{edge:g}" for edge in edges]
    return [
        _("up to {high} bits").format(high=low_ends[0]),
        *(f"{low} – {high}" for low, high in pairwise(low_ends)),
        _("above {low}").format(low=low_ends[-1]),
    ]


def measure_name(measure: TokenMeasure) -> str:
    """A measure in words."""
    return {
        "probability": _("Probability"),
        "rank": _("Rank"),
        "entropy": _("Entropy"),
        "surprise": _("Surprisal"),
    }[measure]


def measure_help(measure: TokenMeasure) -> str:
    """What a measure says."""
    return {
        "probability": _("How likely the model found this token, among all possible ones."),
        "rank": _(
            "The token's place when all tokens are ordered by probability: 1 is the most likely."
        ),
        "entropy": _(
            "How open the choice was, in bits: 0 is certain, 1 is a coin flip, 3 is eight equally "
            "likely tokens."
        ),
        "surprise": _(
            "-log2 of the probability, in bits: 1 is a coin flip, 10 is one in a thousand."
        ),
    }[measure]
