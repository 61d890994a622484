"""The days of the week and the months: their names, their order, their neighbours."""

from training.dialogue import Dialogue, Expect, assistant, user
from training.domains.calendars_text import (
    ALL,
    BEFORE,
    CHINESE_ALL,
    CHINESE_ALL_MONTHS,
    CHINESE_BEFORE,
    CHINESE_BEFORE_MONTH,
    CHINESE_NEXT,
    CHINESE_NEXT_MONTH,
    COUNT,
    EDGE,
    NEXT,
)
from training.grammar import Draw

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
CHINESE_DAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
CHINESE_MONTHS = (
    *("一月", "二月", "三月", "四月", "五月", "六月"),
    *("七月", "八月", "九月", "十月", "十一月", "十二月"),
)


def _others(names: tuple[str, ...], *kept: str) -> tuple[str, ...]:
    return tuple(n for n in names if not any(n in k or k in n for k in kept))


def _neighbour(draw: Draw, names: tuple[str, ...]) -> tuple[str, str, bool]:
    """A name, its neighbour, and whether that comes after it.

    No neighbours are held out: they are facts, which nobody can work out from others.
    """
    i, after = draw.rng.randrange(len(names)), draw.chance(0.6)
    return names[i], names[(i + (1 if after else -1)) % len(names)], after


def _english(draw: Draw) -> Dialogue:
    names, k, o = draw.any(((DAYS, "day", "week"), (MONTHS, "month", "year")))
    kind = draw.rng.random()
    if kind < 0.25:
        listed = ", ".join(names[:-1]) + " and " + names[-1]
        question, answer = draw.ask(ALL, k=k, o=o), f"The {k}s of the {o} are {listed}."
        expect = Expect(all_of=(listed,))
    elif kind < 0.38:
        number = {"day": "seven", "month": "twelve"}[k]
        question, answer = draw.ask(COUNT, k=k, o=o), f"A {o} has {number} {k}s."
        expect = Expect(all_of=(number,))
    elif kind < 0.5:
        e = draw.any(("first", "last"))
        found = names[0] if e == "first" else names[-1]
        question = draw.ask(EDGE, k=k, o=o, e=e)
        answer = f"The {e} {k} of the {o} is {found}."
        expect = Expect(all_of=(found,), none_of=_others(names, found))
    else:
        x, found, after = _neighbour(draw, names)
        question = draw.ask(NEXT if after else BEFORE, k=k, x=x)
        answer = f"The {k} {'after' if after else 'before'} {x} is {found}."
        expect = Expect(all_of=(found,), none_of=_others(names, found, x))
    turns = (user(question + draw.any(("?", "?", ""))), assistant(answer))
    return Dialogue("calendar", turns, expect)


def _chinese(draw: Draw) -> Dialogue:
    days = draw.chance(0.5)
    names = CHINESE_DAYS if days else CHINESE_MONTHS
    if draw.chance(0.25):
        question = draw.ask(CHINESE_ALL if days else CHINESE_ALL_MONTHS)
        listed = "、".join(names)
        answer = f"一周有七天：{listed}。" if days else f"一年有十二个月：{listed}。"
        expect = Expect(all_of=(listed,), chinese=True)
    else:
        x, found, after = _neighbour(draw, names)
        if days:
            question = draw.ask(CHINESE_NEXT if after else CHINESE_BEFORE, x=x)
            answer = f"{x}的{'后' if after else '前'}一天是{found}。"
        else:
            question = draw.ask(CHINESE_NEXT_MONTH if after else CHINESE_BEFORE_MONTH, x=x)
            answer = f"{x}的{'下' if after else '上'}一个月是{found}。"
        expect = Expect(ends=f"是{found}。", chinese=True)
    turns = (user(question + draw.any(("？", "", "?"))), assistant(answer))
    return Dialogue("calendar", turns, expect)


def calendar(draw: Draw) -> Dialogue:
    """Days and months, three times in four in English."""
    return _english(draw) if draw.chance(0.75) else _chinese(draw)
