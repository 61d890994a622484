"""Roles nobody has seen before: a kind, maybe a trait, and a field."""

from training import words
from training.domains.roles_text import KINDS, SORTS, TRAITS
from training.grammar import Draw

UNSEEN_FIELDS = words.MODERN + words.TOPICS


def role_of(draw: Draw) -> str:
    """A role of one of many kinds, maybe with a trait: "strict librarian"."""
    kind = draw.value(KINDS) if draw.chance(0.85) else words.made_up(draw, False)
    return f"{draw.value(TRAITS)} {kind}" if draw.chance(0.3) else kind


def field_of(draw: Draw) -> str:
    """A field of work or knowledge, two in five made up."""
    if draw.chance(0.4):
        made_up = words.made_up(draw, None)
        return made_up if draw.chance(0.7) else f"{made_up} {words.made_up(draw, False)}"
    field = draw.value(UNSEEN_FIELDS)
    return f"{draw.value(SORTS)} {field}" if draw.chance(0.2) and field[:3] != "the" else field
