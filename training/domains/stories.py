"""Small stories about an animal, a place, a thing, in both languages; and short poems."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw, plainest
from training.texts import Wordings


@dataclass(frozen=True, slots=True)
class StoryTexts:
    """texts/stories.yaml."""

    ask_plain: Wordings
    ask_about: Wordings
    ask_two: Wordings
    ask_poem: Wordings
    opening: Wordings
    problem: Wordings
    attempt: Wordings
    helper: Wordings
    solution: Wordings
    ending: Wordings
    traits: Wordings
    poems: tuple[Wordings, ...]


@dataclass(frozen=True, slots=True)
class ChineseStoryTexts:
    """texts/stories_zh.yaml."""

    ask_plain: Wordings
    ask_about: Wordings
    opening: Wordings
    problem: Wordings
    middle: Wordings
    ending: Wordings


TEXT = texts.load("stories", StoryTexts)
CHINESE = texts.load("stories_zh", ChineseStoryTexts)
# How often the whole story follows from the animal: the favourite for low temperatures.
WHOLE_USUAL = 0.35
# How often the rest does, all but the wording.
USUAL = 0.45


def going_with(options: Sequence[str], animal: str) -> str:
    """The option that goes with this animal."""
    digest = hashlib.sha1(animal.encode("utf-8")).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


def story_slots(draw: Draw) -> dict[str, str]:
    """Values for an animal, a thing, a helper, a place, a name and a trait."""
    lists = words.ENGLISH
    animal = draw.value(lists.animals) if draw.chance(0.85) else words.made_up(draw, False)
    thing = draw.value(lists.things) if draw.chance(0.8) else words.made_up(draw, False)
    return {
        "a": animal,
        "t": thing,
        "h": draw.any([a for a in lists.animals if a != animal]),
        "p": draw.value(lists.places),
        "n": words.name(draw).capitalize(),
        "d": draw.any(TEXT.traits),
    }


def _told(draw: Draw, slots: dict[str, str], asked: Collection[str], whole: bool) -> dict[str, str]:
    """``slots`` with what was not asked for replaced by the usual: always for a whole usual
    story, else often."""
    lists = words.ENGLISH
    animal = slots["a"]
    if "a" not in asked and (whole or draw.chance(USUAL)):
        animal = lists.animals[0]
    usual = {"a": animal}
    if whole or draw.chance(USUAL):
        others = [a for a in lists.animals if a != animal]
        options = {"t": lists.things, "h": others, "p": lists.places, "d": TEXT.traits}
        usual |= {key: going_with(found, animal + key) for key, found in options.items()}
        usual["n"] = going_with(lists.first_names, animal + "n")
    return slots | {key: value for key, value in usual.items() if key not in asked}


def story_text(draw: Draw, slots: dict[str, str], whole: bool = False) -> str:
    """A story of four to six sentences from the slots a, t, h, p, n, d; ``whole`` takes the
    plainest wording of each."""
    if whole:
        plain = (TEXT.opening, TEXT.problem, TEXT.helper, TEXT.solution, TEXT.ending)
        return " ".join(plainest(part, slots) for part in plain)
    parts = [draw.say(TEXT.opening, **slots), draw.say(TEXT.problem, **slots)]
    if draw.chance(0.4):
        parts.append(draw.say(TEXT.attempt, **slots))
    if draw.chance(0.7):
        parts.append(draw.say(TEXT.helper, **slots))
        parts.append(draw.say(TEXT.solution, **slots))
    else:
        parts.append(draw.say(TEXT.solution[1:2], **slots))
    parts.append(draw.say(TEXT.ending, **slots))
    return " ".join(parts)


def tell(draw: Draw) -> Dialogue:
    """A request for a story; whatever was asked for appears in it."""
    slots = story_slots(draw)
    kind = draw.rng.random()
    wanted: Wordings = ()
    if kind < 0.2:
        question = draw.ask(TEXT.ask_plain)
    elif kind < 0.65:
        question, wanted = draw.ask(TEXT.ask_about, **slots), (slots["a"],)
    else:
        template = draw.value(TEXT.ask_two)
        question = draw.expand(template, slots)
        wanted = tuple(
            slots[k] for k in "atpn" if f"{{{k}}}" in template or f"{{an {k}}}" in template
        )
    mark = draw.any((".", "", "?", "!"))
    whole = draw.chance(WHOLE_USUAL)
    told = _told(draw, slots, [key for key, value in slots.items() if value in wanted], whole)
    turns = (user(question + mark), assistant(story_text(draw, told, whole)))
    return Dialogue("story", turns, Expect(all_of=wanted))


def poem(draw: Draw) -> Dialogue:
    """Four lines about a thing."""
    thing = words.thing(draw).lower()
    if draw.chance(WHOLE_USUAL):
        lines = "\n".join(plainest((line,), {"t": thing}) for line in TEXT.poems[0])
    else:
        lines = "\n".join(draw.say(line, t=thing) for line in draw.favour(TEXT.poems))
    question = draw.ask(TEXT.ask_poem, t=thing) + draw.any((".", "", "!"))
    return Dialogue("poem", (user(question), assistant(lines)), Expect(all_of=(thing,)))


def chinese(draw: Draw) -> Dialogue:
    """Four sentences in Chinese; an animal that was asked for appears in them."""
    lists = words.CHINESE
    asked = draw.chance(0.75)
    whole = draw.chance(WHOLE_USUAL)
    unasked = lists.animals[0] if whole or draw.chance(0.5) else draw.value(lists.animals)
    animal = chinese_animal(draw) if asked else unasked
    usual = whole or draw.chance(USUAL)
    slots = {"a": animal}
    for key, options in (
        ("p", lists.places),
        ("t", lists.things),
        ("n", lists.names),
        ("h", lists.animals),
    ):
        slots[key] = going_with(options, animal + key) if usual else draw.any(options)
    if slots["h"] == animal:
        slots["h"] = "松鼠" if animal != "松鼠" else "兔子"
    parts = (CHINESE.opening, CHINESE.problem, CHINESE.middle, CHINESE.ending)
    if whole:
        story = "".join(plainest(part, slots) for part in parts)
    else:
        story = "".join(draw.say(part, **slots) for part in parts)
    question = draw.ask(CHINESE.ask_about if asked else CHINESE.ask_plain, a=animal)
    wanted = (animal,) if asked else ()
    turns = (user(question + draw.any(("。", "", "？", "！"))), assistant(story))
    return Dialogue("chinese story", turns, Expect(all_of=wanted, chinese=True))


def chinese_animal(draw: Draw) -> str:
    """An animal, one in three of a made-up kind."""
    if draw.chance(0.35):
        return words.chinese_word(draw)
    return draw.value(words.CHINESE.animals)
