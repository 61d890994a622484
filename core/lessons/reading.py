"""Experiments that read: texts and prompts as the tokens that the model gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from core.backends.backend import Ability, Backend, tokenizer_of
from core.backends.tokenizer import Tokenizer
from core.cases.case import Case
from core.lessons.experiment import Control, Ends
from core.lessons.fields import Fields, distinct
from core.lessons.results import Piece, Pieces, Tokenised
from core.messages import ROLES, Message

MAX_TEXTS = 6


def _pieces(tokenizer: Tokenizer, ids: Iterable[int]) -> tuple[Piece, ...]:
    return tuple(Piece(i, tokenizer.piece(i), tokenizer.is_control(i)) for i in ids)


@dataclass(frozen=True, slots=True)
class Sample:
    """A named text."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class CountTokens:
    """Texts as tokens.

    Figures, for a text `t`: tokens_t, characters_t, per_token_t (characters a token stands for).
    """

    needs: ClassVar[tuple[Ability, ...]] = ("token_ids",)
    seeded: ClassVar[bool] = False
    texts: tuple[Sample, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        texts = []
        for part in fields.parts("texts", 1, MAX_TEXTS):
            name = part.name()
            texts.append(Sample(name, part.text("label", name), part.text("text")))
            part.finish()
        distinct(fields, "texts", [text.name for text in texts])
        return cls(tuple(texts))

    @property
    def figures(self) -> frozenset[str]:
        measured = ("tokens", "characters", "per_token")
        return frozenset(f"{name}_{text.name}" for name in measured for text in self.texts)

    def controls(self) -> tuple[Control, ...]:
        return tuple(
            Control("text", ("texts", i, "text"), t.text, of=t.name, group=t.label)
            for i, t in enumerate(self.texts)
        )

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ()

    def cases(self) -> list[Case]:
        return []

    def measure(self, backend: Backend, ends: Ends) -> Pieces:
        tokenizer, figures = tokenizer_of(backend), dict[str, float]()
        cut = []
        for text in self.texts:
            pieces = _pieces(tokenizer, tokenizer.encode(text.text))
            cut.append(Tokenised(text.label, text.text, pieces))
            figures |= {
                f"tokens_{text.name}": len(pieces),
                f"characters_{text.name}": len(text.text),
                f"per_token_{text.name}": len(text.text) / max(1, len(pieces)),
            }
        return Pieces(figures, tuple(cut))


@dataclass(frozen=True, slots=True)
class NamedPrompt:
    """A list of messages with a name."""

    name: str
    label: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ShowPrompts:
    """Conversations as the whole prompt, id by id.

    Figures, for a prompt `p`: tokens_p, control_p (control tokens), text_p (all others),
    messages_p.
    """

    needs: ClassVar[tuple[Ability, ...]] = ("token_ids",)
    seeded: ClassVar[bool] = False
    prompts: tuple[NamedPrompt, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        prompts = []
        for part in fields.parts("prompts", 1, MAX_TEXTS):
            messages = []
            for said in part.parts("messages", 1, 12):
                messages.append(Message(said.choice("role", ROLES), said.text("content")))  # type: ignore[arg-type]
                said.finish()
            name = part.name()
            prompts.append(NamedPrompt(name, part.text("label", name), tuple(messages)))
            part.finish()
        distinct(fields, "prompts", [prompt.name for prompt in prompts])
        return cls(tuple(prompts))

    @property
    def figures(self) -> frozenset[str]:
        measured = ("tokens", "control", "text", "messages")
        return frozenset(f"{name}_{prompt.name}" for name in measured for prompt in self.prompts)

    def controls(self) -> tuple[Control, ...]:
        return tuple(
            Control(
                message.role,
                ("prompts", i, "messages", j, "content"),
                message.content,
                nth=j + 1,
                of=prompt.name,
                group=prompt.label,
            )
            for i, prompt in enumerate(self.prompts)
            for j, message in enumerate(prompt.messages)
        )

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ()

    def cases(self) -> list[Case]:
        return []

    def measure(self, backend: Backend, ends: Ends) -> Pieces:
        tokenizer, figures = tokenizer_of(backend), dict[str, float]()
        cut = []
        for prompt in self.prompts:
            pieces = _pieces(tokenizer, tokenizer.prompt_ids(prompt.messages))
            control = sum(piece.control for piece in pieces)
            said = "\n".join(f"{m.role}: {m.content}" for m in prompt.messages)
            cut.append(Tokenised(prompt.label, said, pieces))
            figures |= {
                f"tokens_{prompt.name}": len(pieces),
                f"control_{prompt.name}": control,
                f"text_{prompt.name}": len(pieces) - control,
                f"messages_{prompt.name}": len(prompt.messages),
            }
        return Pieces(figures, tuple(cut))
