"""Small talk: greetings, what the model says of itself, and honesty about what it does not know."""

from dataclasses import dataclass

from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.grammar import Draw
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class ChatTexts:
    """texts/chat.yaml."""

    greetings: Wordings
    greeting_answers: Wordings
    introductions: Wordings
    introduction_answers: Wordings
    general_systems: Wordings
    chat: tuple[Exchange, ...]
    identity: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class ChineseChatTexts:
    """texts/chat_zh.yaml."""

    chat: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class FallbackTexts:
    """texts/fallback.yaml."""

    outside: Wordings
    near: Wordings
    people: Wordings
    places: Wordings
    sums: Wordings
    now: Wordings
    work: Wordings
    answers: Wordings
    near_answers: Wordings
    sum_answers: Wordings
    now_answers: Wordings
    work_answers: Wordings
    honest: Wordings


@dataclass(frozen=True, slots=True)
class ChineseFallbackTexts:
    """texts/fallback_zh.yaml."""

    outside: Wordings
    places: Wordings
    people: Wordings
    now: Wordings
    work: Wordings
    answers: Wordings
    other_answers: Wordings
    honest: Wordings


TEXT = texts.load("chat", ChatTexts)
CHINESE = texts.load("chat_zh", ChineseChatTexts)
BEYOND = texts.load("fallback", FallbackTexts)
CHINESE_BEYOND = texts.load("fallback_zh", ChineseFallbackTexts)


def greeting(draw: Draw) -> Dialogue:
    """A greeting, sometimes with the user's name, answered with it."""
    if draw.chance(0.3):
        name = words.name(draw)
        said = draw.ask(TEXT.introductions, n=name)
        answer = draw.say(TEXT.introduction_answers, n=name)
        turns = (user(said + draw.any((".", "", "!"))), assistant(answer))
        return Dialogue("greeting", turns, Expect(all_of=(name,)))
    answer = draw.say(TEXT.greeting_answers)
    turns = (user(draw.phrase(TEXT.greetings)), assistant(answer))
    kind = ("hello", "hi", "hey", "welcome", "good to", "nice to")
    return Dialogue("greeting", turns, Expect(any_of=kind))


def identity(draw: Draw) -> Dialogue:
    """What the model is, can, and cannot do."""
    return _exchanged(draw, "identity", TEXT.identity, ("?", "?", ""))


def chat(draw: Draw) -> Dialogue:
    """Thanks, farewells, jokes, praise and blame."""
    return _exchanged(draw, "small talk", TEXT.chat, ("?", "?", "", ".", "!"))


def _exchanged(
    draw: Draw, ability: str, exchanges: tuple[Exchange, ...], marks: Wordings
) -> Dialogue:
    chosen = draw.any(exchanges)
    mark = draw.any(marks)
    question = draw.phrase(chosen.ask) + mark
    turns = (user(question), assistant(draw.say(chosen.say)))
    return Dialogue(ability, turns, Expect(like=chosen.say))


def general_system(draw: Draw) -> str:
    """A system message that changes nothing."""
    return system(draw.ask(TEXT.general_systems)).content


def chinese(draw: Draw) -> Dialogue:
    """A greeting, a question about the model, thanks, a mood, a setting, or one beyond it."""
    chosen = draw.any(CHINESE.chat)
    question = draw.phrase(chosen.ask) + draw.any(("？", "", "?"))
    turns = (user(question), assistant(draw.say(chosen.say)))
    return Dialogue("chinese", turns, Expect(any_of=chosen.must, chinese=True))


def fallback(draw: Draw) -> Dialogue:
    """A question the model cannot answer, and an answer that says so."""
    x = words.topic(draw)
    kind = draw.rng.random()
    answers = BEYOND.answers
    if kind < 0.42:
        question = draw.ask(BEYOND.outside, x=x, y=words.topic(draw))
    elif kind < 0.5:
        question, answers = draw.ask(BEYOND.near, c=words.city(draw)), BEYOND.near_answers
    elif kind < 0.62:
        x = (
            words.name(draw)
            if draw.chance(0.6)
            else f"{words.name(draw)} {words.made_up(draw, True)}"
        )
        question = draw.ask(BEYOND.people, n=x)
    elif kind < 0.74:
        x = words.city(draw)
        question = draw.ask(BEYOND.places, c=x)
    elif kind < 0.84:
        a = str(draw.rng.randint(101, 9999))
        question = draw.ask(BEYOND.sums, a=a, b=words.number(draw))
        answers = BEYOND.sum_answers
    elif kind < 0.92:
        question, answers = draw.ask(BEYOND.now), BEYOND.now_answers
    else:
        question = draw.ask(BEYOND.work, n=words.name(draw).capitalize(), c=words.city(draw))
        answers = BEYOND.work_answers
    mark = draw.any(("?", "?", "", "."))
    turns = (user(question + mark), assistant(draw.say(answers, x=x)))
    return Dialogue("honest fallback", turns, Expect(any_of=BEYOND.honest))


def chinese_fallback(draw: Draw) -> Dialogue:
    """A topic, a place or a person it does not know, the present, or work it cannot do."""
    text = CHINESE_BEYOND
    kind = draw.rng.random()
    x = words.chinese_word(draw) if draw.chance(0.3) else draw.value(words.CHINESE.fields)
    if kind < 0.5:
        question = draw.ask(text.outside, x=x, y=draw.value(words.CHINESE.fields))
    elif kind < 0.65:
        x = draw.value(words.CHINESE.cities)
        question = draw.ask(text.places, c=x)
    elif kind < 0.78:
        x = words.chinese_name(draw)
        question = draw.ask(text.people, n=x)
    else:
        question = draw.phrase(text.now if kind < 0.88 else text.work)
        x = ""
    answer = draw.say(text.answers, x=x) if x else draw.say(text.other_answers)
    turns = (user(question + draw.any(("？", "", "?"))), assistant(answer))
    expect = Expect(any_of=text.honest, all_of=(x,) if x else (), chinese=True)
    return Dialogue("chinese fallback", turns, expect)
