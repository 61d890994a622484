"""What answers of servers cost, by the prices of the list and the tokens that the servers
counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.backends.events import Usage

PER = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, read and written. currency: as it is shown; may be empty."""

    read: float
    written: float
    currency: str = ""

    def cost(self, usage: Usage) -> float:
        """Of one answer, in the price's currency."""
        return (usage.prompt_tokens * self.read + usage.new_tokens * self.written) / PER


def spent(prices: Mapping[str, Price], usages: Iterable[tuple[str, Usage]]) -> dict[str, float]:
    """What answers cost together, by currency; those of models without a price are left out.

    usages: of each answer, with the name of its model.
    """
    found: dict[str, float] = {}
    for model, usage in usages:
        price = prices.get(model)
        if price:
            found[price.currency] = found.get(price.currency, 0.0) + price.cost(usage)
    return found


def amount(cost: float, currency: str) -> str:
    """An amount with as many digits as tell something: 12.30 EUR, 0.00042."""
    digits = f"{cost:,.2f}"
    if 0 < cost < 1:
        # Two digits that are not 0, and no exponent
        exponent = int(f"{cost:.1e}".partition("e")[2])
        digits = f"{cost:.{max(2, 1 - exponent)}f}"
    return f"{digits} {currency}".strip()
