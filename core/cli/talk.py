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
from collections.abc import Iterator, Sequence
from contextlib import closing
from threading import Event

import typer

from core.backends.backend import Backend
from core.backends.events import Finished, TextDelta
from core.errors import PromptLabError
from core.i18n import _
from core.interpreter.outputs import plain
from core.messages import checked_text
from core.sampling.settings import Sampling
from core.tools.calls import held_line
from core.tools.loop import Decision, Observed, Paused, rounds
from core.tools.running import as_text
from core.tools.tool import Tool
from core.tools.transcripts import Spoken

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

    A question that cannot be answered is said why and forgotten; the conversation goes on. strict: only
    valid calls, and a line after each answer on what that changed.
    """

    def __init__(
        self,
        backend: Backend,
        system: str,
        sampling: Sampling,
        tools: Sequence[Tool] = (),
        strict: bool = False,
    ) -> None:
        self._backend = backend
        self._talk = Spoken(backend, system, sampling, strict=strict)
        self._tools = tools
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
        return self._ahead.popleft() if self._ahead else self._read()

    def _read(self) -> str | None:
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
            self._talk.said = []
            typer.echo(_("Conversation cleared."))
        elif command == "/system":
            self._talk.system = checked_text(rest)
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
        before = list(self._talk.said)
        self._talk.ask(question)
        try:
            decision: Decision | None = None
            while (waiting := self._go_on(decision)) is not None:
                decision = self._decided(waiting)
        except PromptLabError:
            self._talk.said = before
            raise
        if self._talk.last is not None and self._talk.last.error:
            self._talk.said = before

    def _go_on(self, decision: Decision | None) -> Paused | None:
        """Draw what comes until the turn ends; the call that it waits for, if it does."""
        shown = 0
        with (
            interrupts() as pressed,
            closing(rounds(self._talk, self._tools, "leaving", decision=decision)) as told,
        ):
            for event in told:
                if isinstance(event, TextDelta):
                    typer.echo(event.text, nl=False)
                    shown += len(event.text)
                elif isinstance(event, Finished):
                    stopped = _(" (stopped)") if event.reason == "cancelled" else ""
                    typer.echo(event.text[shown:] + stopped)
                    shown = 0
                    if event.error:
                        typer.echo(event.error)
                    if event.usage and event.usage.held:
                        typer.echo(f"({held_line(event.usage.held)})")
                elif isinstance(event, Observed):
                    typer.echo(observed_line(event))
                elif isinstance(event, Paused):
                    return event
                if pressed.is_set() or self._told_to_stop():
                    break
            else:
                return None
        end = self._talk.last
        if end is not None and end.reason == "cancelled":
            typer.echo(end.text[shown:] + _(" (stopped)"))
        return None

    def _decided(self, waiting: Paused) -> Decision:
        """What the user says of a call that waits, once it can be seen: what was typed before is
        for later."""
        while (line := _typed_line()) is not None:
            self._ahead.append(line)
        # The model wrote it, and a terminal would obey what is for terminals in it
        typer.echo(plain(f"{waiting.tool.name} {as_text(dict(waiting.call.arguments or {}))}"))
        manual = waiting.tool.manual
        typer.echo(
            _("Type the result of this call:")
            if manual
            else _("This call leaves this machine. Run it? y/n")
        )
        said = self._read() or ""
        if said.strip() in _LEAVE:
            self._ahead.appendleft(said)
            return Decision(declined=True)
        if manual:
            return Decision(result=said)
        agreed = said.strip().casefold() in ("y", "yes", "是")
        return Decision() if agreed else Decision(declined=True)

    def _told_to_stop(self) -> bool:
        """Whether a line typed meanwhile ends the answer; other lines are kept for later."""
        line = _typed_line()
        if line is None:
            return False
        if line.strip() == "/stop":
            return True
        self._ahead.append(line)
        return line.strip() in _LEAVE


def observed_line(observed: Observed) -> str:
    """A step in one line, or two where it was not run."""
    step = observed.step
    said = f"[{step.name}] {plain(' '.join(observed.content.split()))}"
    return f"{said}\n{step.said}" if step.said else said


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
def interrupts() -> Iterator[Event]:
    """Ctrl-C sets the event for a while, instead of breaking off whatever is under way."""
    pressed = Event()
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: pressed.set())
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
