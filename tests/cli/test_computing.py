"""A conversation in the terminal whose model runs code."""

import io
import json
import sys

import pytest

from core.cli.computing import Computing
from core.interpreter import probe as probing
from core.interpreter.probe import Probe
from core.sampling.settings import Sampling
from tests.scripted import ScriptedBackend

GREEDY = ("--temperature", 0)


@pytest.fixture
def compute(run, monkeypatch):
    if reason := Probe().reason():
        pytest.skip(reason)

    def _compute(typed):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code, out, err = run("chat", "--interpreter", "--model", "embedded", *GREEDY)
        assert (code, err) == (0, "")
        return out

    return _compute


def test_code_is_run_and_its_result_used(compute):
    out = compute("what is the sum of 12, 30, 8\n/quit\n")
    assert "sum([12, 30, 8])" in out
    assert "\n50\n" in out
    assert "50" in out.rsplit("\n50\n", 1)[1]


def test_files_go_in_and_out(compute, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "numbers.csv").write_text("1\n")
    out = compute(
        "/help\n/put given/numbers.csv\n/put nothing.csv\n/get numbers.csv\n/get no.csv\n"
    )
    assert "/put FILE" in out
    assert (tmp_path / "numbers.csv").read_text() == "1\n"
    assert "nothing.csv cannot be read" in out
    assert "no.csv" in out


def test_a_given_file_outlasts_the_kernel(tmp_path):
    class Kept:
        def __init__(self):
            self.files = {}

        def put(self, name, data):
            self.files[name] = data

    kernels = [Kept()]
    talk = Computing(ScriptedBackend(), "", Sampling(), lambda: kernels[-1])
    (tmp_path / "numbers.csv").write_text("1\n")
    talk._obey("/put", str(tmp_path / "numbers.csv"))
    kernels.append(Kept())
    talk._kernel()
    assert [one.files for one in kernels] == [{"numbers.csv": b"1\n"}] * 2


def test_the_model_is_told_of_given_files(tmp_path):
    class Kept:
        alive = True

        def put(self, name, data):
            self.size = len(data)

        def files(self, wait_s=0.0):
            return {"numbers.csv": self.size, "written.txt": 3}

    backend, kernel = ScriptedBackend("Seven."), Kept()
    talk = Computing(backend, "", Sampling(), lambda: kernel)
    talk._answer("The mean?")
    (tmp_path / "numbers.csv").write_text("1\n")
    talk._obey("/put", str(tmp_path / "numbers.csv"))
    talk._answer("The mean?")
    kernel.alive = False
    talk._answer("The mean?")
    told = [asked.messages[0].content.partition("\n")[2] for asked in backend.asked]
    line = "Files in the current folder: "
    both = f"{line}'written.txt' (3 bytes), 'numbers.csv' (2 bytes)"
    assert told == ["", both, f"{line}'numbers.csv' (2 bytes)"]


def test_a_file_that_is_there_is_not_written_over(compute, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("mine")
    out = compute("/put a.txt\n/get a.txt\n")
    assert "a.txt cannot be written" in out
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_tools_and_code_exclude_each_other(run):
    code, _out, err = run("chat", "--interpreter", "--tools", "calculator")
    assert code == 2
    assert "not both" in err


def test_whoever_cannot_have_it_is_told_why(run, monkeypatch):
    monkeypatch.setattr(probing, "missing", lambda: "Something is missing.")
    for command in (("chat", "--interpreter"), ("interpreter",)):
        assert run(*command) == (2, "", "Something is missing.\n")
    code, out, _err = run("interpreter", "--json")
    assert code == 0
    assert json.loads(out) == {
        "available": False,
        "sandbox": False,
        "reason": "Something is missing.",
    }


def test_where_the_operator_does_without_it_is_told_each_time(run, monkeypatch):
    monkeypatch.setattr(probing, "missing", lambda: "Something is missing.")
    monkeypatch.setenv("PROMPTLAB_INTERPRETER_WITHOUT_SANDBOX", "on")
    code, out, err = run("interpreter")
    assert (code, out) == (0, "")
    assert "PROMPTLAB_INTERPRETER_WITHOUT_SANDBOX" in err
    assert err.endswith("Something is missing.\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("what is the sum of 12, 30, 8\n/quit\n"))
    code, out, said = run("chat", "--interpreter", "--model", "embedded", *GREEDY)
    assert (code, said) == (0, err)
    assert "\n50\n" in out


def test_the_command_says_that_it_holds(run, monkeypatch):
    if reason := Probe().reason():
        pytest.skip(reason)
    monkeypatch.setenv("PROMPTLAB_INTERPRETER_WITHOUT_SANDBOX", "on")
    code, out, err = run("interpreter")
    assert (code, err) == (0, "")
    assert "holds" in out
    assert "changes nothing" in out
