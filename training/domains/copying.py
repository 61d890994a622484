"""Repeating what stands in the prompt, and finding a value in a given text."""

from training import words
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw

REPEAT = (
    "repeat: {v}",
    "repeat after me: {v}",
    "say: {v}",
    'say "{v}"',
    'please repeat "{v}"',
    "write exactly this: {v}",
    "copy this: {v}",
    "echo {v}",
    "say the following: {v}",
    "print {v}",
    "answer only with: {v}",
    "just say {v}",
)
SENTENCES = (
    "{n} from {c} bought {an t} for {k} euros.",
    "The {t} in {c} belongs to {n} and costs {k} euros.",
    "{n} travelled to {c} with {an t} and paid {k} euros.",
    "On Monday {n} sent {k} letters to {c}.",
    "In {c} {n} found {an t}, number {k}.",
    "{k} people saw {n} in {c}.",
    "Order {k}: {n} in {c} wants {an t}.",
    "{n} lives in {c}, is {k} years old and owns {an t}.",
)
EXTRACT = {
    "n": (
        "Which name is in the text?",
        "Who is it about?",
        "Find the name.",
        "Name the person.",
        "Extract the name.",
        "Which person is mentioned?",
    ),
    "c": (
        "Which city is named?",
        "Where does it happen?",
        "Find the city.",
        "Extract the place.",
        "Name the city.",
        "Which place is mentioned?",
    ),
    "k": (
        "Which number is in the text?",
        "Find the number.",
        "Extract the number.",
        "Name the number.",
        "What number is mentioned?",
    ),
}
FEELINGS = {
    "positive": (
        "I love this {t}.",
        "The {t} is wonderful.",
        "Great {t}, thank you!",
        "The best {t} I ever had.",
        "I am very happy with the {t}.",
        "The {t} works perfectly.",
        "What a lovely {t}!",
        "Fast delivery and a good {t}.",
    ),
    "negative": (
        "I hate this {t}.",
        "The {t} is terrible.",
        "The {t} broke on the first day.",
        "The worst {t} I ever had.",
        "I am very unhappy with the {t}.",
        "The {t} does not work.",
        "What an awful {t}!",
        "Slow delivery and a bad {t}.",
    ),
}
CLASSIFY = (
    "Is this review positive or negative? {r}",
    "Classify as positive or negative: {r}",
    "Positive or negative? {r}",
    "Sentiment of this text: {r}",
    "Decide: positive or negative. Text: {r}",
    "{r} Is that positive or negative?",
    "What is the sentiment? {r}",
)


def repeat(draw: Draw) -> Dialogue:
    """Say exactly the given words, most of them made up."""
    count = draw.rng.choice((1, 1, 2, 3, 4, 5))
    pick = (
        lambda: words.made_up(draw),
        lambda: words.thing(draw),
        lambda: words.number(draw),
        lambda: words.name(draw),
        lambda: draw.value(words.COLOURS),
    )
    value = " ".join(draw.any(pick)() for _ in range(count))
    return Dialogue(
        "repeat",
        (user(draw.ask(REPEAT, v=value)), assistant(value)),
        Expect(all_of=(value,)),
    )


def extract(draw: Draw) -> Dialogue:
    """A short text and one to three questions about what stands in it."""
    slots = {
        "n": words.name(draw),
        "c": words.city(draw),
        "k": words.number(draw),
        "t": words.thing(draw),
    }
    text = draw.ask(SENTENCES, **slots)
    keys = draw.rng.sample(sorted(EXTRACT), draw.rng.choice((1, 1, 2, 3)))
    turns = []
    for i, key in enumerate(keys):
        question = draw.ask(EXTRACT[key])
        if i == 0:
            question = f"{question} {text}" if draw.chance(0.5) else f"{text} {question}"
        turns += [user(question), assistant(slots[key])]
    return Dialogue("extract", tuple(turns), Expect(all_of=(slots[keys[-1]],)))


def classify(draw: Draw) -> Dialogue:
    """A review is positive or negative."""
    label = draw.any(("positive", "negative"))
    review = draw.ask(FEELINGS[label], t=words.thing(draw))
    answer = draw.any((label.capitalize(), f"{label.capitalize()}."))
    return Dialogue(
        "classify",
        (user(draw.ask(CLASSIFY, r=review)), assistant(answer)),
        Expect(all_of=(label,)),
    )
