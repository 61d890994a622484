"""The same as an ordinary user, where the tests are run by root: it then needs no dropped
rights."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USER = 61_185
AsUser = Callable[..., "subprocess.CompletedProcess[str]"]


def closed_parent(path: Path) -> Path | None:
    """The topmost folder on the way to a path that others may not enter."""
    for folder in [*reversed(path.parents)]:
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def shown() -> Iterator[str]:
    """bubblewrap's options that let everybody read Python, its packages and this checkout."""
    needed = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT.resolve()]
    closed = {path: parent for path in needed if (parent := closed_parent(path))}
    for parent in sorted(set(closed.values())):
        yield from ("--tmpfs", str(parent))
    for path, parent in closed.items():
        # Made before what lies in them, or nobody else could look into them
        for folder in [*reversed(path.parents)]:
            if folder.is_relative_to(parent):
                yield from ("--dir", str(folder))
        yield from ("--ro-bind", str(path), str(path))


@pytest.fixture
def as_user(probe: object, tmp_path: Path) -> AsUser:
    """Runs Python as a user that owns nothing but a folder."""
    if os.getuid() != 0:
        pytest.skip("the other tests are run by an ordinary user already")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not here, so nobody can become another user")
    home = Path("/tmp", f"promptlab-tests-{os.getpid()}")
    home.mkdir()
    os.chown(home, USER, USER)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
    }
    room = ["bwrap", "--die-with-parent", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    room += ["--dev-bind", "/", "/", *shown(), "--chdir", str(ROOT), "--"]
    drop = ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--"]

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*room, *drop, sys.executable, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    yield run
    shutil.rmtree(home, ignore_errors=True)


def test_the_sandbox_holds_for_an_ordinary_user(as_user: AsUser) -> None:
    code = (
        "import os; from core.interpreter.probe import Probe;print(os.getuid(), Probe().reason())"
    )
    done = as_user("-c", code)
    assert (done.stdout, done.stderr) == (f"{USER} None\n", "")


@pytest.mark.long
@pytest.mark.timeout(3000)  # a whole file of tests
@pytest.mark.parametrize("file", ["test_escape.py", "test_sandbox.py"])
def test_attempts_of_an_ordinary_user_fail_too(as_user: AsUser, file: str) -> None:
    done = as_user(
        *("-m", "pytest", f"tests/interpreter/{file}", "-n", "0"), *("-m", "long or not long")
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
