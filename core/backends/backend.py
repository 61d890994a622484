"""The seam: what any model stands behind, on this machine or elsewhere.

A backend takes requests and gives streams of events. What else it can it says in `can`, and the
small protocols below tell how it is asked for: whoever needs one of them goes through
`tokenizer_of`, `scorer_of` or `reader_of`, which explain what is lacking. Nobody asks for a type.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from core.backends.request import Request
from core.backends.scores import TokenScore
from core.backends.stream import MergedStream, Stream
from core.backends.tokenizer import Tokenizer
from core.errors import NotSupported
from core.i18n import _

# chat: answers conversations; without it the model continues plain text.
# token_ids: has a tokenizer here, takes ids as a prompt, and gives ids with its text.
# logits, scores: as the protocols below. begun: goes on with the beginning of an answer.
# exact_seeds: the same request with the same seed gives the same text, whatever else runs.
# exact_next, exact_answers: `next_logits`, `answer_logits` are exact for every token, not only for
# the likeliest.
# valid_calls: can see to it that only valid calls of the offered tools are written.
# tools: knows tools in a prompt and asks for them in a reply. window: its size is known.
Ability = Literal[
    "chat",
    "token_ids",
    "logits",
    "scores",
    "begun",
    "exact_seeds",
    "exact_next",
    "exact_answers",
    "tools",
    "valid_calls",
    "window",
]
Logits = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BackendFacts:
    """What is known about the model behind a backend; None or empty where it is not.

    identity: tells this loaded model from every other one, for caches. window: in tokens. memory:
    bytes that the model and its KV cache take here. likeliest: how many tokens of a place it tells,
    where those beyond them are estimates. elsewhere: the machine that prompts are sent to; empty
    where they stay on this one. places: how many requests run side by side; others wait. title:
    tells what people call it, in the language of whoever asks.
    """

    name: str
    identity: str
    family: str = ""
    precision: str = ""
    device: str = ""
    window: int | None = None
    parameters: int | None = None
    memory: int | None = None
    likeliest: int | None = None
    elsewhere: str = ""
    places: int | None = None
    title: Callable[[], str] | None = field(default=None, compare=False)

    @property
    def called(self) -> str:
        """What people call it, where `name` is for records and links."""
        return self.title() if self.title else self.name


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What a backend is doing right now. alive: False while it has to start again first."""

    alive: bool
    running: int
    waiting: int


class Backend(Protocol):
    """A model that answers requests. All methods may be called from any thread."""

    @property
    @abstractmethod
    def facts(self) -> BackendFacts:
        """What is known about the model."""

    @property
    @abstractmethod
    def can(self) -> frozenset[Ability]:
        """What the model can besides continuing a prompt."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether the model has been unloaded, or its connection ended."""

    @abstractmethod
    def submit_many(self, requests: Sequence[Request]) -> MergedStream:
        """Start requests together; all are checked before the first one starts.

        Raises `InvalidInput` for what the model cannot read, `PromptTooLong` when there is no
        room for an answer, `EngineError` when it is closed.
        """

    @abstractmethod
    def check(self, request: Request) -> None:
        """Raise what `submit_many` would raise for this request."""

    @abstractmethod
    def status(self) -> BackendStatus:
        """Counts of the moment."""

    def why_not(self, ability: Ability) -> str | None:
        """Why it cannot do this, in one sentence, where more is known than `lacking` says of every
        model."""
        return None

    def unheeded(self, setting: str) -> str | None:
        """Why a setting, by its name in `Sampling`, is left out of what is asked, in one sentence;
        None where it is not."""
        return None

    def submit(self, request: Request) -> Stream:
        """Start one request; see `submit_many`."""
        return Stream(self.submit_many([request]))


class HasTokenizer(Protocol):
    """A backend whose tokenizer is here: "token_ids"."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to ids and back."""


class Scorer(Protocol):
    """A backend that scores texts: "scores"."""

    def check_text(self, ids: Sequence[int]) -> None:
        """Raise `InvalidInput` or `PromptTooLong` for what cannot be read in one go."""

    def score_many(
        self,
        sequences: Sequence[Sequence[int]],
        top: int = 5,
        given: Sequence[int] | None = None,
    ) -> list[list[TokenScore]]:
        """For each sequence one entry per token, with its `top` alternatives.

        given: how many first tokens of each nobody asks for; they may stay without a score.
        Raises `InvalidInput` for an empty sequence or an id outside the vocabulary,
        `PromptTooLong` for one that cannot be read in one go.
        """


class LogitsReader(Protocol):
    """A backend that gives logits: "logits". Raises what `Scorer.check_text` raises."""

    def next_logits(self, ids: Sequence[int]) -> Logits:
        """The logits of the token after `ids`, shape (vocabulary,), without padding rows; where the
        backend cannot "exact_next", those of unlikely tokens are estimates."""

    def going_on_logits(self, ids: Sequence[int]) -> Logits:
        """As `next_logits`, for a text that grows or shrinks at its end: only what the last such
        text did not begin with is read.

        In half precision the last bits depend on what was read before, as while generating.
        """

    def answer_logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[Logits]:
        """For each token of `answer` the logits that it was drawn from, shape (vocabulary,); where
        the backend cannot "exact_answers", those of unlikely tokens are estimates."""

    def drawn_token(self, probabilities: Probabilities, seed: int, step: int) -> int:
        """The token that `seed` draws as number `step` (from 0) of an answer.

        probabilities: (vocabulary,), of the draw: after temperature, top_k and top_p.
        """

    def draw_counts(
        self, probabilities: Probabilities, seed: int, step: int, times: int
    ) -> npt.NDArray[np.int64]:
        """How often each token is drawn at `step` by the seeds `seed`, `seed` + 1 and so on, after
        the largest seed from 0 on: (vocabulary,)."""


def lacking(backend: Backend, *abilities: Ability) -> str | None:
    """One sentence on what the model cannot and this needs, and what to do; None where it can."""
    missing = next((ability for ability in abilities if ability not in backend.can), None)
    if missing is None:
        return None
    own = backend.why_not(missing)
    if own:
        return own
    name = backend.facts.called
    said = {
        "chat": _(
            "{name} has no chat format: it continues text. Load a chat model on the Models page."
        ),
        "token_ids": _(
            "{name} does not report its tokens. Load a model on this machine to see them."
        ),
        "logits": _(
            "{name} does not report token probabilities. Load a model on this machine to see them."
        ),
        "scores": _("{name} cannot score a given text. Load a model on this machine to score it."),
        "begun": _(
            "{name} cannot continue a partial answer. Load a model on this machine to branch from a "
            "token."
        ),
        "exact_next": _(
            "{name} reports only the {count} likeliest tokens: all beyond them, and what the cutoff "
            "keeps of them, are estimates."
        ),
        "exact_answers": _(
            "{name} reports only the {count} likeliest tokens at each position: entropy and the "
            "probability kept are estimates."
        ),
        "exact_seeds": _("{name} does not promise the same text for the same seed."),
        "tools": _("{name} does not support tools. Load a model that was trained to call them."),
        "valid_calls": _(
            "{name} cannot be held to valid calls. Load a Qwen, Llama, Mistral, GLM-4 or ChatGLM3 model "
            "on this machine."
        ),
        "window": _("The size of {name}'s context window is not known."),
    }
    return said[missing].format(name=name, count=backend.facts.likeliest or 0)


def require(backend: Backend, *abilities: Ability) -> None:
    """Raise `NotSupported`, with the sentence of `lacking`, unless the model can all of these."""
    reason = lacking(backend, *abilities)
    if reason:
        raise NotSupported(reason)


def tokenizer_of(backend: Backend) -> Tokenizer:
    """The tokenizer of a backend; raises `NotSupported` where it has none."""
    require(backend, "token_ids")
    return cast(HasTokenizer, backend).tokenizer


def scorer_of(backend: Backend) -> Scorer:
    """The backend as a scorer; raises `NotSupported` where it is none."""
    require(backend, "scores")
    return cast(Scorer, backend)


def reader_of(backend: Backend) -> LogitsReader:
    """The backend as a reader of logits; raises `NotSupported` where it is none."""
    require(backend, "logits")
    return cast(LogitsReader, backend)
