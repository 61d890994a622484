"""A persona that the user made, as it is kept."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona that the user made."""

    id: str
    name: str
    description: str
    system: str
    examples: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
