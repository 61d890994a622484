"""A model writes code, the kernel runs it, the model reads what came of it and goes on."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from core.backends.events import Finished, Idle, Part, TextDelta, TextPart, ToolCall
from core.backends.request import Request
from core.errors import NotSupported
from core.interpreter.loop import (
    INTERPRETER,
    OBSERVED,
    Answer,
    Ran,
    Running,
    converse,
    fenced,
    program_of,
)
from core.interpreter.outputs import Text
from core.interpreter.sandbox import Sandbox
from core.messages import Message
from core.sampling.settings import Sampling
from tests.scripted import ScriptedBackend

QUESTION = [Message("user", "What is 6 times 7?")]


def call(code: str) -> list[Part]:
    return [ToolCall(INTERPRETER, f"```python\n{code}\n```")]


def end(*parts: Part) -> Finished:
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    return Finished("stop", text, text, parts, (), None, 0)


def told(
    backend: ScriptedBackend, sandbox: Sandbox, messages: Sequence[Message] = QUESTION, **how: Any
) -> list:
    talking = converse(backend, messages, Sampling(temperature=0), lambda: sandbox, **how)
    return [one for one in talking if not isinstance(one, Idle)]


# --- reading a reply ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["```python\nprint(1)\n```", "```\nprint(1)\n```", "```py\nprint(1)\n", "print(1)\n"]
)
def test_the_code_of_a_call_is_what_its_fence_holds(raw: str) -> None:
    assert fenced(raw) == "print(1)\n"
    program = program_of(end(ToolCall(INTERPRETER, raw)))
    assert program is not None
    assert program.message == Message("assistant", raw, INTERPRETER)


def test_a_call_of_a_tool_is_no_program() -> None:
    raw = "```python\ntool_call(city='Oslo')\n```"
    assert program_of(end(ToolCall("get_weather", raw, {"city": "Oslo"}))) is None


def test_only_the_first_fence_of_an_answer_is_run_and_what_follows_is_dropped() -> None:
    text = "Let me see.\n```python\nprint(1)\n```\nIt prints 5.\n```python\nprint(2)\n```"
    program = program_of(end(TextPart(text)))
    assert program is not None
    assert program.code == "print(1)\n"
    assert program.message == Message("assistant", "Let me see.\n```python\nprint(1)\n```")


def test_a_fence_that_was_cut_off_is_closed() -> None:
    program = program_of(end(TextPart("```python\nprint(1)")))
    assert program is not None
    assert program.code == "print(1)"
    assert program.message.content.endswith("\n```")


@pytest.mark.parametrize("text", ["Plain.", "```js\nalert(1)\n```", "```python\n```", "x ``` y"])
def test_an_answer_without_python_is_no_program(text: str) -> None:
    assert program_of(end(TextPart(text))) is None


# --- going round ----------------------------------------------------------------------------


def test_a_model_computes_and_answers(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("print(6 * 7)"), "It is 42.")
    events = told(backend, sandbox)
    (ran,) = [one for one in events if isinstance(one, Ran)]
    assert ran.outputs == (Text("42\n"),)
    assert ran.observed == Message("observation", "42")
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert answer.messages == (
        Message("assistant", "```python\nprint(6 * 7)\n```", INTERPRETER),
        Message("observation", "42"),
        Message("assistant", "It is 42."),
    )
    assert answer.stopped == ""
    assert backend.asked[1].messages == (*QUESTION, *answer.messages[:2])
    kinds = [type(one) for one in events if not isinstance(one, TextDelta)]
    assert kinds.index(Running) < kinds.index(Text) < kinds.index(Ran)


def test_state_lasts_over_rounds_and_turns(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("n = 20"), call("print(n + 1)"), "21", call("print(n)"), "20")
    events = told(backend, sandbox)
    assert [one.observed.content for one in events if isinstance(one, Ran)] == ["", "21"]
    events = told(backend, sandbox)
    assert [one.observed.content for one in events if isinstance(one, Ran)] == ["20"]


def test_an_error_is_read_like_any_result(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("1 / 0"), "That has no result.")
    events = told(backend, sandbox)
    (ran,) = [one for one in events if isinstance(one, Ran)]
    assert "ZeroDivisionError" in ran.observed.content
    assert isinstance(events[-1], Answer)


def test_what_a_model_says_before_its_code_is_kept(sandbox: Sandbox) -> None:
    backend = ScriptedBackend([TextPart("I compute it."), *call("print(1)")], "One.")
    answer = told(backend, sandbox)[-1]
    assert [m.content for m in answer.messages][:2] == ["I compute it.", "```python\nprint(1)\n```"]


def test_the_model_is_told_of_the_files_that_its_code_wrote(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("open('made.txt', 'w').write('42')"), "Written.")
    system = Message("system", "You can run code.")
    talking = converse(
        backend, [system, *QUESTION], Sampling(), lambda: sandbox, files=sandbox.files
    )
    sandbox.put("given.csv", b"1")
    list(talking)
    first, second = [(asked.messages or ())[0].content for asked in backend.asked]
    assert first.startswith("You can run code.\nFiles in the current folder: 'given.csv' (1 byte)")
    assert "'made.txt' (2 bytes), 'given.csv' (1 byte)" in second


def test_a_long_result_is_cut_for_the_model_and_whole_for_the_reader(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("print('x' * 5000)"), "Many.")
    (ran,) = [one for one in told(backend, sandbox) if isinstance(one, Ran)]
    assert len(ran.observed.content) <= OBSERVED
    assert ran.outputs == (Text("x" * 5000 + "\n"),)


def test_a_model_that_never_answers_is_stopped(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("print(1)"))
    events = told(backend, sandbox, rounds=3)
    assert len([one for one in events if isinstance(one, Ran)]) == 3
    assert len(backend.asked) == 4
    assert "4 times" in events[-1].stopped


def test_a_model_without_observations_is_told_by_the_user(sandbox: Sandbox) -> None:
    class Plain(ScriptedBackend):
        def check(self, request: Request) -> None:
            if any(m.role == "observation" for m in request.messages or ()):
                raise NotSupported("This model knows no observations.")

    backend = Plain("```python\nprint(6 * 7)\n```", "It is 42.")
    answer = told(backend, sandbox)[-1]
    assert answer.messages[1] == Message("user", "Output of the code:\n42")


def test_code_that_ends_its_sandbox_ends_the_answer(probe: object) -> None:
    sandbox = Sandbox()
    events = told(ScriptedBackend(call("import os; os._exit(1)"), "Never said."), sandbox)
    assert events[-1].stopped == sandbox.why
    assert events[-1].messages[-1].role == "observation"


def test_leaving_interrupts_what_runs(sandbox: Sandbox) -> None:
    backend = ScriptedBackend(call("while True: pass"), "Never said.")
    with closing(converse(backend, QUESTION, Sampling(), lambda: sandbox)) as talking:
        next(one for one in talking if isinstance(one, Running))
        next(talking)
    assert not sandbox.busy
    assert sandbox.alive


def test_no_kernel_is_asked_for_where_no_code_comes() -> None:
    def none() -> Sandbox:
        pytest.fail("a kernel was asked for")

    backend = ScriptedBackend("Forty-two.")
    events = list(converse(backend, QUESTION, Sampling(), none))
    assert events[-1].messages == (Message("assistant", "Forty-two."),)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("find the mean of 3, 8 and 10", "7.0"),
        ('what is the length of the word "lantern"', "7"),
        ("what is the sum of 12, 30, 8", "50"),
    ],
)
def test_the_embedded_model_computes(engine, sandbox: Sandbox, question: str, answer: str) -> None:
    messages = [
        Message("system", "You can run Python code on a computer."),
        Message("user", question),
    ]
    events = list(converse(engine, messages, Sampling(temperature=0), lambda: sandbox))
    (ran,) = [one for one in events if isinstance(one, Ran)]
    assert ran.observed == Message("observation", answer)
    assert ran.program.message.metadata == INTERPRETER
    assert answer in events[-1].messages[-1].content
