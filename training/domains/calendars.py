"""The days of the week and the months: their names, their order, their neighbours."""

from training.dialogue import Dialogue, Expect, assistant, user
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
ALL = (
    "what are the {k}s[ of the {o}|]",
    "[name|list|tell me] the {k}s[ of the {o}|]",
    "[name|list|tell me|write down] all [the |]{k}s",
    "which {k}s are there[ in a {o}|]",
    "what are the names of the {k}s",
    "the {k}s of the {o}[, please|]",
    "can you [name|list] the {k}s[ of the {o}|]",
    "how are the {k}s [called|named]",
)
COUNT = (
    "how many {k}s [are in|has] a {o}",
    "how many {k}s are there in a {o}",
    "[tell me|what is] the number of {k}s in a {o}",
    "how many {k}s [make|does] a {o}[ have|]",
)
NEXT = (
    "which {k} comes after {x}",
    "what {k} [comes after|follows|is after] {x}",
    "which {k} [follows|is after] {x}",
    "what comes after {x}",
    "the {k} after {x}[, please|]",
    "[tell me|name|what is] the {k} after {x}",
    "after {x} comes which {k}",
)
BEFORE = (
    "which {k} comes before {x}",
    "what {k} [comes before|is before] {x}",
    "which {k} [is before|precedes] {x}",
    "what comes before {x}",
    "the {k} before {x}[, please|]",
    "[tell me|name|what is] the {k} before {x}",
    "before {x} comes which {k}",
)
EDGE = (
    "what is the {e} {k} of the {o}",
    "which {k} is the {e}[ of the {o}| in the {o}|]",
    "[name|tell me] the {e} {k} of the {o}",
    "the {e} {k} of the {o}[, please|]",
)
CHINESE_ALL = ("[一周|一星期]有哪几天", "一周的七天[叫什么|是什么]", "[请|]说出一周的[七天|每一天]")
CHINESE_ALL_MONTHS = (
    "[一年|]有哪些月份",
    "一年的十二个月[叫什么|是什么]",
    "[请|]说出[所有|全部]的月份",
)
CHINESE_NEXT = (
    "{x}的[后一天|第二天|下一天]是星期几",
    "{x}之后是[星期几|哪一天]",
    "{x}过后是星期几",
)
CHINESE_BEFORE = ("{x}的[前一天|上一天]是星期几", "{x}之前是[星期几|哪一天]", "{x}前面是星期几")
CHINESE_NEXT_MONTH = ("{x}的下一个月是[几月|什么]", "{x}之后是[几月|哪个月]", "{x}过后是几月")
CHINESE_BEFORE_MONTH = (
    "{x}的[上|前]一个月是[几月|什么]",
    "{x}之前是[几月|哪个月]",
    "{x}前面是几月",
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
