"""Calls of tools that nobody has seen, with parameters of all types.

A tool is put together from what it does, to what, and one to three kinds of parameters: texts,
dates, numbers, choices, yes or no. Names are mostly copied from the list, values from the question;
what is optional may be left out. The question's words say which value belongs to which parameter.
"""

from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from training import texts, words
from training.dialogue import Dialogue
from training.domains import builtin_tools, tools
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

LISTED = 700


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of parameter; ``drawn`` says where values come from."""

    names: Wordings
    described: Wordings
    say: Wordings
    drawn: str = ""
    values: Wordings = ()
    denied: Wordings = ()


@dataclass(frozen=True, slots=True)
class TypedTexts:
    """texts/typed_tools.yaml."""

    actions: Wordings
    objects: Wordings
    adjectives: Wordings
    described: Wordings
    kinds: tuple[Kind, ...]
    ask: Wordings
    keys: Wordings
    say: Wordings
    say_two: Wordings


TEXT = texts.load("typed_tools", TypedTexts)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of one tool; ``schema`` as it is listed."""

    name: str
    kind: Kind
    schema: Schema
    required: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """A tool: ``action`` and ``noun`` are what a question says of it."""

    name: str
    action: str
    noun: str
    schema: Schema
    parameters: tuple[Parameter, ...]


def typed(draw: Draw) -> Dialogue:
    """Questions that unseen tools answer."""
    count = draw.rng.choice((1, 1, 2, 2, 3, 3, 4))
    made: list[Typed] = []
    while len(made) < count:
        made.append(_tool(draw, made))
        if len(made) > 1 and list_tokens([tool.schema for tool in made]) > LISTED:
            made.pop()
            break
    by_name = {tool.name: tool for tool in made}

    def both(one: Need, other: Need) -> str:
        wording = draw.wording(builtin_tools.TEXT.both)
        return filled(wording, {"a": one.question.rstrip("?."), "b": lower_first(other.question)})

    schemas = [tool.schema for tool in made]
    return talk(draw, "typed tool", schemas, lambda name: _need(draw, by_name[name]), both)


# --- a tool -------------------------------------------------------------------------------


def _tool(draw: Draw, others: list[Typed]) -> Typed:
    """A tool whose noun shares no word with those of the others, nor its name."""
    taken = {word for tool in others for word in (*tool.noun.split(), tool.name)}
    while True:
        noun, action = _noun(draw), _action(draw)
        joined, did = noun.replace(" ", "_"), action.replace(" ", "_")
        kind = draw.rng.random()
        name = f"{did}_{joined}" if kind < 0.75 else joined if kind < 0.9 else f"{joined}_{did}"
        if not taken & {*noun.split(), name}:
            break
    count = draw.rng.choice((1, 1, 2, 2, 2, 3, 3))
    parameters: list[Parameter] = []
    for drawn in draw.rng.sample(TEXT.kinds, count):
        parameter = _parameter(draw, drawn, not parameters)
        # A call is read by Python's grammar
        while iskeyword(parameter.name) or parameter.name in {p.name for p in parameters} | {noun}:
            parameter = _parameter(draw, drawn, not parameters)
        parameters.append(parameter)
    described = filled(draw.value(TEXT.described), {"v": action, "n": noun})
    listed: Schema = {"type": "object", "properties": {p.name: p.schema for p in parameters}}
    if required := [p.name for p in parameters if p.required]:
        listed["required"] = required
    schema = {"name": name, "description": described, "parameters": listed}
    return Typed(name, action, noun, schema, tuple(parameters))


def _noun(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.2:
        return words.made_up(draw, False)
    if kind < 0.35:
        return draw.value(words.everyday())
    noun = draw.value(TEXT.objects)
    return f"{draw.any(TEXT.adjectives)} {noun}" if kind > 0.8 else noun


def _action(draw: Draw) -> str:
    kind = draw.rng.random()
    if kind < 0.12:
        return words.made_up(draw, False)
    return draw.value(words.VOCABULARY.verbs if kind < 0.25 else TEXT.actions)


def _parameter(draw: Draw, kind: Kind, first: bool) -> Parameter:
    """Names are now and then made up, or any word; then the question has to say them, or the
    description what they are."""
    chosen = draw.rng.random()
    name = draw.any(kind.names)
    if chosen < 0.12 and kind.drawn != "flag":
        name = words.made_up(draw, False)
    elif chosen < 0.22 and kind.drawn != "flag":
        name = draw.value(words.everyday())
    described: Schema = {"description": draw.any(kind.described)}
    if draw.chance(0.1):
        described = {"description": f"The {name.replace('_', ' ')}"}
    match kind.drawn:
        case "enum":
            described["enum"] = _choices(draw)
            described["type"] = "string"
        case "count":
            described["type"] = "integer"
        case "amount":
            described["type"] = "number"
        case "flag":
            described["type"] = "boolean"
        case _:
            described["type"] = "string"
    required = kind.drawn != "flag" and (draw.chance(0.93) if first else draw.chance(0.6))
    return Parameter(name, kind, described, required)


def _choices(draw: Draw) -> list[str]:
    count = draw.rng.choice((2, 3, 3, 4))
    found: list[str] = []
    while len(found) < count:
        one = draw.value(words.everyday()) if draw.chance(0.85) else words.made_up(draw, False)
        if one not in found:
            found.append(one)
    return found


# --- a question ---------------------------------------------------------------------------


def _need(draw: Draw, tool: Typed) -> Need:
    """A question for this tool; what is optional is left out of it one time in two."""
    arguments: dict[str, Any] = {}
    said: list[str] = []
    typed_as: list[str] = []
    for parameter in tool.parameters:
        if parameter.required or draw.chance(0.5):
            value, wording = _given(draw, parameter)
            arguments[parameter.name] = value
            said.append(wording)
            typed_as.append(str(value))
    if draw.chance(0.45):
        draw.rng.shuffle(said)
    between = draw.any((" ", " ", ", ", " and "))
    phrase = between.join(said).replace(" and and ", " and ").replace(" :", ":")
    if phrase:
        question = draw.ask(TEXT.ask, v=tool.action, n=tool.noun, p=phrase)
    else:
        question = filled(
            draw.any(("{v} the {n}", "I need the {n}", "what is the {n}", "the {n}")),
            {"v": tool.action, "n": tool.noun},
        )
    question = question.replace(" :", ":").strip()
    for value in typed_as:
        question = shown_as_typed(question, value)
    if draw.chance(0.55) and question[-1] not in '?？"':
        question += draw.any(("?", ".", "."))
    return _answered(draw, tool, question, arguments)


def _answered(draw: Draw, tool: Typed, question: str, arguments: dict[str, Any]) -> Need:
    """With a result of one key or two, or an error, and what is said of it."""
    if draw.chance(0.08):
        reason = draw.ask(
            tools.TEXT.reasons,
            n=tool.noun,
            v=str(next(iter(arguments.values()), tool.noun)),
            kind=tool.noun,
            k=words.number(draw),
            w=words.made_up(draw),
            t=words.thing(draw),
        )
        reason = lower_first(reason)
        answer = f"The tool failed: {reason}."
        return Need(question, tool.name, arguments, {"error": reason}, answer, (reason,))
    one, other = _key(draw, tool), draw.any(TEXT.keys)
    first, second = _value(draw), _value(draw)
    result: dict[str, Any] = {one: first}
    slots = {"k": one.replace("_", " "), "r": str(first)}
    if draw.chance(0.45) and other != one:
        result[other] = second
        answer = draw.say(TEXT.say_two, **slots, m=other, q=str(second))
        says: tuple[str, ...] = (str(first), str(second))
    else:
        answer, says = draw.say(TEXT.say, **slots), (str(first),)
    return Need(question, tool.name, arguments, result, answer, says)


def _key(draw: Draw, tool: Typed) -> str:
    kind = draw.rng.random()
    if kind < 0.5:
        return draw.any(TEXT.keys)
    return tool.noun.replace(" ", "_") if kind < 0.85 else draw.value(words.everyday())


def _value(draw: Draw) -> str | int | float:
    """What a result says: numbers, states, times, words."""
    kind = draw.rng.random()
    if kind < 0.3:
        return int(words.number(draw))
    if kind < 0.45:
        return round(draw.rng.uniform(0, draw.rng.choice((10, 1000))), draw.rng.choice((1, 2)))
    if kind < 0.6:
        return draw.any(tools.TEXT.states)
    if kind < 0.7:
        return _clock(draw)
    if kind < 0.85:
        return " ".join(draw.value(words.everyday()) for _ in range(draw.rng.choice((1, 2, 3))))
    return words.made_up(draw)


def _clock(draw: Draw) -> str:
    return f"{draw.rng.randrange(24):02}:{draw.rng.randrange(60):02}"


def _given(draw: Draw, parameter: Parameter) -> tuple[Any, str]:
    """A value and how the question says it."""
    kind = parameter.kind
    # A name that is no word of the question's meaning has to be said
    wordings = kind.say
    if parameter.name not in kind.names and draw.chance(0.5):
        wordings = ("with {name} {s}", "{name} {s}", "with the {name} {s}", "and {name} {s}")
    name = parameter.name.replace("_", " ")
    if kind.drawn == "flag":
        wanted = draw.chance(0.75)
        return wanted, _inside(draw.any(kind.say if wanted else kind.denied), name, "")
    value = _drawn(draw, parameter)
    return value, _inside(draw.any(wordings), name, str(value))


def _inside(wording: str, name: str, value: str) -> str:
    """The wording in the middle of a sentence, with its slots filled."""
    return wording.replace("{name}", name).replace("{s}", value)


def _drawn(draw: Draw, parameter: Parameter) -> Any:
    """A value of the parameter's kind."""
    kind = parameter.kind
    if kind.values:
        return draw.value(kind.values)
    match kind.drawn:
        case "place":
            if draw.chance(0.06):
                return words.chinese_city(draw)
            return words.city(draw) if draw.chance(0.5) else draw.value(builtin_tools.TEXT.towns)
        case "person":
            one = words.name(draw).capitalize()
            return f"{one} {words.made_up(draw, True)}" if draw.chance(0.35) else one
        case "date":
            month, day = draw.rng.randint(1, 12), draw.rng.randint(1, 28)
            return f"{draw.rng.randint(1990, 2045)}-{month:02}-{day:02}"
        case "clock":
            return _clock(draw)
        case "count":
            return draw.rng.randint(1, draw.rng.choice((9, 20, 99, 999)))
        case "amount":
            if draw.chance(0.5):
                return draw.rng.randint(1, 9999)
            return round(draw.rng.uniform(0.1, 999), draw.rng.choice((1, 2)))
        case "currency":
            return "".join(draw.any("ABCDEFGHIJKLMNOPRSTUVXYZ") for _ in range(3))
        case "quoted":
            count = draw.rng.randint(1, 5)
            return " ".join(
                draw.value(words.everyday()) if draw.chance(0.85) else words.made_up(draw)
                for _ in range(count)
            )
        case "thing":
            return words.thing(draw) if draw.chance(0.6) else draw.value(words.ENGLISH.foods)
        case "enum":
            return draw.any(parameter.schema["enum"])
        case "code":
            return _code(draw)
    if draw.chance(0.5):
        return words.made_up(draw)
    return draw.value(words.everyday()) if draw.chance(0.6) else words.number(draw)


def _code(draw: Draw) -> str:
    letters = "".join(draw.any("ABCDEFGHKLMNPQRSTVXYZ") for _ in range(draw.rng.randint(1, 4)))
    number = str(draw.rng.randint(1, 99999))
    shape = draw.rng.choice(
        (
            letters,
            number,
            letters + number,
            f"{letters}-{number}",
            f"{letters}{number}-{draw.rng.randint(1, 99)}",
        )
    )
    return shape
