"""A persona that the user made, as it is kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona that a user made.

    contract: the rules that its answers are to follow, as plain values. scope: questions inside and
    outside of what it is for. shared: it is offered to everyone on this server. own: it can be
    changed by who looks at it.
    """

    id: str
    name: str
    description: str
    system: str
    examples: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    shared: bool = False
    own: bool = True
    contract: tuple[dict[str, Any], ...] = ()
    scope: dict[str, Any] = field(default_factory=dict)
