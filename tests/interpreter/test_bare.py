"""Where the operator does without a sandbox: what still holds, and that nothing else changes."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.config import WITHOUT_SANDBOX
from core.errors import InterpreterError
from core.interpreter import bare, probe
from core.interpreter.limits import MIB, Limits
from core.interpreter.outputs import Ended, Picture
from core.interpreter.probe import Probe
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import said, shown


@pytest.fixture(scope="module")
def kernel() -> Iterator[Sandbox]:
    found = Sandbox(start=bare.start)
    yield found
    found.end()


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_where_there_is_none_code_runs_and_it_is_said(without_bubblewrap: None) -> None:
    refusing = Probe()
    assert "bubblewrap" in (refusing.reason() or "")
    assert refusing.warning() is None
    found = Probe(without=True)
    assert found.reason() is None
    warning = found.warning() or ""
    assert WITHOUT_SANDBOX in warning
    assert "apt-get install bubblewrap" in warning
    kernel = found.make()
    try:
        assert said(shown(kernel, "1 + 1")) == "2"
    finally:
        kernel.end()


def test_where_there_is_one_it_is_used(probe: Probe) -> None:
    found = Probe(without=True)
    assert (found.reason(), found.warning()) == (None, None)
    kernel = found.make()
    try:
        assert said(shown(kernel, "import os\nos.listdir('/proc')")) == "FileNotFoundError"
    finally:
        kernel.end()


def test_one_that_does_not_hold_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "missing", lambda: None)
    monkeypatch.setattr(Probe, "_breach", lambda _self: "It does not hold.")
    assert Probe().reason() == "It does not hold."
    assert (Probe(without=True).warning() or "").endswith("It does not hold.")


def test_without_the_packages_nothing_runs(
    without_bubblewrap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PACKAGES", ("a_package_that_is_not_there",))
    found = Probe(without=True)
    assert "a_package_that_is_not_there" in (found.reason() or "")
    assert found.warning() is None
    with pytest.raises(InterpreterError):
        found.make()


def test_nothing_of_linux_alone_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for module, name in ((os, "pidfd_open"), (os, "memfd_create"), (signal, "pidfd_send_signal")):
        monkeypatch.delattr(module, name)
    assert f"{WITHOUT_SANDBOX}=on make run" in (Probe().reason() or "")
    found = Probe(without=True)
    assert WITHOUT_SANDBOX in (found.warning() or "")
    kernel = found.make()
    try:
        assert said(shown(kernel, "1 + 1")) == "2"
    finally:
        kernel.end()


def test_its_environment_has_nothing_of_the_app(
    kernel: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTLAB_TEST_KEY", "a secret")
    code = (
        "import os\n"
        "here = os.path.realpath(os.getcwd())\n"
        "print(os.path.dirname(here) == os.path.dirname(os.path.realpath(os.environ['HOME'])))\n"
        "print([n for n in os.environ if 'KEY' in n or 'PROMPTLAB' in n])"
    )
    assert said(shown(kernel, code)) == "True\n[]\n"
    assert set(bare.environment(Path("/x"))) <= {*bare.ENVIRONMENT, "PATH", "HOME", "TMPDIR"} | {
        *("IPYTHONDIR", "MPLCONFIGDIR", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY")
    }


def test_files_pictures_and_state_come_as_from_a_sandbox(kernel: Sandbox) -> None:
    kernel.put("numbers.csv", b"3\n8\n10\n")
    code = (
        "n = [int(line) for line in open('numbers.csv')]\nopen('sum.txt', 'w').write(str(sum(n)))"
    )
    shown(kernel, code)
    assert kernel.get("sum.txt") == b"21"
    assert said(shown(kernel, "print(n)")) == "[3, 8, 10]\n"
    outputs = shown(kernel, "import matplotlib.pyplot as plt\nplt.plot(n);")
    assert [type(one) for one in outputs] == [Picture]


def test_a_loop_is_interrupted_and_the_kernel_goes_on(kernel: Sandbox) -> None:
    assert "KeyboardInterrupt" in said(shown(kernel, "while True: pass", seconds=2))
    assert said(shown(kernel, "1 + 1")) == "2"


def test_too_much_memory_ends_it(kernel: Sandbox) -> None:
    small = Sandbox(replace(Limits(), memory=300 * MIB), start=bare.start)
    code = "import time\nx = bytearray(400 << 20)\nwhile True: time.sleep(0.1)"
    (ended,) = [one for one in shown(small, code) if isinstance(one, Ended)]
    assert "300 MB" in ended.why
    # One that takes more at once than a process may is told so, and goes on
    assert "MemoryError" in said(shown(kernel, "bytearray(2 << 30)"))


CHILDREN = """
import os, subprocess, sys
one = subprocess.Popen(['sleep', '600'])
other = subprocess.Popen(['sleep', '600'], start_new_session=True)
print(one.pid, other.pid, os.getcwd())
"""


def test_with_its_end_processes_and_files_are_gone() -> None:
    kernel = Sandbox(start=bare.start)
    one, other, folder = said(shown(kernel, CHILDREN)).split()
    left = [psutil.Process(int(number)) for number in (one, other)]
    kernel.end()
    kernel.end()
    assert psutil.wait_procs(left, timeout=120)[1] == []
    assert not Path(folder).parent.exists()


def test_with_the_end_of_the_app_processes_are_gone_too() -> None:
    started = bare.start()
    kernel = Sandbox(start=lambda _private: started)
    one = said(shown(kernel, CHILDREN)).split()[0]
    left = [*psutil.Process(started.init).children(recursive=True), psutil.Process(int(one))]
    running = kernel.run("while True: pass")
    next(running)
    # The one in a session of its own is what nobody can end then
    together = [process for process in left if os.getsid(process.pid) == started.init]
    # As the operating system does with an app that was killed
    assert started.process.stdin
    started.process.stdin.close()
    gone, alive = psutil.wait_procs(together, timeout=120)
    assert gone
    assert alive == []
    running.close()
    kernel.end()
    for process in left:
        if process.is_running():
            process.kill()
