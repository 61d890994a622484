"""JSON Lines in, one JSON object a line out, in the same order; a bad line spoils only itself.

A line of `ask` has `messages`, and if need be `tools` and `settings`; a line of `score` and
`tokenize` has one of `text`, `ids` and `messages`. A line of `ask` can be scored and tokenized
as it is: its settings play no part then. Unknown fields are refused, so that a slip of the pen
is not taken for an answer to another question.

Lines end with a line feed and nothing else: other separators, such as U+2028, may stand inside a
JSON string. A blank line is an error in its place, so that line n always answers line n.
"""

import json
import reprlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message, checked_text, with_system
from core.sampling.settings import Sampling

Parsed = TypeVar("Parsed")

_QUOTE = reprlib.Repr()
_QUOTE.maxstring = _QUOTE.maxother = 80


def read_lines(file: str) -> list[bytes]:
    """The lines of a file, or of standard input for "-"; raises `InvalidInput` if it cannot be."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("The file {file} cannot be read ({reason}).").format(file=file, reason=error)
        ) from error
    return content.removesuffix(b"\n").split(b"\n") if content else []


def answer_lines(
    lines: Sequence[bytes],
    parse: Callable[[dict[str, Any]], Parsed],
    answer: Callable[[list[Parsed]], Iterable[dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    """One object per line, in order: its answer, or `{"error": ...}`.

    `answer` gets all lines that `parse` took, at once, and gives one object for each.
    """
    parsed: list[Parsed | PromptLabError] = []
    for line in lines:
        try:
            parsed.append(parse(_object(line)))
        except PromptLabError as error:
            parsed.append(error)
        except RecursionError:
            parsed.append(InvalidInput(_("This line is nested too deeply. Flatten it.")))
    good = [item for item in parsed if not isinstance(item, PromptLabError)]
    answers = iter(answer(good) if good else ())
    for item in parsed:
        yield {"error": str(item)} if isinstance(item, PromptLabError) else next(answers)


def request_of(line: dict[str, Any], system: str, sampling: Sampling) -> Request:
    """What a line of `ask` wants.

    `system` and `sampling` hold where the line says nothing else. Raises `InvalidInput`.
    """
    _know(line, {"messages", "tools", "settings"})
    messages = _messages(line)
    if messages[-1].role == "user" and not messages[-1].content.strip():
        raise InvalidInput(_("The last message is empty. Write something first."))
    if messages[0].role != "system":
        messages = with_system(system, messages)
    settings = line.get("settings")
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise InvalidInput(_refusal("settings", _("an object"), settings))
    own = Sampling.from_dict({**sampling.to_dict(), **settings})
    return Request(tuple(messages), own, tools=tuple(_tools(line) or ()))


def ids_of(tokenizer: Tokenizer, line: dict[str, Any]) -> list[int]:
    """The token ids that a line of `score` or `tokenize` means; raises `InvalidInput`."""
    kinds = {"text", "ids", "messages"} & set(line)
    if len(kinds) != 1:
        raise InvalidInput(
            _("A line needs exactly one of text, ids or messages, got {fields}.").format(
                fields=", ".join(sorted(kinds)) or _("none")
            )
        )
    if "messages" in line:
        _know(line, {"messages", "tools", "settings"})
        return tokenizer.prompt_ids(_messages(line), _tools(line))
    _know(line, {"text", "ids"})
    if "ids" in line:
        ids = line["ids"]
        if not isinstance(ids, list) or not all(type(i) is int for i in ids):
            raise InvalidInput(_refusal("ids", _("a list of whole numbers"), ids))
        return ids
    if not isinstance(line["text"], str):
        raise InvalidInput(_refusal("text", _("text"), line["text"]))
    return tokenizer.encode(checked_text(line["text"]))


def _object(line: bytes) -> dict[str, Any]:
    """One line as a JSON object."""
    if not line.strip():
        raise InvalidInput(_("This line is blank. Put one JSON object on every line."))
    try:
        # Editors may begin a file with a byte order mark
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            _("This line is not valid UTF-8 (byte {position}). Save the file as UTF-8.").format(
                position=error.start
            )
        ) from error
    except ValueError as error:
        raise InvalidInput(_("This line is not JSON ({reason}).").format(reason=error)) from error
    if not isinstance(value, dict):
        raise InvalidInput(_refusal(_("A line"), _("a JSON object"), value))
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(_("{name} is not a JSON number").format(name=name))


def _messages(line: dict[str, Any]) -> list[Message]:
    items = line.get("messages")
    if not isinstance(items, list) or not items:
        raise InvalidInput(_refusal("messages", _("a non-empty list"), items))
    messages = []
    for item in items:
        if not isinstance(item, dict):
            raise InvalidInput(_refusal(_("A message"), _("an object"), item))
        _know(item, {"role", "content", "metadata"})
        metadata = item.get("metadata")
        messages.append(
            # `Message` checks what types the values are of
            Message(
                item.get("role"),  # type: ignore[arg-type]
                item.get("content"),  # type: ignore[arg-type]
                "" if metadata is None else metadata,
            )
        )
    return messages


def _tools(line: dict[str, Any]) -> list[dict[str, Any]] | None:
    tools = line.get("tools")
    if tools is None:
        return None
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise InvalidInput(_refusal("tools", _("a list of objects"), tools))
    return tools


def _know(value: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(value) - known)
    if unknown:
        raise InvalidInput(
            _("Unknown field {name}. Known fields: {known}.").format(
                name=_QUOTE.repr(unknown[0]), known=", ".join(sorted(known))
            )
        )


def _refusal(what: str, legal: str, value: object) -> str:
    """What a value must be; a long one is quoted in part."""
    return _("{what} must be {legal}, got {value}.").format(
        what=what, legal=legal, value=_QUOTE.repr(value)
    )
