"""The experiment that asks one question several times, under a few settings."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Self

from core.backends.backend import Ability, Backend, scorer_of, tokenizer_of
from core.cases.case import Case
from core.lessons.experiment import RANGES, Control, Ends, Varied
from core.lessons.fields import Fields, distinct
from core.lessons.results import Answer, Answers
from core.messages import Message, with_system
from core.sampling.settings import MAX_SEED, Sampling

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
    axes: tuple[tuple[Varied, float], ...]
    same_seed: bool

    @classmethod
    def read(cls, fields: Fields) -> Self:
        name = fields.name()
        axes = tuple((axis, _value(fields, axis)) for axis in RANGES if fields.has(axis))
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
            Control(axis, ("settings", place, axis), value, of=self.name, group=self.label)
            for axis, value in self.axes
        )


def _value(fields: Fields, axis: Varied) -> float:
    """A value of a setting, in the range that the page's own control has."""
    legal = RANGES[axis]
    if legal.whole:
        return fields.whole(axis, int(legal.low), int(legal.high))
    return fields.real(axis, legal.low, legal.high)


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

    needs: ClassVar[tuple[Ability, ...]] = ("token_ids", "scores")
    seeded: ClassVar[bool] = True
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
            Control("ask", ("ask",), self.ask),
            *own,
            Control("seed", ("seed",), self.seed),
        )

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return tuple(
            (setting.label, tuple(range(g * self.samples, (g + 1) * self.samples)))
            for g, setting in enumerate(self.settings)
        )

    def cases(self) -> list[Case]:
        return [
            Case(
                g * self.samples + sample,
                self._messages,
                setting.sampling(self._seed(setting, sample), self.max_new_tokens),
            )
            for g, setting in enumerate(self.settings)
            for sample in range(self.samples)
        ]

    @property
    def _messages(self) -> tuple[Message, ...]:
        return tuple(with_system(self.system, [Message("user", self.ask)]))

    def _seed(self, setting: Setting, sample: int) -> int:
        return self.seed if setting.same_seed else self.seed + sample

    def measure(self, backend: Backend, ends: Ends) -> Answers:
        prompt = tokenizer_of(backend).prompt_ids(self._messages)
        whole = [[*prompt, *ends[tag].token_ids] for tag in range(len(ends))]
        scores = scorer_of(backend).score_many(whole, FAR_RANK, [len(prompt)] * len(whole))
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
                f"far_{s}": sum(t.rank is None or t.rank > FAR_RANK for t in drawn),
                f"logprob_{s}": sum(score.logprob or 0 for score in drawn) / max(1, len(drawn)),
            }
            answers += [
                Answer(s, self.ask, end.seed, end.text, len(end.token_ids), end.reason)
                for end in texts
            ]
        return Answers(figures, tuple(answers), {s.name: s.label for s in self.settings})
