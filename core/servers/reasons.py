"""What the card of a server says against it, in words: what it cannot, and which settings it takes
no notice of.

Only what was found not to work counts. What could not be told apart is believed, as it is of a
server that nobody has tried out.
"""

from core.i18n import _
from core.servers.subjects import STATUS, Card


def why_not(card: Card | None, ability: str, name: str) -> str | None:
    """Why a server that is called so cannot do this, in one sentence; None where its card says
    nothing against it. ability: as `core.backends.backend.Ability` has them."""
    if card is None:
        return None
    seed = card.finding("seed")
    if ability == "tools" and card.verdict("tools") == "no":
        text = _(
            "{name} does not call tools, as its card on the Models page says. Choose another model, "
            "or try this one out again there."
        )
    elif ability == "exact_seeds" and seed.refused:
        return unheeded(card, "seed", name)
    # A fault of the server's says nothing of seeds
    elif ability == "exact_seeds" and seed.verdict == "no" and not seed.detail.startswith(STATUS):
        text = _(
            "{name} does not promise the same text for the same seed: by its card on the Models page "
            "one seed gave different texts."
        )
    else:
        return None
    return text.format(name=name)


def unheeded(card: Card | None, setting: str, name: str) -> str | None:
    """Why a setting is not sent to a server that is called so, in one sentence; None where it is.

    A seed that it takes is sent, even where texts did not repeat: most of them may. setting: as
    `core.sampling.settings.Sampling` has them.
    """
    if card is None:
        return None
    if setting == "top_k" and card.verdict("top_k") == "no":
        text = _("{name} does not obey top_k, as its card on the Models page says. It is not sent.")
    elif setting == "seed" and card.finding("seed").refused:
        text = _("{name} takes no seed, as its card on the Models page says. None is sent.")
    else:
        return None
    return text.format(name=name)
