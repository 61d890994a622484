"""The interactive chat: questions from standard input, answers as they come.

Ctrl-C stops an answer and keeps the chat; at the prompt it leaves, as does the end of input.
"""

from typing import TYPE_CHECKING

import typer

from core.cli.options import checked_text
from core.errors import PromptLabError
from core.events import Finished, TextDelta
from core.i18n import _
from core.messages import Message, with_system
from core.sampling import Sampling

if TYPE_CHECKING:
    from core.engine.engine import Engine


class Dialogue:
    """One conversation on the terminal."""

    def __init__(self, engine: "Engine", system: str, sampling: Sampling) -> None:
        self._engine = engine
        self._system = system
        self._sampling = sampling
        self._messages: list[Message] = []

    def run(self) -> None:
        """Read and answer until the user leaves."""
        typer.echo(_help())
        while True:
            try:
                line = input("> ").strip()
            except (EOFError, KeyboardInterrupt):
                typer.echo()
                return
            if line == "/quit":
                return
            if line.startswith("/"):
                self._command(line)
            elif line:
                self._ask(line)

    def _command(self, line: str) -> None:
        name, _blank, text = line.partition(" ")
        if name == "/clear":
            self._messages.clear()
            typer.echo(_("The conversation is empty again."))
        elif name == "/system":
            self._system = text.strip()
            typer.echo(_("System message: {text}").format(text=self._system or _("none")))
        elif name == "/stop":
            typer.echo(_("Press Ctrl-C while an answer comes to stop it; the chat goes on."))
        else:
            typer.echo(_("There is no command {name!r}.").format(name=name) + "\n" + _help())

    def _ask(self, question: str) -> None:
        try:
            asked = [*self._messages, Message("user", checked_text(question))]
            self._messages = [*asked, self._answer(asked)]
        except PromptLabError as error:
            typer.echo(f"{error} " + _("Type /clear to start again."), err=True)

    def _answer(self, messages: list[Message]) -> Message:
        from core.engine.requests import Request

        prompt = self._engine.tokenizer.prompt_ids(with_system(self._system, messages))
        text, metadata = "", ""
        with self._engine.submit(Request(tuple(prompt), self._sampling)) as stream:
            try:
                for event in stream:
                    if isinstance(event, TextDelta):
                        text += event.text
                        typer.echo(event.text, nl=False)
                    elif isinstance(event, Finished):
                        metadata = event.metadata
                        if event.error:
                            typer.echo(event.error, err=True)
                typer.echo()
            except KeyboardInterrupt:
                typer.echo("\n" + _("(stopped)"))
        return Message("assistant", text, metadata)


def _help() -> str:
    return _("/clear  /system TEXT  /stop  /quit; Ctrl-C stops an answer.")
