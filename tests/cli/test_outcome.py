"""How commands end: failures of every kind in one line, pipes, interrupts, and a whole process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli import app as commands
from core.models import catalogue

ROOT = Path(__file__).parents[2]


def test_an_unexpected_failure_is_one_line(run, monkeypatch):
    def fail(settings):
        raise RuntimeError("boom\nand more")

    monkeypatch.setattr(catalogue, "entries", fail)
    code, out, err = run("models", "list")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "RuntimeError: boom" in err


def test_ctrl_c_ends_a_command_as_shells_expect(run, monkeypatch):
    def interrupt(settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "entries", interrupt)
    assert run("models", "list") == (130, "", "")


def test_an_answer_that_fails_is_an_error(run, run_json, lines_file, engine, monkeypatch):
    from core.backends.track import Track

    monkeypatch.setattr(Track, "end_reason", lambda self: "error")
    finish = Track.finish
    monkeypatch.setattr(
        Track, "finish", lambda self, reason, error=None: finish(self, reason, error or "it broke")
    )
    code, _out, err = run("ask", "Hi", "--max-new-tokens", 1)
    assert (code, err) == (2, "it broke\n")
    line = {"messages": [{"role": "user", "content": "Hi"}], "settings": {"max_new_tokens": 1}}
    assert run_json("ask", "--lines", lines_file(line)) == [{"error": "it broke"}]
    code, out, err = run("grid", "Hi", "--max-new-tokens", 1)
    assert (code, out, err) == (2, "", "it broke\n")


def test_the_typer_application_ends_the_same_way():
    result = CliRunner().invoke(commands.app, ["ask", "x", "--temperature", "3"])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [(), ("ask",), ("chat",), ("score",), ("tokenize",)])
def test_help_ends_well(run, command):
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert "--help" in out


def _process(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "core", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_reader_that_has_seen_enough_is_no_failure(lines_file):
    file = lines_file(*[{"text": "a b c"}] * 20_000)
    with _process("tokenize", "--lines", str(file)) as process:
        assert json.loads(process.stdout.readline())["pieces"]
        process.stdout.close()
        assert process.wait() == 0
        assert process.stderr.read() == b""


def test_a_whole_process_writes_json_and_nothing_else():
    with _process("ask", "你好", "--max-new-tokens", "2", "--json") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["new_tokens"] <= 2
