"""The experiment that looks at one step: what may come next, and what a cut leaves of it."""

from dataclasses import dataclass
from typing import ClassVar, Self

from core.backends.backend import Ability, Backend, reader_of, tokenizer_of
from core.cases.case import Case
from core.lessons.asking import Setting, read_settings
from core.lessons.experiment import Control, Ends, Text
from core.lessons.fields import Fields, distinct
from core.lessons.results import Candidate, Distributions, NextTokens
from core.messages import Message, with_system
from core.sampling.distribution import distribution

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Opening:
    """A question and how its answer begins; the next token after that is looked at."""

    name: str
    label: str
    ask: str
    begin: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        name = fields.name()
        found = cls(name, fields.text("label", name), fields.text("ask"), fields.text("begin", ""))
        fields.finish()
        return found

    def controls(self, place: int) -> tuple[Control, ...]:
        said: list[tuple[Text, str]] = [("ask", self.ask)]
        if self.begin:
            said.append(("begin", self.begin))
        return tuple(
            Control(part, ("contexts", place, part), text, of=self.name, group=self.label)
            for part, text in said
        )


@dataclass(frozen=True, slots=True)
class NextToken:
    """The next token in a few contexts under a few settings.

    Figures, for a context `c` and a setting `s`: kept_c_s (tokens that the cut leaves), share_c_s
    (their probability together, before the cut), top_c_s (probability of the likeliest, after
    temperature); vocabulary; and what the file gives of a setting, e.g. top_p_s.
    """

    needs: ClassVar[tuple[Ability, ...]] = ("token_ids", "logits")
    seeded: ClassVar[bool] = False
    system: str
    contexts: tuple[Opening, ...]
    settings: tuple[Setting, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        contexts = tuple(Opening.read(part) for part in fields.parts("contexts", 1, 3))
        distinct(fields, "contexts", [context.name for context in contexts])
        return cls(fields.text("system", ""), contexts, read_settings(fields, 3))

    @property
    def figures(self) -> frozenset[str]:
        return frozenset(
            [
                f"{name}_{context.name}_{setting.name}"
                for name in ("kept", "share", "top")
                for context in self.contexts
                for setting in self.settings
            ]
            + [f"{axis}_{setting.name}" for setting in self.settings for axis, _v in setting.axes]
            + ["vocabulary"]
        )

    def controls(self) -> tuple[Control, ...]:
        said = [c for place, context in enumerate(self.contexts) for c in context.controls(place)]
        own = [c for place, setting in enumerate(self.settings) for c in setting.controls(place)]
        return (*own, *said)

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ()

    def cases(self) -> list[Case]:
        return []

    def measure(self, backend: Backend, ends: Ends) -> Distributions:
        tokenizer = tokenizer_of(backend)
        figures: dict[str, float] = {"vocabulary": tokenizer.vocab_size}
        for setting in self.settings:
            figures |= {f"{axis}_{setting.name}": value for axis, value in setting.axes}
        tables = []
        for context in self.contexts:
            messages = with_system(self.system, [Message("user", context.ask)])
            begun = tokenizer.answer_ids(context.begin)
            logits = reader_of(backend).next_logits([*tokenizer.prompt_ids(messages), *begun])
            for setting in self.settings:
                found = distribution(logits, setting.sampling(0, 1))
                # At temperature 0 one token would have all of it; the model's own says more
                likely = found.raw if found.sampling.greedy else found.tempered
                likeliest = found.top(SHOWN)
                place = f"{context.name}_{setting.name}"
                figures |= {
                    f"kept_{place}": found.kept_count,
                    f"share_{place}": float(likely[found.kept].sum()),
                    f"top_{place}": float(likely[likeliest[0]]),
                }
                candidates = tuple(
                    Candidate(tokenizer.piece(i), float(likely[i]), bool(found.kept[i]))
                    for i in likeliest
                )
                tables.append(
                    NextTokens(
                        context.label, setting.label, context.begin, candidates, found.kept_count
                    )
                )
        return Distributions(figures, tuple(tables))
