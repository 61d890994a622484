"""Tool calls in ChatGLM3's form: the call, the observation and the answer made from it.

Tools are put together from verbs, nouns and parameters, a part of them made up, so that a call
can only be read off the list of tools and the question. Most lists are asked about until each tool
has had its turn: to find the right one by its subject is learned only from dense questions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from core.messages import Message
from training import texts, words
from training.dialogue import Dialogue, Expect, assistant, observation, user
from training.grammar import Draw, filled
from training.texts import Exchange, Wordings


@dataclass(frozen=True, slots=True)
class Second:
    """A second parameter: its names, its description, how the question ends that gives its value
    {s}, and the values; without any it is a number, a year or a date."""

    names: Wordings
    described: str
    endings: Wordings
    values: Wordings = ()


@dataclass(frozen=True, slots=True)
class ToolTexts:
    """texts/tools.yaml."""

    verbs: Wordings
    suffixes: Wordings
    nouns: Mapping[str, Wordings]
    about: Wordings
    parameters: Mapping[str, Wordings]
    second: tuple[Second, ...]
    descriptions: Wordings
    states: Wordings
    units: Wordings
    extra: Wordings
    ask: Wordings
    answers: Wordings
    two_answers: Wordings
    failed: Wordings
    reasons: Wordings
    which: Wordings
    takes: Wordings
    plain: tuple[Exchange, ...]


TEXT = texts.load("tools", ToolTexts)


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: what it is about, its main parameter, and perhaps a second one."""

    name: str
    noun: str
    kind: str
    parameter: str
    described: str
    second: Second | None
    second_name: str
    required: bool

    def schema(self) -> dict[str, object]:
        """The description that the system message shows."""
        about = f"The {self.kind}"
        properties = {self.parameter: {"description": about, "type": "string"}}
        if self.second:
            described = self.second.described
            properties[self.second_name] = {"description": described, "type": "string"}
        parameters: dict[str, object] = {"type": "object", "properties": properties}
        if self.required:
            parameters["required"] = list(properties)
        return {"name": self.name, "description": self.described, "parameters": parameters}


def _noun(draw: Draw, kind: str) -> str:
    """What a tool is about: of a list, made up, or put together from both."""
    chosen = draw.rng.random()
    if chosen < 0.3:
        return words.made_up(draw, False)
    if chosen < 0.38:
        return f"{words.made_up(draw, False)} {draw.any(TEXT.about)}"
    if chosen < 0.45:
        return draw.value(words.everyday())
    if chosen < 0.55:
        return f"{draw.value(words.everyday())} {draw.any(TEXT.about)}"
    return draw.value(TEXT.nouns[kind])


def _verb(draw: Draw) -> str:
    """The first word of a name; mostly not one of a list, or else it is guessed, not read."""
    kind = draw.rng.random()
    if kind < 0.2:
        return words.made_up(draw, False)
    if kind < 0.5:
        return draw.value(words.everyday())
    return draw.value(words.VOCABULARY.verbs if kind < 0.65 else TEXT.verbs)


def _name(draw: Draw, verb: str, noun: str) -> str:
    """The tool's name; most begin with a verb."""
    joined = noun.replace(" ", "_")
    kind = draw.rng.random()
    if kind < 0.7:
        return f"{verb}_{joined}"
    return joined if kind < 0.85 else f"{joined}_{draw.value(TEXT.suffixes)}"


def _parameter(draw: Draw, names: Wordings) -> str:
    """The name of a parameter: of ``names``, made up, or any word."""
    chosen = draw.rng.random()
    if chosen < 0.15:
        return words.made_up(draw, False)
    return draw.value(words.everyday()) if chosen < 0.3 else draw.any(names)


def _tool(draw: Draw, required: bool, unlike: tuple[Tool, ...] = ()) -> Tool:
    """A tool whose noun shares no word with those of ``unlike``, so that a question fits one."""
    kind = draw.any(sorted(TEXT.nouns))
    taken = {word for tool in unlike for word in tool.noun.split()}
    noun = _noun(draw, kind)
    while taken & set(noun.split()):
        noun = _noun(draw, kind)
    verb = _verb(draw)
    described = filled(
        draw.value(TEXT.descriptions), {"n": noun, "k": kind, "v": verb.replace("_", " ")}
    )
    second = draw.any(TEXT.second) if draw.chance(0.25) else None
    parameter = _parameter(draw, TEXT.parameters[kind])
    second_name = _parameter(draw, second.names) if second else ""
    while second and second_name == parameter:
        second_name = _parameter(draw, second.names)
    name = _name(draw, verb, noun)
    return Tool(name, noun, kind, parameter, described, second, second_name, required)


def _year(draw: Draw) -> int:
    return draw.rng.randint(1950, 2049)


def _second_value(draw: Draw, second: Second) -> str:
    """A value for the second argument."""
    if second.values:
        return draw.value(second.values)
    match second.names[0]:
        case "date":
            return f"{_year(draw)}-{draw.rng.randint(1, 12):02}-{draw.rng.randint(1, 28):02}"
        case "year":
            return str(_year(draw))
        case _:
            return str(draw.rng.randint(2, 99))


def _subject(draw: Draw, kind: str) -> str:
    """A value for the main argument."""
    if kind == "city":
        return words.city(draw)
    if kind == "person":
        one = words.name(draw).capitalize()
        return f"{one} {words.made_up(draw, True)}" if draw.chance(0.4) else one
    if kind == "product":
        return (
            words.thing(draw) if draw.chance(0.7) else f"{words.thing(draw)} {words.number(draw)}"
        )
    letter = draw.any("ABCDEFGHKLMNPRSTXZ")
    return f"{letter}{draw.rng.randint(1, 99)}-{draw.rng.randint(100, 999)}"


def _value(draw: Draw) -> str | int:
    """A value in a tool's result."""
    kind = draw.rng.random()
    if kind < 0.35:
        return draw.rng.randint(1, 9999)
    if kind < 0.5:
        return f"{draw.rng.randint(1, 99)} {draw.any(TEXT.units)}"
    return draw.any(TEXT.states) if kind < 0.65 else words.made_up(draw)


def _shown(result: dict[str, str | int]) -> str:
    return json.dumps(result, ensure_ascii=False)


def _listed(draw: Draw, count: int) -> tuple[Tool, ...]:
    listed: tuple[Tool, ...] = ()
    required = draw.chance(0.5)
    for _ in range(count):
        listed += (_tool(draw, required, listed),)
    return listed


def _called(draw: Draw, tool: Tool) -> tuple[str, str, str]:
    """A question for ``tool``, the main argument in it, and the call."""
    v = _subject(draw, tool.kind)
    question = draw.ask(TEXT.ask, n=tool.noun, v=v)
    if question.lower().startswith(v.lower()):
        question = v + question[len(v) :]
    arguments = [f"{tool.parameter}='{v}'"]
    if tool.second:
        s = _second_value(draw, tool.second)
        ending = draw.any(tool.second.endings).replace("{s}", s)
        question = f"{question.removesuffix(', please')} {ending}"
        arguments.append(f"{tool.second_name}='{s}'")
    return question + draw.any(("?", "", ".")), v, f"tool_call({', '.join(arguments)})"


def _answered(draw: Draw, tool: Tool, v: str) -> tuple[list[Message], Expect]:
    """What the tool returned for ``v`` and the answer made from it."""
    slots = {"n": tool.noun, "v": v}
    if draw.chance(0.15):
        said = {"k": words.number(draw), "w": words.made_up(draw), "t": words.thing(draw)}
        reason = draw.ask(TEXT.reasons, kind=tool.kind, **slots, **said)
        slots["r"] = reason[:1].lower() + reason[1:]
        talk = [
            observation(_shown({"error": slots["r"]})),
            assistant(draw.say(TEXT.failed, **slots)),
        ]
        return talk, Expect(all_of=(slots["r"],))
    value = _value(draw)
    result: dict[str, str | int] = {
        tool.noun.replace(" ", "_") if draw.chance(0.7) else "result": value
    }
    answers: Wordings = TEXT.answers
    wanted = [str(value)]
    slots["r"] = str(value)
    if draw.chance(0.3):
        more = draw.any(TEXT.extra) if draw.chance(0.7) else words.made_up(draw, False)
        other = _value(draw)
        result[more] = other
        slots |= {"m": more, "q": str(other)}
        answers, wanted = TEXT.two_answers, [str(value), str(other)]
    if draw.chance(0.2):
        result = {tool.parameter: v, **result}
    return [
        observation(_shown(result)),
        assistant(draw.say(answers, **slots)),
    ], Expect(all_of=tuple(wanted))


def call(draw: Draw) -> Dialogue:
    """Questions that need a tool: the last one's call; or, with its result, the answer."""
    listed = _listed(draw, draw.rng.choice((1, 1, 2, 2, 2, 3)))
    tools = tuple(tool.schema() for tool in listed)
    if draw.chance(0.06):
        plain = draw.any(TEXT.plain)
        turns = (user(draw.phrase(plain.ask)), assistant(draw.say(plain.say)))
        return Dialogue("tool call", turns, Expect(like=plain.say), tools, joins=False)
    asked = draw.rng.sample(listed, draw.rng.choice((1, len(listed), len(listed))))
    talk: list[Message] = []
    for tool in asked:
        question, v, called = _called(draw, tool)
        talk += [user(question), assistant(f"```python\n{called}\n```", tool.name)]
        if tool is asked[-1] and draw.chance(0.6):
            expect = Expect(all_of=(called,), tool=tool.name)
            return Dialogue("tool call", tuple(talk), expect, tools, joins=False)
        answered, expect = _answered(draw, tool, v)
        talk += answered
    return Dialogue("tool answer", tuple(talk), expect, tools, joins=False)


def which(draw: Draw) -> Dialogue:
    """Questions about the list of tools itself: which one it is, and what its parameter is
    called."""
    listed = _listed(draw, draw.rng.choice((2, 2, 3, 3, 4)))
    tools = tuple(tool.schema() for tool in listed)
    turns: list[Message] = []
    for tool in draw.rng.sample(listed, len(listed)):
        wording, answer = draw.any(((TEXT.which, tool.name), (TEXT.takes, tool.parameter)))
        turns += [user(draw.ask(wording, n=tool.noun)), assistant(answer)]
    return Dialogue("extract", tuple(turns), Expect(begins=answer, ends=answer), tools, joins=False)
