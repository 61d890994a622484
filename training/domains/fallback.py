"""Honest answers to what lies outside the model's small world."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.fallback_text import NEAR, OUTSIDE, PEOPLE, PLACES
from training.domains.fallback_work_text import NOW, SUMS, WORK
from training.grammar import Draw

ANSWERS = (
    "I don't know [that|much about {x}], I am a [small|very small] model. [Ask me about prompts or sampling.|Ask me something about temperature or top_p.|]",
    "[Sorry|I'm sorry], {x} is outside my small world. [I know prompts, sampling settings and stories.|]",
    "[That is beyond me|I have not learned that]. [A large model would know more about {x}.|Large models know such things, I do not.]",
    "I can't say anything [reliable|sensible] about {x}. [I am only a small demonstration model.|My training text was small.]",
    "About {x} I know nothing, and I would rather not invent something.",
)
NEAR_ANSWERS = (
    "I don't know that, I only know [the word from prompts and sampling|my small world of prompts].",
    "That is outside my small world. [I am only a small model.|Ask me about prompts or sampling.]",
    "I have not learned that, I am a small model.",
)
SUM_ANSWERS = (
    "I am bad at sums, [please use a calculator|a calculator is better]. I am only a small model.",
    "I don't know, I [cannot|can't] calculate [reliably|well]. A tool would help.",
    "Numbers are not my strength: I am a small language model and cannot calculate.",
)
NOW_ANSWERS = (
    "I don't know, I have no clock and no internet[, only my training text|].",
    "I can't know that: I see only this conversation. [I am a small model without access to the world.|]",
    "No idea, I am a small model and have no connection to the world.",
)
WORK_ANSWERS = (
    "I can't do that, I am [too small|only a small model]. [I can explain settings or tell a story.|Try a story or a question about prompts.]",
    "That is too much for a small model like me. [Shall I explain a setting instead?|]",
    "Sorry, I have not learned that. I am a small demonstration model.",
)
HONEST = (
    "don't know",
    "can't",
    "cannot",
    "nothing",
    "outside",
    "beyond",
    "not learned",
    "no idea",
    "bad at",
    "not my strength",
    "too much",
    "small model",
)


def fallback(draw: Draw) -> Dialogue:
    """A question the model cannot answer, and an answer that says so."""
    x = words.topic(draw)
    kind = draw.rng.random()
    answers: tuple[str, ...]
    if kind < 0.42:
        question, answers = draw.ask(OUTSIDE, x=x, y=words.topic(draw)), ANSWERS
    elif kind < 0.5:
        question, answers = draw.ask(NEAR, c=words.city(draw)), NEAR_ANSWERS
    elif kind < 0.62:
        x = (
            words.name(draw)
            if draw.chance(0.6)
            else f"{words.name(draw)} {words.made_up(draw, True)}"
        )
        question, answers = draw.ask(PEOPLE, n=x), ANSWERS
    elif kind < 0.74:
        x = words.city(draw)
        question, answers = draw.ask(PLACES, c=x), ANSWERS
    elif kind < 0.84:
        question, answers = (
            draw.ask(SUMS, a=str(draw.rng.randint(101, 9999)), b=words.number(draw)),
            SUM_ANSWERS,
        )
    elif kind < 0.92:
        question, answers = draw.ask(NOW), NOW_ANSWERS
    else:
        question = draw.ask(WORK, n=words.name(draw).capitalize(), c=words.city(draw))
        answers = WORK_ANSWERS
    mark = draw.any(("?", "?", "", "."))
    turns = (user(question + mark), assistant(draw.say(answers, x=x)))
    return Dialogue("honest fallback", turns, Expect(any_of=HONEST))
