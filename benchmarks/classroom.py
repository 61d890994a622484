"""Thirty students at once: how long each waits for the first token, and whether anything is mixed.

    python -m benchmarks.classroom [--students N] [--tokens N] [--grids N]

The app is started as `make classroom` starts it. Each student is a websocket of its own, which
speaks as a browser does: it joins by the link, opens a new conversation at temperature 0, and all
of them ask at the same moment, each a question of its own. Some run a grid of a hundred texts
meanwhile. Afterwards every answer is compared with what the same model answers to the question
alone.

The model is the embedded one, unless PROMPTLAB_MODEL says otherwise.
"""

import argparse
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from core.classroom.network import free_port

ROOT = Path(__file__).parents[1]
MOST_FIRST_S = 3.0
PATIENCE_S = 600.0
# Each student's is another one
SUBJECTS = (
    *("temperature", "a token", "top_p", "a seed", "a persona", "a prompt", "top_k"),
    *("a system message", "a language model", "sampling"),
)
# Five values on each axis, four texts in each cell
GRID = {
    "prompt": "Tell me a story about a fox.",
    "temperatures": "0.2, 0.5, 0.8, 1.1, 1.4",
    "top_ps": "0.5, 0.7, 0.8, 0.9, 1",
    "samples": 4,
}


class Student:
    """One browser: what it sends, and what comes."""

    def __init__(self, number: int, port: int, code: str) -> None:
        self.number = number
        self.question = f"What is {SUBJECTS[number % len(SUBJECTS)]}? I am student {number}."
        self.asked = self.first = self.ended = 0.0
        self.seen: list[str] = []
        self._code = code
        self._hash = ""
        self._query = ""
        self._widgets: dict[str, str] = {}
        self._leaving = ExitStack()
        self._socket: ClientConnection = self._leaving.enter_context(
            connect(
                f"ws://localhost:{port}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit")],
                origin=Origin(f"http://localhost:{port}"),
                max_size=None,
                open_timeout=PATIENCE_S,
            )
        )

    def open(self, page: str, **parameters: object) -> None:
        """Join by the link, and wait for the page."""
        self._query = urlencode({**parameters, "join": self._code})
        self._send(page)
        self._read(lambda _delta: False)

    def ask(self) -> None:
        """Send the question, and read on until the answer is on the page with its figures."""
        self.asked = time.perf_counter()
        self._send(chat=self.question)
        self._read(self._looks_answered)

    def run_grid(self) -> None:
        """Press the button of the grid, and read on until all of it is there."""
        self.asked = time.perf_counter()
        self._send(press="grid_run")
        self._read(lambda _delta: False)
        self.ended = time.perf_counter()

    def close(self) -> None:
        """Close the window."""
        self._leaving.close()

    def _looks_answered(self, delta: Delta) -> bool:
        text = delta.new_element.markdown.body
        # What is being written ends with a cursor
        if not self.first and re.search(r"\w.*▌", text, re.DOTALL):
            self.first = time.perf_counter()
        if re.search(r"tokens/s", text):
            self.ended = time.perf_counter()
        return bool(self.ended)

    def _send(self, page: str = "", chat: str = "", press: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.page_script_hash = self._hash
        state.page_name = page
        state.context_info.locale = "en"
        if chat:
            widget = state.widget_states.widgets.add(id=self._widgets["chat_input"])
            widget.chat_input_value.data = chat
        if press:
            name = next(one for one in self._widgets if one.endswith(press))
            state.widget_states.widgets.add(id=self._widgets[name], trigger_value=True)
        self._socket.send(message.SerializeToString())

    def _read(self, enough: Callable[[Delta], bool]) -> None:
        """Take what comes, until the page is drawn whole and, where that is asked, has enough."""
        until, done = time.perf_counter() + PATIENCE_S, False
        while time.perf_counter() < until:
            message = ForwardMsg()
            message.ParseFromString(bytes(self._socket.recv(timeout=PATIENCE_S)))  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self._hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta":
                self._note(message.delta)
                done = enough(message.delta) or done
            elif kind == "script_finished" and not self._goes_on(message, done, enough):
                return
        raise SystemExit(f"student {self.number} waited for more than {PATIENCE_S:.0f} s")

    def _goes_on(self, message: ForwardMsg, done: bool, enough: Callable[[Delta], bool]) -> bool:
        again = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return again or (enough == self._looks_answered and not done)

    def _note(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "markdown":
            self.seen.append(element.markdown.body)
        elif kind == "chat_input":
            self._widgets["chat_input"] = element.chat_input.id
        elif kind == "button":
            self._widgets[element.button.id] = element.button.id
        elif kind == "exception":
            raise SystemExit(f"student {self.number}: {element.exception.message}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.classroom", description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--tokens", type=int, default=64, help="of an answer, at most")
    parser.add_argument("--grids", type=int, default=2, help="students who run a grid meanwhile")
    given = parser.parse_args()
    os.environ.setdefault("PROMPTLAB_MODEL", "embedded")
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} programs wanted one before this began")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PROMPTLAB_DATA"] = folder
        port = free_port(8600)
        if port is None:
            raise SystemExit("No port is free.")
        app, code = _start(port, Path(folder) / "log")
        try:
            students = _class(port, code, given.students, given.tokens)
            _report("everyone asks at once", students)
            if given.grids:
                _with_grids(port, code, given.students, given.tokens, given.grids)
        finally:
            app.terminate()
            app.wait()
        _compare(Path(folder), given.tokens)


def _start(port: int, log: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """The app and its join code, once it answers."""
    with log.open("wb") as out:
        app = subprocess.Popen(
            [sys.executable, "-m", "core", "classroom", "--port", str(port)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    pause = threading.Event()
    for _look in range(600):
        if app.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                return app, re.search(r"code\s+(\w+ \w+)", log.read_text())[1]  # type: ignore[index]
        except OSError:
            pause.wait(0.2)
    raise SystemExit(f"The app did not start:\n{log.read_text()}")


def _class(port: int, code: str, count: int, tokens: int) -> list[Student]:
    """So many students who have all asked at the same moment."""
    students = [Student(number, port, code) for number in range(count)]
    barrier = threading.Barrier(count)

    def take_part(student: Student) -> None:
        try:
            student.open("Chat", temperature=0, max_length=1024, seed=1)
            barrier.wait(PATIENCE_S)
            student.ask()
        except BaseException:
            barrier.abort()
            raise
        finally:
            student.close()

    # The first one waits for the model alone
    first = Student(count, port, code)
    first.open("Chat")
    first.close()
    with ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(take_part, student) for student in students]:
            done.result()
    return students


def _with_grids(port: int, code: str, count: int, tokens: int, grids: int) -> None:
    greedy = [Student(1000 + number, port, code) for number in range(grids)]
    for student in greedy:
        student.open("Playground", **GRID, tokens=tokens)
    with ThreadPoolExecutor(grids) as threads:
        running = [threads.submit(student.run_grid) for student in greedy]
        _report(f"meanwhile {grids} run a grid", _class(port, code, count, tokens))
        for done in running:
            done.result()
    took = statistics.median(student.ended - student.asked for student in greedy)
    print(f"{'the grids themselves':32} {took:8.2f} s")


def _report(name: str, students: list[Student]) -> None:
    waits = sorted(student.first - student.asked for student in students)
    whole = max(student.ended for student in students) - min(s.asked for s in students)
    verdict = "reached" if waits[-1] <= MOST_FIRST_S else "MISSED"
    print(
        f"{name:32} first token: median {statistics.median(waits):.2f} s, last {waits[-1]:.2f} s"
        f"   all answered after {whole:.1f} s"
        f"   target {MOST_FIRST_S:.0f} s for each: {verdict}"
    )
    for student in students:
        others = [o.question for o in students if o is not student]
        if any(other in text for other in others for text in student.seen):
            raise SystemExit(f"student {student.number} was shown somebody else's question")


def _compare(data: Path, tokens: int) -> None:
    """Hold every stored answer against that of the model alone."""
    from core.backends.request import Request
    from core.config import Settings
    from core.engine.host import ModelHost
    from core.engine.residents import ModelChoice
    from core.messages import Message
    from core.models import catalogue
    from core.sampling.settings import Sampling

    settings = Settings.from_environment()
    with sqlite3.connect(settings.database) as database:
        rows = database.execute(
            "select q.content, a.content, a.finish_reason from messages a"
            " join messages q on q.id = a.parent_id where a.role = 'assistant'"
        ).fetchall()
        [(texts,)] = database.execute(
            "select count(*) from cells where finish_reason in ('stop', 'length')"
        )
    print(f"{texts} texts of grids")
    host = ModelHost(ModelChoice(catalogue.starting(settings, "en")))
    backend = host.backend()
    alone: dict[str, str] = {}
    for question, _answer, _reason in rows:
        if question not in alone:
            request = Request((Message("user", question),), Sampling(0.0, max_length=1024, seed=1))
            alone[question] = backend.submit(request).result().text
    host.close()
    wrong = [question for question, answer, _reason in rows if answer != alone[question]]
    print(
        f"{len(rows)} answers at temperature 0, {len(rows) - len(wrong)} as the model gives alone"
    )
    if wrong:
        raise SystemExit(f"Not the same: {wrong}")


if __name__ == "__main__":
    main()
