"""What a visitor is in the middle of on the persona page."""

import uuid
from dataclasses import dataclass, field

from core.messages import Message
from core.sampling.settings import Sampling


@dataclass(frozen=True, slots=True)
class Asked:
    """What two personas were asked: their ids, the question, the settings with the seed."""

    persona: str
    other: str
    question: str
    sampling: Sampling


@dataclass(slots=True)
class PersonaState:
    """visitor: names the jobs of this session. preview: what was said in the preview.

    compared: the last comparison, and its two texts as far as they came.
    """

    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    preview: list[Message] = field(default_factory=list)
    compared: Asked | None = None
    texts: list[str] = field(default_factory=lambda: ["", ""])
