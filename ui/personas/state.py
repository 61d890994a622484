"""What a visitor is in the middle of on the persona page."""

import uuid
from dataclasses import dataclass, field

from core.messages import Message
from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of which two personas, by their ids, with which question and settings, on which model; the two
    texts as far as they have come, and what went wrong in them."""

    persona: str
    other: str
    question: str
    sampling: Sampling
    model: str = ""
    texts: list[str] = field(default_factory=lambda: ["", ""])
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PersonaState:
    """visitor: names the jobs of this session. asked: the next question of the preview.

    preview: what was said in it, on which model. compared: the last comparison.
    """

    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    asked: str | None = None
    preview: list[Message] = field(default_factory=list)
    model: str = ""
    compared: Comparison | None = None
