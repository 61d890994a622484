"""Calls of the tools that come with the project, which are listed as `core.tools` lists them.

Every list holds some of them in any order, so that which one is meant is read off the question;
what they are given is mostly made up or drawn from long lists.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.errors import InvalidInput
from core.tools.builtin import BUILTIN
from core.tools.builtin.calculator import value_of
from training import texts, words
from training.dialogue import Dialogue
from training.domains.tool_talk import (
    Need,
    Schema,
    list_tokens,
    lower_first,
    shown_as_typed,
    talk,
)
from training.grammar import Draw, filled
from training.texts import Wordings

# Tokens of a list that leaves room for a question
LISTED = 800
CHINESE = 0.15


@dataclass(frozen=True, slots=True)
class Asks:
    """How one tool is asked for and answered, in both languages."""

    ask: Wordings
    ask_zh: Wordings
    say: Wordings
    say_zh: Wordings


@dataclass(frozen=True, slots=True)
class BuiltinTexts:
    """texts/builtin_tools.yaml."""

    calculator: Asks
    spoken: tuple[Wordings, ...]
    commands: tuple[Wordings, ...]
    command_frames: Wordings
    convert_units: Asks
    current_time: Asks
    convert_time: Asks
    days_between: Asks
    get_weather: Asks
    skies: Wordings
    random_number: Asks
    seeds: Wordings
    seeds_zh: Wordings
    units: Wordings
    towns: Wordings
    regions: Wordings
    plain_zones: Wordings
    months: Wordings
    weekdays: Wordings
    both: Wordings
    both_zh: Wordings
    failed: Wordings
    failed_zh: Wordings


TEXT = texts.load("builtin_tools", BuiltinTexts)
SCHEMAS: dict[str, Schema] = {tool.name: tool.schema for tool in BUILTIN}


def builtin(draw: Draw) -> Dialogue:
    """Questions that the project's own tools answer."""
    count = draw.rng.choice((1, 1, 1, 2, 2, 2, 3, 4))
    listed: list[Schema] = []
    for name in draw.rng.sample(sorted(SCHEMAS), len(SCHEMAS)):
        if len(listed) < count and list_tokens([*listed, SCHEMAS[name]]) < LISTED:
            listed.append(SCHEMAS[name])
    chinese = draw.chance(CHINESE)

    def both(one: Need, other: Need) -> str:
        second = other.question if one.chinese else lower_first(other.question)
        second = shown_as_typed(second, str(next(iter(other.arguments.values()))))
        return filled(
            draw.wording(TEXT.both_zh if one.chinese else TEXT.both),
            {"a": one.question.rstrip("?"), "b": second},
        )

    return talk(draw, "built-in tool", listed, lambda name: need(draw, name, chinese), both)


def need(draw: Draw, name: str, chinese: bool) -> Need:
    """A question for this tool."""
    match name:
        case "calculator":
            return _calculator(draw, chinese)
        case "convert_units":
            return _units(draw, chinese)
        case "current_time":
            return _clock(draw, chinese)
        case "convert_time":
            return _moment(draw, chinese)
        case "days_between":
            return _days(draw, chinese)
        case "get_weather":
            return _weather(draw, chinese)
        case "random_number":
            return _random(draw, chinese)
    raise ValueError(name)


def _need(
    draw: Draw,
    name: str,
    chinese: bool,
    slots: dict[str, str],
    arguments: dict[str, Any],
    result: Any,
    says: tuple[str, ...],
    asks: Wordings = (),
    ending: str = "",
) -> Need:
    """Put together from the tool's texts; ``slots`` fill question and answer."""
    asked_for: Asks = getattr(TEXT, name)
    question = draw.ask(asks or (asked_for.ask_zh if chinese else asked_for.ask), **slots) + ending
    for value in slots.values():
        question = shown_as_typed(question, value)
    if not asks and question[-1] not in "?？" and draw.chance(0.6):
        question += draw.any(("？", "") if chinese else ("?", "?", "."))
    if isinstance(result, dict) and "error" in result:
        first = result["error"].split(". ")[0].rstrip(".") + "."
        answer = draw.say(TEXT.failed_zh if chinese else TEXT.failed, r=lower_first(first))
        says = (first,)
    else:
        answer = draw.say(asked_for.say_zh if chinese else asked_for.say, **slots)
    return Need(question, name, arguments, result, answer, says, chinese)


# --- values -------------------------------------------------------------------------------


def _figure(draw: Draw) -> str:
    """A number as people write one."""
    kind = draw.rng.random()
    if kind < 0.7:
        return words.number(draw)
    places = draw.rng.choice((1, 1, 2, 2, 3))
    return str(round(draw.rng.uniform(0, draw.rng.choice((1, 10, 100, 1000))), places))


def _town(draw: Draw) -> str:
    """A city, one in three made up."""
    if draw.chance(0.35):
        town = words.made_up(draw, capital=True)
        return f"{town} {words.made_up(draw, capital=True)}" if draw.chance(0.15) else town
    return draw.value(TEXT.towns if draw.chance(0.6) else words.ENGLISH.cities)


def _zone(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.6:
        return _town(draw)
    if kind < 0.9:
        return f"{draw.any(TEXT.regions)}/{_town(draw).replace(' ', '_')}"
    return draw.any(TEXT.plain_zones)


def _day(draw: Draw) -> date:
    return date(1990, 1, 1) + timedelta(draw.rng.randrange(18_000))


def _written(draw: Draw, day: date, chinese: bool) -> str:
    """A date as it is typed: mostly as the tool wants it."""
    if draw.chance(0.55):
        return day.isoformat()
    if chinese:
        return f"{day.year}年{day.month}月{day.day}日"
    month = TEXT.months[day.month - 1]
    return draw.any((f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}"))


def _hour(draw: Draw) -> str:
    return f"{draw.rng.randrange(24):02}:{draw.rng.randrange(60):02}"


def _then(draw: Draw) -> dict[str, str]:
    """What a clock shows."""
    return {
        "time": f"{_day(draw).isoformat()} {_hour(draw)}",
        "day": draw.any(TEXT.weekdays),
    }


def _unlike(draw: Draw, given: Any, one: str) -> str:
    """Another value of ``given(draw)`` than ``one``."""
    other = given(draw)
    while other == one:
        other = given(draw)
    return str(other)


# --- tools --------------------------------------------------------------------------------


def _symbols(draw: Draw) -> str:
    """A calculation in signs."""
    gap = draw.any((" ", " ", ""))

    def signs(count: int) -> str:
        found = _figure(draw)
        for _ in range(count):
            found += (
                f"{gap}{draw.any('++--**//%' if draw.chance(0.2) else '+-*/')}{gap}{_figure(draw)}"
            )
        return found

    kind = draw.rng.random()
    if kind < 0.4:
        return signs(1)
    if kind < 0.6:
        return signs(2)
    if kind < 0.75:
        return f"({signs(1)}){gap}{draw.any('*/+-')}{gap}{_figure(draw)}"
    if kind < 0.83:
        return f"{_figure(draw)}{gap}{draw.any('*/-')}{gap}({signs(1)})"
    if kind < 0.9:
        power = draw.any(("^", "**"))
        rest = f"{gap}{draw.any('+-*/')}{gap}{_figure(draw)}" if draw.chance(0.5) else ""
        return f"{draw.rng.randint(2, 30)}{power}{draw.rng.randint(2, 9)}{rest}"
    if kind < 0.96:
        return f"{draw.any(('sqrt', 'abs', 'log', 'round'))}({_figure(draw)})"
    return signs(3)


def _calculator(draw: Draw, chinese: bool) -> Need:
    while True:
        asks: Wordings = ()
        kind = draw.rng.random()
        numbers = {name: _figure(draw) for name in "abc"} | {"p": str(draw.rng.randint(2, 6))}
        if chinese or kind < 0.5:
            said = expression = _symbols(draw)
        elif kind < 0.82:
            said, expression = (filled(one, numbers) for one in draw.value(TEXT.spoken))
            said = lower_first(said)
        else:
            said, expression = (filled(one, numbers) for one in draw.value(TEXT.commands))
            said, asks = lower_first(said), TEXT.command_frames
        expression = lower_first(expression)
        try:
            value = value_of(expression)
        except InvalidInput as error:
            if draw.chance(0.8):
                continue
            result: dict[str, Any] = {"error": str(error)}
            value = 0
        else:
            result = {"result": value}
        if len(str(value)) > 12:
            continue
        slots = {"x": said, "r": str(value)}
        needed = _need(
            draw,
            "calculator",
            chinese,
            slots,
            {"expression": expression},
            result,
            (str(value),),
            asks,
        )
        return needed


def _unit(draw: Draw) -> str:
    if draw.chance(0.25):
        return words.made_up(draw, False) + draw.any(("", "s"))
    return draw.value(TEXT.units)


def _units(draw: Draw, chinese: bool) -> Need:
    number = _figure(draw)
    one = _unit(draw)
    other = _unlike(draw, _unit, one)
    value: float | int = float(number) if "." in number else int(number)
    converted = _figure(draw)
    if draw.chance(0.4):
        converted += f"{'' if '.' in converted else '.'}{draw.rng.randrange(10**5)}"
    found = float(converted)
    result: dict[str, Any] = {"value": found, "unit": other}
    if draw.chance(0.1):
        result = {
            "error": draw.any(
                (f"{one} cannot be converted to {other}.", f"There is no unit '{one}'.")
            )
        }
    slots = {"n": str(value), "f": one, "t": other, "r": str(found)}
    arguments = {"value": value, "from_unit": one, "to_unit": other}
    return _need(draw, "convert_units", chinese, slots, arguments, result, (str(found),))


def _no_zone(zone: str) -> dict[str, str]:
    return {"error": f"There is no time zone {zone!r}. Use a name such as Europe/Paris, or UTC."}


def _clock(draw: Draw, chinese: bool) -> Need:
    zone = _zone(draw)
    then = _then(draw)
    day, clock = then["time"].split()
    slots = {"z": zone, "c": clock, "d": day, "w": then["day"]}
    result = _no_zone(zone) if draw.chance(0.1) else then
    return _need(
        draw, "current_time", chinese, slots, {"time_zone": zone}, result, (clock, then["day"])
    )


def _moment(draw: Draw, chinese: bool) -> Need:
    one = _zone(draw)
    other = _unlike(draw, _zone, one)
    day, hour = _day(draw), _hour(draw)
    moment = f"{day.isoformat()} {hour}"
    typed = moment
    if draw.chance(0.25):
        typed = f"{_written(draw, day, chinese)} {hour}"
    elif draw.chance(0.12) and not chinese:
        typed = f"{hour} on {_written(draw, day, chinese)}"
    then = _then(draw)
    there, clock = then["time"].split()
    slots = {"m": typed, "f": one, "t": other, "c": clock, "d": there, "w": then["day"]}
    arguments = {"time": moment, "from_zone": one, "to_zone": other}
    result = _no_zone(draw.any((one, other))) if draw.chance(0.08) else then
    return _need(draw, "convert_time", chinese, slots, arguments, result, (clock, then["day"]))


def _days(draw: Draw, chinese: bool) -> Need:
    start = _day(draw)
    end = start + timedelta(draw.rng.randrange(1, draw.rng.choice((40, 400, 4000))))
    typed = (_written(draw, start, chinese), _written(draw, end, chinese))
    if draw.chance(0.6):
        typed = (start.isoformat(), end.isoformat())
    days = str((end - start).days)
    slots = {"a": typed[0], "b": typed[1], "r": days}
    result: dict[str, Any] = {
        "days": (end - start).days,
        "end_day": TEXT.weekdays[end.weekday()],
    }
    arguments = {"start": start.isoformat(), "end": end.isoformat()}
    return _need(draw, "days_between", chinese, slots, arguments, result, (days,))


def _weather(draw: Draw, chinese: bool) -> Need:
    city = words.chinese_city(draw) if chinese and draw.chance(0.7) else _town(draw)
    degrees = str(draw.rng.randint(-20, 40))
    sky, wind = draw.any(TEXT.skies), str(draw.rng.randint(0, 70))
    result: dict[str, Any] = {
        "temperature": int(degrees),
        "unit": "°C",
        "sky": sky,
        "wind_km_h": int(wind),
        "source": "sample data",
    }
    if draw.chance(0.15):
        result = {
            "error": f"The sample has no weather for {city!r}. It has Reykjavik, Beijing, "
            "Shanghai, Guangzhou and others."
        }
    slots = {"v": city, "t": degrees, "s": sky, "w": wind}
    return _need(draw, "get_weather", chinese, slots, {"city": city}, result, (degrees, sky, wind))


def _random(draw: Draw, chinese: bool) -> Need:
    low = draw.rng.choice((1, 1, 0, draw.rng.randint(2, 99), draw.rng.randint(2, 999)))
    high = low + draw.rng.randint(1, draw.rng.choice((9, 99, 999)))
    arguments: dict[str, Any] = {"low": low, "high": high}
    number = str(draw.rng.randint(low, high))
    slots = {"a": str(low), "b": str(high), "r": number}
    ending = ""
    if draw.chance(0.35):
        arguments["seed"] = draw.rng.randint(0, draw.rng.choice((9, 99, 999, 9999)))
        seed = draw.any(TEXT.seeds_zh if chinese else TEXT.seeds)
        ending = filled(seed, {"q": str(arguments["seed"])}).strip()
        ending = ending if ending[0] in ",，" else f" {lower_first(ending)}"
    return _need(
        draw,
        "random_number",
        chinese,
        slots,
        arguments,
        {"number": int(number)},
        (number,),
        ending=ending,
    )
