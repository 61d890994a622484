"""Whether the code interpreter can be had on this machine, and whether its sandbox holds.

The first is a matter of what is installed and allowed; the second is tried: before any code of a
model runs, code of ours makes attempts to get out, each of which must fail. Where one is missing
the app says so in a sentence, and runs nothing, unless its operator has chosen to do without.
"""

import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.config import WITHOUT_SANDBOX
from core.errors import InterpreterError
from core.i18n import _
from core.interpreter import bare, launch, seccomp
from core.interpreter.limits import Limits
from core.interpreter.outputs import Text
from core.interpreter.sandbox import Sandbox

# With the sizes of folders in memory; what is set user id was wrong until 0.11.2
LEAST_VERSION = (0, 7)
PACKAGES = ("ipykernel", "jupyter_client", "matplotlib", "nbformat", "numpy", "pandas", "plotly")
_INSTALLERS = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "zypper": "sudo zypper install",
    "pacman": "sudo pacman -S",
    "apk": "sudo apk add",
}
_TRIAL_S = 20.0
_TEST_S = 20.0


def missing() -> str | None:
    """One sentence on what is missing here and how to get it; None where nothing is.

    It looks at what is installed, and starts a program that does nothing in a sandbox.
    """
    if not sys.platform.startswith("linux"):
        return _(
            "The sandbox of the code interpreter needs Linux, for example in a virtual machine. "
            "Without a sandbox, where nobody but you uses the app, start it with: {command}"
        ).format(command=f"{WITHOUT_SANDBOX}=on make run")
    program = shutil.which("bwrap")
    if not program:
        return _("The code interpreter needs bubblewrap. Install it with: {command}").format(
            command=_installing("bubblewrap")
        )
    version = bubblewrap_version(program)
    if version < LEAST_VERSION:
        return _(
            "The code interpreter needs bubblewrap {least} or newer, and {found} is installed. "
            "Install a newer one."
        ).format(least=_dotted(LEAST_VERSION), found=_dotted(version))
    if os.stat(program).st_mode & stat.S_ISUID:
        return _(
            "The code interpreter does not use a bubblewrap that runs with the rights of root. "
            "Remove them: sudo chmod u-s {program}"
        ).format(program=program)
    absent = missing_packages()
    if absent:
        return absent
    if os.getuid() == 0 and not shutil.which("setpriv"):
        return _(
            "As root the code interpreter needs setpriv. Install util-linux, or run Prompt Lab as "
            "another user."
        )
    try:
        seccomp.program()
    except InterpreterError as error:
        return str(error)
    return _refused()


def missing_packages() -> str | None:
    """One sentence on the packages that a kernel needs and that are not here; None where all
    are."""
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if not absent:
        return None
    return _(
        "The code interpreter needs {packages}. Install them: pip install -r requirements.txt"
    ).format(packages=", ".join(absent))


def _installing(package: str) -> str:
    """The command of this system that installs a package."""
    found = next((line for program, line in _INSTALLERS.items() if shutil.which(program)), "")
    return f"{found or _INSTALLERS['apt-get']} {package}"


def bubblewrap_version(program: str) -> tuple[int, ...]:
    """Its version, such as (0, 8, 0); empty where it does not tell."""
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_TRIAL_S, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+(?:\.\d+)+)", told)
    return tuple(map(int, found[1].split("."))) if found else ()


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version)) or "?"


def _refused() -> str | None:
    """Why the system does not let a sandbox be made, if it does not."""
    trial = launch.trial()
    try:
        done = subprocess.run(
            trial, capture_output=True, text=True, errors="replace", timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = str(error)
    else:
        if done.returncode == 0:
            return None
        said = " ".join(done.stderr.split())
    return refusal(said)


def refusal(said: str) -> str:
    """The sentence for what bubblewrap said when it could not make a sandbox."""
    said = said.removeprefix("bwrap: ")[:200] or _("no reason given")
    if "uid map" in said:
        return _(
            "The system does not let bubblewrap make user namespaces ({reason}). On Ubuntu 23.10 and "
            "newer, give it an AppArmor profile that allows userns."
        ).format(reason=said)
    if "namespace" in said or "ENOSPC" in said:
        return _(
            "The system does not let bubblewrap make namespaces ({reason}). Set "
            "kernel.unprivileged_userns_clone or user.max_user_namespaces, or allow them in the "
            "container."
        ).format(reason=said)
    return _("bubblewrap cannot make a sandbox here ({reason}).").format(reason=said)


# --- whether it holds -----------------------------------------------------------------------

# Attempts, by what they would reach: each is code that ends with an exception where the sandbox
# holds, or that leaves False in `reached`. {secret}: a file that everybody may read; {port}: where
# this machine listens; {pid}: the app.
_ATTEMPTS = {
    "files": "reached = open({secret!r}).read()",
    "accounts": "reached = open('/etc/passwd').read()",
    "processes": "os.kill({pid}, 0); reached = True",
    "environment": "reached = {mark!r} in str(dict(os.environ))",
    "proc": "reached = os.listdir('/proc')",
    "programs": "reached = open('/usr/bin/.written', 'w')",
    "root": "reached = open('/.written', 'w')",
    "network": "reached = socket.create_connection(('127.0.0.1', {port}), 1)",
    "sockets": "s = socket.socket(socket.AF_UNIX); s.connect({name!r}); reached = True",
    "namespaces": "reached = libc.unshare(0x10000000) == 0",
    "mounts": "reached = libc.mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0",
    "tracing": "reached = libc.ptrace(16, 1, 0, 0) == 0",
    "memory": "reached = libc.memfd_create(b'x', 0) >= 0",
    "rights": "reached = os.setuid(0) is None",
    "limits": "resource.setrlimit(resource.RLIMIT_NPROC, (999, 999)); reached = True",
}
_TEST = """
import ctypes, json, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
through = []
for what, attempt in json.loads({attempts!r}).items():
    names = dict(globals(), reached=False)
    try:
        exec(attempt, names)
    except BaseException:
        names["reached"] = False
    if names["reached"]:
        through.append(what)
print(json.dumps(through))
"""


def reached(sandbox: Sandbox) -> list[str]:
    """What attempts from inside a fresh sandbox reached, by the names above: nothing, if it holds.

    Raises `InterpreterError` where the attempts could not be made.
    """
    with _outside() as (places, was_called):
        attempts = {what: code.format(**places) for what, code in _ATTEMPTS.items()}
        told = list(sandbox.run(_TEST.format(attempts=json.dumps(attempts)), _TEST_S))
        said = "".join(one.text for one in told if isinstance(one, Text))
        through = _names(said)
        return [*through, *(["network"] if was_called() and "network" not in through else [])]


def _names(said: str) -> list[str]:
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise InterpreterError(
            _("The sandbox could not be tested ({reason}), so no code is run.").format(
                reason=said[:200] or _("no reason given")
            )
        )
    return [str(name) for name in found]


@contextmanager
def _outside() -> Iterator[tuple[dict[str, str | int], Callable[[], bool]]]:
    """Things on this machine to reach for: a readable file, a listener, a socket, the app
    itself."""
    mark = secrets.token_hex(16)
    with (
        tempfile.TemporaryDirectory(prefix="promptlab-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.socket(socket.AF_UNIX) as local,
    ):
        file = Path(folder, "secret")
        file.write_text(mark)
        os.chmod(folder, 0o755)
        os.chmod(file, 0o644)
        local.bind(f"\0{mark}")
        local.listen()
        listening.setblocking(False)
        local.setblocking(False)
        places: dict[str, str | int] = {
            "secret": str(file),
            "port": listening.getsockname()[1],
            "name": f"\0{mark}",
            "pid": os.getpid(),
            "mark": "PROMPTLAB",
        }
        yield places, lambda: _accepts(listening) or _accepts(local)


def _accepts(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except OSError:
        return False
    return True


class Probe:
    """What this server knows of its sandbox: it is found out once, when it is first asked for.

    private: as `Sandbox` takes it. without: the operator lets code run without a sandbox where none
    can be had; where one can, this changes nothing.
    """

    def __init__(
        self, limits: Limits | None = None, private: Sequence[Path] = (), without: bool = False
    ) -> None:
        self._limits = limits
        self._private = tuple(private)
        self._without = without
        self._lock = threading.Lock()
        self._held = False
        self._why_bare: str | None = None

    def reason(self) -> str | None:
        """Why no code can be run here, in one sentence; None where it can.

        Takes two seconds, until it has once been found that code can be run.
        """
        with self._lock:
            if self._held:
                return None
            found = missing() or self._breach()
            if found and self._without:
                self._why_bare, found = found, missing_packages() or self._bare_fault()
            self._held = found is None
            return found

    def warning(self) -> str | None:
        """What everybody who runs code here has to know: that it runs without a sandbox, and why;
        None where it runs in one, or not at all. Takes as long as `reason`."""
        if self.reason() or self._why_bare is None:
            return None
        said = _(
            "There is no sandbox: code that the model writes can read, change and delete the files of "
            "whoever started this app, and use the network. The operator allowed that with {variable}."
        ).format(variable=WITHOUT_SANDBOX)
        # Elsewhere there is nothing to be done about it
        return f"{said} {self._why_bare}" if sys.platform.startswith("linux") else said

    def make(self) -> Sandbox:
        """A sandbox that is ready, or, where the operator chose so, a kernel without one; raises
        `InterpreterError` with the reason why there can be none."""
        found = self.reason()
        if found:
            raise InterpreterError(found)
        if self._why_bare is not None:
            return Sandbox(self._limits, self._private, bare.start)
        return Sandbox(self._limits, self._private)

    def _bare_fault(self) -> str | None:
        """Why not even a kernel without a sandbox can be had."""
        try:
            Sandbox(self._limits, start=bare.start).end()
        except InterpreterError as error:
            return str(error)
        return None

    def _breach(self) -> str | None:
        try:
            sandbox = Sandbox(self._limits, self._private)
        except InterpreterError as error:
            return str(error)
        try:
            through = reached(sandbox)
        except InterpreterError as error:
            return str(error)
        finally:
            sandbox.end()
        if not through:
            return None
        return _(
            "The sandbox does not hold on this machine: code in it reached {what}. No code is run. "
            "Please report this."
        ).format(what=", ".join(through))
