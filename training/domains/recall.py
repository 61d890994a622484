"""Remembering what the user told: a name, colour, number, city, animal or food."""

from collections.abc import Callable
from dataclasses import dataclass

from core.messages import Message
from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.sampling import explain
from training.domains.smalltalk import chat
from training.domains.stories import tell
from training.grammar import Draw


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: how it is told, acknowledged, asked for and answered."""

    value: Callable[[Draw], str]
    tell: tuple[str, ...]
    ack: tuple[str, ...]
    ask: tuple[str, ...]
    answer: tuple[str, ...]


FACTS: tuple[Fact, ...] = (
    Fact(
        words.name,
        (
            "my name is {v}",
            "I am {v}",
            "I'm {v}",
            "call me {v}",
            "[hello|hi], my name is {v}",
            "you can call me {v}",
            "my friends call me {v}",
            "please remember that my name is {v}",
            "the name is {v}",
            "people call me {v}",
        ),
        (
            "Nice to meet you, {v}!",
            "Hello {v}! [What can I do for you?|]",
            "[Good|Fine], {v}. I will remember it.",
            "Welcome, {v}!",
        ),
        (
            "what is my name",
            "what's my name",
            "who am I",
            "do you remember my name",
            "do you know my name",
            "how am I called",
            "say my name",
            "what did I say my name was",
            "can you tell me my name",
            "and my name",
            "what was my name",
        ),
        (
            "Your name is {v}.",
            "You are {v}.",
            "[You told me|You said] that your name is {v}.",
            "{v}, [of course|if I read it right].",
        ),
    ),
    Fact(
        lambda draw: draw.value(words.COLOURS),
        (
            "my favourite colour is {v}",
            "I like the colour {v}",
            "the colour I like best is {v}",
            "remember the colour {v}",
            "I love {v}, it is my favourite colour",
            "my car is {v}, that is my favourite colour",
        ),
        (
            "{v} is a [fine|lovely|good] colour.",
            "[Good|Noted]: {v}.",
            "I will remember {v}.",
        ),
        (
            "what is my favourite colour",
            "which colour do I like",
            "what colour did I mention",
            "do you remember my favourite colour",
            "which colour was it",
            "what is my favorite color",
            "and my colour",
        ),
        (
            "Your favourite colour is {v}.",
            "It is {v}.",
            "You [said|told me] {v}.",
            "The colour is {v}.",
        ),
    ),
    Fact(
        words.number,
        (
            "my number is {v}",
            "remember the number {v}",
            "my lucky number is {v}",
            "please note the number {v}",
            "the number is {v}",
            "my room number is {v}",
            "keep the number {v} in mind",
        ),
        ("[Noted|Good]: {v}.", "I will remember {v}.", "{v}, [all right|okay]."),
        (
            "what is my number",
            "which number did I tell you",
            "what was the number",
            "do you remember the number",
            "what number did I say",
            "tell me my number",
            "which number was it",
            "and the number",
        ),
        (
            "Your number is {v}.",
            "It was {v}.",
            "The number is {v}.",
            "You [said|told me] {v}.",
        ),
    ),
    Fact(
        words.city,
        (
            "I live in {v}",
            "I am from {v}",
            "I come from {v}",
            "my home is {v}",
            "my city is {v}",
            "I moved to {v} last year",
            "I work in {v}",
        ),
        (
            "{v}, [how nice|good to know].",
            "Greetings to {v}!",
            "I will remember that you are in {v}.",
        ),
        (
            "where do I live",
            "which city am I from",
            "what is my city",
            "where am I from",
            "do you remember where I live",
            "which city did I name",
            "what city was it",
            "and my city",
        ),
        (
            "You are in {v}.",
            "Your city is {v}.",
            "You [said|told me] {v}.",
            "It is {v}.",
        ),
    ),
    Fact(
        lambda draw: draw.value(words.ANIMALS) if draw.chance(0.7) else words.made_up(draw, False),
        (
            "I have {an v}",
            "my favourite animal is the {v}",
            "my pet is {an v}",
            "at home I have {an v}",
            "I love my {v}",
            "I own {an v}",
        ),
        (
            "{an v}, how [nice|lovely]!",
            "[Good|Noted]: {an v}.",
            "I hope the {v} is well.",
        ),
        (
            "which animal do I have",
            "what is my animal",
            "which animal did I mention",
            "do you remember my animal",
            "what animal was it",
            "what pet do I have",
            "and my pet",
        ),
        (
            "It is {an v}.",
            "You [told me about|mentioned] {an v}.",
            "Your animal is the {v}.",
        ),
    ),
    Fact(
        lambda draw: draw.value(words.FOODS),
        (
            "I like {v}",
            "my favourite food is {v}",
            "I love {v} more than anything",
            "I often eat {v}",
            "today I had {v}",
            "my favourite dish is {v}",
        ),
        ("{v}, [that sounds good|a good choice].", "[Noted|Good]: {v}."),
        (
            "what do I like to eat",
            "what is my favourite food",
            "which food did I mention",
            "do you remember my favourite food",
            "what food was it",
            "what did I eat",
        ),
        ("You like {v}.", "It is {v}.", "You [said|told me] {v}."),
    ),
    Fact(
        lambda draw: words.made_up(draw) if draw.chance(0.6) else draw.value(words.THINGS),
        (
            "the password is {v}",
            "remember the word {v}",
            "the code word is {v}",
            "please keep the word {v} in mind",
            "our secret word is {v}",
            "the magic word is {v}",
        ),
        ("I will remember {v}.", "[Noted|Good]: {v}.", "{v}, all right."),
        (
            "what is the word",
            "what was the word",
            "which word did I tell you",
            "do you remember the word",
            "what is the code word",
            "tell me the word",
            "and the word",
        ),
        ("The word is {v}.", "It is {v}.", "You [said|told me] {v}."),
    ),
)
UNKNOWN = (
    "You have not told me [yet|that yet].",
    "I don't know, you have not told me.",
    "I cannot know that. Please tell me.",
)


def between(draw: Draw) -> tuple[Message, ...]:
    """Other talk of one question and answer; seldom a whole story."""
    return draw.rng.choices((chat, explain, tell), (5, 4, 1))[0](draw).messages[:2]


def recall(draw: Draw) -> Dialogue:
    """One to three facts, perhaps other talk in between, then a question about one of them."""
    count = draw.rng.choice((1, 1, 2, 2, 3, 4))
    facts = draw.rng.sample(FACTS, count)
    values = [fact.value(draw) for fact in facts]
    turns = []
    if count > 1 and draw.chance(0.35):
        told = [draw.ask(f.tell, v=v) for f, v in zip(facts, values, strict=True)]
        joined = " and ".join(
            [
                told[0],
                *(t if t.startswith("I ") else t[0].lower() + t[1:] for t in told[1:]),
            ]
        )
        turns += [
            user(joined + "."),
            assistant(
                draw.say(
                    (
                        "[Good|Noted|Fine], I will remember that.",
                        "[Thank you|Thanks], noted.",
                    )
                )
            ),
        ]
    else:
        for fact, value in zip(facts, values, strict=True):
            mark = draw.any((".", ".", "", "!"))
            turns += [
                user(draw.ask(fact.tell, v=value) + mark),
                assistant(draw.say(fact.ack, v=value)),
            ]
            if draw.chance(0.35):
                turns += between(draw)
    mark = draw.any(("?", "?", "?", ""))
    if count > 1 and draw.chance(0.25):
        pair = list(zip(facts, values, strict=True))[:2]
        (first, one), (second, two) = draw.rng.sample(pair, 2)
        asked = draw.ask(second.ask)
        question = f"{draw.ask(first.ask)} and {asked[0].lower() + asked[1:]}".replace(
            " and and ", " and "
        )
        answer = f"{draw.say(first.answer, v=one)} {draw.say(second.answer, v=two)}"
        turns += [user(question + mark), assistant(answer)]
        return Dialogue("recall", tuple(turns), Expect(all_of=(one, two)))
    order = draw.rng.sample(range(count), draw.rng.randint(1, count))
    for k in order:
        question = draw.ask(facts[k].ask) + mark
        turns += [user(question), assistant(draw.say(facts[k].answer, v=values[k]))]
    return Dialogue("recall", tuple(turns), Expect(all_of=(values[order[-1]],)))


def unknown(draw: Draw) -> Dialogue:
    """A question about a fact that was never told."""
    fact = draw.any(FACTS)
    answer = draw.say(UNKNOWN)
    talk = (user(draw.ask(fact.ask) + "?"), assistant(answer))
    return Dialogue(
        "recall",
        talk,
        Expect(any_of=("not told", "cannot know", "don't know")),
        joins=False,
    )
