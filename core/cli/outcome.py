"""How a command ends: exit code 0, or 2 with one line on standard error that says what was wrong.

Ctrl-C ends a command with 130, as shells expect it; a reader of standard output that has seen
enough (`| head`) ends it with 0.
"""

import io
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from core.errors import PromptLabError
from core.i18n import _, translated


class OneLineErrors(TyperGroup):
    """A group of commands that reports every failure in one line, and never with a traceback.

    `python -X dev -m core` shows where an unexpected one came from.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; its help, a docstring, in the language of the terminal."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.help = translated(command.help or "")
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; raises `SystemExit` with the exit code."""
        _write_any_text()
        # Else the library would report failures itself, in several lines
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except SystemExit:
            # The library's answer to a closed pipe
            code = 0
        except PromptLabError as error:
            code = _refuse(str(error))
        except Exception as error:
            said = _said_by_library(error)
            if said is None and sys.flags.dev_mode:
                raise
            code = _refuse(said or _unexpected(error))
        sys.exit(code if isinstance(code, int) else 0)


def _write_any_text() -> None:
    """Let characters that the terminal's encoding lacks come out as escapes, not as errors."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refuse(message: str) -> int:
    typer.echo(" ".join(message.split()), err=True)
    return 2


def _said_by_library(error: Exception) -> str | None:
    """What a usage error of the library says, with the help that helps; None for other errors."""
    # The library carries a private copy of click, so its base class has no public name
    say = getattr(error, "format_message", None)
    if say is None:
        return None
    message = say().strip()
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "python -m core"
    return _("{message} See {command} --help.").format(
        message=message if message.endswith((".", "?")) else message + ".", command=command
    )


def _unexpected(error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [""])[0]
    return _(
        "Something unexpected went wrong ({kind}: {reason}). Try again; "
        "python -X dev -m core shows where it happened."
    ).format(kind=type(error).__name__, reason=reason)
