"""One sandbox: code, its results, its files, and its end."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from core.backends.events import Idle
from core.errors import InterpreterError, InvalidInput, NotFound
from core.interpreter.limits import FILE_PART, MAX_CODE, MAX_FILE, SHOWN_RESULTS, SHOWN_TEXT, Limits
from core.interpreter.outputs import Ended, Failure, Figure, Note, Picture, Table, Text
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import Run, said, shown

LOOP = "while True:\n    pass"
STUBBORN = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
"""


def test_state_lasts_from_run_to_run(run: Run) -> None:
    run("x = 20")
    run("def twice(n):\n    return 2 * n")
    assert run("twice(x) + 2") == [Text("42", "result")]


def test_what_is_printed_comes_as_it_was_printed(run: Run) -> None:
    outputs = run("import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr)")
    assert outputs == [Text("out\n", "stdout"), Text("err\n", "stderr")]


def test_output_comes_before_the_code_has_ended(sandbox: Sandbox) -> None:
    code = "import os\nprint('first', flush=True)\nwhile not os.path.exists('go'):\n    pass"
    with closing(sandbox.run(code)) as running:
        first = next(one for one in running if not isinstance(one, Idle))
    assert isinstance(first, Text)
    assert first.text.startswith("first")
    # To leave it interrupted the loop
    assert said(shown(sandbox, "print('on')")) == "on\n"


def test_an_error_names_its_line(run: Run) -> None:
    (failure,) = run("a = 1\nb = a / 0")
    assert isinstance(failure, Failure)
    assert failure.name == "ZeroDivisionError"
    assert "b = a / 0" in failure.traceback
    assert "\x1b" not in failure.traceback


def test_code_that_is_no_python_is_an_error_too(run: Run) -> None:
    assert said(run("def (")) == "SyntaxError"


def test_a_table_comes_as_columns(run: Run) -> None:
    (table,) = run("import pandas as pd\npd.DataFrame({'a': [1, 22], 'b': ['x', 'y']})")
    assert table == Table("    a  b\n0   1  x\n1  22  y")


def test_a_plot_is_a_picture(run: Run) -> None:
    (picture,) = run("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);")
    assert isinstance(picture, Picture)
    assert picture.width > 100
    assert picture.height > 100


def test_a_plotly_figure_keeps_its_numbers(run: Run) -> None:
    (figure,) = run("import plotly.graph_objects as go\ngo.Figure(go.Bar(x=['a', 'b'], y=[3, 4]))")
    assert isinstance(figure, Figure)
    (trace,) = json.loads(figure.json)["data"]
    assert trace["type"] == "bar"
    assert list(trace["x"]) == ["a", "b"]


def test_the_code_may_start_programs_and_threads(run: Run) -> None:
    code = (
        "import subprocess, sys, threading\n"
        "found = []\n"
        "t = threading.Thread(target=found.append, args=[1]); t.start(); t.join()\n"
        "print(found, subprocess.run([sys.executable or 'python', '-c', 'print(6*7)'],"
        " capture_output=True, text=True).stdout)"
    )
    assert said(run(code)) == "[1] 42\n\n"


def test_asking_for_input_fails_instead_of_waiting(run: Run) -> None:
    assert said(run("input()")) == "StdinNotImplementedError"


def test_long_output_is_cut_and_said_so(run: Run) -> None:
    outputs = run("print('x' * 300_000)")
    assert sum(len(one.text) for one in outputs if isinstance(one, Text)) == SHOWN_TEXT
    assert outputs[-1] == Note("text")
    assert str(SHOWN_TEXT // 1000) in outputs[-1].sentence
    assert said(run("print('on')")) == "on\n"


def test_many_results_are_cut_and_said_so(run: Run) -> None:
    outputs = run("for i in range(500):\n    display(i)")
    assert outputs == [*(Text(str(i), "result") for i in range(SHOWN_RESULTS)), Note("results")]


def test_so_many_results_as_are_shown_are_not_said_to_be_cut(run: Run) -> None:
    assert len(run(f"for i in range({SHOWN_RESULTS}):\n    display(i)")) == SHOWN_RESULTS


def test_output_in_many_small_pieces_is_cut_too(run: Run) -> None:
    code = (
        "import sys\nfor i in range(1500):\n"
        "    print(i, flush=True)\n    print(i, file=sys.stderr, flush=True)"
    )
    assert run(code)[-1] == Note("text")
    assert said(run("print('on')")) == "on\n"


def test_too_long_code_is_refused_with_its_length(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput, match=f"{MAX_CODE + 1:,}"):
        sandbox.run("#" * (MAX_CODE + 1))


def test_half_a_character_is_refused_before_it_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput):
        sandbox.run("'\ud800'")
    assert said(shown(sandbox, "print('on')")) == "on\n"


# --- interrupting ---------------------------------------------------------------------------


def test_a_loop_is_interrupted_when_its_time_is_over(run: Run) -> None:
    assert said(run(LOOP, seconds=2)) == "KeyboardInterrupt"
    assert said(run("print('on')")) == "on\n"


@pytest.mark.parametrize("code", [LOOP, "import time\ntime.sleep(600)", "'at its end'"])
def test_what_runs_is_interrupted_on_demand(sandbox: Sandbox, code: str) -> None:
    running = sandbox.run("print('begun', flush=True)\n" + code)
    outputs = []
    for output in running:
        if isinstance(output, Text):
            sandbox.interrupt()
        outputs.append(output)
    assert not any(isinstance(one, Ended) for one in outputs)
    assert sandbox.alive


def test_an_expression_that_holds_the_interpreter_is_interrupted(run: Run) -> None:
    code = "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')"
    assert said(run(code, seconds=2)) == "KeyboardInterrupt"


def test_what_ignores_the_interrupt_is_ended_and_says_so(probe: object) -> None:
    sandbox = Sandbox(Limits(grace_s=0.5))
    outputs = shown(sandbox, STUBBORN, seconds=5)
    assert outputs == [Ended(sandbox.why)]
    assert "did not stop" in sandbox.why
    assert not sandbox.alive
    with pytest.raises(InterpreterError, match="did not stop"):
        shown(sandbox, "1")


def test_only_one_thing_runs_at_a_time(sandbox: Sandbox) -> None:
    running = sandbox.run("import time\ntime.sleep(600)")
    next(running)
    with pytest.raises(InvalidInput, match="running something"):
        shown(sandbox, "1")
    with pytest.raises(InvalidInput, match="running something"):
        sandbox.put("a.txt", b"1")
    running.close()
    assert said(shown(sandbox, "print(1)")) == "1\n"


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, FILE_PART - 1, FILE_PART, FILE_PART + 1, 5 * FILE_PART])
def test_a_file_comes_back_as_it_was_given(sandbox: Sandbox, size: int) -> None:
    data = bytes(i % 251 for i in range(1024)) * (size // 1024 + 1)
    sandbox.put("data.bin", data[:size])
    assert sandbox.files()["data.bin"] == size
    assert sandbox.get("data.bin") == data[:size]


def test_the_code_reads_what_was_given_and_gives_what_it_wrote(sandbox: Sandbox, run: Run) -> None:
    sandbox.put("numbers.csv", b"v\n1\n2\n6\n")
    assert said(run("import pandas as pd\nprint(pd.read_csv('numbers.csv').v.mean())")) == "3.0\n"
    run("open('made.txt', 'w').write('made')")
    assert sandbox.get("made.txt") == b"made"


def test_the_newest_file_is_listed_last(sandbox: Sandbox, run: Run) -> None:
    names = ["z.txt", "a.txt", "m.txt", "k.txt"]
    # Files that are written within one tick of the system's clock are of the same time
    run(
        "import os, time\nnow = time.time()\n"
        f"for place, name in enumerate({names}):\n"
        "    open(name, 'w').close()\n    os.utime(name, (now, now - 60 + place))"
    )
    assert [name for name in sandbox.files() if name in names] == names
    sandbox.put("a.txt", b"2")
    assert [*sandbox.files()][-1] == "a.txt"


def test_who_asks_for_the_files_may_wait_for_what_is_being_run(sandbox: Sandbox) -> None:
    running = sandbox.run("print('on', flush=True)\nopen('late.txt', 'w').close()")
    next(running)
    with pytest.raises(InvalidInput, match="running something"):
        sandbox.files()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sandbox.files, 300.0)
        for _output in running:
            assert not waiting.done()
        assert "late.txt" in waiting.result()


def test_a_file_that_is_dropped_is_gone_and_may_be_gone_already(sandbox: Sandbox, run: Run) -> None:
    sandbox.put("gone.txt", b"1")
    for _time in range(2):
        sandbox.drop("gone.txt")
        assert "gone.txt" not in sandbox.files()
    run("import os; os.mkdir('folder')")
    with pytest.raises(InvalidInput, match="folder"):
        sandbox.drop("folder")


def test_a_file_replaces_the_one_before_it(sandbox: Sandbox) -> None:
    sandbox.put("a.txt", b"a longer text")
    sandbox.put("a.txt", b"short")
    assert sandbox.get("a.txt") == b"short"


@pytest.mark.parametrize(
    "name", ["", " ", "..", ".hidden", "a/b", "/etc/passwd", "a\nb", "x" * 241]
)
def test_a_name_that_leads_elsewhere_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(InvalidInput, match="name of a file"):
        sandbox.put(name, b"1")
    with pytest.raises(InvalidInput, match="name of a file"):
        sandbox.get(name)


def test_names_in_other_scripts_are_allowed(sandbox: Sandbox) -> None:
    sandbox.put("数据 1.csv", b"1")
    assert sandbox.get("数据 1.csv") == b"1"


def test_too_large_a_file_is_refused_with_its_size(sandbox: Sandbox, run: Run) -> None:
    with pytest.raises(InvalidInput, match="32"):
        sandbox.put("large.bin", bytes(MAX_FILE + 1))
    run(f"open('large.bin', 'wb').truncate({MAX_FILE + 1})")
    with pytest.raises(InvalidInput, match="32 MB"):
        sandbox.get("large.bin")


def test_a_file_that_is_not_there_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound, match=r"nothing\.txt"):
        sandbox.get("nothing.txt")


# --- the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["import os\nos._exit(1)", "import ctypes\nctypes.string_at(0)"])
def test_code_that_ends_the_kernel_ends_the_sandbox_with_a_sentence(
    probe: object, code: str
) -> None:
    sandbox = Sandbox()
    (ended,) = shown(sandbox, code)
    assert isinstance(ended, Ended)
    assert "ended it" in ended.why
    assert not sandbox.alive


def test_an_ended_sandbox_says_why(probe: object) -> None:
    sandbox = Sandbox()
    sandbox.end("Because.")
    sandbox.end("Another reason.")
    assert not sandbox.alive
    with pytest.raises(InterpreterError, match="Because"):
        shown(sandbox, "1")
    with pytest.raises(InterpreterError, match="Because"):
        sandbox.files()


def test_it_outlives_the_thread_that_made_it(probe: object) -> None:
    made: list[Sandbox] = []
    thread = threading.Thread(target=lambda: made.append(Sandbox()))
    thread.start()
    thread.join()
    assert said(shown(made[0], "print('on')")) == "on\n"
    made[0].end()


@pytest.mark.long
def test_ten_at_once_keep_to_themselves(probe: object) -> None:
    with ThreadPoolExecutor(10) as several:
        sandboxes = list(several.map(lambda _: Sandbox(), range(10)))
        list(several.map(lambda one: shown(one[1], f"x = {one[0]}"), enumerate(sandboxes)))
        found = list(several.map(lambda one: said(shown(one, "print(x)")), sandboxes))
        list(several.map(Sandbox.end, sandboxes))
    assert found == [f"{i}\n" for i in range(10)]
