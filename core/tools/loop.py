"""The loop of a turn: the model answers, what it calls is run, it reads the result and goes on.

Where a turn stands is told by its messages alone, so that one that pauses before a call, or that a
restart broke off, goes on from what was kept. It ends with an answer without a call, with the
second fault, or with the last call that a turn may have.
"""

import json
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from core.backends.calls import CallForm, read_message, with_arguments
from core.backends.events import Event, Finished, Idle, ToolCall
from core.chat.records import Asking, Step
from core.chat.turn import Asked, NotKept
from core.messages import Message
from core.tools.calls import Fault, Ready, checked, repeated, too_many
from core.tools.running import Limits, Running, as_text
from core.tools.tool import Tool

_LOOK_S = 0.1
DECLINED = {"error": "The user declined this call."}


@dataclass(frozen=True, slots=True)
class Calling:
    """A tool begins to run."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paused:
    """The turn waits for a `Decision` on this call."""

    call: ToolCall
    tool: Tool


@dataclass(frozen=True, slots=True)
class Observed:
    """What a call came to."""

    step: Step
    content: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says of the call that waits. arguments: to be run with these; None: with its
    own. result: to be told this, and run nothing. declined: to be told that it was declined."""

    arguments: dict[str, Any] | None = None
    result: str | None = None
    declined: bool = False


Told = Asked | NotKept | Event | Calling | Paused | Observed
Telling = Generator[Told, None, None]


class Transcript(Protocol):
    """The messages of a turn, wherever they are kept."""

    @property
    def form(self) -> CallForm | None:
        """How the model writes its calls."""

    def messages(self) -> Sequence[Message]:
        """What was said, without the system message."""

    def steps(self) -> Sequence[Step]:
        """Of the observations since the last question."""

    def answer(self, tools: Sequence[Tool]) -> Generator[Told, None, Finished]:
        """Ask the model, and keep what it says."""

    def observe(self, content: str, step: Step, shown: Sequence[Mapping[str, Any]] = ()) -> None:
        """Keep what a call came to. shown: what people see of it, as plain values."""

    def rewrite(self, place: int, message: Message) -> None:
        """Keep `message` in the place of that one of `messages()`; those after it stay."""


def rounds(
    transcript: Transcript,
    tools: Sequence[Tool],
    ask: Asking = "leaving",
    limits: Limits | None = None,
    decision: Decision | None = None,
) -> Telling:
    """Go on with a turn until it ends or waits. decision: on the call that waits, if one does.

    Closing the iterator early keeps what was said by then; a tool that runs is not waited for.
    """
    limits = limits or Limits()
    names = {tool.name for tool in tools}
    while True:
        waiting = pending(transcript.form, transcript.messages(), names)
        if not waiting:
            end = yield from transcript.answer(tools)
            if end.reason != "stop":
                return
            if not pending(transcript.form, transcript.messages(), names):
                return
            continue
        found = _checked(waiting[0], tools, transcript.steps(), limits)
        if isinstance(found, Fault) and decision and decision.result is not None:
            # Whatever is wrong with the call: what a person says its result is, the model is told
            step = replace(_of_fault(waiting[0], found), fault="", said="", edited=True)
            yield _observe(transcript, decision.result, step)
            decision = None
            continue
        if isinstance(found, Fault):
            faults = sum(bool(step.fault) for step in transcript.steps())
            yield _observe(
                transcript, as_text({"error": found.for_model}), _of_fault(waiting[0], found)
            )
            if faults or found.kind == "many":
                return
            # It was on this call: the next one is another
            decision = None
            continue
        if decision is None and asks(found.tool, ask):
            yield Paused(waiting[0], found.tool)
            return
        yield from _run(transcript, waiting[0], found, limits, decision)
        decision = None


def asks(tool: Tool, ask: Asking) -> bool:
    """Whether a call of this tool waits for a person."""
    return tool.manual or ask == "all" or (ask == "leaving" and tool.leaves)


def pending(
    form: CallForm | None, messages: Sequence[Message], names: Collection[str]
) -> list[ToolCall]:
    """The calls of the last answer that have no observation yet, in their order. names: of the
    tools that are offered; without any there are no calls."""
    if not names:
        return []
    observed = 0
    rest = list(messages)
    while rest and rest[-1].role == "observation":
        rest.pop()
        observed += 1
    calls: list[ToolCall] = []
    while rest and rest[-1].role == "assistant":
        calls = [*read_message(form, rest.pop(), names), *calls]
    return calls[observed:]


def _checked(
    call: ToolCall, tools: Sequence[Tool], steps: Sequence[Step], limits: Limits
) -> Ready | Fault:
    if len(steps) >= limits.calls:
        return too_many(limits.calls)
    found = checked(call, tools)
    if isinstance(found, Ready):
        made = {_key(step.name, step.arguments) for step in steps if not step.fault}
        if _key(found.tool.name, found.arguments) in made:
            return repeated()
    return found


def _key(name: str, arguments: dict[str, Any] | None) -> tuple[str, str]:
    return name, json.dumps(arguments, sort_keys=True, ensure_ascii=False)


def _of_fault(call: ToolCall, fault: Fault) -> Step:
    arguments = None if call.arguments is None else dict(call.arguments)
    return Step(
        # A name that the model made up may be of any length, and of more than one line
        " ".join(call.name.split())[:64],
        call.raw,
        arguments,
        fault=fault.kind,
        said=fault.for_people,
    )


def _run(
    transcript: Transcript,
    call: ToolCall,
    ready: Ready,
    limits: Limits,
    decision: Decision | None,
) -> Telling:
    tool, arguments = ready.tool, ready.arguments
    step = Step(tool.name, call.raw, arguments)
    if decision and decision.arguments is not None and decision.arguments != arguments:
        arguments = decision.arguments
        place, message = edited(transcript.form, transcript.messages(), call, arguments)
        step = replace(step, raw=message.content, arguments=arguments, edited=True)
        if decision.result is None and not decision.declined and tool.run:
            # Before anything is kept: what does not fit is refused
            running: Running | None = Running(tool, arguments, limits)
        else:
            running = None
        transcript.rewrite(place, message)
    elif decision and (decision.declined or decision.result is not None):
        running = None
    else:
        running = Running(tool, arguments, limits)
    if decision and decision.declined:
        yield _observe(transcript, as_text(DECLINED), replace(step, fault="declined"))
        return
    if decision and decision.result is not None:
        yield _observe(transcript, decision.result, replace(step, edited=True))
        return
    if running is None:
        running = Running(tool, arguments, limits)
    yield Calling(tool.name, arguments)
    try:
        while (outcome := running.outcome(_LOOK_S)) is None:
            yield Idle()
    except GeneratorExit:
        running.stop()
        raise
    step = replace(step, seconds=outcome.seconds, failed=outcome.failed, cut=outcome.cut)
    yield _observe(transcript, outcome.text, step, outcome.shown)


def edited(
    form: CallForm | None, messages: Sequence[Message], call: ToolCall, arguments: dict[str, Any]
) -> tuple[int, Message]:
    """Where the message is that makes this call, and that message with other arguments in it."""
    place, origin = next(
        (place, message)
        for place, message in reversed(list(enumerate(messages)))
        if call in read_message(form, message, {call.name})
    )
    return place, with_arguments(form, origin, call, arguments)


def _observe(
    transcript: Transcript, content: str, step: Step, shown: Sequence[Mapping[str, Any]] = ()
) -> Observed:
    transcript.observe(content, step, shown)
    return Observed(step, content)
