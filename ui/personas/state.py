"""What a visitor is in the middle of on the persona page. What was tried is in the database."""

from dataclasses import dataclass, field
from typing import Literal

# How the preview asks: each question on its own, or as a follow-up to what was said before
Asking = Literal["alone", "on"]


@dataclass(slots=True)
class PersonaState:
    """to_ask: the next question of the preview, by persona. asking: how it asks.

    to_compare: the next question of the comparison, by persona. questions: what is in its box;
    others: what each persona is compared with, where that was chosen.
    """

    to_ask: dict[str, str] = field(default_factory=dict)
    asking: Asking = "alone"
    to_compare: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
