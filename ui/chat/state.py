"""What a visitor is in the middle of in the chat."""

from dataclasses import dataclass, field

from core.chat.records import WhenFull
from core.sampling.settings import Sampling

# A small model may go round in circles: nobody should have to stop its first answer
LONGEST_ANSWER = 1000


def _first_settings() -> Sampling:
    return Sampling(max_new_tokens=LONGEST_ANSWER)


@dataclass(frozen=True, slots=True)
class Draft:
    """The settings of a conversation that has no message yet. persona_id: which it begins with."""

    sampling: Sampling = field(default_factory=_first_settings)
    system: str = ""
    when_full: WhenFull = "trim"
    persona_id: str | None = None


@dataclass(slots=True)
class ChatState:
    """pending: questions to send one after another (an example that was clicked); None is the last
    question of the conversation on screen, which is to be answered, again perhaps.

    draft: the settings for the next new conversation. editing: the id of the message that is being
    edited.
    """

    pending: list[str | None] = field(default_factory=list)
    draft: Draft = field(default_factory=Draft)
    editing: str | None = None
