"""Small stories about an animal, a place, a thing; and short poems."""

import hashlib
from collections.abc import Collection, Sequence

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.stories_text import ASK_ABOUT, ASK_PLAIN, ASK_TWO, POEM_ASK
from training.grammar import Draw, plainest

OPENING = (
    "[Once upon a time|Long ago|Many years ago] there was {an d} {a} [called|named] {n} who lived [near|in] the {p}.",
    "In the {p} lived {an d} {a}. [Everyone called it|Its name was] {n}.",
    "{n} was {an d} {a} from the {p}.",
    "There was once {an d} {a} in the {p}, and its name was {n}.",
    "[Every morning|Each evening] {n}, {an d} {a}, walked through the {p}.",
)
PROBLEM = (
    "One day {n} found {an t} [under a tree|on the path|behind a wall|in the grass].",
    "One [cold|rainy|windy] [morning|evening] {n} lost {an t} that meant a lot to the {a}.",
    "One night the {t} [was gone|had disappeared], and {n} could not sleep.",
    "One day a [stranger|traveller] came and asked {n} for {an t}.",
    "But {n} had one wish: to own {an t}.",
    "Then [a storm|the snow|a flood] came and carried {n}'s {t} away.",
)
ATTEMPT = (
    "{n} [looked|searched] everywhere, [first by the water, then on the hill|from the first light to the last].",
    "The {a} asked all the neighbours, but nobody [knew anything|could help].",
    "{n} [thought for a while|sat down and thought] and made a plan.",
    "At first {n} was afraid, but the {a} went on, step by step.",
    "{n} tried three times, and three times it went wrong.",
)
HELPER = (
    'Then {an h} came along and said: "[Follow me|I know the way|Let us try together]."',
    "[An old|A young] {h} [offered to help|had an idea].",
    "Luckily {an h} had seen everything.",
    "On the way {n} met {an h}, and they became friends.",
)
SOLUTION = (
    "Together they [brought back|found] the {t} and [laughed|danced|cheered].",
    "In the end the {t} was [where nobody had looked: at home|in a hollow tree|right behind the door].",
    "With a little patience they got the {t}, and it shone in the [sun|moonlight].",
    "They shared the {t} [fairly|like good friends], and nobody was left out.",
)
ENDING = (
    "From that day on {n} was never alone [again|any more].",
    "{n} went home happy and slept [until noon|deeply].",
    "And if you walk through the {p} today, you can still hear {n} sing.",
    "So {n} learned that [courage grows with each step|good friends are worth more than {an t}|asking is no shame].",
    "And the {p} was [a little brighter|quieter and kinder] than before.",
)
TRAITS = (
    "small",
    "brave",
    "clever",
    "shy",
    "curious",
    "lazy",
    "old",
    "young",
    "cheerful",
    "quiet",
    "grumpy",
    "kind",
    "proud",
    "sleepy",
    "careful",
)
POEM = (
    (
        "The {t} is [small|still], the day is [wide|long],",
        "It [hums|whispers] a half-forgotten song.",
        "I [pass|go] by and hear it [say|sing]:",
        '"[Stay with me|Be kind] a [while|little] [today|in spring]."',
    ),
    (
        "{an t} [beneath|below] the evening sky",
        "[Watches|Follows] all the clouds go by.",
        "It [asks for|wants] nothing, it [waits|lies] there,",
        "[Quiet|Calm] as a thought in the [cool|clear] air.",
    ),
    (
        "Who knows the {t}? [The wind|The rain], [perhaps|maybe].",
        "It [moves|turns] and then it takes a nap.",
        "The {t} [keeps still|says nothing], [day and night|for hours],",
        "And [dreams|thinks] of [rivers|seas] and of flowers.",
    ),
)


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
    animal = draw.value(words.ANIMALS) if draw.chance(0.85) else words.made_up(draw, False)
    thing = draw.value(words.THINGS) if draw.chance(0.8) else words.made_up(draw, False)
    return {
        "a": animal,
        "t": thing,
        "h": draw.any([a for a in words.ANIMALS if a != animal]),
        "p": draw.value(words.PLACES),
        "n": words.name(draw).capitalize(),
        "d": draw.any(TRAITS),
    }


def _told(draw: Draw, slots: dict[str, str], asked: Collection[str], whole: bool) -> dict[str, str]:
    """``slots`` with what was not asked for replaced by the usual: always for a whole usual
    story, else often."""
    animal = slots["a"]
    if "a" not in asked and (whole or draw.chance(USUAL)):
        animal = words.ANIMALS[0]
    usual = {"a": animal}
    if whole or draw.chance(USUAL):
        others = [a for a in words.ANIMALS if a != animal]
        lists = {"t": words.THINGS, "h": others, "p": words.PLACES, "d": TRAITS}
        usual |= {key: going_with(options, animal + key) for key, options in lists.items()}
        usual["n"] = going_with(words.FIRST_NAMES, animal + "n")
    return slots | {key: value for key, value in usual.items() if key not in asked}


def story_text(draw: Draw, slots: dict[str, str], whole: bool = False) -> str:
    """A story of four to six sentences from the slots a, t, h, p, n, d; ``whole`` takes the
    plainest wording of each."""
    if whole:
        plain = (OPENING, PROBLEM, HELPER, SOLUTION, ENDING)
        return " ".join(plainest(part, slots) for part in plain)
    parts = [draw.say(OPENING, **slots), draw.say(PROBLEM, **slots)]
    if draw.chance(0.4):
        parts.append(draw.say(ATTEMPT, **slots))
    if draw.chance(0.7):
        parts.append(draw.say(HELPER, **slots))
        parts.append(draw.say(SOLUTION, **slots))
    else:
        parts.append(draw.say(SOLUTION[1:2], **slots))
    parts.append(draw.say(ENDING, **slots))
    return " ".join(parts)


def tell(draw: Draw) -> Dialogue:
    """A request for a story; whatever was asked for appears in it."""
    slots = story_slots(draw)
    kind = draw.rng.random()
    wanted: tuple[str, ...] = ()
    if kind < 0.2:
        question = draw.ask(ASK_PLAIN)
    elif kind < 0.65:
        question, wanted = draw.ask(ASK_ABOUT, **slots), (slots["a"],)
    else:
        template = draw.value(ASK_TWO)
        question = draw.expand(template, slots)
        wanted = tuple(
            slots[k] for k in "atpn" if f"{{{k}}}" in template or f"{{an {k}}}" in template
        )
    mark = draw.any((".", "", "?", "!"))
    whole = draw.chance(WHOLE_USUAL)
    told = _told(draw, slots, [key for key, value in slots.items() if value in wanted], whole)
    return Dialogue(
        "story",
        (user(question + mark), assistant(story_text(draw, told, whole))),
        Expect(all_of=wanted),
    )


def poem(draw: Draw) -> Dialogue:
    """Four lines about a thing."""
    slot = words.thing(draw).lower()
    if draw.chance(WHOLE_USUAL):
        lines = "\n".join(plainest((line,), {"t": slot}) for line in POEM[0])
    else:
        lines = "\n".join(draw.say(line, t=slot) for line in draw.favour(POEM))
    return Dialogue(
        "poem",
        (user(draw.ask(POEM_ASK, t=slot) + draw.any((".", "", "!"))), assistant(lines)),
        Expect(all_of=(slot,)),
    )
