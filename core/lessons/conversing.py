"""The experiment that asks the same questions in several conversations, and looks for words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from core.backends.backend import Ability, Backend
from core.backends.events import Finished
from core.cases.case import Case
from core.i18n import _
from core.lessons.asking import MAX_GROUPS, MAX_SAMPLES, MAX_TOKENS
from core.lessons.experiment import Control, Ends
from core.lessons.fields import Fields, distinct
from core.lessons.results import Answer, Answers
from core.messages import Message, with_system
from core.sampling.settings import MAX_SEED, Sampling


@dataclass(frozen=True, slots=True)
class Mark:
    """A check of an answer: it has the mark if one of these words occurs, in any case."""

    name: str
    label: str
    words: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        found = cls(fields.name(), fields.text("label"), fields.texts("words", 1, 12))
        fields.finish()
        return found

    def faults(self, answer: Finished) -> Sequence[str]:
        text = answer.text.casefold()
        found = any(word.casefold() in text for word in self.words)
        return () if found else (_("none of: {words}").format(words=", ".join(self.words)),)


@dataclass(frozen=True, slots=True)
class Variant:
    """A conversation to ask in. glued: the system text stands in the user's own message."""

    name: str
    label: str
    system: str
    history: tuple[Message, ...]
    glued: bool

    @classmethod
    def read(cls, fields: Fields) -> Self:
        history = []
        for part in fields.parts("history", 0, 12):
            role = part.choice("role", ("user", "assistant"))
            history.append(Message(role, part.text("content")))  # type: ignore[arg-type]
            part.finish()
        name = fields.name()
        label, system = fields.text("label", name), fields.text("system", "")
        found = cls(name, label, system, tuple(history), fields.flag("glued"))
        fields.finish()
        return found

    def messages(self, question: str) -> list[Message]:
        if self.glued:
            return [*self.history, Message("user", f"{self.system}\n{question}")]
        return with_system(self.system, [*self.history, Message("user", question)])


@dataclass(frozen=True, slots=True)
class AskInConversations:
    """The same questions in several conversations: other system messages, or another history.

    Figures, for a conversation `c` and a mark `m`: m_c (how many of its answers have the mark),
    different_c. Besides: answers (how many in each conversation), questions, samples, seed,
    temperature.
    """

    needs: ClassVar[tuple[Ability, ...]] = ()
    asks: tuple[str, ...]
    variants: tuple[Variant, ...]
    marks: tuple[Mark, ...]
    samples: int
    seed: int
    temperature: float
    max_new_tokens: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        variants = tuple(
            Variant.read(part) for part in fields.parts("conversations", 1, MAX_GROUPS)
        )
        marks = tuple(Mark.read(part) for part in fields.parts("marks", 0, 4))
        distinct(fields, "conversations", [variant.name for variant in variants])
        distinct(fields, "marks", [mark.name for mark in marks])
        temperature = fields.real("temperature", 0, 2) if fields.has("temperature") else 0.0
        return cls(
            fields.texts("asks", 1, 12),
            variants,
            marks,
            fields.whole("samples", 1, MAX_SAMPLES, 1),
            fields.whole("seed", 0, MAX_SEED, 1),
            temperature,
            fields.whole("max_new_tokens", 1, MAX_TOKENS, 64),
        )

    @property
    def seeded(self) -> bool:
        return bool(self.temperature)

    @property
    def figures(self) -> frozenset[str]:
        counted = ["different", *(mark.name for mark in self.marks)]
        return frozenset(
            [f"{name}_{variant.name}" for name in counted for variant in self.variants]
            + ["answers", "questions", "samples", "seed", "temperature"]
        )

    def controls(self) -> tuple[Control, ...]:
        asks = [Control("ask", ("asks", i), ask, nth=i + 1) for i, ask in enumerate(self.asks)]
        systems = [
            Control(
                "system",
                ("conversations", i, "system"),
                variant.system,
                of=variant.name,
                group=variant.label,
            )
            for i, variant in enumerate(self.variants)
            if variant.system
        ]
        said = [
            Control(
                "said",
                ("conversations", i, "history", j, "content"),
                message.content,
                nth=j + 1,
                of=variant.name,
                group=variant.label,
            )
            for i, variant in enumerate(self.variants)
            for j, message in enumerate(variant.history)
        ]
        drawing = [
            Control("temperature", ("temperature",), self.temperature),
            Control("seed", ("seed",), self.seed),
        ]
        return (*systems, *said, *asks, *(drawing if self.seeded else ()))

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        each = len(self.asks) * self.samples
        return tuple(
            (variant.label, tuple(range(g * each, (g + 1) * each)))
            for g, variant in enumerate(self.variants)
        )

    def cases(self) -> list[Case]:
        return [
            Case(
                (g * len(self.asks) + q) * self.samples + sample,
                tuple(variant.messages(question)),
                Sampling(
                    temperature=self.temperature,
                    top_p=1.0,
                    max_new_tokens=self.max_new_tokens,
                    seed=(self.seed + sample) % (MAX_SEED + 1),
                ),
            )
            for g, variant in enumerate(self.variants)
            for q, question in enumerate(self.asks)
            for sample in range(self.samples)
        ]

    def measure(self, backend: Backend, ends: Ends) -> Answers:
        figures: dict[str, float] = {
            "answers": len(self.asks) * self.samples,
            "questions": len(self.asks),
            "samples": self.samples,
            "seed": self.seed,
            "temperature": self.temperature,
        }
        answers: list[Answer] = []
        for variant, (_label, tags) in zip(self.variants, self.groups(), strict=True):
            own = [self._answer(variant, tag, ends) for tag in tags]
            figures[f"different_{variant.name}"] = len({answer.text for answer in own})
            for mark in self.marks:
                count = sum(mark.name in answer.marks for answer in own)
                figures[f"{mark.name}_{variant.name}"] = count
            answers += own
        return Answers(
            figures,
            tuple(answers),
            {variant.name: variant.label for variant in self.variants},
            {mark.name: mark.label for mark in self.marks},
        )

    def _answer(self, variant: Variant, tag: int, ends: Ends) -> Answer:
        end = ends[tag]
        question = self.asks[tag // self.samples % len(self.asks)]
        marks = tuple(mark.name for mark in self.marks if not mark.faults(end))
        tokens = end.usage.new_tokens if end.usage else 0
        return Answer(variant.name, question, end.seed, end.text, tokens, end.reason, marks)
