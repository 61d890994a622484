"""What is counted off or worked out: numbered lists, days and months, sums up to 100."""

from dataclasses import dataclass

from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, user
from training.grammar import Draw, reserved
from training.texts import Wordings


@dataclass(frozen=True, slots=True)
class ListKind:
    """What a list can be of: its ``names`` and its items, or the list of words.yaml they are."""

    names: Wordings
    items: Wordings = ()
    words: str = ""

    def all(self) -> Wordings:
        """The items."""
        found: Wordings = getattr(words.ENGLISH, self.words) if self.words else self.items
        return found


@dataclass(frozen=True, slots=True)
class ListTexts:
    """texts/lists.yaml."""

    counts: Wordings
    ask: Wordings
    kinds: tuple[ListKind, ...]


@dataclass(frozen=True, slots=True)
class ChineseNames:
    """The days or the months in Chinese, and how they are asked for."""

    names: Wordings
    every: Wordings
    after: Wordings
    before: Wordings


@dataclass(frozen=True, slots=True)
class ChineseCalendar:
    """Each has questions of its own."""

    days: ChineseNames
    months: ChineseNames


@dataclass(frozen=True, slots=True)
class CalendarTexts:
    """texts/calendars.yaml."""

    days: Wordings
    months: Wordings
    every: Wordings
    count: Wordings
    after: Wordings
    before: Wordings
    edge: Wordings
    chinese: ChineseCalendar


@dataclass(frozen=True, slots=True)
class SumTexts:
    """texts/sums.yaml."""

    plus: Wordings
    minus: Wordings


LISTS = texts.load("lists", ListTexts)
CALENDARS = texts.load("calendars", CalendarTexts)
SUMS = texts.load("sums", SumTexts)


def numbered(draw: Draw) -> Dialogue:
    """As many numbered items as were asked for."""
    kind = draw.any(LISTS.kinds)
    items = kind.all()
    count = draw.rng.randint(2, min(6, len(items)))
    chosen = draw.rng.sample(items, count)
    lines = "\n".join(f"{i}. {item[:1].upper()}{item[1:]}" for i, item in enumerate(chosen, 1))
    said = LISTS.counts[count - 2] if draw.chance(0.7) else str(count)
    question = draw.ask(LISTS.ask, k=said, w=draw.any(kind.names))
    turns = (user(question + draw.any((".", "", "?"))), assistant(lines))
    return Dialogue("list", turns, Expect(any_of=items, items=count))


def calendar(draw: Draw) -> Dialogue:
    """Days and months: their names, their order, their neighbours; three in four in English."""
    return _english_calendar(draw) if draw.chance(0.75) else _chinese_calendar(draw)


def _others(names: Wordings, *kept: str) -> Wordings:
    return tuple(n for n in names if not any(n in k or k in n for k in kept))


def _neighbour(draw: Draw, names: Wordings) -> tuple[str, str, bool]:
    """A name, its neighbour, and whether that comes after it.

    No neighbours are held out: they are facts, which nobody can work out from others.
    """
    i, after = draw.rng.randrange(len(names)), draw.chance(0.6)
    return names[i], names[(i + (1 if after else -1)) % len(names)], after


def _english_calendar(draw: Draw) -> Dialogue:
    text = CALENDARS
    names, k, o = draw.any(((text.days, "day", "week"), (text.months, "month", "year")))
    kind = draw.rng.random()
    if kind < 0.25:
        listed = ", ".join(names[:-1]) + " and " + names[-1]
        question, answer = draw.ask(text.every, k=k, o=o), f"The {k}s of the {o} are {listed}."
        expect = Expect(all_of=(listed,))
    elif kind < 0.38:
        number = {"day": "seven", "month": "twelve"}[k]
        question, answer = draw.ask(text.count, k=k, o=o), f"A {o} has {number} {k}s."
        expect = Expect(all_of=(number,))
    elif kind < 0.5:
        e = draw.any(("first", "last"))
        found = names[0] if e == "first" else names[-1]
        question = draw.ask(text.edge, k=k, o=o, e=e)
        answer = f"The {e} {k} of the {o} is {found}."
        expect = Expect(all_of=(found,), none_of=_others(names, found))
    else:
        x, found, after = _neighbour(draw, names)
        question = draw.ask(text.after if after else text.before, k=k, x=x)
        answer = f"The {k} {'after' if after else 'before'} {x} is {found}."
        expect = Expect(all_of=(found,), none_of=_others(names, found, x))
    turns = (user(question + draw.any(("?", "?", ""))), assistant(answer))
    return Dialogue("calendar", turns, expect)


def _chinese_calendar(draw: Draw) -> Dialogue:
    days = draw.chance(0.5)
    text = CALENDARS.chinese.days if days else CALENDARS.chinese.months
    if draw.chance(0.25):
        question = draw.ask(text.every)
        listed = "、".join(text.names)
        answer = f"一周有七天：{listed}。" if days else f"一年有十二个月：{listed}。"
        expect = Expect(all_of=(listed,), chinese=True)
    else:
        x, found, after = _neighbour(draw, text.names)
        question = draw.ask(text.after if after else text.before, x=x)
        if days:
            answer = f"{x}的{'后' if after else '前'}一天是{found}。"
        else:
            answer = f"{x}的{'下' if after else '上'}一个月是{found}。"
        expect = Expect(ends=f"是{found}。", chinese=True)
    turns = (user(question + draw.any(("？", "", "?"))), assistant(answer))
    return Dialogue("calendar", turns, expect)


def steps(a: int, b: int, minus: bool) -> str:
    """The way to a + b or a - b over tens and ones, without the final sentence.

    The tokenizer splits numbers into digits, and one step of the model cannot carry over several
    of them. The task itself comes first, in the order in which it is worked out; the form is
    always the same, also where the tens or ones are 0.
    """
    tens, ones = b // 10 * 10, b % 10
    if minus:
        return f"{a} - {b}: {a} - {tens} = {a - tens}, {a - tens} - {ones} = {a - b}"
    high, low = a // 10 * 10 + tens, a % 10 + ones
    return (
        f"{a} + {b}: {a // 10 * 10} + {tens} = {high}, {a % 10} + {ones} = {low}, "
        f"{high} + {low} = {a + b}"
    )


def sums(draw: Draw) -> Dialogue:
    """One sum or difference with operands and result from 0 to 100, in English or Chinese.

    Pairs of numbers are held out.
    """
    minus = draw.chance(0.5)
    while True:
        a, b = draw.rng.randint(0, 100), draw.rng.randint(0, 100)
        total = a - b if minus else a + b
        if 0 <= total <= 100 and reserved(f"{a} {minus} {b}") == draw.heldout:
            break
    question = draw.ask(SUMS.minus if minus else SUMS.plus, a=str(a), b=str(b))
    chinese = not question.isascii()
    way = steps(a, b, minus)
    if chinese:
        answer, end = f"{way}。答案是 {total}。", f"答案是 {total}。"
        mark = draw.any(("？", "", "?"))
    else:
        answer, end = f"{way}. The answer is {total}.", f"answer is {total}."
        mark = draw.any(("?", "", ""))
    turns = (user(question + ("" if question.endswith("=") else mark)), assistant(answer))
    return Dialogue("sum", turns, Expect(ends=end, chinese=chinese))
