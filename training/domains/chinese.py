"""Small talk in Chinese, and what the model is."""

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.chinese_text import TALK
from training.grammar import Draw


def talk(draw: Draw) -> Dialogue:
    """A greeting, a question about the model, thanks, a mood, a setting, or one beyond it."""
    questions, answers, must = draw.any(TALK)
    question = draw.phrase(questions) + draw.any(("？", "", "?"))
    turns = (user(question), assistant(draw.say(answers)))
    return Dialogue("chinese", turns, Expect(any_of=must, chinese=True))
