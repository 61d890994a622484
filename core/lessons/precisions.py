"""The experiment that asks what fewer bits cost: one small model in several precisions.

Always the embedded model, whichever is loaded: it is tiny, so it can be read again beside it.
What a large model loses would need that model twice in memory.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from core.backends.backend import Ability, Backend
from core.cases.case import Case
from core.config import EMBEDDED
from core.lessons.experiment import Control, Ends
from core.lessons.fields import Fields
from core.lessons.results import PrecisionRow, Precisions
from core.models.catalogue import EMBEDDED_FOLDER, published_sizes
from core.models.plan import Precision, weight_bytes

COMPARED: tuple[Precision, ...] = ("bf16", "int8", "nf4")
REFERENCE: Precision = "fp32"
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

    needs: ClassVar[tuple[Ability, ...]] = ()
    seeded: ClassVar[bool] = False
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
        return tuple(Control("ask", ("asks", i), ask, nth=i + 1) for i, ask in enumerate(self.asks))

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return ()

    def cases(self) -> list[Case]:
        return []

    def measure(self, backend: Backend, ends: Ends) -> Precisions:
        from core.engine.precision_loss import measure_losses

        found = measure_losses(
            EMBEDDED_FOLDER, EMBEDDED, self.asks, self.max_new_tokens, REFERENCE, COMPARED
        )
        large = _large_sizes()
        figures: dict[str, float] = {"tokens": found.tokens}
        rows = []
        for row in found.rows:
            precision = row.precision
            in_large = LARGE_REFERENCE if precision == REFERENCE else precision
            figures |= {
                f"mb_{precision}": row.weight_bytes / 1e6,
                f"six_{in_large}": large[in_large] / 1e9,
            }
            if precision != REFERENCE:
                figures |= {f"agree_{precision}": row.loss.agree, f"kl_{precision}": row.loss.kl}
            rows.append(
                PrecisionRow(
                    precision, row.weight_bytes, row.loss.agree, row.loss.kl, large[in_large]
                )
            )
        return Precisions(figures, tuple(rows), found.model, backend.facts.name)


def _large_sizes() -> dict[str, int]:
    """Bytes of the large model's weights by precision, as planned from its configuration."""
    sizes = published_sizes(LARGE)
    return {p: weight_bytes(sizes, p) for p in (LARGE_REFERENCE, *COMPARED)}
