"""What answers of servers with prices cost, in a few words."""

from collections.abc import Mapping, Sequence

from core.backends.events import Usage
from core.errors import InvalidInput
from core.models import catalogue
from core.servers.prices import Price, amount, spent
from ui.shell import resources
from ui.shell.text import label


def prices() -> Mapping[str, Price]:
    """By the names of models; none where the list of servers cannot be read, which the Models page
    says."""
    try:
        return catalogue.prices(resources.settings())
    except InvalidInput:
        return {}


def cost_of(usages: Sequence[tuple[str, Usage]]) -> str:
    """What these answers cost together, such as "0.0042 EUR"; empty where none has a price."""
    found = spent(prices(), usages)
    return " + ".join(label(amount(cost, currency)) for currency, cost in sorted(found.items()))
