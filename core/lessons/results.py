"""What experiments give: figures by name, and what a page shows of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Result:
    """`figures`: every number that a lesson may speak of, by its name."""

    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: in which group, to which question, drawn with which seed.

    marks: the names of the marks that were found in it. reason: why it ended.
    """

    group: str
    question: str
    seed: int
    text: str
    tokens: int
    reason: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers(Result):
    """Answers in groups; labels: the group's or mark's name to what a reader sees."""

    answers: tuple[Answer, ...]
    labels: Mapping[str, str]
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may come next, with its probability (0 to 1) after temperature.

    kept: whether the cut of the setting leaves it in.
    """

    piece: str
    probability: float
    kept: bool


@dataclass(frozen=True, slots=True)
class NextTokens:
    """The likeliest next tokens in one context under one setting; kept: how many the cut leaves."""

    context: str
    setting: str
    begun: str
    candidates: tuple[Candidate, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class Distributions(Result):
    """What may come next, per context and setting."""

    tables: tuple[NextTokens, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of a text or prompt: its vocabulary entry, and whether it is a control token."""

    id: int
    piece: str
    control: bool


@dataclass(frozen=True, slots=True)
class Tokenised:
    """A text or prompt as its tokens."""

    label: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Pieces(Result):
    """Texts or prompts, cut into tokens."""

    texts: tuple[Tokenised, ...]


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """A precision compared with fp32. agree: share of positions with the same likeliest token.

    kl: mean Kullback-Leibler divergence from fp32's distribution, in nats. bytes: of the weights.
    six_b: bytes that the weights of ChatGLM3-6B would take, as planned.
    """

    precision: str
    bytes: int
    agree: float
    kl: float
    six_b: int


@dataclass(frozen=True, slots=True)
class Precisions(Result):
    """Precisions beside each other; `model`: which was measured; `loaded`: which is loaded."""

    rows: tuple[PrecisionRow, ...]
    model: str
    loaded: str
