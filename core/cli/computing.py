"""A conversation in the terminal whose model runs code, and the command that tells whether it can."""

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import typer

from core.backends.backend import Backend
from core.backends.events import Finished, TextDelta
from core.cli import options, render
from core.cli.talk import Talk, interrupts
from core.config import WITHOUT_SANDBOX, Settings
from core.errors import InterpreterError, InvalidInput, PromptLabError
from core.i18n import _
from core.interpreter.loop import Answer, Running, Told, converse, system_message
from core.interpreter.outputs import Failure, Figure, Note, Picture, Table, Text
from core.interpreter.probe import Probe
from core.interpreter.sandbox import Sandbox
from core.messages import with_system
from core.sampling.settings import Sampling


def interpreter(as_json: options.Json = False) -> None:
    """Say whether code of a model can be run here: what is missing, and whether the sandbox holds."""
    settings = Settings.from_environment()
    probe = _probe(settings)
    reason, warning = probe.reason(), probe.warning()
    if as_json:
        held = reason is None and warning is None
        render.emit({"available": reason is None, "sandbox": held, "reason": reason or warning})
        return
    if reason:
        raise InterpreterError(reason)
    if warning:
        typer.echo(warning, err=True)
        return
    typer.echo(_("Code can be run here: the sandbox was tried, and it holds."))
    if settings.without_sandbox:
        typer.echo(
            _("It is used: {variable} changes nothing here.").format(variable=WITHOUT_SANDBOX)
        )


def _probe(settings: Settings) -> Probe:
    return Probe(private=[settings.data_dir], without=settings.without_sandbox)


def kernel() -> Callable[[], Sandbox]:
    """Gives one kernel, which begins when it is first asked for, or anew where it was ended.

    Raises `InterpreterError` at once where no code can be run here; where there is no sandbox, says so
    on the standard error.
    """
    probe = _probe(Settings.from_environment())
    reason = probe.reason()
    if reason:
        raise InterpreterError(reason)
    if warning := probe.warning():
        typer.echo(warning, err=True)
    running: list[Sandbox] = []

    def sandbox() -> Sandbox:
        if not (running and running[0].alive):
            running[:] = [probe.make()]
        return running[0]

    return sandbox


class Computing(Talk):
    """A conversation in which the code that the model writes is run, in one kernel.

    /put FILE and /get NAME carry files in and out.
    """

    def __init__(
        self,
        backend: Backend,
        system: str,
        sampling: Sampling,
        sandbox: Callable[[], Sandbox],
    ) -> None:
        super().__init__(backend, system or system_message(backend), sampling)
        self._sandbox = sandbox
        # Given by /put: they outlast a kernel
        self._given: dict[str, bytes] = {}
        self._filled: Sandbox | None = None

    def _kernel(self) -> Sandbox:
        """The kernel; a new one with the files that were given."""
        found = self._sandbox()
        if found is not self._filled:
            for name, data in self._given.items():
                found.put(name, data)
            self._filled = found
        return found

    def _files(self) -> Mapping[str, int]:
        """Those that the code finds, the newest last."""
        if self._filled and self._filled.alive:
            with suppress(PromptLabError):
                return self._filled.files()
        return {name: len(data) for name, data in self._given.items()}

    def _obey(self, command: str, rest: str) -> None:
        if command == "/put":
            self._put(Path(rest).expanduser())
        elif command == "/get":
            self._get(rest)
        else:
            super()._obey(command, rest)
            if command == "/help":
                typer.echo(
                    _(
                        "/put FILE     give a file to the code\n"
                        "/get NAME     take a file from the code, into this folder"
                    )
                )

    def _put(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidInput(
                _("{file} cannot be read ({reason}).").format(file=path, reason=error.strerror)
            ) from error
        self._kernel().put(path.name, data)
        self._given[path.name] = data
        typer.echo(_("The code finds it as {name}.").format(name=path.name))

    def _get(self, name: str) -> None:
        data = self._kernel().get(name)
        try:
            # A file of that name is somebody's
            with Path(name).open("xb") as file:
                file.write(data)
        except OSError as error:
            raise InvalidInput(
                _("{file} cannot be written ({reason}).").format(file=name, reason=error.strerror)
            ) from error
        typer.echo(_("Saved as {name}.").format(name=name))

    def _answer(self, question: str) -> None:
        talk, before = self._talk, list(self._talk.said)
        talk.ask(question)
        prompt = with_system(talk.system, talk.said)
        talking = converse(
            self._backend, prompt, talk.sampling.with_seed(), self._kernel, files=self._files
        )
        try:
            with interrupts() as pressed, closing(talking) as told:
                for event in told:
                    self._show(event)
                    if isinstance(event, Answer):
                        talk.said += event.messages
                    elif pressed.is_set() or self._told_to_stop():
                        typer.echo(_(" (stopped)"))
                        talk.said = before
                        break
        except PromptLabError:
            talk.said = before
            raise

    def _show(self, event: Told) -> None:
        match event:
            case TextDelta():
                typer.echo(event.text, nl=False)
            case Finished():
                typer.echo(event.error or "")
            case Running():
                typer.echo(_("Running the code …"))
            case Text():
                typer.echo(event.text, nl=event.kind == "result")
            case Table():
                typer.echo(event.text)
            case Failure():
                typer.echo(event.traceback)
            case Picture():
                typer.echo(
                    _("(a picture of {width} x {height} pixels)").format(
                        width=event.width, height=event.height
                    )
                )
            case Figure():
                typer.echo(_("(an interactive figure)"))
            case Note():
                typer.echo(event.sentence)
            case Answer() if event.stopped:
                typer.echo(event.stopped)
            case _:
                pass
