"""Remembering what was said: facts that a user tells, invents or corrects, and what the system
message says of the assistant; in both languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.messages import Message
from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import chat, explaining, stories
from training.grammar import WHOLE, Draw
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of fact: how it is told, acknowledged, asked for and answered."""

    tell: Wordings
    ack: Wordings
    ask: Wordings
    answer: Wordings


@dataclass(frozen=True, slots=True)
class RecallTexts:
    """texts/recall.yaml."""

    facts: Mapping[str, Fact]
    noted: Wordings
    untold: Wordings


@dataclass(frozen=True, slots=True)
class ChineseRecallTexts:
    """texts/recall_zh.yaml."""

    facts: Mapping[str, Fact]
    before: str


@dataclass(frozen=True, slots=True)
class PlantedTexts:
    """texts/planted.yaml."""

    before: str
    corrections: Wordings
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class NamedTexts:
    """texts/named.yaml; ``asked`` by the slot that is asked for."""

    systems: Wordings
    greetings: Wordings
    welcome: str
    asked: Mapping[str, Exchange]


TEXT = texts.load("recall", RecallTexts)
CHINESE = texts.load("recall_zh", ChineseRecallTexts)
PLANTED = texts.load("planted", PlantedTexts)
NAMED = texts.load("named", NamedTexts)


def _animal(draw: Draw) -> str:
    return draw.value(words.ENGLISH.animals) if draw.chance(0.7) else words.made_up(draw, False)


def _password(draw: Draw) -> str:
    return words.made_up(draw) if draw.chance(0.6) else draw.value(words.ENGLISH.things)


def _chinese_colour(draw: Draw) -> str:
    if draw.chance(0.3):
        return words.characters(draw, 1) + "色"
    return draw.any(("", "", "深", "浅", "淡", "亮")) + draw.value(words.CHINESE.colours)


def _chinese_food(draw: Draw) -> str:
    if draw.chance(0.4):
        return words.characters(draw, 2) + draw.any("汤饼面粥糕饭")
    return draw.value(words.CHINESE.foods)


# How a value of each kind of fact is made, by its name in the texts.
_VALUES: Mapping[str, Callable[[Draw], str]] = {
    "name": words.name,
    "colour": lambda draw: draw.value(words.ENGLISH.colours),
    "number": words.number,
    "city": words.city,
    "animal": _animal,
    "food": lambda draw: draw.value(words.ENGLISH.foods),
    "word": _password,
}
_CHINESE_VALUES: Mapping[str, Callable[[Draw], str]] = {
    "name": words.chinese_name,
    "city": words.chinese_city,
    "number": words.number,
    "colour": _chinese_colour,
    "animal": stories.chinese_animal,
    "food": _chinese_food,
    "word": words.chinese_word,
}
FACTS = [(fact, _VALUES[kind]) for kind, fact in TEXT.facts.items()]
CHINESE_FACTS = [(fact, _CHINESE_VALUES[kind]) for kind, fact in CHINESE.facts.items()]


def between(draw: Draw) -> tuple[Message, ...]:
    """Other talk of one question and answer; seldom a whole story."""
    talk = draw.rng.choices((chat.chat, explaining.explain, stories.tell), (5, 4, 1))[0]
    return talk(draw).messages[:2]


def _lowered(told: str) -> str:
    """``told`` as it stands behind other words."""
    return told if told.startswith("I ") else told[:1].lower() + told[1:]


def recall(draw: Draw) -> Dialogue:
    """One to four facts, perhaps other talk in between, then a question about some of them."""
    count = draw.rng.choice((1, 1, 2, 2, 3, 4))
    chosen = draw.rng.sample(FACTS, count)
    facts = [(fact, value(draw)) for fact, value in chosen]
    turns: list[Message] = []
    if count > 1 and draw.chance(0.35):
        first, *rest = [draw.ask(fact.tell, v=value) for fact, value in facts]
        turns += [
            user(" and ".join([first, *map(_lowered, rest)]) + "."),
            assistant(draw.say(TEXT.noted)),
        ]
    else:
        for fact, value in facts:
            mark = draw.any((".", ".", "", "!"))
            turns += [
                user(draw.ask(fact.tell, v=value) + mark),
                assistant(draw.say(fact.ack, v=value)),
            ]
            if draw.chance(0.35):
                turns += between(draw)
    mark = draw.any(("?", "?", "?", ""))
    if count > 1 and draw.chance(0.25):
        (one, first), (other, second) = draw.rng.sample(facts[:2], 2)
        asked = draw.ask(other.ask)
        question = f"{draw.ask(one.ask)} and {asked[0].lower() + asked[1:]}".replace(
            " and and ", " and "
        )
        answer = f"{draw.say(one.answer, v=first)} {draw.say(other.answer, v=second)}"
        turns += [user(question + mark), assistant(answer)]
        return Dialogue("recall", tuple(turns), Expect(all_of=(first, second)))
    order = draw.rng.sample(range(count), draw.rng.randint(1, count))
    for k in order:
        fact, value = facts[k]
        question = draw.ask(fact.ask) + mark
        turns += [user(question), assistant(draw.say(fact.answer, v=value))]
    return Dialogue("recall", tuple(turns), Expect(all_of=(facts[order[-1]][1],)))


def unknown(draw: Draw) -> Dialogue:
    """A question about a fact that was never told."""
    fact, _ = draw.any(FACTS)
    answer = draw.say(TEXT.untold)
    turns = (user(draw.ask(fact.ask) + "?"), assistant(answer))
    expect = Expect(any_of=("not told", "cannot know", "don't know"))
    return Dialogue("recall", turns, expect, joins=False)


def chinese(draw: Draw) -> Dialogue:
    """One to three facts in Chinese with other talk between them, then one of them is asked for."""
    chosen = draw.rng.sample(CHINESE_FACTS, draw.rng.choice((1, 1, 2, 2, 3)))
    facts = [(fact, value(draw)) for fact, value in chosen]
    turns: list[Message] = []
    for fact, value in facts:
        turns += [
            user(draw.ask(fact.tell, v=value) + draw.any(("。", "", "！"))),
            assistant(draw.say(fact.ack, v=value)),
        ]
        if draw.chance(0.35):
            turns += draw.any((chat.chinese, explaining.chinese))(draw).messages
    fact, value = facts[draw.rng.randrange(len(facts))]
    asked = fact.ask if len(fact.ask) >= WHOLE else [CHINESE.before + w for w in fact.ask]
    question = draw.ask(asked) + draw.any(("？", "", "?"))
    turns += [user(question), assistant(draw.say(fact.answer, v=value))]
    return Dialogue("chinese recall", tuple(turns), Expect(all_of=(value,), chinese=True))


def _shade(draw: Draw) -> str:
    """A colour, half of them of a shade or made up."""
    colour = draw.value(words.ENGLISH.colours)
    kind = draw.rng.random()
    if kind < 0.2:
        return words.made_up(draw, False)
    return f"{draw.any(('dark', 'light', 'pale', 'bright'))} {colour}" if kind < 0.5 else colour


def planted(draw: Draw) -> Dialogue:
    """Something invented or wrong, told by the user and asked for later: it holds here."""
    fact = draw.any(PLANTED.facts)
    ask = [PLANTED.before + wording.removeprefix("[and |so ]") for wording in fact.ask]
    place = any(word in fact.tell[0] for word in ("capital", "password", "mayor"))
    slots = {
        "v": _shade(draw) if "colour" in ask[0] else words.made_up(draw, True),
        "x": words.city(draw) if place else words.thing(draw).lower(),
        "k": words.number(draw),
    }
    turns = [
        user(draw.ask(fact.tell, **slots) + draw.any((".", "", "!"))),
        assistant(draw.say(fact.ack, **slots)),
    ]
    for _ in range(draw.rng.choice((0, 1, 1, 2, 3))):
        turns += between(draw)
    turns += [
        user(draw.ask(ask, **slots) + draw.any(("?", "?", ""))),
        assistant(draw.say(fact.answer, **slots)),
    ]
    wanted = slots["k"] if "{k}" in fact.answer[0] else slots["v"]
    return Dialogue("planted fact", tuple(turns), Expect(all_of=(wanted,)))


def corrected(draw: Draw) -> Dialogue:
    """A fact, taken back and told anew: the later one counts."""
    fact, value = draw.any(FACTS)
    first, second = value(draw), value(draw)
    if second == first:
        # A held-out part may hold one value only.
        second = words.made_up(draw, True)
    said = _lowered(draw.ask(fact.tell, v=second))
    turns = [
        user(draw.ask(fact.tell, v=first) + draw.any((".", ""))),
        assistant(draw.say(fact.ack, v=first)),
        user(f"{draw.any(PLANTED.corrections)}{said}."),
        assistant(draw.say(fact.ack, v=second)),
    ]
    if draw.chance(0.4):
        turns += between(draw)
    turns += [
        user(draw.ask(fact.ask) + draw.any(("?", ""))),
        assistant(draw.say(fact.answer, v=second)),
    ]
    return Dialogue("recall", tuple(turns), Expect(all_of=(second,)))


def named(draw: Draw) -> Dialogue:
    """One to three questions about what the system message says of the assistant: name, job,
    city."""
    job = draw.value(words.ENGLISH.jobs) if draw.chance(0.75) else words.made_up(draw, False)
    slots = {"n": words.name(draw), "c": words.city(draw), "j": job}
    messages = [system(draw.ask(NAMED.systems, **slots))]
    keys = draw.rng.sample(sorted(NAMED.asked), draw.rng.choice((1, 1, 2, 3)))
    if draw.chance(0.2):
        hello = draw.say(NAMED.welcome, **slots)
        messages += [user(draw.ask(NAMED.greetings)), assistant(hello)]
    for key in keys:
        asked = NAMED.asked[key]
        messages += [
            user(draw.ask(asked.ask) + draw.any(("?", "?", ""))),
            assistant(draw.say(asked.say, **slots)),
        ]
    expect = Expect(all_of=(slots[keys[-1]],))
    return Dialogue("system facts", tuple(messages), expect, joins=False)
