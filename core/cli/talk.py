"""A conversation in the terminal: questions, answers as they come, and commands with a slash.

Ctrl-C stops the answer that is being written, and so does /stop on a terminal; what was written
by then stays in the conversation. At the prompt, Ctrl-C twice in a row leaves.
"""

import contextlib
import io
import select
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import typer

from core.backends.backend import Backend
from core.backends.events import TextDelta
from core.cases.case import Case
from core.cases.run import Answered, turn
from core.errors import PromptLabError
from core.i18n import _
from core.messages import Message, checked_text, with_system
from core.sampling.settings import Sampling

_LEAVE = ("/exit", "/quit")


def command_list() -> str:
    """What /help says."""
    return _(
        "/stop         stop the current answer (same as Ctrl-C)\n"
        "/clear        clear the conversation; the system message stays\n"
        "/system TEXT  set the system message to TEXT; without TEXT, remove it\n"
        "/help         show this list\n"
        "/exit         leave (same as Ctrl-D and /quit)"
    )


class Talk:
    """One conversation with one model, until the user leaves.

    A question that cannot be answered is said why and forgotten; the conversation goes on.
    """

    def __init__(self, backend: Backend, system: str, sampling: Sampling) -> None:
        self._backend = backend
        self._system = system
        self._sampling = sampling
        self._messages: list[Message] = []
        # Lines typed while an answer was being written
        self._ahead: deque[str] = deque()

    def run(self) -> None:
        """Read and answer until the end of the input, /exit, or Ctrl-C twice in a row."""
        if isinstance(sys.stdin, io.TextIOWrapper):
            # A line that is not UTF-8 is then refused like any other, instead of ending it all
            sys.stdin.reconfigure(errors="surrogateescape")
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - lets `input` edit the line
        name = self._backend.facts.name
        typer.echo(_("Model: {name}. /help lists the commands.").format(name=name))
        while (line := self._next_line()) is not None:
            command, _blank, rest = line.strip().partition(" ")
            if command in _LEAVE:
                return
            try:
                if command.startswith("/"):
                    self._obey(command, rest.strip())
                elif command:
                    self._answer(line.strip())
            except PromptLabError as error:
                typer.echo(" ".join(str(error).split()))

    def _next_line(self) -> str | None:
        if self._ahead:
            return self._ahead.popleft()
        for _attempt in range(2):
            try:
                return input("> ")
            except EOFError:
                typer.echo()
                return None
            except KeyboardInterrupt:
                typer.echo("\n" + _("Type /exit or press Ctrl-D to leave."))
        return None

    def _obey(self, command: str, rest: str) -> None:
        if command == "/help":
            typer.echo(command_list())
        elif command == "/clear":
            self._messages = []
            typer.echo(_("Conversation cleared."))
        elif command == "/system":
            self._system = checked_text(rest)
            said = _("System message: {text}") if rest else _("No system message.")
            typer.echo(said.format(text=rest))
        elif command == "/stop":
            typer.echo(_("No answer is being generated."))
        else:
            typer.echo(
                _("There is no command {command!r}. /help lists the commands.").format(
                    command=command
                )
            )

    def _answer(self, question: str) -> None:
        messages = [*self._messages, Message("user", question)]
        case = Case(None, tuple(with_system(self._system, messages)), self._sampling)
        kept, shown = Answered(), 0
        with _interrupts() as pressed, closing(turn(self._backend, case.request, kept)) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    typer.echo(event.text, nl=False)
                    shown += len(event.text)
                if pressed.is_set() or self._told_to_stop():
                    break
        end = kept.found[case.tag]
        stopped = _(" (stopped)") if end.reason == "cancelled" else ""
        typer.echo(end.text[shown:] + stopped)
        if end.error:
            typer.echo(end.error)
        else:
            self._messages = [*messages, Message("assistant", end.text, end.metadata)]

    def _told_to_stop(self) -> bool:
        """Whether a line typed meanwhile ends the answer; other lines are kept for later."""
        line = _typed_line()
        if line is None:
            return False
        if line.strip() == "/stop":
            return True
        self._ahead.append(line)
        return line.strip() in _LEAVE


def _typed_line() -> str | None:
    """A line that waits on a terminal, without waiting for one. None for pipes and files: what
    comes from there is read in its turn, so that scripts run the same every time."""
    try:
        if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
            return None
    except (OSError, ValueError):
        return None
    # Ctrl-D gives nothing, and means to leave
    return sys.stdin.readline() or _LEAVE[0]


@contextlib.contextmanager
def _interrupts() -> Iterator[Event]:
    """Ctrl-C sets the event for a while, instead of breaking off whatever is under way."""
    pressed = Event()
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: pressed.set())
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
