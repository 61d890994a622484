"""Tools in an experiment: as its variants tell a model of them, and what a turn with them makes.

What a variant says of a tool is kept as it was when it was chosen, so that what was sent can be
read later, and a tool that was described anew makes other answers. A call runs where the tool is
still the same, stays on this machine and asks nobody; at any other the answer ends. Tools that draw
lots or look at the clock do so here too: the same seed then need not give the same answer.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from core.backends.calls import CallForm
from core.backends.events import Finished, ToolCall
from core.chat.records import Step
from core.chat.turn import own_messages
from core.messages import Message
from core.tools.book import ToolBook
from core.tools.builtin import BUILTIN
from core.tools.loop import Told, pending, rounds
from core.tools.running import Limits
from core.tools.tool import Tool

MAX_TOOLS = 64
# A place to run is waited for: many answers are written at once
_LIMITS = Limits(patience_s=60.0)


@dataclass(frozen=True, slots=True)
class ToolTold:
    """What a model is told of a tool. parameters: its JSON schema, as text."""

    name: str
    description: str
    parameters: str

    @classmethod
    def of(cls, tool: Tool) -> Self:
        """What it is told of this one."""
        return cls(tool.name, tool.description, json.dumps(tool.parameters, ensure_ascii=False))

    @property
    def schema(self) -> dict[str, Any]:
        """As a request has it."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": json.loads(self.parameters),
        }

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any]) -> Self:
        """What `schema` gave."""
        parameters = json.dumps(schema["parameters"], ensure_ascii=False)
        return cls(schema["name"], schema["description"], parameters)


# From names to what a model is told of these tools; raises `NotFound`
FindTools = Callable[[Sequence[str]], tuple[ToolTold, ...]]


class Between(NamedTuple):
    """A message between a question and its answer. step: how an observation came about."""

    message: Message
    step: Step | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        m, kept = self.message, asdict(self.step) if self.step else None
        return {"message": [m.role, m.content, m.metadata], "step": kept}

    @classmethod
    def from_dict(cls, item: Mapping[str, Any]) -> "Between":
        """What `to_dict` gave."""
        step = item.get("step")
        return cls(Message(*item["message"]), Step(**step) if step else None)


def finder(book: ToolBook) -> FindTools:
    """Finds tools in a book."""
    return lambda names: tuple(ToolTold.of(one) for one in book.chosen(names))


def built_in(names: Sequence[str]) -> tuple[ToolTold, ...]:
    """Finds tools that every installation has."""
    return finder(ToolBook(BUILTIN))(names)


def at_hand(told: Sequence[ToolTold], tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """These tools as an experiment has them: those that do not run here ask a person, who is not
    there."""
    there = {tool.name: tool for tool in tools if not tool.leaves and not tool.manual}
    return tuple(
        there[one.name]
        if one.name in there and ToolTold.of(there[one.name]) == one
        else Tool(one.name, one.description, one.schema["parameters"], None, manual=True)
        for one in told
    )


@dataclass(slots=True)
class ToolTurn:
    """One turn with tools: the model answers, what it calls runs, it reads the result and goes on.

    before: all that was said before, the question at its end. ask: from what is said to the end of
    the next answer. form: how the model writes calls. between: the messages after the question, but
    for the answer. calls: all of the turn, first to last.
    """

    before: Sequence[Message]
    tools: Sequence[Tool]
    ask: Callable[[Sequence[Message]], Finished]
    form: CallForm | None
    said: list[Between] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    ends: list[Finished] = field(default_factory=list)

    def events(self) -> Generator[Told, None, None]:
        """Go through the turn; what is told in between, so that whoever looks can leave off."""
        yield from rounds(self, self.tools, limits=_LIMITS)

    @property
    def open(self) -> bool:
        """Whether it ended at a call, or with what a tool said: there is no answer to go on
        from."""
        return bool(self.said) and (
            self.said[-1].message.role == "observation"
            or bool(pending(self.form, self.messages(), {tool.name for tool in self.tools}))
        )

    @property
    def text(self) -> str:
        """The answer at its end; empty where there is none."""
        return "" if self.open else self.ends[-1].text

    @property
    def between(self) -> tuple[Between, ...]:
        """What was said after the question and is not the answer."""
        if self.open:
            return tuple(self.said)
        count = len(own_messages(self.form, self.ends[-1]))
        return tuple(self.said[: len(self.said) - count])

    # --- as the loop of calls knows it ----------------------------------------------------

    def messages(self) -> Sequence[Message]:
        return [*self.before, *(one.message for one in self.said)]

    def steps(self) -> Sequence[Step]:
        return [one.step for one in self.said if one.step]

    def answer(self, tools: Sequence[Tool]) -> Generator[Told, None, Finished]:
        end = self.ask([one.message for one in self.said])
        yield end
        self.ends.append(end)
        self.calls += [part for part in end.parts if isinstance(part, ToolCall)]
        self.said += [Between(message) for message in own_messages(self.form, end)]
        return end

    def observe(self, content: str, step: Step, _shown: Sequence[Mapping[str, Any]] = ()) -> None:
        self.said.append(Between(Message("observation", content), step))

    def rewrite(self, place: int, message: Message) -> None:
        raise AssertionError("nobody edits calls here")
