"""A little Chinese: greetings, what the model is, settings, names, roles."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains.chinese_text import (
    ACK,
    ANSWER,
    ASK,
    CITIES,
    HOME,
    NAMES,
    ROLE_TURNS,
    ROLES,
    SYSTEMS,
    TALK,
    TELL,
)
from training.grammar import Draw


def _mark(draw: Draw, text: str, question: bool = True) -> str:
    return text + draw.any(("？", "", "?") if question else ("。", "", "！"))


def talk(draw: Draw) -> Dialogue:
    """Small talk, settings and honest fallback in Chinese."""
    questions, answers, must = draw.any(TALK)
    turns = (user(_mark(draw, draw.ask(questions))), assistant(draw.say(answers)))
    return Dialogue("chinese", turns, Expect(any_of=must, chinese=True))


def _name(draw: Draw) -> str:
    surname, given = draw.value(NAMES)[0], draw.value(NAMES)[1]
    return words.name(draw) if draw.chance(0.2) else surname + given


def recall(draw: Draw) -> Dialogue:
    """A name and perhaps a city, asked for later."""
    name, turns = _name(draw), []
    turns += [
        user(_mark(draw, draw.ask(TELL, v=name), False)),
        assistant(draw.say(ACK, v=name)),
    ]
    if draw.chance(0.3):
        turns += talk(draw).messages
    expected = name
    questions: tuple[str, ...] = ASK
    answers: tuple[str, ...] = ANSWER
    if draw.chance(0.4):
        tell, ack, ask, answer = HOME
        place = draw.value(CITIES)
        turns += [user(draw.ask(tell, v=place)), assistant(draw.say(ack, v=place))]
        if draw.chance(0.5):
            expected, questions, answers = place, ask, answer
    turns += [
        user(_mark(draw, draw.ask(questions))),
        assistant(draw.say(answers, v=expected)),
    ]
    return Dialogue("chinese recall", tuple(turns), Expect(all_of=(expected,), chinese=True))


def role(draw: Draw) -> Dialogue:
    """A role given in Chinese; titles and fields are mixed so that they must be read."""
    title, field = draw.any(ROLES)
    if draw.chance(0.4):
        field = draw.any(ROLES)[1]
    messages = [system(draw.ask(SYSTEMS, r=title, f=field))]
    for _ in range(draw.rng.choice((1, 2, 2, 3))):
        questions, answers = draw.any(ROLE_TURNS)
        messages += [
            user(_mark(draw, draw.ask(questions))),
            assistant(draw.say(answers, r=title, f=field)),
        ]
    return Dialogue(
        "chinese role",
        tuple(messages),
        Expect(any_of=(title, field), chinese=True),
        joins=False,
    )
