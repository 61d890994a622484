"""The corpus: dialogues of all domains in fixed shares, joined into conversations.

A training draw holds no reserved wording, value or whole prompt; a held-out draw only such.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from training.dialogue import Dialogue, system, user
from training.domains import registry
from training.domains.chat import general_system
from training.domains.registry import Domain
from training.grammar import Draw, reserved

MAX_MESSAGES = 14
# How often a user is careless about capitals and full stops.
CARELESS = 0.3
# Where nothing is to be copied from the message, a slip of the finger does no harm.
MAY_SLIP = frozenset(
    (
        "explain",
        "settings",
        "identity",
        "small talk",
        "plain question",
        "persona answers",
    )
)


def _mistyped(draw: Draw, text: str) -> str:
    """``text`` with two letters of one longer word swapped or one letter missing."""
    spots = [i for i in range(1, len(text) - 3) if text[i - 1 : i + 3].isalpha()]
    if not spots:
        return text
    at = draw.any(spots)
    middle = text[at + 1] + text[at] if draw.chance(0.5) else text[at]
    return text[:at] + middle + text[at + 2 :]


def _careless(draw: Draw, dialogue: Dialogue) -> Dialogue:
    """The same dialogue typed in haste: small letters, no final marks, a slip."""
    slips = dialogue.ability in MAY_SLIP
    said = " ".join(m.content for m in dialogue.messages if m.role == "assistant")
    messages = []
    for m in dialogue.messages:
        text = m.content
        if m.role == "user" and len(text) > 1:
            if draw.chance(0.6):
                copied = not slips and re.search(rf"\b{re.escape(text.split()[0])}\b", said)
                # A name is to be copied as it was typed
                text = text if copied else text[:1].lower() + text[1:]
                text = text.rstrip(".?!")
            if slips and draw.chance(0.2):
                text = _mistyped(draw, text)
            m = user(text)
        messages.append(m)
    return replace(dialogue, messages=tuple(messages))


def draw_dialogue(draw: Draw, domain: Domain) -> Dialogue:
    """One dialogue whose whole prompt is in the draw's split as well."""
    while True:
        dialogue = domain.talk(draw)
        if draw.chance(CARELESS):
            dialogue = _careless(draw, dialogue)
        if reserved(dialogue.prompt_key()) == draw.heldout:
            return dialogue


def _pick(draw: Draw) -> Dialogue:
    (domain,) = draw.rng.choices(registry.DOMAINS, registry.SHARES)
    return draw_dialogue(draw, domain)


def conversations(seed: int | str, count: int) -> Iterator[Dialogue]:
    """``count`` training conversations; the same seed gives the same ones.

    Dialogues that may be joined stand in company: up to four of them in one conversation, a
    third of these behind a system message that changes nothing.
    """
    draw = Draw(seed)
    for _ in range(count):
        first = _pick(draw)
        if not first.joins:
            yield first
            continue
        messages = list(first.messages)
        for _ in range(draw.rng.choice((0, 0, 1, 2, 3))):
            more = _pick(draw)
            if more.joins and len(messages) + len(more.messages) <= MAX_MESSAGES:
                messages += more.messages
        if draw.chance(0.3):
            messages.insert(0, system(general_system(draw)))
        yield replace(first, messages=tuple(messages))


def heldout(seed: int, domain: Domain, count: int) -> list[Dialogue]:
    """``count`` held-out dialogues of one domain; the same seed gives the same ones."""
    draw = Draw(f"heldout {seed} training.domains.{domain.name}", heldout=True)
    return [draw_dialogue(draw, domain) for _ in range(count)]
