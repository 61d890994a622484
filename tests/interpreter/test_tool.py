"""The interpreter as one tool among others."""

import threading

from core.interpreter.kept import from_kept
from core.interpreter.outputs import Picture, Text
from core.interpreter.sandbox import Sandbox
from core.interpreter.tool import python_tool
from core.tools.running import Running, run_tool


def test_what_code_shows_is_kept_beside_what_the_model_reads(sandbox: Sandbox) -> None:
    tool = python_tool(lambda: sandbox)
    code = "import matplotlib.pyplot as plt\nprint(6 * 7)\nplt.plot([1, 2]);"
    found = run_tool(tool, {"code": code})
    assert (found.text, found.failed) == ("42\n[image]", False)
    assert [type(one) for one in from_kept(found.shown)] == [Text, Picture]
    # The state of the call before is there
    assert run_tool(tool, {"code": "plt.__name__"}).text == "'matplotlib.pyplot'"


def test_the_model_is_told_of_the_files_that_are_there_by_then(sandbox: Sandbox) -> None:
    bare = python_tool(lambda: sandbox)
    assert bare.schema["description"] == bare.description
    given = {"numbers.csv": 7}
    told = python_tool(lambda: sandbox, lambda: given)
    line = "Files in the current folder: 'numbers.csv' (7 bytes)"
    assert told.schema["description"] == f"{told.description}. {line}"
    given.clear()
    assert told.schema["description"] == told.description
    # Where nobody else knows: what is in the folder of its last code
    run_tool(bare, {"code": "open('told.txt', 'w').write('told')"})
    assert "'told.txt' (4 bytes)" in bare.schema["description"]


def test_an_error_is_read_with_its_traceback(sandbox: Sandbox) -> None:
    found = run_tool(python_tool(lambda: sandbox), {"code": "1 / 0"})
    assert found.failed
    assert "ZeroDivisionError" in found.text


def test_a_call_that_nobody_waits_for_is_interrupted(sandbox: Sandbox) -> None:
    begun = threading.Event()

    def kernel() -> Sandbox:
        begun.set()
        return sandbox

    running = Running(python_tool(kernel), {"code": "while True: pass"})
    assert begun.wait(60)
    # Until it is given the code there is nothing that could be interrupted
    while not sandbox.busy:
        assert running.outcome(0.05) is None
    running.stop()
    found = None
    while found is None:
        found = running.outcome(0.5)
    # Where it comes before the first line, the code ends without a word
    assert found.text == "" or "KeyboardInterrupt" in found.text
    assert run_tool(python_tool(lambda: sandbox), {"code": "1 + 1"}).text == "2"


def test_code_is_not_run_where_it_was_stopped_while_its_kernel_started(sandbox: Sandbox) -> None:
    asked, come = threading.Event(), threading.Event()

    def kernel() -> Sandbox:
        asked.set()
        assert come.wait(60)
        return sandbox

    running = Running(python_tool(kernel), {"code": "late = 1"})
    assert asked.wait(60)
    running.stop()
    come.set()
    found = None
    while found is None:
        found = running.outcome(0.5)
    assert found.failed
    assert "stopped" in found.text
    assert "NameError" in run_tool(python_tool(lambda: sandbox), {"code": "late"}).text
