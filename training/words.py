"""Slot values in both languages: names, places, things, and words that nothing but copying gives.

What is drawn from short lists is learned by heart. A circuit that copies anything has to meet
nearly every token of the vocabulary as something to copy, made-up words and the plain ones between
them.
"""

import re
from dataclasses import dataclass
from functools import cache

from training import texts
from training.grammar import Draw
from training.texts import Wordings


@dataclass(frozen=True, slots=True)
class Lists:
    """texts/words.yaml."""

    first_names: Wordings
    cities: Wordings
    animals: Wordings
    places: Wordings
    things: Wordings
    colours: Wordings
    foods: Wordings
    hobbies: Wordings
    jobs: Wordings
    topics: Wordings
    modern: Wordings
    onsets: Wordings
    nuclei: Wordings
    codas: Wordings


@dataclass(frozen=True, slots=True)
class ChineseLists:
    """texts/words_zh.yaml; surnames and what follows are single characters in a row."""

    cities: Wordings
    animals: Wordings
    places: Wordings
    things: Wordings
    goods: Wordings
    colours: Wordings
    foods: Wordings
    fields: Wordings
    names: Wordings
    surnames: str
    given: str
    characters: str
    place_endings: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """texts/vocabulary.yaml."""

    nouns: Wordings
    adjectives: Wordings
    verbs: Wordings


ENGLISH = texts.load("words", Lists)
CHINESE = texts.load("words_zh", ChineseLists)
VOCABULARY = texts.load("vocabulary", Vocabulary)
_SURNAMES, _GIVEN, _CHARACTERS = (
    "".join(rows.split()) for rows in (CHINESE.surnames, CHINESE.given, CHINESE.characters)
)

# What chance must not put together in front of a class.
_RUDE = ("fuck", "shit", "cock", "dick", "cunt", "piss", "tits", "fart", "penis", "rape")

_APART = ("vocabulary", "builtin_tools", "typed_tools")
_PLAIN = re.compile(r"(?<![{\w])[a-z]{3,12}(?![}\w])", re.IGNORECASE)
_CHARACTER = re.compile(r"[\u4e00-\u9fff]")


def made_up(draw: Draw, capital: bool | None = None) -> str:
    """A word nobody has seen, two or three syllables: "Brolimar", "teaxon"."""
    syllables = draw.rng.choice((2, 2, 2, 3))
    word = ""
    while not word or any(rude in word for rude in _RUDE):
        word = "".join(
            draw.any(ENGLISH.onsets) + draw.any(ENGLISH.nuclei) + draw.any(ENGLISH.codas)
            for _ in range(syllables)
        )
    raised = draw.chance(0.7) if capital is None else capital
    return word.capitalize() if raised else word


def name(draw: Draw) -> str:
    """A person's name: half known, half made up; now and then in lower case."""
    chosen = draw.value(ENGLISH.first_names) if draw.chance(0.45) else made_up(draw, capital=True)
    return chosen.lower() if draw.chance(0.07) else chosen


def city(draw: Draw) -> str:
    """A city, half of them made up."""
    return draw.value(ENGLISH.cities) if draw.chance(0.5) else made_up(draw, capital=True)


def number(draw: Draw) -> str:
    """A number as people mention one: one to four digits."""
    digits = draw.rng.choice((1, 2, 2, 3, 3, 4))
    return str(draw.rng.randint(10 ** (digits - 1), 10**digits - 1))


def thing(draw: Draw) -> str:
    """A word for any object, one in three made up."""
    if draw.chance(0.35):
        return made_up(draw, capital=False)
    return draw.value(ENGLISH.things if draw.chance(0.4) else VOCABULARY.nouns)


def topic(draw: Draw) -> str:
    """Any topic outside the model's world, one in four made up."""
    if draw.chance(0.25):
        return made_up(draw, capital=False)
    return draw.value(ENGLISH.topics) if draw.chance(0.6) else draw.value(ENGLISH.modern)


@cache
def _all_texts() -> str:
    """Every text but the vocabulary, whose words are drawn from there, and those that came later: a
    word more would change the held-out questions of all domains, and with them what figures are
    of."""
    files = (name for name in texts.names() if name not in _APART)
    return "\n".join(text for file in files for text in texts.strings(file))


@cache
def everyday() -> Wordings:
    """All English words of three to twelve letters in the texts, in lower case and sorted."""
    return tuple(sorted({word.lower() for word in _PLAIN.findall(_all_texts())}))


@cache
def everyday_characters() -> Wordings:
    """All Chinese characters in the texts, sorted."""
    return tuple(sorted(set(_CHARACTER.findall(_all_texts()))))


def chinese_name(draw: Draw) -> str:
    """Surname and given name from hundreds of thousands: only copying can produce it."""
    if draw.chance(0.15):
        return name(draw)
    count = draw.rng.choice((1, 2, 2))
    return draw.any(_SURNAMES) + "".join(draw.any(_GIVEN) for _ in range(count))


def characters(draw: Draw, count: int) -> str:
    """``count`` Chinese characters in a row that make no known word."""
    return "".join(
        draw.any(_CHARACTERS if draw.chance(0.55) else everyday_characters()) for _ in range(count)
    )


def chinese_word(draw: Draw) -> str:
    """A made-up Chinese word of two to four characters."""
    return characters(draw, draw.rng.choice((2, 2, 3, 3, 4)))


def chinese_city(draw: Draw) -> str:
    """A Chinese city, half of them made up."""
    if draw.chance(0.5):
        return draw.value(CHINESE.cities)
    return characters(draw, draw.rng.choice((1, 2))) + draw.any(CHINESE.place_endings)
