"""Inside the sandbox: limits this process, forks the kernel, and stands between it and the pipes.

Run by `launch` as a program of its own; it sees nothing of the app's code. Requests come through
standard input, answers go through standard output, both in frames (`core.interpreter.frames`): a
request is {"id", "op", ...}, its answers {"id", "type", ...}, the last of type "done". ZeroMQ,
which the kernel speaks, stays inside. Once code of a model has run, the app takes all that comes
from here for hostile.
"""

import base64
import contextlib
import importlib
import json
import math
import os
import resource
import signal
import stat
import sys
import time
from typing import Any, NoReturn

# As `core.interpreter.limits` has them; the first request brings them
Setup = dict[str, Any]
_HEAD = 4
_LINGER_MS = 500
_SOON_MS = 20
# Code has begun, and can be interrupted
_BEGINNING_S = 0.1
# It may have, without a word: interrupted once, and again where it has not begun before that
_UNHEARD_S = 0.5
_AGAIN_S = 2.0
# A folder that nothing else writes to
_HOME = os.environ.get("HOME", "/tmp")
_CONNECTION = f"{_HOME}/.kernel.json"
_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# Forms of a result that can be shown; what a model draws as HTML or SVG is shown as its text
_FORMS = ("text/plain", "image/png", "application/vnd.plotly.v1+json")
# Between two looks at whether a kernel that does not answer yet still runs
_READY_MS = 500
# Imported before the kernel is made, so that the first run need not wait for them
_USED = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "IPython.core.completer",
    "matplotlib.pyplot",
    "numpy",
    "pandas",
    "plotly.graph_objects",
    "plotly.io",
)


class Pipes:
    """The two pipes to the app, in frames."""

    def __init__(self, source: int, sink: int) -> None:
        self.source = source
        self._sink = sink

    def take(self) -> dict[str, Any]:
        """The next request; the end of the pipe is the end of the sandbox."""
        return json.loads(self._take(int.from_bytes(self._take(_HEAD), "big")))

    def give(self, message: dict[str, Any]) -> None:
        """An answer. Half a surrogate pair becomes an escape, and is replaced outside."""
        data = json.dumps(message).encode()
        whole = len(data).to_bytes(_HEAD, "big") + data
        while whole:
            whole = whole[os.write(self._sink, whole) :]

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = os.read(self.source, size - len(data))
            if not more:
                sys.exit()
            data += more
        return data

    def close(self) -> None:
        os.close(self.source)
        os.close(self._sink)


class Relay:
    """Hands requests to the kernel, and what it shows to the app, within bounds."""

    def __init__(self, client: Any, kernel: int, pipes: Pipes, setup: Setup) -> None:
        self._client = client
        self._kernel = kernel
        self._pipes = pipes
        self._setup = setup
        self.contained: bool = setup["strict"]
        self._number = 0
        self._request: str | None = None
        self._after: str | None = None
        self._waiting: set[str] = set()
        self._begun_at, self._asked_at, self._stopping = math.inf, math.inf, False
        self._characters = self._messages = self._results = self._bytes = 0

    def go_on(self) -> None:
        """Until the kernel or the app is gone."""
        import zmq

        iopub, shell = self._client.iopub_channel.socket, self._client.shell_channel.socket
        poller = zmq.Poller()
        for one in (self._pipes.source, iopub, shell):
            poller.register(one, zmq.POLLIN)
        while not os.waitpid(self._kernel, os.WNOHANG)[0]:
            ready = dict(poller.poll(_SOON_MS if self._stopping else _LINGER_MS))
            if self._stopping:
                self._interrupt()
            if self._pipes.source in ready:
                self._serve(self._pipes.take())
            if shell in ready:
                self._replied(self._client.get_shell_msg(timeout=0))
            if iopub in ready:
                self._told(self._client.get_iopub_msg(timeout=0))

    def _serve(self, asked: dict[str, Any]) -> None:
        op = asked["op"]
        if op == "interrupt":
            self._stopping, self._asked_at = True, time.monotonic()
            return
        self._number = asked["id"]
        if op == "run":
            self._characters, self._messages = self._setup["text"], self._setup["messages"]
            self._results, self._bytes = self._setup["results"], self._setup["bytes"]
            self._waiting, self._after = {"reply", "idle"}, None
            self._begun_at, self._stopping = math.inf, False
            self._request = self._client.execute(asked["code"], allow_stdin=False)
            return
        try:
            self._answer(**_FILES[op](asked, self._setup))
        except OSError as error:
            self._answer(type="refused", text=error.strerror or type(error).__name__)
        self._answer(type="done")

    def _interrupt(self) -> None:
        # A kernel that has not begun with the code would overhear it and not stop, and one that has
        # only just begun would stop without a word. But code that holds the interpreter's lock
        # keeps the kernel from telling that it has begun
        now = time.monotonic()
        unheard = self._asked_at == math.inf
        begun = now >= self._begun_at + (_AGAIN_S if unheard else _BEGINNING_S)
        if self._request and not begun and now < self._asked_at + _UNHEARD_S:
            return
        self._stopping, self._asked_at = self._request is not None and not begun, math.inf
        os.kill(self._kernel, signal.SIGINT)
        # Where it hits the kernel just when the code has ended, the kernel may forget to say so:
        # the next request tells that it is done with this one
        self._after = self._client.kernel_info() if self._request else None

    def _replied(self, message: dict[str, Any]) -> None:
        if _parent(message) == self._request:
            self._come("reply")

    def _told(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        parent = _parent(message)
        if self._request is None:
            return
        if parent == self._after and content.get("execution_state") == "idle":
            self._waiting.clear()
            self._come("idle")
            return
        # What an earlier run's threads still print belongs to nobody
        if parent != self._request:
            return
        if kind == "execute_input":
            self._begun_at = time.monotonic()
        elif kind in ("display_data", "execute_result"):
            self._show(content["data"])
        elif kind == "stream":
            self._say(type="stream", name=content["name"], text=content["text"])
        elif kind == "error":
            trace = "\n".join(content["traceback"])
            self._say(type="error", name=content["ename"], value=content["evalue"], text=trace)
        elif content.get("execution_state") == "idle":
            self._come("idle")

    def _come(self, what: str) -> None:
        self._waiting.discard(what)
        if self._request and not self._waiting:
            self._request, self._stopping = None, False
            self._answer(type="done")

    def _show(self, data: dict[str, Any]) -> None:
        self._results -= 1
        if self._results < 0:
            if self._results == -1:
                self._answer(type="note", about="results")
            return
        shown = {form: data[form] for form in _FORMS if form in data}
        text = shown.get("text/plain", "")
        shown["text/plain"] = text[: self._setup["text"]]
        table = 'class="dataframe"' in str(data.get("text/html", ""))
        size = len(json.dumps(shown))
        if size > self._bytes:
            self._answer(type="note", about="size")
            return
        self._bytes -= size
        self._answer(type="display", data=shown, table=table)

    def _say(self, **message: Any) -> None:
        if self._characters <= 0:
            return
        room = self._characters
        for part in {"text", "name", "value"} & message.keys():
            message[part] = message[part][:room]
        self._characters -= len(message["text"]) + len(message.get("value", ""))
        self._messages -= 1
        self._answer(**message)
        if self._characters <= 0 or not self._messages:
            self._characters = 0
            self._answer(type="note", about="text")

    def _answer(self, **message: Any) -> None:
        message["id"] = self._number
        if len(json.dumps(message)) > self._setup["frame"]:
            message = {"id": self._number, "type": "note", "about": "size"}
        self._pipes.give(message)


def _put(asked: dict[str, Any], _setup: Setup) -> dict[str, Any]:
    """A part of a file from outside. The first one makes it anew, whatever stood there."""
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CREAT
    if asked["offset"] == 0:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(asked["name"])
        flags |= os.O_EXCL
    with os.fdopen(os.open(asked["name"], flags, 0o600), "wb") as file:
        file.seek(asked["offset"])
        file.write(base64.b64decode(asked["data"]))
    return {"type": "stored"}


def _get(asked: dict[str, Any], setup: Setup) -> dict[str, Any]:
    """A part of a file; only of a plain one, as a link or a pipe would lead elsewhere or
    nowhere."""
    descriptor = os.open(asked["name"], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        known = os.fstat(file.fileno())
        if not stat.S_ISREG(known.st_mode):
            return {"type": "refused", "text": "not a plain file"}
        file.seek(asked["offset"])
        part = base64.b64encode(file.read(setup["part"])).decode()
    return {"type": "part", "data": part, "size": known.st_size}


def _drop(asked: dict[str, Any], _setup: Setup) -> dict[str, Any]:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(asked["name"])
    return {"type": "dropped"}


def _list(_asked: dict[str, Any], setup: Setup) -> dict[str, Any]:
    found = []
    with os.scandir(".") as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                state = entry.stat(follow_symlinks=False)
                found.append((state.st_mtime_ns, entry.name, state.st_size))
            if len(found) >= setup["files"]:
                break
    # The newest last
    return {"type": "files", "files": [(name, size) for _at, name, size in sorted(found)]}


_FILES = {"put": _put, "get": _get, "drop": _drop, "list": _list}


def _limit(limits: dict[str, int], strict: bool) -> None:
    """Set the limits for this process and all that come of it; those that can be, unless
    `strict`."""
    for name, value in limits.items():
        try:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
        # Not every system knows all of them, or lets them be set
        except (AttributeError, OSError, ValueError):
            if strict:
                raise
    os.nice(10)


def _own_pipes() -> Pipes:
    """The pipes, under numbers that nothing which comes later writes into by mistake."""
    pipes = Pipes(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    return pipes


def _import_what_is_used() -> None:
    """Before the fork, so that kernel and relay share it."""
    for name in _USED:
        importlib.import_module(name)


def _be_the_kernel(pipes: Pipes) -> NoReturn:
    from ipykernel.kernelapp import IPKernelApp

    pipes.close()
    sys.argv = [sys.argv[0]]
    sys.path.insert(0, "")
    try:
        IPKernelApp.launch_instance(
            [
                *("-f", _CONNECTION),
                "--HistoryManager.enabled=False",
                # Colours would be control characters, which are not shown
                "--InteractiveShell.colors=nocolor",
            ]
        )
    finally:
        # Never back into what belongs to the relay
        os._exit(0)


def _connection() -> dict[str, Any]:
    ports = {f"{name}_port": number for number, name in enumerate(_CHANNELS, 1)}
    # Sockets are files: there is no network, and whoever could forge a message is the kernel
    return {
        **ports,
        "transport": "ipc",
        "ip": f"{_HOME}/.kernel",
        "key": base64.b64encode(os.urandom(24)).decode(),
        "signature_scheme": "hmac-sha256",
    }


def _connected(connection: Any, kernel: int) -> Any:
    import zmq
    from jupyter_client.blocking.client import BlockingKernelClient

    client = BlockingKernelClient(context=zmq.Context())
    # Nothing is dropped here, however much comes: the sandbox's memory is the bound
    client.context.rcvhwm = 0
    client.load_connection_info(connection)
    # Without a heartbeat: one that is late on a busy machine counts as the kernel's death, which
    # its process tells for certain
    client.start_channels(stdin=False, hb=False, control=False)
    _wait_for_answer(client, kernel)
    return client


def _wait_for_answer(client: Any, kernel: int) -> None:
    """Until the kernel has answered, and what it shows comes through; the app says when it is too
    late."""
    import zmq

    iopub, shell = client.iopub_channel.socket, client.shell_channel.socket
    poller = zmq.Poller()
    poller.register(iopub, zmq.POLLIN)
    poller.register(shell, zmq.POLLIN)
    asked, waiting = client.kernel_info(), {"reply", "idle"}
    while waiting:
        if os.waitpid(kernel, os.WNOHANG)[0]:
            raise RuntimeError("the kernel ended before it was ready")
        ready = dict(poller.poll(_READY_MS))
        if shell in ready and _parent(client.get_shell_msg(timeout=0)) == asked:
            waiting.discard("reply")
        if iopub in ready:
            message = client.get_iopub_msg(timeout=0)
            if _parent(message) == asked and message["content"].get("execution_state") == "idle":
                waiting.discard("idle")
        if not ready and waiting == {"idle"}:
            # It was told before anybody listened
            asked, waiting = client.kernel_info(), {"reply", "idle"}


def _parent(message: dict[str, Any]) -> str | None:
    """The request that a message belongs to."""
    found: str | None = message["parent_header"].get("msg_id")
    return found


def main() -> None:
    """Answer requests until the kernel or the app is gone."""
    sys.path += sys.argv[1:]
    pipes = _own_pipes()
    try:
        relay = _ready(pipes)
    except Exception as error:  # whatever it is, the operator should hear of it
        pipes.give({"id": 0, "type": "fault", "text": f"{type(error).__name__}: {error}"[:500]})
        os._exit(1)
    pipes.give({"id": 0, "type": "done"})
    try:
        relay.go_on()
    finally:
        if not relay.contained:
            # In a sandbox what is left goes with it
            os.killpg(0, signal.SIGKILL)
        # Without waiting for threads that still listen
        os._exit(0)


def _ready(pipes: Pipes) -> Relay:
    setup = pipes.take()
    _limit(setup["limits"], setup["strict"])
    connection = _connection()
    with open(_CONNECTION, "w") as file:
        json.dump(connection, file)
    os.chmod(_CONNECTION, 0o600)
    # What macOS's own libraries begin does not outlive a fork
    if sys.platform != "darwin":
        _import_what_is_used()
    kernel = os.fork()
    if not kernel:
        _be_the_kernel(pipes)
    return Relay(_connected(connection, kernel), kernel, pipes, setup)


if __name__ == "__main__":
    main()
