"""What a visitor is in the middle of in the lab, and where stepping is."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from core.backends.backend import Backend, tokenizer_of
from core.tokens.prefix import Prefix


@dataclass(frozen=True, slots=True)
class Position:
    """prompt, begun: what is given; begun belongs to the answer. path: what was taken after it.

    shown: what is given of the text that is read. asked: what was typed as the prompt. chat: the
    answer is a reply in the model's chat format. stop_ids, window: of the model.
    """

    prompt: tuple[int, ...]
    begun: tuple[int, ...]
    shown: tuple[int, ...]
    asked: str
    chat: bool
    stop_ids: frozenset[int]
    window: int | None
    path: tuple[int, ...] = ()

    @classmethod
    def after(cls, backend: Backend, prefix: Prefix) -> Self:
        """Where nothing is taken yet; raises what `Tokenizer.prompt_ids` raises."""
        tokenizer = tokenizer_of(backend)
        return cls(
            prompt=tuple(prefix.prompt_ids(tokenizer)),
            begun=tuple(prefix.begun_ids(tokenizer)),
            shown=tuple(prefix.shown_ids(tokenizer)),
            asked=prefix.prompt,
            chat=prefix.form == "chat",
            stop_ids=tokenizer.stop_ids,
            window=backend.facts.window,
        )

    @property
    def answer(self) -> tuple[int, ...]:
        """The tokens of the answer so far."""
        return self.begun + self.path

    @property
    def ids(self) -> tuple[int, ...]:
        """All that comes before the next token."""
        return self.prompt + self.answer

    @property
    def step(self) -> int:
        """The number of the next token in the answer, from 0."""
        return len(self.answer)

    @property
    def ended(self) -> bool:
        """Whether the model's end was taken."""
        return bool(self.path) and self.path[-1] in self.stop_ids

    @property
    def full(self) -> bool:
        """Whether no token has room any more."""
        return self.window is not None and len(self.ids) >= self.window

    def on_path(self, path: Sequence[int]) -> Self:
        """The same with other tokens taken."""
        return replace(self, path=tuple(path))


@dataclass(frozen=True, slots=True)
class WriteOn:
    """A wish of a click that the model go on; count: for how many tokens, None to the end."""

    count: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """The log-probabilities of the tokens of a path. given: the model and what stands before it."""

    given: object
    path: tuple[int, ...]
    logprobs: Sequence[float]


@dataclass(slots=True)
class LabState:
    """visitor: names the job of this session. wish: until it is begun. written: from where the
    model goes on, or went on, until that is in the URL. inspected: the inspector is open.
    known: the log-probabilities that were read last."""

    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    wish: WriteOn | None = None
    written: Position | None = None
    inspected: bool = False
    known: Known | None = None
