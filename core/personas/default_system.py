"""The system message that a model's chat format adds of its own where there is none.

Several families do: "no system message" is then not what the model reads.
"""

import re

from core.backends.tokenizer import Tokenizer
from core.errors import PromptLabError
from core.messages import Message

# Stand for a system message and a question; no template has them, and nobody's words end in them
_SYSTEM, _QUESTION = "Zq7 system Zq7", "Zq7 question Zq7"
_CONTROL = re.compile(r"<[^<>\s]{1,40}>|\[[^\[\]\s]{1,40}\]")


def default_system(tokenizer: Tokenizer) -> str:
    """What the model reads in place of a system message when it is given none; empty where that is
    nothing, or cannot be told."""
    asked = Message("user", _QUESTION)
    try:
        without = tokenizer.decode(tokenizer.prompt_ids([asked]))
        given = tokenizer.decode(tokenizer.prompt_ids([Message("system", _SYSTEM), asked]))
    except PromptLabError:
        return ""
    before, found, after = given.partition(_SYSTEM)
    if not found or not without.startswith(before) or not without.endswith(after):
        return ""
    own = without[len(before) : len(without) - len(after)].strip()
    return own or _words_of_a_header(before)


def _words_of_a_header(before: str) -> str:
    """What a format says in front of every system message, also of none: the words of the last part
    after the name of the role."""
    parts = [part.strip() for part in _CONTROL.split(before)]
    said = parts[-1].removeprefix("system").strip()
    return said if len(said) > 1 else ""
