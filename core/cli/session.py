"""What the commands share: opening a model quietly, errors as one line, JSON Lines in and out."""

import contextlib
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from core.config import Settings
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.models.tokenizer import ChatGLMTokenizer


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """End with exit code 2 and one line on standard error when something cannot be done."""
    try:
        yield
    except PromptLabError as error:
        typer.echo(" ".join(str(error).split()), err=True)
        raise typer.Exit(2) from error


@contextlib.contextmanager
def opened(model: str | None, device: str | None, precision: str | None) -> Iterator["Engine"]:
    """The engine of a model, closed at the end. Library logs stay quiet."""
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    settings = Settings.from_environment()
    from core.engine.engine import Engine
    from core.models import catalogue
    from core.models.loading import load

    entry = catalogue.find(model or settings.model, settings)
    loaded = load(
        entry.folder,
        entry.name,
        device or settings.device,  # type: ignore[arg-type]
        precision or settings.precision,  # type: ignore[arg-type]
    )
    engine = Engine(loaded)
    try:
        yield engine
    finally:
        engine.close()


def tokenizer_of(model: str | None) -> "ChatGLMTokenizer":
    """The tokenizer of a model, without loading the model."""
    from core.models import catalogue
    from core.models.checkpoint import inspect
    from core.models.tokenizer import ChatGLMTokenizer

    settings = Settings.from_environment()
    folder = catalogue.find(model or settings.model, settings).folder
    return ChatGLMTokenizer(inspect(folder).tokenizer_file)


def emit(value: object) -> None:
    """One JSON value on a line of standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def read_lines(file: str) -> list[bytes]:
    """The lines of a file, or of standard input for "-", as they are."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(
            _("The file {file} cannot be read ({reason}).").format(file=file, reason=error)
        ) from error
    return content.removesuffix(b"\n").split(b"\n") if content else []


def parse_object(line: bytes) -> dict[str, Any]:
    """One line as a JSON object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("This line is not JSON ({reason}).").format(reason=error)) from error
    if not isinstance(value, dict):
        raise InvalidInput(_("A line must be a JSON object, got {line!r}.").format(line=value))
    return value


def messages_of(value: dict[str, Any]) -> list[Message]:
    """The messages of a line; raises `InvalidInput` for anything else."""
    items = value.get("messages")
    if not isinstance(items, list) or not items:
        raise InvalidInput(
            _("messages must be a list that is not empty, got {value!r}.").format(value=items)
        )
    messages = []
    for item in items:
        if not isinstance(item, dict):
            raise InvalidInput(_("A message must be an object, got {value!r}.").format(value=item))
        messages.append(
            Message(item.get("role"), item.get("content"), item.get("metadata") or "")  # type: ignore[arg-type]
        )
    return messages


def tools_of(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The tools of a line, if any."""
    tools = value.get("tools")
    if tools is not None and not (
        isinstance(tools, list) and all(isinstance(tool, dict) for tool in tools)
    ):
        raise InvalidInput(_("tools must be a list of objects, got {value!r}.").format(value=tools))
    return tools


def parse_each(
    lines: Sequence[bytes], parse: Callable[[dict[str, Any]], Any]
) -> list[Any | PromptLabError]:
    """Every line parsed, or in its place the error that explains why it cannot be."""
    parsed: list[Any | PromptLabError] = []
    for line in lines:
        try:
            parsed.append(parse(parse_object(line)))
        except PromptLabError as error:
            parsed.append(error)
        except (TypeError, ValueError, OverflowError) as error:
            parsed.append(
                InvalidInput(_("This line cannot be used ({reason}).").format(reason=error))
            )
    return parsed
