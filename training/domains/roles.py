"""Roles nobody has seen before: a kind, maybe a trait, and a field."""

from training import words
from training.domains.roles_text import KINDS, TRAITS
from training.grammar import Draw

UNSEEN_FIELDS = words.MODERN + words.TOPICS


def role_of(draw: Draw) -> str:
    """A role of one of many kinds, maybe with a trait: "strict librarian"."""
    kind = draw.value(KINDS) if draw.chance(0.85) else words.made_up(draw, False)
    return f"{draw.value(TRAITS)} {kind}" if draw.chance(0.3) else kind


def field_of(draw: Draw) -> str:
    """A field of work or knowledge, two in five made up."""
    return words.made_up(draw, None) if draw.chance(0.4) else draw.value(UNSEEN_FIELDS)
