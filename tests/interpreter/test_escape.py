"""Attempts to get out of the sandbox, to take the machine along, or to speak as somebody else.

Each must fail, and leave the app and the machine well. Whoever runs the tests as root tests a
sandbox whose user was dropped; `test_as_a_user` goes through the same as an ordinary user.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from core.backends.events import Idle
from core.errors import InterpreterError, InvalidInput
from core.interpreter import launch
from core.interpreter.limits import MIB, Limits
from core.interpreter.outputs import Ended, Text
from core.interpreter.sandbox import Sandbox
from tests.interpreter.conftest import Run, said, shown

# What an attempt may end with; anything else would be a way out, or a test that tests nothing
REFUSED = {
    *("PermissionError", "FileNotFoundError", "OSError", "ProcessLookupError", "MemoryError"),
    *("ConnectionRefusedError", "gaierror", "NotADirectoryError", "BlockingIOError", "ValueError"),
}
LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"


def refused(outputs: list) -> bool:
    return said(outputs) in REFUSED


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that every user of this machine may read."""
    folder = tmp_path_factory.mktemp("outside")
    for place in (folder, *folder.parents[:2]):
        with_others = os.stat(place).st_mode | 0o055
        if os.access(place, os.W_OK):
            os.chmod(place, with_others)
    file = folder / "secret.txt"
    file.write_text("a secret")
    file.chmod(0o644)
    return file


# --- files ----------------------------------------------------------------------------------


def test_a_readable_file_of_the_machine_is_not_there(run: Run, secret: Path) -> None:
    assert said(run(f"open({str(secret)!r}).read()")) == "FileNotFoundError"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/passwd",
        "/etc/hostname",
        "/root",
        "/home",
        "/var",
        "/run",
        "/sys",
        "/proc",
    ],
)
def test_folders_of_the_machine_are_not_there(run: Run, path: str) -> None:
    assert said(run(f"import os\nos.stat({path!r})")) == "FileNotFoundError"


def test_the_database_and_the_code_of_the_app_are_not_there(run: Run) -> None:
    app = Path(launch.__file__).parents[2]
    code = (
        "import os\n"
        "names = {n for top in '/usr /python /packages /mnt /tmp /dev'.split()"
        " for _, folders, files in os.walk(top) for n in folders + files}\n"
        f"print(sorted(names & {{'promptlab.db', 'Home.py', {app.name + '.db'!r}}}))"
    )
    assert said(run(code)) == "[]\n"


@pytest.mark.parametrize(
    "path",
    ["/usr/bin/made", "/python/made", "/packages/made.py", "/made", "/dev/made", "/etc/made"],
)
def test_nothing_outside_of_its_folders_can_be_written(run: Run, path: str) -> None:
    assert refused(run(f"open({path!r}, 'w').write('x')"))


@pytest.mark.parametrize("path", ["/guest.py", "/packages/numpy/__init__.py", "/usr/bin/env"])
def test_what_is_shared_cannot_be_changed(run: Run, path: str) -> None:
    assert refused(run(f"open({path!r}, 'a').write('x')"))
    assert refused(run(f"import os\nos.unlink({path!r})"))


def test_the_environment_of_the_app_is_not_there(
    probe: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTLAB_KEY", "a secret of the operator")
    sandbox = Sandbox()
    assert "operator" not in said(shown(sandbox, "import os\nprint(dict(os.environ))"))
    # Nor in the first process, whose environment bubblewrap cannot clear
    environment = Path(f"/proc/{sandbox.init}/environ").read_bytes()
    sandbox.end()
    assert b"operator" not in environment


def test_open_files_of_the_app_are_not_inherited(probe: object, secret: Path) -> None:
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        sandbox = Sandbox()
        code = (
            "import os\nfound = []\n"
            "for n in range(256):\n"
            "    try: found.append(os.pread(n, 100, 0))\n"
            "    except OSError: pass\n"
            "print(b'a secret' in found)"
        )
        found = said(shown(sandbox, code))
        sandbox.end()
    assert found == "False\n"


def test_links_and_pipes_lead_nowhere(sandbox: Sandbox, run: Run, secret: Path) -> None:
    run(
        f"import os\nos.symlink({str(secret)!r}, 'link.txt')\nos.symlink('/packages', 'folder')\n"
        "os.mkfifo('pipe.txt')\nos.mkdir('inner')\nos.symlink('/dev/zero', 'endless.txt')"
    )
    for name in ("link.txt", "folder", "pipe.txt", "inner", "endless.txt"):
        assert name not in sandbox.files()
        with pytest.raises(InvalidInput):
            sandbox.get(name)
    # What is given replaces them, and follows none
    sandbox.put("link.txt", b"new")
    sandbox.put("pipe.txt", b"new")
    assert sandbox.get("link.txt") == sandbox.get("pipe.txt") == b"new"
    assert secret.read_text() == "a secret"


def test_a_new_sandbox_has_nothing_of_the_one_before(probe: object) -> None:
    first = Sandbox()
    first.put("mine.txt", b"mine")
    shown(first, "import os\nos.symlink('/etc', 'etc'); open('/tmp/kept', 'w').write('x')")
    first.end()
    second = Sandbox()
    found = said(shown(second, "import os\nprint(os.listdir('.'), os.path.exists('/tmp/kept'))"))
    second.end()
    assert found == "[] False\n"


def test_another_conversation_is_neither_seen_nor_reached(sandbox: Sandbox) -> None:
    other = Sandbox()
    other.put("mine.txt", b"mine")
    shown(other, "secret = 'of the other'")
    code = (
        "import os\n"
        "print([f for top in ('/mnt', '/tmp', '/dev/shm') for _, _, fs in os.walk(top) for f in fs"
        " if f == 'mine.txt'])\n"
        "killed = 0\n"
        "for pid in range(2, 40000):\n"
        "    try: os.kill(pid, 0); killed += pid > 64\n"
        "    except ProcessLookupError: pass\n"
        "print(killed)"
    )
    assert said(shown(sandbox, code)) == "[]\n0\n"
    assert said(shown(other, "print(secret)")) == "of the other\n"
    other.end()


def test_device_files_cannot_be_made(run: Run) -> None:
    assert refused(run("import os, stat\nos.mknod('mem', 0o600 | stat.S_IFCHR, os.makedev(1, 1))"))
    assert refused(run("import os, stat\nos.mknod('d', 0o600 | stat.S_IFBLK, os.makedev(8, 0))"))


# --- network --------------------------------------------------------------------------------


@contextmanager
def listening(family: int = socket.AF_INET, address: object = ("127.0.0.1", 0)) -> Iterator:
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_port_of_this_machine_is_not_reached(run: Run) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        assert refused(run(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)"))


def test_an_abstract_socket_of_this_machine_is_not_reached(run: Run) -> None:
    name = f"\0promptlab-{os.getpid()}"
    with listening(socket.AF_UNIX, name):
        code = f"import socket\nsocket.socket(socket.AF_UNIX).connect({name!r})"
        assert said(run(code)) == "ConnectionRefusedError"


def test_a_socket_in_a_folder_of_this_machine_is_not_reached(run: Run, secret: Path) -> None:
    path = str(secret.with_name("s"))
    with listening(socket.AF_UNIX, path):
        os.chmod(path, 0o777)
        code = f"import socket\nsocket.socket(socket.AF_UNIX).connect({path!r})"
        assert said(run(code)) == "FileNotFoundError"


@pytest.mark.parametrize(
    "code",
    [
        "socket.getaddrinfo('example.com', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.create_connection(('169.254.169.254', 80), 1)",
        "socket.socket(socket.AF_INET6)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "socket.socket(socket.AF_VSOCK)",
        "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    ],
)
def test_there_is_no_network(run: Run, code: str) -> None:
    assert refused(run(f"import socket\n{code}"))


# --- system calls ---------------------------------------------------------------------------

# name: what it is called with. All of them would be a way on for some attack.
CALLS = {
    "unshare": "0x10000000",
    "setns": "0, 0",
    "mount": "b'x', b'/tmp', b'tmpfs', 0, None",
    "umount2": "b'/tmp', 0",
    "chroot": "b'/tmp'",
    "ptrace": "16, 1, 0, 0",
    "process_vm_readv": "1, None, 0, None, 0, 0",
    "memfd_create": "b'x', 0",
    "personality": "0xffffffff",
    "reboot": "0",
    "swapon": "b'/tmp/x', 0",
    "setdomainname": "b'x', 1",
    "sethostname": "b'x', 1",
    "shmget": "0, 1 << 30, 0o1600",
    "msgget": "0, 0o1600",
    "semget": "0, 1, 0o1600",
    "inotify_init": "",
    "fanotify_init": "0, 0",
    "setuid": "0",
    "setgid": "0",
}
# By number, where the C library has no function; on x86_64
NUMBERED = {
    "pivot_root": "155, b'/tmp', b'/tmp'",
    "keyctl": "250, 0, -3, 1",
    "add_key": "248, b'user', b'x', b'y', 1, -3",
    "bpf": "321, 0, None, 0",
    "perf_event_open": "298, None, 0, -1, -1, 0",
    "userfaultfd": "323, 1",
    "io_uring_setup": "425, 1, None",
    "io_setup": "206, 1, None",
    "memfd_secret": "447, 0",
    "pidfd_getfd": "438, 0, 0, 0",
    "open_tree": "428, -100, b'/', 1",
    "fsopen": "430, b'tmpfs', 0",
    "name_to_handle_at": "303, -100, b'/', None, None, 0",
    "syslog": "103, 3, None, 0",
    "clone with a new user": "56, 0x10000000 | 17, 0, 0, 0, 0",
    "clone3": "435, None, 88",
    "x32": "0x40000000 | 39",
    "unknown": "463, 0, 0, 0",
    "kexec_load": "246, 0, 0, None, 0",
    "init_module": "175, None, 0, b''",
    "mq_open": "240, b'x', 64, 0o600, None",
}
ANSWER = "print(result, ctypes.get_errno() in (1, 22, 38))"


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_lead_on_are_refused(run: Run, name: str) -> None:
    outputs = run(f"{LIBC}result = libc.{name}({CALLS[name]})\n{ANSWER}")
    assert said(outputs) == "-1 True\n"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("name", NUMBERED)
def test_calls_without_a_function_are_refused(run: Run, name: str) -> None:
    outputs = run(f"{LIBC}result = libc.syscall({NUMBERED[name]})\n{ANSWER}")
    assert said(outputs) == "-1 True\n"


@pytest.mark.parametrize("request_number", ["0x5412", "0x541C", "0xFF00005412"])
def test_nothing_can_be_typed_into_a_terminal(run: Run, request_number: str) -> None:
    code = (
        f"{LIBC}import pty\nleft, right = pty.openpty()\n"
        f"result = libc.ioctl(right, ctypes.c_ulong({request_number}), b'x')\n{ANSWER}"
    )
    assert said(run(code)) == "-1 True\n"


def test_there_is_no_terminal(run: Run) -> None:
    assert refused(run("open('/dev/tty')"))


def test_a_sandbox_cannot_be_made_inside(run: Run) -> None:
    code = (
        "import subprocess\n"
        "print(subprocess.run(['bwrap', '--unshare-all', '--ro-bind', '/', '/', 'true'],"
        " capture_output=True).returncode != 0)"
    )
    assert said(run(code)) in ("True\n", "FileNotFoundError")


def test_programs_that_raise_rights_do_not(run: Run) -> None:
    code = (
        "import subprocess\n"
        "print(subprocess.run(['su', '-c', 'id -u'], capture_output=True, text=True,"
        " stdin=subprocess.DEVNULL).stdout)"
    )
    assert said(run(code)).strip() in ("", "FileNotFoundError")


def test_limits_cannot_be_raised(run: Run) -> None:
    for name in ("NPROC", "DATA", "AS", "NOFILE", "FSIZE", "MEMLOCK", "CORE"):
        code = f"import resource\nresource.setrlimit(resource.RLIMIT_{name}, (1 << 40, 1 << 40))"
        assert said(run(code)) in ("ValueError", "PermissionError", "OSError")
    assert refused(run("import os\nos.setpriority(os.PRIO_PROCESS, 0, -5)"))


def test_it_owns_nothing_of_the_machine(sandbox: Sandbox) -> None:
    found = psutil.Process(sandbox.init)
    assert 0 not in found.uids()
    status = Path(f"/proc/{sandbox.init}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    for child in found.children(recursive=True):
        lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
        rights = {line.split()[0]: line.split()[1] for line in lines if line.startswith("Cap")}
        assert {int(value, 16) for value in rights.values()} == {0}
        assert "Seccomp:\t2" in "\n".join(lines)


# --- resources ------------------------------------------------------------------------------


def test_many_processes_come_to_an_end(run: Run) -> None:
    code = (
        "import os, signal, time\nmade = []\n"
        "try:\n"
        "    while len(made) < 500:\n"
        "        child = os.fork()\n"
        "        if not child:\n"
        "            time.sleep(60); os._exit(0)\n"
        "        made.append(child)\n"
        "except BlockingIOError: pass\n"
        "for child in made: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)\n"
        "print(len(made) < 64)"
    )
    assert said(run(code)) == "True\n"


def test_one_large_array_is_an_error_and_not_the_end(run: Run) -> None:
    assert "MemoryError" in said(run("import numpy as np\nx = np.ones(12 << 30, dtype='u1')"))
    assert said(run("print('on')")) == "on\n"


def test_a_folder_has_an_end(run: Run) -> None:
    code = (
        "n = 0\n"
        "try:\n"
        "    while n < 1000:\n"
        "        open(f'fill{n}', 'wb').write(bytes(16 << 20)); n += 1\n"
        "except OSError as e: print(e.errno == 28)\n"
        "import os\n"
        "for i in range(n + 1): os.unlink(f'fill{i}')"
    )
    assert said(run(code)) == "True\n"


def test_a_file_has_an_end(run: Run) -> None:
    assert said(run("open('sparse', 'wb').truncate(1 << 40)")) in ("OSError", "ValueError")


def test_open_files_have_an_end(run: Run) -> None:
    code = (
        "import os\nopened = []\n"
        "try:\n    while len(opened) < 5000: opened.append(os.open('/dev/null', 0))\n"
        "except OSError: pass\n"
        "for d in opened: os.close(d)\n"
        "print(len(opened) < 256)"
    )
    assert said(run(code)) == "True\n"


def test_sockets_hold_no_more_memory_than_usual(run: Run) -> None:
    code = (
        "import socket\n"
        "socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)"
    )
    assert refused(run(code))


@pytest.mark.long
@pytest.mark.parametrize(
    "code",
    [
        # Several processes, each within its own limit
        "import os, time\n"
        "for i in range(30):\n"
        "    if not os.fork():\n"
        "        x = bytearray(b'x' * (200 << 20)); time.sleep(60); os._exit(0)\n"
        "time.sleep(60)",
        # Files without content
        "import os\nfor i in range(3_000_000): os.mknod(f'/tmp/{i}')",
    ],
)
def test_what_no_single_limit_sees_ends_the_sandbox(probe: object, code: str) -> None:
    sandbox = Sandbox(Limits(memory=600 * MIB))
    ended = [one for one in shown(sandbox, code) if isinstance(one, Ended)]
    assert [one.why for one in ended] == [sandbox.why]
    assert "600 MB" in sandbox.why


@pytest.mark.parametrize(
    "code",
    [
        "while True: print('x' * 1000)",
        "import os\nwhile True: os.write(1, b'x' * 1000)",
        "import sys\nwhile True: sys.stderr.write('x' * 1000)",
        "while True: display('x')",
    ],
)
def test_endless_output_is_cut_and_ends_with_its_time(run: Run, code: str) -> None:
    outputs = run(code, seconds=1.5)
    assert sum(len(one.text) for one in outputs if isinstance(one, Text)) < 500_000
    assert said(run("print('on')")) in ("on\n", "")


def test_a_daemon_does_not_outlive_its_sandbox(probe: object) -> None:
    sandbox = Sandbox()
    code = (
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if not os.fork():\n"
        "        while True: time.sleep(1)\n"
        "    os._exit(0)\n"
        "print('made')"
    )
    assert said(shown(sandbox, code)) == "made\n"
    inside = psutil.Process(sandbox.init).children(recursive=True)
    assert len(inside) > 2
    sandbox.end()
    assert psutil.wait_procs(inside, timeout=120)[1] == []


def test_the_first_process_and_the_relay_cannot_be_held_up_for_long(probe: object) -> None:
    """Whoever stops the relay is ended when his time is over."""
    sandbox = Sandbox(Limits(grace_s=0.5))
    code = "import os, signal\nos.kill(1, 9)\nos.kill(os.getppid(), signal.SIGSTOP)"
    began = time.monotonic()
    outputs = shown(sandbox, code, seconds=5)
    assert outputs == [Ended(sandbox.why)]
    assert time.monotonic() - began < 60


def test_whoever_kills_all_he_sees_ends_himself_alone(probe: object) -> None:
    sandbox, other = Sandbox(), Sandbox()
    outputs = shown(sandbox, "import os\nos.kill(-1, 9)")
    assert [type(one) for one in outputs] == [Ended]
    assert said(shown(other, "print('on')")) == "on\n"
    other.end()


def test_nothing_is_left_of_ended_sandboxes(probe: object) -> None:
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    threads, files = threading.active_count(), me.num_fds()
    for _ in range(2):
        Sandbox().end()
    left = [child for child in me.children(recursive=True) if child.pid not in before]
    assert psutil.wait_procs(left, timeout=120)[1] == []
    # Whoever watches over another sandbox has a file of its open for a moment
    while me.num_fds() > files:
        pass
    # Those that watch notice within a moment
    watching = [t for t in threading.enumerate() if t.name == "sandbox-watch"]
    for thread in watching[1:]:
        thread.join(120)
    assert threading.active_count() <= threads + 1


def test_a_machine_short_of_memory_ends_it(probe: object, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [1 << 60]
    monkeypatch.setattr("core.interpreter.watch.available", lambda: free[0])
    sandbox = Sandbox()
    outputs = []
    for output in sandbox.run("import time\nprint('on', flush=True)\ntime.sleep(60)"):
        if not isinstance(output, Idle):
            outputs.append(output)
            free[0] = 0
    assert outputs == [Text("on\n"), Ended(sandbox.why)]
    assert "ran short of memory" in sandbox.why
    with pytest.raises(InterpreterError, match="ran short of memory"):
        shown(sandbox, "1")
