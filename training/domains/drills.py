"""Looking up and quoting what nothing but the prompt can tell, in both languages.

Keys, values, lists and sentences are put together anew each time, most of them made up.
"""

from collections.abc import Callable

from core.messages import Message
from training import everyday, vocabulary, words
from training.dialogue import Dialogue, Expect, assistant, system, user
from training.domains import chinese_words
from training.domains import drills_kept_text as kept
from training.domains import drills_lists_text as lists
from training.domains import drills_text as text
from training.domains.copying import some_words
from training.grammar import Draw, filled


def _key(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.3:
        return words.name(draw).capitalize()
    if kind < 0.6:
        return words.made_up(draw, True)
    return draw.any("ABCDEFGHKLMNPRSTXZ") if kind < 0.8 else str(draw.rng.randint(1, 99))


def _chinese_key(draw: Draw) -> str:
    return draw.any((chinese_words.name, chinese_words.word, words.number))(draw)


def _value(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.35:
        return words.made_up(draw)
    if kind < 0.5:
        return draw.value(everyday.english())
    if kind < 0.65:
        return words.number(draw)
    if kind < 0.8:
        return f"{draw.value(vocabulary.ADJECTIVES)} {words.thing(draw)}"
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
    """A table of two to six entries and one to three questions about them."""
    entry, questions = draw.any(text.ENTRIES)
    keys = _different(draw, _key, draw.rng.choice((2, 2, 3, 3, 4, 5, 6)))
    values = _different(draw, _value, len(keys))
    table = draw.any((" ", "\n")).join(
        entry.replace("{a}", a).replace("{b}", b) for a, b in zip(keys, values, strict=True)
    )
    return _asked(draw, "extract", table, questions, (keys, values))


def chinese_look_up(draw: Draw) -> Dialogue:
    """The same in Chinese."""
    entry, questions = draw.any(text.CHINESE_ENTRIES)
    keys = _different(draw, _chinese_key, draw.rng.choice((2, 2, 3, 4)))
    values = _different(draw, chinese_words.word, len(keys))
    table = draw.any(("", "\n")).join(
        entry.replace("{a}", a).replace("{b}", b) for a, b in zip(keys, values, strict=True)
    )
    return _asked(draw, "chinese copying", table, questions, (keys, values))


def _asked(
    draw: Draw,
    ability: str,
    table: str,
    questions: tuple[str, ...],
    entries: tuple[list[str], list[str]],
) -> Dialogue:
    pairs = list(zip(*entries, strict=True))
    chinese = ability.startswith("chinese")
    turns: list[Message] = []
    for key, value in draw.rng.sample(pairs, draw.rng.choice((1, 2, len(pairs), len(pairs)))):
        question = draw.ask(questions, a=key)
        if not turns:
            question = f"{table}{'' if chinese else ' '}{question}"
        turns += [user(question), assistant(value)]
        expect = Expect(begins=value, ends=value, chinese=chinese)
    return Dialogue(ability, tuple(turns), expect)


def in_order(draw: Draw) -> Dialogue:
    """A list of three to seven words: the first, the last, the next, or all of them."""
    listed = _different(draw, _value, draw.rng.choice((3, 3, 4, 5, 6, 7)))
    at = draw.rng.randrange(len(listed) - 1)
    glue = draw.any((", ", ", ", " - "))
    wording, answer = draw.any(
        (
            (lists.AFTER, listed[at + 1]),
            (lists.AFTER, listed[at + 1]),
            (lists.FIRST, listed[0]),
            (lists.LAST, listed[-1]),
            (lists.AGAIN, glue.join(listed)),
        )
    )
    given = draw.ask(lists.LISTS, w=glue.join(listed))
    question = draw.ask(wording, a=listed[at])
    turns = (user(f"{given} {question}"), assistant(answer))
    return Dialogue("extract", turns, Expect(begins=answer, ends=answer))


def respelled(draw: Draw) -> Dialogue:
    """Two to nine words taken out of quotes, brackets or one long name, or put into them.

    A word's first piece behind a quote is another one than behind a blank. Which two belong together
    has to be met for every word of the language, so none of these is held out: the combinations are.
    """
    listed = [_spelled(draw) for _ in range(draw.rng.choice((2, 3, 4, 6, 9)))]
    bare = " ".join(listed)
    if draw.chance(0.4):
        name, (opening, glue, closing) = draw.any(lists.MARKS)
        said, question = opening + glue.join(listed) + closing, draw.ask(lists.MARK, v=bare, m=name)
    else:
        opening, glue, closing = draw.any(lists.SHELLS)
        question = draw.ask(lists.RESPELL, v=opening + glue.join(listed) + closing)
        said = bare
    turns = (user(question), assistant(said))
    return Dialogue("repeat", turns, Expect(begins=said, ends=said))


def _spelled(draw: Draw) -> str:
    if draw.chance(0.2):
        return words.made_up(draw)
    word = draw.any(everyday.english())
    return word.capitalize() if draw.chance(0.4) else word


def _sentence(draw: Draw) -> str:
    said = some_words(draw, draw.rng.choice((2, 3, 4, 5, 6, 7)))
    return said[:1].upper() + said[1:] + draw.any((".", "!", "."))


def _chinese_sentence(draw: Draw) -> str:
    parts = draw.rng.choice((1, 2, 2, 3))
    pick = (chinese_words.word, chinese_words.name)
    said = [chinese_words.word(draw), *(draw.any(pick)(draw) for _ in range(parts - 1))]
    draw.rng.shuffle(said)
    return draw.any(("", "，")).join(said) + draw.any("。！。")


def quoted(draw: Draw) -> Dialogue:
    """A sentence in the system message, said word for word when the user asks for it."""
    sentence = _sentence(draw)
    turns = (
        system(filled(draw.wording(kept.KEPT), {"s": sentence})),
        user(draw.ask(kept.KEPT_ASK)),
        assistant(sentence),
    )
    return Dialogue("repeat", turns, Expect(begins=sentence, ends=sentence), joins=False)


def chinese_quoted(draw: Draw) -> Dialogue:
    """The same in Chinese."""
    sentence = _chinese_sentence(draw)
    turns = (
        system(filled(draw.wording(kept.CHINESE_KEPT), {"s": sentence})),
        user(draw.ask(kept.CHINESE_KEPT_ASK)),
        assistant(sentence),
    )
    expect = Expect(begins=sentence, ends=sentence, chinese=True)
    return Dialogue("chinese copying", turns, expect, joins=False)
