"""A persona that the user made, as it is kept."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona that a user made.

    shared: it is offered to everyone on this server. own: it can be changed by who looks at it.
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
