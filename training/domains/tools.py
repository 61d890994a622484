"""Tool calls in ChatGLM3's form: the call, the observation and the answer made from it.

Tools are put together from verbs, nouns and parameters, a part of them made up, so that a call
can only be read off the list of tools and the question.
"""

import json
from dataclasses import dataclass

from training import everyday, vocabulary, words
from training.dialogue import Dialogue, Expect, assistant, observation, user
from training.domains import tools_text as text
from training.grammar import Draw, filled


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: what it is about, its main parameter, and perhaps a second one."""

    name: str
    noun: str
    kind: str
    parameter: str
    described: str
    second: tuple[str, str, tuple[str, ...], str] | None
    required: bool

    def schema(self) -> dict[str, object]:
        """The description that the system message shows."""
        about = f"The {self.kind}"
        properties = {self.parameter: {"description": about, "type": "string"}}
        if self.second:
            properties[self.second[0]] = {"description": self.second[1], "type": "string"}
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
        return f"{words.made_up(draw, False)} {draw.any(text.ABOUT)}"
    if chosen < 0.45:
        return draw.value(everyday.english())
    if chosen < 0.55:
        return f"{draw.value(everyday.english())} {draw.any(text.ABOUT)}"
    return draw.value(text.NOUNS[kind])


def _verb(draw: Draw) -> str:
    """The first word of a name; mostly not one of a list, or else it is guessed, not read."""
    kind = draw.rng.random()
    if kind < 0.2:
        return words.made_up(draw, False)
    if kind < 0.5:
        return draw.value(everyday.english())
    return draw.value(vocabulary.VERBS if kind < 0.65 else text.VERBS)


def _name(draw: Draw, verb: str, noun: str) -> str:
    """The tool's name; most begin with a verb."""
    joined = noun.replace(" ", "_")
    kind = draw.rng.random()
    if kind < 0.7:
        return f"{verb}_{joined}"
    return joined if kind < 0.85 else f"{joined}_{draw.value(text.SUFFIXES)}"


def _parameter(draw: Draw, kind: str) -> str:
    chosen = draw.rng.random()
    if chosen < 0.15:
        return words.made_up(draw, False)
    return draw.value(everyday.english()) if chosen < 0.3 else draw.any(text.PARAMETERS[kind])


def _tool(draw: Draw, required: bool, unlike: tuple[Tool, ...] = ()) -> Tool:
    """A tool whose noun shares no word with those of ``unlike``, so that a question fits one."""
    kind = draw.any(sorted(text.NOUNS))
    taken = {word for tool in unlike for word in tool.noun.split()}
    noun = _noun(draw, kind)
    while taken & set(noun.split()):
        noun = _noun(draw, kind)
    verb = _verb(draw)
    described = filled(
        draw.value(text.DESCRIPTIONS), {"n": noun, "k": kind, "v": verb.replace("_", " ")}
    )
    second = draw.any(text.SECOND) if draw.chance(0.25) else None
    parameter = _parameter(draw, kind)
    return Tool(_name(draw, verb, noun), noun, kind, parameter, described, second, required)


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
        return f"{draw.rng.randint(1, 99)} {draw.any(text.UNITS)}"
    return draw.any(text.STATES) if kind < 0.65 else words.made_up(draw)


def _shown(result: dict[str, str | int]) -> str:
    return json.dumps(result, ensure_ascii=False)


def call(draw: Draw) -> Dialogue:
    """A question that needs a tool: the right call; or, with its result, the right answer."""
    listed: tuple[Tool, ...] = ()
    required = draw.chance(0.5)
    for _ in range(draw.rng.choice((1, 1, 2, 2, 2, 3))):
        listed += (_tool(draw, required, listed),)
    chosen = draw.any(listed)
    tools = tuple(tool.schema() for tool in listed)
    if draw.chance(0.08):
        questions, replies = draw.any(text.PLAIN)
        turns = (user(draw.phrase(questions)), assistant(draw.say(replies)))
        return Dialogue("tool call", turns, Expect(like=replies), tools, joins=False)
    v = _subject(draw, chosen.kind)
    question = draw.ask(text.ASK, n=chosen.noun, v=v)
    if question.lower().startswith(v.lower()):
        question = v + question[len(v) :]
    arguments = [f"{chosen.parameter}='{v}'"]
    if chosen.second:
        name, _, values, ending = chosen.second
        s = draw.value(values)
        question = f"{question.removesuffix(', please')} {ending.replace('{s}', s)}"
        arguments.append(f"{name}='{s}'")
    called = f"tool_call({', '.join(arguments)})"
    talk = [
        user(question + draw.any(("?", "", "."))),
        assistant(f"```python\n{called}\n```", chosen.name),
    ]
    if draw.chance(0.55):
        expect = Expect(all_of=(called,), tool=chosen.name)
        return Dialogue("tool call", tuple(talk), expect, tools, joins=False)
    slots = {"n": chosen.noun, "v": v}
    if draw.chance(0.15):
        slots["r"] = draw.value(text.REASONS)
        talk += [
            observation(_shown({"error": slots["r"]})),
            assistant(draw.say(text.FAILED, **slots)),
        ]
        return Dialogue(
            "tool answer", tuple(talk), Expect(all_of=(slots["r"],)), tools, joins=False
        )
    key = chosen.noun.replace(" ", "_") if draw.chance(0.7) else "result"
    value = _value(draw)
    result: dict[str, str | int] = {key: value}
    answers: tuple[str, ...] = text.ANSWERS
    wanted = [str(value)]
    slots["r"] = str(value)
    if draw.chance(0.3):
        more = draw.any(text.EXTRA) if draw.chance(0.7) else words.made_up(draw, False)
        other = _value(draw)
        result[more] = other
        slots |= {"m": more, "q": str(other)}
        answers, wanted = text.TWO_ANSWERS, [str(value), str(other)]
    if draw.chance(0.2):
        result = {chosen.parameter: v, **result}
    talk += [observation(_shown(result)), assistant(draw.say(answers, **slots))]
    return Dialogue("tool answer", tuple(talk), Expect(all_of=tuple(wanted)), tools, joins=False)
