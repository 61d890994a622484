"""Experiments that ask: one question under several settings, or in several conversations."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from core.errors import InvalidInput
from core.lessons.experiment import AXES, Control, Ends
from core.lessons.fields import Fields, distinct
from core.lessons.results import Answer, Answers
from core.messages import Message, with_system
from core.sampling import MAX_SEED, Sampling

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import Request

MAX_SAMPLES = 12
MAX_GROUPS = 4
MAX_TOKENS = 256
# A token from beyond this rank was an unlikely choice.
FAR_RANK = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """A named setting. axes: what the file gives of it. same_seed: one seed for all samples."""

    name: str
    label: str
    axes: tuple[tuple[str, float], ...]
    same_seed: bool

    @classmethod
    def read(cls, fields: Fields) -> Self:
        name = fields.name()
        axes = tuple((axis, fields.get(axis)) for axis in AXES if fields.has(axis))
        try:
            Sampling.from_dict(dict(axes))
        except InvalidInput as error:
            raise InvalidInput(f"{fields.where}: {error}") from error
        found = cls(name, fields.text("label", name), axes, fields.flag("same_seed"))
        fields.finish()
        return found

    def sampling(self, seed: int, max_new_tokens: int) -> Sampling:
        """The setting as the engine takes it; what the file does not say is neutral."""
        values = {"temperature": 1.0, "top_p": 1.0, **dict(self.axes)}
        if "max_new_tokens" not in values and "max_length" not in values:
            values["max_new_tokens"] = max_new_tokens
        return Sampling.from_dict(values | {"seed": seed % (MAX_SEED + 1)})

    def controls(self, place: int) -> tuple[Control, ...]:
        return tuple(
            Control(
                f"{axis}_{self.name}",
                ("settings", place, axis),
                AXES[axis][0],
                value,
                *AXES[axis][1:],
                group=self.label,
            )
            for axis, value in self.axes
        )


def read_settings(fields: Fields, high: int = MAX_GROUPS) -> tuple[Setting, ...]:
    """The list `settings`, each with a name of its own."""
    found = tuple(Setting.read(part) for part in fields.parts("settings", 1, high))
    distinct(fields, "settings", [setting.name for setting in found])
    return found


@dataclass(frozen=True, slots=True)
class SampleAnswers:
    """One question, several answers under each of a few settings.

    Figures, for a setting `s`: different_s (how many different texts), same_s (the size of the
    largest group of equal ones), tokens_s (mean length), ended_s and cut_s (how many ended by
    themselves, or at the limit), far_s (tokens drawn from beyond rank 10), logprob_s (mean
    log-probability of a token), and what the file gives of it, e.g. temperature_s. Besides:
    samples, seed, prompt_tokens.
    """

    ask: str
    system: str
    samples: int
    seed: int
    max_new_tokens: int
    settings: tuple[Setting, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            fields.text("ask"),
            fields.text("system", ""),
            fields.whole("samples", 1, MAX_SAMPLES),
            fields.whole("seed", 0, MAX_SEED),
            fields.whole("max_new_tokens", 1, MAX_TOKENS, 64),
            read_settings(fields),
        )

    @property
    def figures(self) -> frozenset[str]:
        measured = ("different", "same", "tokens", "ended", "cut", "far", "logprob")
        return frozenset(
            [f"{name}_{setting.name}" for name in measured for setting in self.settings]
            + [f"{axis}_{setting.name}" for setting in self.settings for axis, _v in setting.axes]
            + ["samples", "seed", "prompt_tokens"]
        )

    def controls(self) -> tuple[Control, ...]:
        own = [c for place, setting in enumerate(self.settings) for c in setting.controls(place)]
        return (
            Control("ask", ("ask",), "text", self.ask),
            *own,
            Control("seed", ("seed",), "whole", self.seed, 0, MAX_SEED),
        )

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return tuple(
            (setting.label, tuple(range(g * self.samples, (g + 1) * self.samples)))
            for g, setting in enumerate(self.settings)
        )

    def requests(self, engine: "Engine") -> "list[Request]":
        from core.chat import chat_request

        return [
            chat_request(
                engine,
                self.system,
                [Message("user", self.ask)],
                setting.sampling(self._seed(setting, sample), self.max_new_tokens),
                g * self.samples + sample,
            )
            for g, setting in enumerate(self.settings)
            for sample in range(self.samples)
        ]

    def _seed(self, setting: Setting, sample: int) -> int:
        return self.seed if setting.same_seed else self.seed + sample

    def measure(self, engine: "Engine", ends: Ends) -> Answers:
        from core.engine.scoring import score_many

        messages = with_system(self.system, [Message("user", self.ask)])
        prompt = engine.tokenizer.prompt_ids(messages)
        scores = score_many(engine, [[*prompt, *ends[tag].token_ids] for tag in sorted(ends)], 1)  # type: ignore[type-var]
        figures: dict[str, float] = {
            "samples": self.samples,
            "seed": self.seed,
            "prompt_tokens": len(prompt),
        }
        answers = []
        for setting, (_label, tags) in zip(self.settings, self.groups(), strict=True):
            texts = [ends[tag] for tag in tags]
            drawn = [score for tag in tags for score in scores[tag][len(prompt) :]]
            s = setting.name
            figures |= {f"{axis}_{s}": value for axis, value in setting.axes} | {
                f"different_{s}": len({end.text for end in texts}),
                f"same_{s}": Counter(end.text for end in texts).most_common(1)[0][1],
                f"tokens_{s}": sum(len(end.token_ids) for end in texts) / len(texts),
                f"ended_{s}": sum(end.reason == "stop" for end in texts),
                f"cut_{s}": sum(end.reason == "length" for end in texts),
                f"far_{s}": sum((score.rank or 0) > FAR_RANK for score in drawn),
                f"logprob_{s}": sum(score.logprob or 0 for score in drawn) / max(1, len(drawn)),
            }
            answers += [
                Answer(s, self.ask, end.seed, end.text, len(end.token_ids), end.reason)
                for end in texts
            ]
        return Answers(figures, tuple(answers), {s.name: s.label for s in self.settings})


@dataclass(frozen=True, slots=True)
class Mark:
    """Words to look for in an answer: it has the mark if one of them occurs, in any case."""

    name: str
    label: str
    words: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        found = cls(fields.name(), fields.text("label"), fields.texts("words", 1, 12))
        fields.finish()
        return found

    def is_in(self, text: str) -> bool:
        return any(word.casefold() in text.casefold() for word in self.words)


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
class Conversations:
    """The same questions in several conversations: other system messages, or another history.

    Figures, for a conversation `c` and a mark `m`: m_c (how many of its answers have the mark),
    different_c. Besides: answers (how many in each conversation), questions, samples, seed,
    temperature.
    """

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
        temperature = fields.get("temperature") if fields.has("temperature") else 0.0
        Sampling.from_dict({"temperature": temperature})
        return cls(
            fields.texts("asks", 1, 12),
            variants,
            marks,
            fields.whole("samples", 1, MAX_SAMPLES, 1),
            fields.whole("seed", 0, MAX_SEED, 1),
            float(temperature),
            fields.whole("max_new_tokens", 1, MAX_TOKENS, 64),
        )

    @property
    def figures(self) -> frozenset[str]:
        counted = ["different", *(mark.name for mark in self.marks)]
        return frozenset(
            [f"{name}_{variant.name}" for name in counted for variant in self.variants]
            + ["answers", "questions", "samples", "seed", "temperature"]
        )

    def controls(self) -> tuple[Control, ...]:
        asks = [
            Control(f"ask{i}", ("asks", i - 1), "text", ask) for i, ask in enumerate(self.asks, 1)
        ]
        systems = [
            Control(
                f"system_{variant.name}",
                ("conversations", i, "system"),
                "text",
                variant.system,
                group=variant.label,
            )
            for i, variant in enumerate(self.variants)
            if variant.system
        ]
        said = [
            Control(
                f"said{j + 1}_{variant.name}",
                ("conversations", i, "history", j, "content"),
                "text",
                message.content,
                group=variant.label,
            )
            for i, variant in enumerate(self.variants)
            for j, message in enumerate(variant.history)
        ]
        drawn = (
            [
                Control(
                    "temperature",
                    ("temperature",),
                    *AXES["temperature"][:1],
                    self.temperature,
                    *AXES["temperature"][1:],
                ),
                Control("seed", ("seed",), "whole", self.seed, 0, MAX_SEED),
            ]
            if self.temperature
            else []
        )
        return (*systems, *said, *asks, *drawn)

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        each = len(self.asks) * self.samples
        return tuple(
            (variant.label, tuple(range(g * each, (g + 1) * each)))
            for g, variant in enumerate(self.variants)
        )

    def requests(self, engine: "Engine") -> "list[Request]":
        from core.chat import chat_request

        return [
            chat_request(
                engine,
                "",
                variant.messages(question),
                Sampling(
                    temperature=self.temperature,
                    top_p=1.0,
                    max_new_tokens=self.max_new_tokens,
                    seed=(self.seed + sample) % (MAX_SEED + 1),
                ),
                (g * len(self.asks) + q) * self.samples + sample,
            )
            for g, variant in enumerate(self.variants)
            for q, question in enumerate(self.asks)
            for sample in range(self.samples)
        ]

    def measure(self, engine: "Engine", ends: Ends) -> Answers:
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
        marks = tuple(mark.name for mark in self.marks if mark.is_in(end.text))
        return Answer(
            variant.name, question, end.seed, end.text, len(end.token_ids), end.reason, marks
        )
