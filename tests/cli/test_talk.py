"""The conversation in the terminal: its commands, and what stops an answer."""

import builtins
import io
import json
import os
import signal
import sys

import pytest

import core.cli.talk
from core.backends.events import Finished, ToolCall
from core.sampling.settings import Sampling
from core.tools.tool import Tool
from tests.scripted import ScriptedBackend

# An answer that does not end by itself within a few tokens
ENDLESS = ("--temperature", 2, "--top-p", 1, "--seed", 5)
SHORT = ("--temperature", 0, "--max-new-tokens", 4)


@pytest.fixture
def prompts(engine, monkeypatch):
    """The decoded prompts of all requests, as they come."""
    seen = []
    submit = engine.submit_many

    def noted(requests):
        seen.extend(
            engine.tokenizer.decode(engine.tokenizer.prompt_ids(request.messages))
            for request in requests
        )
        return submit(requests)

    monkeypatch.setattr(engine, "submit_many", noted)
    return seen


@pytest.fixture
def talk(run, monkeypatch):
    def _talk(typed, *options):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code, out, err = run("chat", *options)
        assert (code, err) == (0, "")
        return out

    return _talk


def test_the_first_line_says_which_model_and_where_help_is(talk):
    first = talk("").splitlines()[0]
    assert "embedded" in first
    assert "/help" in first


def test_help_lists_every_command(talk):
    out = talk("/help\n/quit\n")
    for command in ("/stop", "/clear", "/system TEXT", "/help", "/exit"):
        assert f"\n{command} " in out.replace("> ", "\n")


def test_turns_are_remembered_until_clear(talk, prompts):
    talk("Hi\nAnd you?\n/clear\nHi\n/exit\nHi\n", *SHORT)
    first, second, third = prompts
    assert second.startswith(first)
    assert "And you?" in second
    assert third == first


def test_the_system_message_can_be_set_and_taken_away(talk, prompts):
    out = talk("/system Be brief.\nHi\n/clear\n/system\nHi\n", *SHORT)
    assert "Be brief." in out
    assert "Be brief." in prompts[0]
    assert "Be brief." not in prompts[1]


@pytest.mark.parametrize("line", ["/nonsense", "/systematic x", "/", "/CLEAR"])
def test_an_unknown_command_is_said_in_one_line_and_not_asked(talk, prompts, line):
    out = talk(f"{line}\n/exit\n")
    [said] = [row for row in out.splitlines() if repr(line.split()[0]) in row]
    assert "/help" in said
    assert prompts == []


def test_blank_lines_are_passed_over_and_stop_needs_an_answer(talk, prompts):
    out = talk("\n  \n/stop\n/exit\n")
    assert prompts == []
    assert "No answer" in out


def test_max_length_counts_prompt_and_answer(talk, prompts):
    out = talk("Hi\n", "--max-length", 3)
    assert "max_length 3" in out
    assert "Traceback" not in out


def test_a_question_without_answer_is_forgotten(talk, prompts):
    talk("word " * 20000 + "\nHi\n", *SHORT)
    assert "word" not in prompts[-1]


def test_a_line_that_is_not_utf8_is_refused(run, monkeypatch, prompts):
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\n/system \xff\nHi\n"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", typed)
    code, out, err = run("chat", *SHORT)
    assert (code, err) == (0, "")
    assert out.count("udcff") == 2
    assert len(prompts) == 1


def test_ctrl_c_stops_the_answer_and_keeps_what_was_written(talk, engine, monkeypatch, prompts):
    noted = engine.submit_many
    before = signal.getsignal(signal.SIGINT)

    class Interrupted:
        """A stream during whose first text somebody presses Ctrl-C."""

        def __init__(self, stream):
            self.stream = stream
            self.pressed = False
            self.end = None

        def __iter__(self):
            for tag, event in self.stream:
                if getattr(event, "text", "") and not self.pressed:
                    self.pressed = True
                    signal.raise_signal(signal.SIGINT)
                if isinstance(event, Finished):
                    self.end = event
                yield tag, event

        def close(self):
            self.stream.close()

    streams = []

    def submit(requests):
        streams.append(Interrupted(noted(requests)))
        return streams[-1]

    monkeypatch.setattr(engine, "submit_many", submit)
    out = talk("Tell me a story\nGo on\n/exit\n", *ENDLESS)
    assert out.count("(stopped)") == 2
    end = streams[0].end
    assert end.reason == "cancelled"
    assert end.text
    assert end.text in prompts[1]
    assert engine.status().running == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_at_the_prompt_leaves_the_second_time(run, monkeypatch, engine):
    typed = iter([KeyboardInterrupt(), "/stop", KeyboardInterrupt(), KeyboardInterrupt()])

    def answer(_prompt):
        line = next(typed)
        if isinstance(line, BaseException):
            raise line
        return line

    monkeypatch.setattr(builtins, "input", answer)
    code, out, err = run("chat")
    assert (code, err) == (0, "")
    assert out.count("/exit") == 3
    assert "No answer" in out


def test_stop_typed_on_a_terminal_ends_the_answer(run, monkeypatch, prompts):
    master, slave = os.openpty()
    try:
        os.write(master, b"Hi\nMore\n/stop\n/exit\n")
        with os.fdopen(slave, encoding="utf-8") as terminal:
            monkeypatch.setattr(sys, "stdin", terminal)
            code, out, err = run("chat", *ENDLESS)
    finally:
        os.close(master)
    assert (code, err) == (0, "")
    # "More" waits its turn; leaving ends its answer
    assert out.count("(stopped)") == 2
    assert [prompt.count("More") for prompt in prompts] == [0, 1]


TOOLS = ("--tools", "get_weather", "--temperature", 0)


def test_answers_can_be_held_to_valid_calls_and_say_what_that_changed(talk):
    question = "What is the weather in Oslo?\n"
    assert "Only valid calls: " not in talk(question, *TOOLS)
    held = talk(question, *TOOLS, "--valid-calls")
    assert "Only valid calls: " in held
    assert '[get_weather] {"temperature"' in held


def test_valid_calls_want_tools_and_a_model_that_can_be_held(run, engine, monkeypatch):
    code, _out, err = run("chat", "--valid-calls")
    assert code == 2
    assert "goes with --tools" in err
    monkeypatch.setattr(engine, "_can", engine.can - {"valid_calls"})
    code, _out, err = run("chat", *TOOLS, "--valid-calls")
    assert code == 2
    assert "cannot be held to valid calls" in err


def test_a_line_that_was_typed_ahead_decides_on_no_call(monkeypatch, capsys):
    called = []

    def send(given):
        called.append(given)
        return "sent"

    city = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = Tool("send", "Send it", city, send, leaves=True)
    arguments = {"city": "Oslo\x9b2K\u202e"}
    call = ToolCall("send", json.dumps(arguments), arguments)
    model = ScriptedBackend([call], "A pity.", "You are welcome.", can=("chat", "tools"))
    typed, ahead = iter(["Where?", "n"]), iter(["y"])
    monkeypatch.setattr(builtins, "input", lambda _prompt: next(typed))
    monkeypatch.setattr(core.cli.talk, "_typed_line", lambda: next(ahead, None))
    with pytest.raises(StopIteration):
        core.cli.talk.Talk(model, "", Sampling(), (tool,)).run()
    assert called == []
    assert [request.messages[-1].content for request in model.asked][-1] == "y"
    out = capsys.readouterr().out
    assert "A pity." in out
    assert "\x9b" not in out
    assert "\u202e" not in out
