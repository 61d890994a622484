"""Repeating what stands in the prompt, and finding a value in a given text."""

from training import everyday, vocabulary, words
from training.dialogue import Dialogue, Expect, assistant, user
from training.domains import chinese_copying_text as zh
from training.domains import copying_text as text
from training.domains import reviews_text as reviews
from training.domains.chinese_words import city as chinese_city
from training.domains.chinese_words import name as chinese_name
from training.domains.chinese_words import word as chinese_word
from training.grammar import Draw


def some_words(draw: Draw, count: int) -> str:
    """``count`` words of mixed kinds, many of them made up, in a row."""
    pick = (
        lambda: words.made_up(draw),
        lambda: words.made_up(draw, False),
        lambda: words.thing(draw),
        lambda: draw.value(vocabulary.ADJECTIVES),
        lambda: draw.value(vocabulary.VERBS),
        lambda: words.number(draw),
        lambda: words.name(draw),
        lambda: draw.value(words.COLOURS),
        lambda: draw.value(everyday.english()),
        lambda: draw.value(everyday.english()),
        lambda: draw.value(everyday.english()).capitalize(),
    )
    return " ".join(draw.any(pick)() for _ in range(count))


def repeat(draw: Draw) -> Dialogue:
    """Say exactly the given words, most of them made up."""
    value = some_words(draw, draw.rng.choice((1, 1, 2, 3, 4, 5, 6)))
    return Dialogue(
        "repeat",
        (user(draw.ask(text.REPEAT, v=value)), assistant(value)),
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
    given = draw.ask(text.SENTENCES, **slots)
    keys = draw.rng.sample(sorted(text.EXTRACT), draw.rng.choice((1, 1, 2, 3)))
    turns = []
    for i, key in enumerate(keys):
        question = draw.ask(text.EXTRACT[key])
        if i == 0:
            question = f"{question} {given}" if draw.chance(0.5) else f"{given} {question}"
        turns += [user(question), assistant(slots[key])]
    return Dialogue("extract", tuple(turns), Expect(all_of=(slots[keys[-1]],)))


def classify(draw: Draw) -> Dialogue:
    """A review is positive or negative."""
    label = draw.any(("positive", "negative"))
    thing = words.thing(draw)
    if draw.chance(0.65):
        adjective = draw.any(reviews.GOOD if label == "positive" else reviews.BAD)
        review = draw.ask(reviews.REVIEWS, t=thing, j=adjective)
    else:
        review = draw.ask(reviews.FEELINGS[label], t=thing)
    turns = (user(draw.ask(reviews.CLASSIFY, r=review)), assistant(f"{label.capitalize()}."))
    return Dialogue("classify", turns, Expect(begins=label))


def chinese(draw: Draw) -> Dialogue:
    """Repeat, find a value, or judge a review, in Chinese."""
    kind = draw.any(("repeat", "extract", "extract", "classify"))
    if kind == "repeat":
        count = draw.rng.choice((1, 1, 2, 2, 3))
        more = (draw.any((chinese_name, chinese_word))(draw) for _ in range(count - 1))
        value = chinese_word(draw) + "".join(more)
        turns = (user(draw.ask(zh.REPEAT, v=value)), assistant(value))
        return Dialogue("chinese copying", turns, Expect(begins=value, ends=value, chinese=True))
    if kind == "classify":
        good = draw.chance(0.5)
        adjective = draw.any(zh.GOOD if good else zh.BAD)
        review = draw.ask(zh.REVIEWS, t=draw.value(zh.THINGS), j=adjective)
        label = "正面" if good else "负面"
        turns = (user(draw.ask(zh.CLASSIFY, r=review)), assistant(f"{label}。"))
        return Dialogue("chinese copying", turns, Expect(begins=label, chinese=True))
    slots = {"n": chinese_name(draw), "c": chinese_city(draw), "k": words.number(draw)}
    given = draw.ask(zh.SENTENCES, **slots)
    key = draw.any(sorted(zh.EXTRACT))
    question = draw.ask(zh.EXTRACT[key])
    asked = f"{question}{given}" if draw.chance(0.5) else f"{given}{question}"
    answer = f"答案是{slots[key]}。"
    turns = (user(asked), assistant(answer))
    return Dialogue("chinese copying", turns, Expect(begins=answer, chinese=True))
