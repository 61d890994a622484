"""Copying and looking up: what nothing but the prompt can tell, in both languages.

Words are repeated, found in a text, read from a table or along a list, freed of the marks around
them, quoted from the system message. Most of them are made up or put together anew each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.messages import Message
from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.grammar import Draw, filled
from training.texts import Wordings


@dataclass(frozen=True, slots=True)
class CopyingTexts:
    """texts/copying.yaml."""

    repeat: Wordings
    sentences: Wordings
    extract: Mapping[str, Wordings]


@dataclass(frozen=True, slots=True)
class ReviewTexts:
    """texts/reviews.yaml."""

    good: Wordings
    bad: Wordings
    reviews: Wordings
    feelings: Mapping[str, Wordings]
    classify: Wordings


@dataclass(frozen=True, slots=True)
class Table:
    """One entry of a table with the key {a} and the value {b}, and how that is asked for."""

    entry: str
    ask: Wordings


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands before, between and after words."""

    before: str
    between: str
    after: str

    def around(self, listed: list[str]) -> str:
        """The words in it."""
        return self.before + self.between.join(listed) + self.after


@dataclass(frozen=True, slots=True)
class Mark:
    """What a shell is called."""

    name: str
    shell: Shell


@dataclass(frozen=True, slots=True)
class DrillTexts:
    """texts/drills.yaml."""

    tables: tuple[Table, ...]
    lists: Wordings
    after: Wordings
    first: Wordings
    last: Wordings
    again: Wordings
    shells: tuple[Shell, ...]
    respell: Wordings
    marks: tuple[Mark, ...]
    mark: Wordings
    kept: Wordings
    kept_ask: Wordings


@dataclass(frozen=True, slots=True)
class ChineseTexts:
    """texts/copying_zh.yaml."""

    repeat: Wordings
    sentences: Wordings
    extract: Mapping[str, Wordings]
    good: Wordings
    bad: Wordings
    reviews: Wordings
    classify: Wordings
    tables: tuple[Table, ...]
    kept: Wordings
    kept_ask: Wordings


TEXT = texts.load("copying", CopyingTexts)
REVIEWS = texts.load("reviews", ReviewTexts)
DRILLS = texts.load("drills", DrillTexts)
CHINESE = texts.load("copying_zh", ChineseTexts)


def some_words(draw: Draw, count: int) -> str:
    """``count`` words of mixed kinds, many of them made up, in a row."""
    pick = (
        lambda: words.made_up(draw),
        lambda: words.made_up(draw, False),
        lambda: words.thing(draw),
        lambda: draw.value(words.VOCABULARY.adjectives),
        lambda: draw.value(words.VOCABULARY.verbs),
        lambda: words.number(draw),
        lambda: words.name(draw),
        lambda: draw.value(words.ENGLISH.colours),
        lambda: draw.value(words.everyday()),
        lambda: draw.value(words.everyday()),
        lambda: draw.value(words.everyday()).capitalize(),
    )
    return " ".join(draw.any(pick)() for _ in range(count))


def sentence(draw: Draw, marks: Wordings) -> str:
    """Two to seven such words as a sentence that makes no sense."""
    said = some_words(draw, draw.rng.choice((2, 3, 4, 5, 6, 7)))
    return said[:1].upper() + said[1:] + draw.any(marks)


def repeat(draw: Draw) -> Dialogue:
    """Say exactly the given words, most of them made up."""
    value = some_words(draw, draw.rng.choice((1, 1, 2, 3, 4, 5, 6)))
    turns = (user(draw.ask(TEXT.repeat, v=value)), assistant(value))
    return Dialogue("repeat", turns, Expect(all_of=(value,)))


def extract(draw: Draw) -> Dialogue:
    """A short text and one to three questions about what stands in it."""
    slots = {
        "n": words.name(draw),
        "c": words.city(draw),
        "k": words.number(draw),
        "t": words.thing(draw),
    }
    given = draw.ask(TEXT.sentences, **slots)
    keys = draw.rng.sample(sorted(TEXT.extract), draw.rng.choice((1, 1, 2, 3)))
    turns = []
    for i, key in enumerate(keys):
        question = draw.ask(TEXT.extract[key])
        if i == 0:
            question = f"{question} {given}" if draw.chance(0.5) else f"{given} {question}"
        turns += [user(question), assistant(slots[key])]
    return Dialogue("extract", tuple(turns), Expect(all_of=(slots[keys[-1]],)))


def classify(draw: Draw) -> Dialogue:
    """A review is positive or negative."""
    label = draw.any(("positive", "negative"))
    thing = words.thing(draw)
    if draw.chance(0.65):
        adjective = draw.any(REVIEWS.good if label == "positive" else REVIEWS.bad)
        review = draw.ask(REVIEWS.reviews, t=thing, j=adjective)
    else:
        review = draw.ask(REVIEWS.feelings[label], t=thing)
    turns = (user(draw.ask(REVIEWS.classify, r=review)), assistant(f"{label.capitalize()}."))
    return Dialogue("classify", turns, Expect(begins=label))


def chinese(draw: Draw) -> Dialogue:
    """Repeat, find a value, or judge a review, in Chinese."""
    kind = draw.any(("repeat", "extract", "extract", "classify"))
    if kind == "repeat":
        count = draw.rng.choice((1, 1, 2, 2, 3))
        pick = (words.chinese_name, words.chinese_word)
        more = (draw.any(pick)(draw) for _ in range(count - 1))
        value = words.chinese_word(draw) + "".join(more)
        turns = (user(draw.ask(CHINESE.repeat, v=value)), assistant(value))
        return Dialogue("chinese copying", turns, Expect(begins=value, ends=value, chinese=True))
    if kind == "classify":
        good = draw.chance(0.5)
        adjective = draw.any(CHINESE.good if good else CHINESE.bad)
        review = draw.ask(CHINESE.reviews, t=draw.value(words.CHINESE.goods), j=adjective)
        label = "正面" if good else "负面"
        turns = (user(draw.ask(CHINESE.classify, r=review)), assistant(f"{label}。"))
        return Dialogue("chinese copying", turns, Expect(begins=label, chinese=True))
    slots = {"n": words.chinese_name(draw), "c": words.chinese_city(draw), "k": words.number(draw)}
    given = draw.ask(CHINESE.sentences, **slots)
    key = draw.any(sorted(CHINESE.extract))
    question = draw.ask(CHINESE.extract[key])
    asked = f"{question}{given}" if draw.chance(0.5) else f"{given}{question}"
    answer = f"答案是{slots[key]}。"
    turns = (user(asked), assistant(answer))
    return Dialogue("chinese copying", turns, Expect(begins=answer, chinese=True))


def _key(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.3:
        return words.name(draw).capitalize()
    if kind < 0.6:
        return words.made_up(draw, True)
    return draw.any("ABCDEFGHKLMNPRSTXZ") if kind < 0.8 else str(draw.rng.randint(1, 99))


def _chinese_key(draw: Draw) -> str:
    return draw.any((words.chinese_name, words.chinese_word, words.number))(draw)


def _value(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.35:
        return words.made_up(draw)
    if kind < 0.5:
        return draw.value(words.everyday())
    if kind < 0.65:
        return words.number(draw)
    if kind < 0.8:
        return f"{draw.value(words.VOCABULARY.adjectives)} {words.thing(draw)}"
    return words.thing(draw)


def _different(draw: Draw, pick: Callable[[Draw], str], count: int) -> list[str]:
    """``count`` texts of which none stands in another."""
    found: list[str] = []
    while len(found) < count:
        one = pick(draw)
        if not any(one.lower() in f.lower() or f.lower() in one.lower() for f in found):
            found.append(one)
    return found


def look_up(draw: Draw) -> Dialogue:
    """A table of two to six entries and questions about them."""
    table = draw.any(DRILLS.tables)
    keys = _different(draw, _key, draw.rng.choice((2, 2, 3, 3, 4, 5, 6)))
    values = _different(draw, _value, len(keys))
    return _looked_up(draw, table, keys, values, chinese=False)


def chinese_look_up(draw: Draw) -> Dialogue:
    """The same in Chinese."""
    table = draw.any(CHINESE.tables)
    keys = _different(draw, _chinese_key, draw.rng.choice((2, 2, 3, 4)))
    values = _different(draw, words.chinese_word, len(keys))
    return _looked_up(draw, table, keys, values, chinese=True)


def _looked_up(
    draw: Draw, table: Table, keys: list[str], values: list[str], chinese: bool
) -> Dialogue:
    blank = "" if chinese else " "
    pairs = list(zip(keys, values, strict=True))
    given = draw.any((blank, "\n")).join(
        table.entry.replace("{a}", a).replace("{b}", b) for a, b in pairs
    )
    turns: list[Message] = []
    for key, value in draw.rng.sample(pairs, draw.rng.choice((1, 2, len(pairs), len(pairs)))):
        question = draw.ask(table.ask, a=key)
        if not turns:
            question = f"{given}{blank}{question}"
        turns += [user(question), assistant(value)]
        expect = Expect(begins=value, ends=value, chinese=chinese)
    return Dialogue("chinese copying" if chinese else "extract", tuple(turns), expect)


def in_order(draw: Draw) -> Dialogue:
    """A list of three to seven words: the first, the last, the next, or all of them."""
    listed = _different(draw, _value, draw.rng.choice((3, 3, 4, 5, 6, 7)))
    at = draw.rng.randrange(len(listed) - 1)
    glue = draw.any((", ", ", ", " - "))
    wording, answer = draw.any(
        (
            (DRILLS.after, listed[at + 1]),
            (DRILLS.after, listed[at + 1]),
            (DRILLS.first, listed[0]),
            (DRILLS.last, listed[-1]),
            (DRILLS.again, glue.join(listed)),
        )
    )
    given = draw.ask(DRILLS.lists, w=glue.join(listed))
    question = draw.ask(wording, a=listed[at])
    turns = (user(f"{given} {question}"), assistant(answer))
    return Dialogue("extract", turns, Expect(begins=answer, ends=answer))


def respelled(draw: Draw) -> Dialogue:
    """Two to nine words taken out of quotes, brackets or one long name, or put into them.

    A word's first piece behind a quote is another one than behind a blank. Which two belong
    together has to be met for every word of the language, so none of these is held out: the
    combinations are.
    """
    listed = [_spelled(draw) for _ in range(draw.rng.choice((2, 3, 4, 6, 9)))]
    bare = " ".join(listed)
    if draw.chance(0.4):
        mark = draw.any(DRILLS.marks)
        said, question = mark.shell.around(listed), draw.ask(DRILLS.mark, v=bare, m=mark.name)
    else:
        shell = draw.any(DRILLS.shells)
        said, question = bare, draw.ask(DRILLS.respell, v=shell.around(listed))
    turns = (user(question), assistant(said))
    return Dialogue("repeat", turns, Expect(begins=said, ends=said))


def _spelled(draw: Draw) -> str:
    if draw.chance(0.2):
        return words.made_up(draw)
    word = draw.any(words.everyday())
    return word.capitalize() if draw.chance(0.4) else word


def quoted(draw: Draw) -> Dialogue:
    """A sentence in the system message, said word for word when the user asks for it."""
    said = sentence(draw, (".", "!", "."))
    turns = (
        system(filled(draw.wording(DRILLS.kept), {"s": said})),
        user(draw.ask(DRILLS.kept_ask)),
        assistant(said),
    )
    return Dialogue("repeat", turns, Expect(begins=said, ends=said), joins=False)


def chinese_quoted(draw: Draw) -> Dialogue:
    """The same in Chinese."""
    parts = draw.rng.choice((1, 2, 2, 3))
    pick = (words.chinese_word, words.chinese_name)
    picked = [words.chinese_word(draw), *(draw.any(pick)(draw) for _ in range(parts - 1))]
    draw.rng.shuffle(picked)
    said = draw.any(("", "，")).join(picked) + draw.any("。！。")
    turns = (
        system(filled(draw.wording(CHINESE.kept), {"s": said})),
        user(draw.ask(CHINESE.kept_ask)),
        assistant(said),
    )
    expect = Expect(begins=said, ends=said, chinese=True)
    return Dialogue("chinese copying", turns, expect, joins=False)
