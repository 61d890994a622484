"""A model that computes: it writes code, the kernel runs it, the model reads what came and goes on.

ChatGLM3 asks for the interpreter in a message of its own, with "interpreter" as its metadata and
the code in a python fence; what came of it is an observation. Any other chat model writes a python
fence into its answer: the first one is run, what the model wrote after it is dropped, for it was
written without knowing the result.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from core.backends.backend import Backend, lacking, tokenizer_of
from core.backends.events import Event, Finished, Idle, TextPart, ToolCall
from core.backends.request import Request
from core.cases.run import Answered, turn
from core.errors import InvalidInput
from core.i18n import _
from core.interpreter.folder import told_files, with_files_told
from core.interpreter.outputs import Ended, Output, observation
from core.interpreter.sandbox import Sandbox
from core.messages import Message
from core.sampling.settings import Sampling

INTERPRETER = "interpreter"
MAX_ROUNDS = 6
# Of an observation, in characters: the model's window has to hold all of them
OBSERVED = 1024
# Told to the model where nobody has written a system message
SYSTEM = "You are connected to a computer and can run Python code."
_HOW = (
    "To run code, write one block that begins with ```python and stop: you are then told what it "
    "printed. Files are in the current folder, and there is no network."
)
_FENCE = re.compile(
    r"^[ \t]*```(?:python|py)[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE
)
_ANY_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Program:
    """Code that a model wrote. message: what it said so far, with the code at its end; before:
    without the code."""

    code: str
    message: Message
    before: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """The code of a round is handed to the kernel; rounds count from 1."""

    round: int
    program: Program


@dataclass(frozen=True, slots=True)
class Ran:
    """A round is over. observed: what the model is told of it."""

    round: int
    program: Program
    outputs: tuple[Output, ...]
    observed: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """The end. messages: all that was said after the question, in order, the last one without code
    or, after the last round, with code that was not run; `stopped` says why then."""

    messages: tuple[Message, ...]
    end: Finished
    stopped: str = ""


Told = Event | Running | Output | Ran | Answer


def system_message(backend: Backend) -> str:
    """What a model is told of the interpreter; ChatGLM3 has learned how to ask for it."""
    form = None if lacking(backend, "token_ids") else tokenizer_of(backend).call_form
    return SYSTEM if form == "chatglm3" else f"{SYSTEM} {_HOW}"


def program_of(end: Finished) -> Program | None:
    """The code that a reply asks to run; None where it asks for none."""
    call = next((part for part in end.parts if isinstance(part, ToolCall)), None)
    if call:
        if call.name != INTERPRETER:
            return None
        return Program(fenced(call.raw), Message("assistant", call.raw, INTERPRETER))
    return program_in(
        "".join(part.text for part in end.parts if isinstance(part, TextPart)) or end.text
    )


def program_in(text: str) -> Program | None:
    """The first python fence in what a model wrote; None where there is none with code."""
    found = _FENCE.search(text)
    if not found or not found[1].strip():
        return None
    said = text[: found.end()]
    message = Message("assistant", said if said.endswith("```") else f"{said}\n```")
    return Program(found[1], message, text[: found.start()])


def fenced(raw: str) -> str:
    """The code in a call: what the fence holds, or all of it where there is none."""
    found = _FENCE.search(raw) or _ANY_FENCE.search(raw)
    return found[1] if found else raw


def converse(
    backend: Backend,
    messages: Sequence[Message],
    sampling: Sampling,
    sandbox: Callable[[], Sandbox],
    rounds: int = MAX_ROUNDS,
    observed: int = OBSERVED,
    files: Callable[[], Mapping[str, int]] = dict,
) -> Generator[Told, None, None]:
    """Answer the last of `messages`, with as many rounds of code as are allowed; ends with
    `Answer`.

    sandbox: gives the kernel of the conversation when it is first needed. observed: characters of
    an observation. files: those that the model is told of, by then. Closing the iterator early
    interrupts what runs. Raises what the backend and `Sandbox.run` raise.
    """
    said: list[Message] = []
    for number in range(1, rounds + 2):
        prompt = with_files_told([*messages, *said], told_files(files()))
        end = yield from _reply(backend, prompt, sampling)
        program = program_of(end) if end.reason in ("stop", "length") else None
        before = _before_call(end) if program and program.message.metadata else []
        if program is None:
            said += _parts(end)
            yield Answer(tuple(said), end)
            return
        said += [*before, program.message]
        if number > rounds:
            why = _(
                "The model asked for code {count} times, which is the most for one answer. Ask it to "
                "go on."
            ).format(count=number)
            yield Answer(tuple(said), end, why)
            return
        yield Running(number, program)
        outputs: list[Output] = []
        with closing(sandbox().run(program.code)) as running:
            for output in running:
                yield output
                if not isinstance(output, Idle):
                    outputs.append(output)
        result = observation_message(backend, [*messages, *said], outputs, observed)
        said.append(result)
        yield Ran(number, program, tuple(outputs), result)
        if any(isinstance(output, Ended) for output in outputs):
            why = next(one.why for one in outputs if isinstance(one, Ended))
            yield Answer(tuple(said), end, why)
            return


def observation_message(
    backend: Backend, before: Sequence[Message], outputs: Sequence[Output], most: int = OBSERVED
) -> Message:
    """What a model is told of a run: an observation, or for a model whose chat format knows none,
    a message of the user."""
    return observed_message(backend, before, observation(outputs, most))


def observed_message(backend: Backend, before: Sequence[Message], text: str) -> Message:
    """The text of an observation as a message that the model's format knows."""
    made = Message("observation", text)
    try:
        backend.check(Request((*before, made), Sampling()))
    except InvalidInput:
        return Message("user", f"Output of the code:\n{text}")
    return made


def _reply(
    backend: Backend, messages: Sequence[Message], sampling: Sampling
) -> Generator[Told, None, Finished]:
    kept = Answered()
    with closing(turn(backend, Request(tuple(messages), sampling), kept)) as events:
        yield from events
    return kept.found[None]


def _before_call(end: Finished) -> list[Message]:
    """What the model said before it asked for the interpreter."""
    before = []
    for part in end.parts:
        if isinstance(part, ToolCall):
            break
        if part.text:
            before.append(Message("assistant", part.text))
    return before


def _parts(end: Finished) -> list[Message]:
    said = [
        Message("assistant", part.raw, part.name)
        if isinstance(part, ToolCall)
        else Message("assistant", part.text)
        for part in end.parts
    ]
    return said or [Message("assistant", end.text)]
