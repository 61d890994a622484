"""How a sandbox is started: bubblewrap's command, and the process that comes of it.

Inside there is a file system of its own: the system's programs and libraries, Python and its
packages, all read-only, and three folders in memory with a bound. There is no network, no /proc,
no /etc, no other process, and no way to make namespaces again. Two pipes lead out.

As root, bubblewrap must not be started as it is: user 0 inside would be user 0 outside, and could
write what the system trusts root with. So there a first bubblewrap makes a room in which the
needed files can be read by everybody, wherever they are, and in it the second one starts as a user
that owns nothing.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InterpreterError
from core.i18n import _
from core.interpreter import seccomp
from core.interpreter.limits import DATA_FOLDER, FOLDERS, RLIMITS
from core.interpreter.watch import taken

# Owns nothing, and is nobody's on any usual system; as root alone
SANDBOX_UID = 61_184
_PYTHON, _PACKAGES, _GUEST = "/python", "/packages", "/guest.py"
GUEST_FILE = Path(__file__).with_name("guest.py")
# Of every kernel, in a sandbox or not
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PLOTLY_RENDERER": "plotly_mimetype",
    # Each thread takes memory and one of the sandbox's processes
    "OPENBLAS_NUM_THREADS": "2",
    "OMP_NUM_THREADS": "2",
}
_ENVIRONMENT = {
    **ENVIRONMENT,
    "HOME": "/tmp",
    "USER": "sandbox",
    "PATH": f"{_PYTHON}/bin:/usr/bin",
    # For programs that the code starts; the kernel itself reads no such variable
    "PYTHONPATH": _PACKAGES,
    "LD_LIBRARY_PATH": f"{_PYTHON}/lib",
    "IPYTHONDIR": "/tmp/.ipython",
    "MPLCONFIGDIR": "/tmp/.matplotlib",
}
# Of what bubblewrap and the tools before it see: its first process keeps its environment for good
_OUTER_ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
_SYSTEM = ("bin", "lib", "lib64", "lib32", "sbin")
KILL_S = 3.0
# bubblewrap dies with the thread that started it, and a thread of a page ends soon
_starter = ThreadPoolExecutor(1, thread_name_prefix="sandbox-start")


@dataclass(frozen=True, slots=True)
class Bound:
    """A path of this machine that is shown inside, read-only, under another name."""

    source: Path
    inside: str


def sources() -> list[Bound]:
    """What Python and its packages are read from."""
    base = Path(sys.base_prefix).resolve()
    bound = [Bound(GUEST_FILE, _GUEST)]
    if not _in_usr(base):
        bound.append(Bound(base, _PYTHON))
    paths = sysconfig.get_paths()
    folders = list(dict.fromkeys(Path(paths[name]).resolve() for name in ("purelib", "platlib")))
    return bound + [
        Bound(folder, _PACKAGES + ("" if not place else str(place)))
        for place, folder in enumerate(folders)
    ]


def command(
    bound: Sequence[Bound], filter_fd: int, info_fd: int, private: Sequence[Path] = ()
) -> list[str]:
    """The whole command. private: folders that are hidden where they lie below something bound."""
    line = _sandbox(bound, filter_fd, info_fd, private)
    if os.getuid() == 0:
        line = _room(bound, line)
    # When the machine runs out of memory, a sandbox is the first to go
    return ["choom", "-n", "1000", "--", *line] if shutil.which("choom") else line


def trial() -> list[str]:
    """A command that makes an empty sandbox of the same kind and does nothing in it."""
    line = ["bwrap", "--unshare-all", "--unshare-user", "--new-session", "--cap-drop", "ALL"]
    line += ["--uid", "1000", "--gid", "1000", *_system(("bin", "lib", "lib64"))]
    line += ["--dev", "/dev", "--tmpfs", "/tmp", "--", "/usr/bin/true"]
    return _room([], line) if os.getuid() == 0 else line


def _sandbox(
    bound: Sequence[Bound], filter_fd: int, info_fd: int, private: Sequence[Path]
) -> list[str]:
    line = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    line += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
    if can_disable_namespaces():
        line.append("--disable-userns")
    line.append("--clearenv")
    for name, value in _ENVIRONMENT.items():
        line += ["--setenv", name, value]
    line += _system(("bin", "lib", "lib64", "share/zoneinfo"))
    as_seen = _in_room(bound) if os.getuid() == 0 else bound
    for one in as_seen:
        line += ["--ro-bind", str(one.source), one.inside]
    for hidden in _hidden(bound, private):
        line += ["--perms", "0000", "--size", "4096", "--tmpfs", hidden, "--remount-ro", hidden]
    line += ["--dev", "/dev"]
    for folder, size in FOLDERS.items():
        line += ["--perms", "0700", "--size", str(size), "--tmpfs", folder]
    # Both are folders in memory without a bound until then
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", DATA_FOLDER]
    line += ["--seccomp", str(filter_fd), "--info-fd", str(info_fd), "--"]
    packages = [one.inside for one in bound if one.inside.startswith(_PACKAGES)]
    return [*line, _interpreter(bound), "-I", _GUEST, *packages]


def _room(bound: Sequence[Bound], line: Sequence[str]) -> list[str]:
    """`line` as a user without rights, among the needed files alone."""
    room = ["bwrap", "--die-with-parent", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    # Made before what lies in them, or nobody else could look into them
    room += ["--dir", "/etc", "--dir", "/tmp", *_system(("",))]
    for one in bound:
        room += ["--ro-bind", str(one.source), one.inside]
    room += ["--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--chdir", "/", "--"]
    user = str(SANDBOX_UID)
    drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs", "--"]
    return [*room, *drop, *line]


def _system(parts: Sequence[str]) -> list[str]:
    """The system's programs and libraries, by the folders of /usr that are named."""
    line: list[str] = []
    for part in parts:
        shown = f"/usr/{part}".rstrip("/")
        line += ["--ro-bind-try", shown, shown]
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    return [*line, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def _in_room(bound: Sequence[Bound]) -> list[Bound]:
    return [Bound(Path(one.inside), one.inside) for one in bound]


def _hidden(bound: Sequence[Bound], private: Sequence[Path]) -> Iterator[str]:
    for folder in {path.resolve() for path in private if path.is_dir()}:
        for one in bound:
            if folder.is_relative_to(one.source):
                yield str(Path(one.inside, folder.relative_to(one.source)))


def _in_usr(base: Path) -> bool:
    return base == Path("/usr")


def _interpreter(bound: Sequence[Bound]) -> str:
    root = _PYTHON if any(one.inside == _PYTHON for one in bound) else "/usr"
    return f"{root}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def can_disable_namespaces() -> bool:
    """Whether bubblewrap can forbid further user namespaces by the system's own limit, which it
    needs to write; where it cannot, the filter of system calls forbids them alone."""
    return os.access("/proc/sys/user/max_user_namespaces", os.F_OK) and not _read_only("/proc/sys")


def _read_only(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


@dataclass(slots=True)
class Started:
    """A sandbox's processes, as seen from here. init: number of the first process inside.

    reader, writer: the ends of its pipes; the writer does not block.
    """

    process: "subprocess.Popen[bytes]"
    init: int
    handle: int
    reader: int
    writer: int
    _closed: bool = field(default=False)

    @property
    def setup(self) -> dict[str, object]:
        """What its relay is told: to do without none of the limits."""
        return {"limits": RLIMITS, "strict": True}

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def taken(self, enough: int) -> int:
        """Bytes that it takes; see `core.interpreter.watch`."""
        return taken(self.init, enough)

    def kill(self) -> None:
        """End everything inside, and return when it is gone. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        # With the first process everything inside dies. To kill bubblewrap itself would leave it
        # behind: in its first moments it does not hear that its parent is gone.
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        try:
            self.process.wait(KILL_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.handle)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def start(private: Sequence[Path] = ()) -> Started:
    """Start a sandbox; it is not ready yet. Raises `InterpreterError` where bubblewrap cannot."""
    return _starter.submit(_start, tuple(private)).result()


def _start(private: Sequence[Path]) -> Started:
    filter_fd = seccomp.descriptor()
    info, info_inside = os.pipe()
    with os.fdopen(info, "rb") as told:
        try:
            process = subprocess.Popen(
                command(sources(), filter_fd, info_inside, private),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(filter_fd, info_inside),
                env=_OUTER_ENVIRONMENT,
                cwd="/",
                # Ctrl-C in a terminal is for the app
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(str(error)) from error
        finally:
            os.close(filter_fd)
            os.close(info_inside)
        # It ends when bubblewrap closes its end, or dies
        said = told.read()
    assert process.stdin
    assert process.stdout
    try:
        init = int(json.loads(said)["child-pid"])
        handle = os.pidfd_open(init)
    except (ValueError, KeyError, OSError) as error:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        raise _not_started(_("bubblewrap ended at once")) from error
    os.set_blocking(process.stdin.fileno(), False)
    return Started(process, init, handle, process.stdout.fileno(), process.stdin.fileno())


def _not_started(reason: str) -> InterpreterError:
    return InterpreterError(
        _(
            "The code interpreter could not be started ({reason}). Run python -m core interpreter "
            "to see what is missing."
        ).format(reason=reason)
    )
