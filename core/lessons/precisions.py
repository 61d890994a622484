"""The experiment that asks what fewer bits cost: one small model in several precisions.

Always the embedded model, whichever is loaded: it is tiny, so it can be read again beside it.
What a large model loses would need that model twice in memory.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from core.lessons.experiment import Control, Ends
from core.lessons.fields import Fields
from core.lessons.results import PrecisionRow, Precisions
from core.messages import Message

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.engine.requests import Request
    from core.models.loading import LoadedModel

COMPARED = ("bf16", "int8", "nf4")
REFERENCE = "fp32"
LARGE = "chatglm3-6b"
# What the large model is published in; fp32 would only pad its numbers.
LARGE_REFERENCE = "fp16"


@dataclass(frozen=True, slots=True)
class ComparePrecisions:
    """fp32 writes answers; every other precision reads them and says what it would have chosen.

    Figures, for a precision `q` of bf16, int8, nf4: agree_q (share of tokens where its likeliest
    token is fp32's, 0 to 1), kl_q (mean divergence from fp32, nats), mb_q (weights in MB), six_q
    (weights of ChatGLM3-6B as planned, in GB). Besides: mb_fp32, six_fp16, tokens (compared).
    """

    asks: tuple[str, ...]
    max_new_tokens: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(fields.texts("asks", 1, 12), fields.whole("max_new_tokens", 1, 128, 48))

    @property
    def figures(self) -> frozenset[str]:
        measured = ("agree", "kl", "mb", "six")
        return frozenset(
            [f"{name}_{precision}" for name in measured for precision in COMPARED]
            + [f"mb_{REFERENCE}", f"six_{LARGE_REFERENCE}", "tokens"]
        )

    def controls(self) -> tuple[Control, ...]:
        return tuple(
            Control(f"ask{i}", ("asks", i - 1), "text", ask) for i, ask in enumerate(self.asks, 1)
        )

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ()

    def requests(self, engine: "Engine") -> "list[Request]":
        return []

    def measure(self, engine: "Engine", ends: Ends) -> Precisions:
        from core.engine.precision_loss import compare, continue_greedily

        reference = _embedded(REFERENCE)
        texts = continue_greedily(
            reference,
            [reference.tokenizer.prompt_ids([Message("user", ask)]) for ask in self.asks],
            self.max_new_tokens,
        )
        large = _large_sizes()
        figures: dict[str, float] = {
            "tokens": sum(len(text.ids) - text.start for text in texts),
            f"mb_{REFERENCE}": reference.facts.weight_bytes / 1e6,
            f"six_{LARGE_REFERENCE}": large[LARGE_REFERENCE] / 1e9,
        }
        rows = [
            PrecisionRow(REFERENCE, reference.facts.weight_bytes, 1.0, 0.0, large[LARGE_REFERENCE])
        ]
        for precision in COMPARED:
            other = _embedded(precision)
            found = compare(reference, other, texts)
            size = other.facts.weight_bytes
            figures |= {
                f"agree_{precision}": found.agree,
                f"kl_{precision}": found.kl,
                f"mb_{precision}": size / 1e6,
                f"six_{precision}": large[precision] / 1e9,
            }
            rows.append(PrecisionRow(precision, size, found.agree, found.kl, large[precision]))
        return Precisions(figures, tuple(rows), reference.facts.name, engine.loaded.facts.name)


def _embedded(precision: Any) -> "LoadedModel":
    """The embedded model once more, in another precision."""
    from core.config import EMBEDDED
    from core.models.catalogue import EMBEDDED_FOLDER
    from core.models.loading import load

    return load(EMBEDDED_FOLDER, EMBEDDED, "cpu", precision)


def _large_sizes() -> dict[str, int]:
    """Bytes of the large model's weights by precision, as planned from its configuration."""
    from core.models.catalogue import published_sizes
    from core.models.plan import weight_bytes

    sizes = published_sizes(LARGE)
    return {p: weight_bytes(sizes, p) for p in (LARGE_REFERENCE, *COMPARED)}
