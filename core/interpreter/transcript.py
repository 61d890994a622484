"""A stored conversation whose code is run: it goes by its messages alone.

A question or an observation is answered, code without an observation is run. So a turn that was
broken off, also by a restart, goes on from the database. What a model wrote after its code stays
stored, but no model reads it: it was written without knowing the result.
"""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from core.backends.backend import Backend
from core.backends.events import Event, Finished, Idle
from core.backends.request import Request
from core.chat.records import LONGEST_ANSWER, Conversation, Draft, Step, StoredMessage, ToolChoice
from core.chat.store import Conversations
from core.chat.turn import Asked, NotKept, check_question, stored_answer
from core.chat.window import fit
from core.errors import InterpreterError, InvalidInput
from core.i18n import _
from core.interpreter.folder import told_files, with_files
from core.interpreter.kept import to_keep
from core.interpreter.loop import (
    INTERPRETER,
    MAX_ROUNDS,
    OBSERVED,
    fenced,
    observed_message,
    program_in,
    system_message,
)
from core.interpreter.outputs import Ended, Failure, Output, merged, observation
from core.interpreter.sandbox import Sandbox
from core.messages import Message
from core.sampling.settings import Sampling

# How often what comes is told: each time with all that came before
TELL_EVERY_S = 0.2
# A kernel does one thing at a time: so long it may give a file to somebody before it says which it has
_BUSY_S = 2.0
End = TypeVar("End")


@dataclass(frozen=True, slots=True)
class RunningCode:
    """The code of a message is handed to the kernel."""

    message: StoredMessage


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the code has shown so far."""

    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Bounded:
    """The model asked for code as often as it may for one answer; the last was not run."""

    rounds: int

    @property
    def sentence(self) -> str:
        """The same in the language of whoever asks."""
        return _(
            "The model asked for code {count} times, which is the most for one answer. Ask it to go on."
        ).format(count=self.rounds + 1)


Told = Asked | NotKept | RunningCode | Shown | Bounded | Event


def draft() -> Draft:
    """The settings that a conversation begins with whose code is run: without chance."""
    sampling = Sampling(temperature=0.0, max_new_tokens=LONGEST_ANSWER)
    return Draft(sampling, tools=ToolChoice((INTERPRETER,)))


def computes(conversation: Conversation) -> bool:
    """Whether the code in a conversation is run."""
    return INTERPRETER in conversation.tools.names


def code_of(message: Message) -> str | None:
    """The code that an assistant's message asks to run; None where it asks for none."""
    if message.role != "assistant":
        return None
    if message.metadata:
        return fenced(message.content) if message.metadata == INTERPRETER else None
    found = program_in(message.content)
    return found.code if found else None


def with_code(message: Message, code: str) -> Message:
    """The same message with other code; raises `InvalidInput` where there is none left."""
    if not code.strip():
        raise InvalidInput(_("There is no code to run. Write some first."))
    block = f"```python\n{code.rstrip()}\n```"
    found = None if message.metadata else program_in(message.content)
    before = found.before if found else ""
    return Message("assistant", before + block, message.metadata)


def dropped(message: Message) -> str:
    """What a model wrote after its code, which nobody reads."""
    found = None if message.metadata or message.role != "assistant" else program_in(message.content)
    return message.content[len(found.message.content) :].strip() if found else ""


def as_read(backend: Backend, said: Sequence[Message]) -> list[Message]:
    """The messages as the model reads them: code without what came after it, and results as a
    user's words where its format knows no observations."""
    read: list[Message] = []
    for place, message in enumerate(said):
        after = said[place + 1] if place + 1 < len(said) else None
        if message.role == "observation":
            read.append(observed_message(backend, read, message.content))
        elif after and after.role == "observation" and not message.metadata:
            found = program_in(message.content) if message.role == "assistant" else None
            read.append(found.message if found else message)
        else:
            read.append(message)
    return read


def request_after(
    backend: Backend, conversation: Conversation | Draft, said: Sequence[Message], files: str = ""
) -> Request:
    """The request that goes on after these messages; raises `InvalidInput` where there is nothing
    to answer, and `PromptTooLong` where it does not fit. files: the line that tells of them, which
    comes last in the system message, also in one that somebody wrote."""
    if not said or said[-1].role not in ("user", "observation"):
        raise InvalidInput(_("There is no question to answer. Write one first."))
    system = conversation.system if conversation.system.strip() else system_message(backend)
    settled = replace(conversation, system=with_files(system, files))
    prompt = fit(backend, settled, as_read(backend, said))
    request = Request(prompt.messages, conversation.sampling.with_seed())
    backend.check(request)
    return request


def check_asked(
    backend: Backend,
    conversation: Conversation | Draft,
    said: Sequence[Message],
    question: str,
    files: str = "",
) -> None:
    """Raise what keeps a question from being answered: as `request_after`, and for an empty one."""
    check_question(question)
    request_after(backend, conversation, [*said, Message("user", question)], files)


def computing(
    conversations: Conversations,
    backend: Backend,
    conversation_id: str,
    sandbox: Callable[[], Sandbox],
    rounds: int = MAX_ROUNDS,
    running: Callable[[], Sandbox | None] = lambda: None,
) -> Generator[tuple[int | None, Told], None, None]:
    """Go on with a conversation until the model has answered, or has asked for code `rounds` times.

    All that is told has the place of its step, counted from 0: an answer or a run; `Bounded` has
    none. sandbox: gives the kernel of the conversation when code comes; running: the one that there
    is by now, if any, whose files the model is told of. Closing the iterator early interrupts what
    runs, and keeps what it has shown. Raises what `request_after`, the backend and `Sandbox.run`
    raise.
    """
    ran = place = 0
    while True:
        last = conversations.path(conversation_id)[-1]
        if last.role == "assistant":
            code = code_of(last.message)
            if code is None:
                return
            if ran >= rounds:
                yield None, Bounded(rounds)
                return
            ran += 1
            ended = yield from _at(place, _run(conversations, last, code, sandbox))
            if ended:
                return
        else:
            files = told_files(files_there(conversations, conversation_id, running()))
            end = yield from _at(place, _answer(conversations, backend, conversation_id, files))
            if end.reason in ("cancelled", "error"):
                return
        place += 1


def _at(place: int, telling: Generator[Told, None, End]) -> Generator[tuple[int, Told], None, End]:
    with closing(telling):
        while True:
            try:
                told = next(telling)
            except StopIteration as end:
                found: End = end.value
                return found
            yield place, told


def _answer(
    conversations: Conversations, backend: Backend, conversation_id: str, files: str
) -> Generator[Told, None, Finished]:
    path = conversations.path(conversation_id)
    conversation = conversations.get(conversation_id)
    request = request_after(backend, conversation, [said.message for said in path], files)
    yield Asked(path[-1])
    end: Finished | None = None
    with closing(stored_answer(conversations, backend, path[-1], request, "", files)) as events:
        for event in events:
            yield event
            end = event if isinstance(event, Finished) else end
    assert end is not None  # an answer has an end, whatever ends it
    return end


def _run(
    conversations: Conversations, message: StoredMessage, code: str, sandbox: Callable[[], Sandbox]
) -> Generator[Told, None, bool]:
    """Run the code of a message, and store what came of it; whether the sandbox was ended by it."""
    yield RunningCode(message)
    kernel = sandbox()
    began, told_at = time.monotonic(), 0.0
    outputs: list[Output] = []
    untold, begun = False, False
    try:
        with closing(kernel.run(code)) as running:
            for output in running:
                begun = True
                if not isinstance(output, Idle):
                    outputs.append(output)
                    untold = True
                if untold and time.monotonic() - told_at >= TELL_EVERY_S:
                    told_at, untold = time.monotonic(), False
                    yield Shown(tuple(merged(outputs)))
                else:
                    yield Idle()
        begun = True
    except GeneratorExit:
        # What the code says to its interruption comes when nobody listens
        outputs.append(Failure("KeyboardInterrupt", "stopped by the user", ""))
        raise
    finally:
        # Also where it was stopped: what was on screen stays
        if begun:
            _keep(conversations, message, code, outputs, time.monotonic() - began)
    yield Shown(tuple(merged(outputs)))
    return any(isinstance(one, Ended) for one in outputs)


def _keep(
    conversations: Conversations,
    message: StoredMessage,
    code: str,
    outputs: Sequence[Output],
    seconds: float,
) -> None:
    text = observation(outputs, OBSERVED)
    failed = any(isinstance(one, Failure | Ended) for one in outputs)
    step = Step(INTERPRETER, code, seconds=seconds, failed=failed, edited=message.model is None)
    conversations.add_observation(message.conversation_id, message.id, text, step, to_keep(outputs))


def given_files(conversations: Conversations, conversation_id: str) -> Callable[[Sandbox], None]:
    """Gives the files of a conversation to a kernel that has just begun."""

    def give(sandbox: Sandbox) -> None:
        for name in conversations.files(conversation_id):
            sandbox.put(name, conversations.file(conversation_id, name))

    return give


def files_there(
    conversations: Conversations, conversation_id: str, running: Sandbox | None
) -> Mapping[str, int]:
    """The files that code of a conversation finds: their sizes by name, the newest last. running:
    its kernel, if it has one; what code wrote goes with it."""
    if running and running.alive:
        # At work for longer, or ended just now
        with suppress(InvalidInput, InterpreterError):
            return running.files(_BUSY_S)
    return conversations.files(conversation_id)


def run_again(
    conversations: Conversations, message: StoredMessage, code: str | None = None
) -> None:
    """Go back to the code of a message, so that it is run next, with other `code` perhaps; what was
    there stays a version."""
    if code_of(message.message) is None:
        raise InvalidInput(_("This message has no code to run."))
    if code is None or code.strip() == (code_of(message.message) or "").strip():
        conversations.set_head(message.conversation_id, message.id)
    else:
        conversations.add_call(message, with_code(message.message, code))
