"""Measures calls of tools on questions written by hand: the built-in tools, and unseen ones.

``python -m training.probes [FOLDER]`` prints a table. The questions stand in ``probes.yaml``,
which no part of the corpus reads. Each is asked with its tool alone, with others beside it, and as
the second question of a conversation; then its result is given, and the answer must hold what it
says.
"""

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from core.backends.backend import Backend
from core.backends.calls import written
from core.backends.events import Finished, ToolCall
from core.backends.request import Request
from core.cases.run import Answered, stream
from core.errors import InvalidInput
from core.messages import Message
from core.models.measured import CALLS, VALID_CALLS
from core.models.measured import FILE as FIGURES
from core.tools.builtin import BUILTIN
from core.tools.builtin.calculator import value_of
from core.tools.builtin.dates import zone_of
from core.tools.running import as_text, run_tool
from training.evaluate import GREEDY, OUT, opened

FILE = Path(__file__).with_suffix(".yaml")
# How many other tools stand in a list with several, where there is room
OTHERS = 3
# Characters of a list of tools that leaves room for the talk
ROOM = 4_000
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """A question for one tool. kind: "built-in" or "unseen". result: what the tool returns, as
    text. says: what an answer made from it must hold."""

    kind: str
    tool: str
    ask: str
    call: Mapping[str, Any]
    result: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A probe as it is asked. ask: "call" or "answer", what the model has to do. setting: alone,
    several, or second turn."""

    probe: Probe
    ask: str
    setting: str
    messages: tuple[Message, ...]
    tools: tuple[Schema, ...]

    def faults(self, end: Finished) -> list[str]:
        """What is wrong with the model's answer; nothing where it does what it must."""
        calls = [part for part in end.parts if isinstance(part, ToolCall)]
        if self.ask == "call":
            if len(calls) != 1:
                return [f"{len(calls)} calls"]
            if calls[0].name != self.probe.tool:
                return ["tool"]
            given = calls[0].arguments
            if given is None:
                return ["unreadable"]
            if set(given) != set(self.probe.call):
                return ["parameters"]
            return [f"value of {k}" for k, v in self.probe.call.items() if not same(k, given[k], v)]
        if calls:
            return ["a call"]
        said = end.text.lower()
        return [f"lacks {word!r}" for word in self.probe.says if word.lower() not in said]


def same(name: str, given: Any, wanted: Any) -> bool:
    """Whether a program takes both values for the same."""
    if name == "expression":
        try:
            return math.isclose(value_of(str(given)), value_of(str(wanted)), rel_tol=1e-9)
        except InvalidInput:
            return False
    if isinstance(wanted, str) and ("zone" in name):
        try:
            return zone_of(str(given)) == zone_of(wanted)
        except InvalidInput:
            return False
    if isinstance(given, bool) != isinstance(wanted, bool):
        return False
    return bool(given == wanted)


@cache
def schemas() -> dict[str, Schema]:
    """The listed form of each tool by its name, the built-in ones first."""
    found: dict[str, Schema] = {tool.name: tool.schema for tool in BUILTIN}
    for tool in _read()["unseen"]:
        parameters = {
            "type": "object",
            "properties": tool["parameters"],
            "required": tool["required"],
        }
        found[tool["name"]] = {
            "name": tool["name"],
            "description": tool["description"],
            "parameters": parameters,
        }
    return found


@cache
def _read() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def probes() -> Iterator[Probe]:
    """All of them, in the order of the file."""
    for name, questions in _read()["builtin"].items():
        for entry in questions:
            yield _probe("built-in", name, entry)
    for tool in _read()["unseen"]:
        for entry in tool["questions"]:
            yield _probe("unseen", tool["name"], entry)


def _probe(kind: str, name: str, entry: Mapping[str, Any]) -> Probe:
    if "result" in entry:
        result = as_text(entry["result"])
    else:
        (tool,) = (tool for tool in BUILTIN if tool.name == name)
        result = run_tool(tool, entry["call"]).text
    says = entry.get("says") or _main_values(json.loads(result), kind)
    return Probe(kind, name, entry["ask"], entry["call"], result, tuple(says))


def _main_values(result: Mapping[str, Any], kind: str) -> list[str]:
    """Of a built-in tool what it was asked for; of another one all it returned."""
    if kind == "built-in":
        for key in ("result", "value", "days", "number"):
            if key in result:
                return [str(result[key])]
        if "time" in result:
            return [result["time"].split()[1]]
        return [str(result["temperature"]), str(result["sky"])]
    return [str(value) for value in result.values()]


def asked(seed: int = 1) -> list[Asked]:
    """Each probe in each setting; which tools stand beside it is drawn with ``seed``."""
    rng = random.Random(seed)
    every = list(probes())
    found: list[Asked] = []
    for probe in every:
        question = (Message("user", probe.ask),)
        alone = (schemas()[probe.tool],)
        several = _beside(probe, rng)
        before = rng.choice([p for p in every if p.kind == probe.kind and p.tool != probe.tool])
        both = _shuffled([schemas()[before.tool], *alone], rng)
        earlier = (*_turn(before), Message("assistant", f"{', '.join(before.says)}."), *question)
        found += [
            Asked(probe, "call", "alone", question, alone),
            Asked(probe, "call", "several", question, several),
            Asked(probe, "call", "second turn", earlier, both),
            Asked(probe, "answer", "alone", _turn(probe), alone),
            Asked(probe, "answer", "several", _turn(probe), several),
        ]
    return found


def _turn(probe: Probe) -> tuple[Message, ...]:
    """The question, its call and the result."""
    return (
        Message("user", probe.ask),
        written("chatglm3", probe.tool, probe.call),
        Message("observation", probe.result),
    )


def _beside(probe: Probe, rng: random.Random) -> tuple[Schema, ...]:
    """The tool among others of its kind, as many as there is room for."""
    builtin = {tool.name for tool in BUILTIN}
    others = [
        n for n in schemas() if n != probe.tool and (n in builtin) == (probe.kind == "built-in")
    ]
    listed = [schemas()[probe.tool]]
    for name in rng.sample(others, len(others)):
        # Names of one meaning would make two tools right
        if len(listed) <= OTHERS and len(json.dumps([*listed, schemas()[name]], indent=4)) <= ROOM:
            listed.append(schemas()[name])
    return _shuffled(listed, rng)


def _shuffled(listed: list[Schema], rng: random.Random) -> tuple[Schema, ...]:
    return tuple(rng.sample(listed, len(listed)))


def answers(backend: Backend, questions: Sequence[Asked], strict: bool = False) -> list[Finished]:
    """The model's answers at temperature 0; ``strict``: only valid calls."""
    requests = [
        Request(q.messages, GREEDY, tag=i, tools=q.tools, valid_calls=strict and q.ask == "call")
        for i, q in enumerate(questions)
    ]
    kept = Answered()
    for _ in stream(backend, requests, kept):
        pass
    return [kept.found[i] for i in range(len(questions))]


def measured(backend: Backend, strict: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The share of right answers by what was asked, of which tools, in which setting; and
    failures."""
    questions = asked()
    rates: dict[str, list[bool]] = {}
    failures = []
    for q, end in zip(questions, answers(backend, questions, strict), strict=True):
        faults = q.faults(end)
        for setting in (q.setting, "all"):
            rates.setdefault(f"{q.ask}, {q.probe.kind}, {setting}", []).append(not faults)
        if faults:
            names = " ".join(str(tool["name"]) for tool in q.tools)
            failures.append(
                f"[{q.ask} {q.setting}] {q.probe.ask!r} ({names}) {faults}: "
                f"{end.metadata!r} {end.text!r} {end.error}"
            )
    return {
        key: {"right": round(sum(ok) / len(ok), 3), "n": len(ok)} for key, ok in rates.items()
    }, failures


def table(result: Mapping[str, Any]) -> str:
    """The result as a Markdown table."""
    lines = ["| | right | n |", "|---|---|---|"]
    lines += [f"| {key} | {row['right']:.0%} | {row['n']} |" for key, row in sorted(result.items())]
    return "\n".join(lines)


def main(
    folder: Annotated[Path, typer.Argument(help="The checkpoint.")] = OUT,
    strict: Annotated[bool, typer.Option(help="Only valid calls.")] = False,
    failures: Annotated[bool, typer.Option(help="With what went wrong.")] = False,
    write: Annotated[bool, typer.Option(help="Add the figure to evaluation.json.")] = False,
) -> None:
    """Measures the checkpoint in FOLDER."""
    with opened(folder) as backend:
        result, wrong = measured(backend, strict)
    print(table(result))
    if write:
        file = folder / FIGURES.name
        figure = {VALID_CALLS if strict else CALLS: result["call, built-in, all"]}
        kept = json.loads(file.read_text(encoding="utf-8")) | figure
        text = json.dumps(kept, indent=1, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")
    if failures:
        print("", *wrong, sep="\n")


if __name__ == "__main__":
    typer.run(main)
