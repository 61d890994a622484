"""Conversations over a list of tools: questions, calls, results and answers, one after another.

A question is one `Need` or two; each need is a call, and the answer is made from all their results.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from core.backends.calls import written
from core.messages import Message
from training.dialogue import Dialogue, Expect, assistant, observation, user
from training.domains.tools import TEXT
from training.grammar import Draw

Schema = dict[str, Any]
# Of a list and the talk behind it, in characters; lists have four of them a token, talk has two
ROOM = 920
LIST_CHARACTERS = 4
TALK_CHARACTERS = 2.2


@dataclass(frozen=True, slots=True)
class Need:
    """A question that one call answers. result: what the tool returns, as JSON or text. says: what
    the answer has to hold."""

    question: str
    tool: str
    arguments: Mapping[str, Any]
    result: Any
    answer: str
    says: tuple[str, ...]
    chinese: bool = False

    @property
    def call(self) -> Message:
        """The call as the model writes it."""
        return written("chatglm3", self.tool, self.arguments)

    @property
    def observed(self) -> str:
        """The result as the model reads it."""
        return (
            self.result if isinstance(self.result, str) else dumps(self.result, ensure_ascii=False)
        )


def shown_as_typed(question: str, value: str) -> str:
    """``question`` with ``value`` at its beginning as it is: a sentence begins with a capital."""
    if question.lower().startswith(value.lower()):
        return value + question[len(value) :]
    return question


def list_tokens(listed: Sequence[Schema]) -> float:
    """About how many tokens a list of tools takes."""
    return len(dumps(list(listed), indent=4, ensure_ascii=False)) / LIST_CHARACTERS


def talk(
    draw: Draw,
    ability: str,
    listed: Sequence[Schema],
    asked: Callable[[str], Need],
    both: Callable[[Need, Need], str],
) -> Dialogue:
    """Questions until each tool had its turn or there is no room: the last one's call, or with its
    result the answer. ``asked`` gives a question for a tool, ``both`` joins two of them."""
    tools = tuple(listed)
    left = ROOM - list_tokens(listed)
    turns: list[Message] = []
    expect = Expect()
    made = ""
    names = [str(tool["name"]) for tool in listed]
    order = [name for _ in range(3) for name in draw.rng.sample(names, len(names))]
    if draw.chance(0.25):
        order = order[:1]
    if draw.chance(0.06):
        plain = draw.any(TEXT.plain)
        turns += [user(draw.phrase(plain.ask)), assistant(draw.say(plain.say))]
        expect, made = Expect(like=plain.say), f"{ability} answer"
    while order:
        needs = [asked(order.pop(0))]
        if order and draw.chance(0.15):
            needs.append(asked(order.pop(0)))
            if needs[0].chinese != needs[1].chinese or needs[0].call == needs[1].call:
                order.insert(0, needs.pop().tool)
        exchange = _round(needs, needs[0].question if len(needs) == 1 else both(*needs))
        length = sum(len(m.content) + 12 for m in exchange) / TALK_CHARACTERS
        if turns and length > left:
            break
        left -= length
        turns += exchange
        said = tuple(word for need in needs for word in need.says)
        expect = Expect(all_of=said, chinese=needs[-1].chinese)
        made = f"{ability} answer"
    if turns[-2].role == "observation" and draw.chance(0.55):
        # Ends with the last call
        turns = turns[:-2]
        last = turns[-1]
        called = last.content.removeprefix("```python\n").removesuffix("\n```")
        expect, made = Expect(all_of=(called,), tool=last.metadata), f"{ability} call"
    return Dialogue(made, tuple(turns), expect, tools, joins=False)


def _round(needs: Sequence[Need], question: str) -> list[Message]:
    turns = [user(question)]
    for need in needs:
        turns += [need.call, observation(need.observed)]
    return [*turns, assistant(" ".join(need.answer for need in needs))]


def lower_first(text: str) -> str:
    """``text`` as it stands in the middle of a sentence."""
    return text[:1].lower() + text[1:]
