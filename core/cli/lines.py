"""JSON Lines: one request a line in, one result a line out, in the same order.

A line that cannot be used gives `{"error": ...}` in its place and does not disturb the others.

    {"messages": [{"role", "content", "metadata"?}], "tools"?: [...], "settings"?: {...}}
    {"text": "..."}
    {"ids": [1, 2, 3]}
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.options import checked_text
from core.errors import InvalidInput, PromptLabError
from core.i18n import _
from core.messages import Message, with_system
from core.sampling import Sampling

if TYPE_CHECKING:
    from core.models.tokenizer import ChatGLMTokenizer

Line = dict[str, Any] | PromptLabError
_MESSAGE_FIELDS = {"role", "content", "metadata"}


def read_lines(file: str) -> list[Line]:
    """The objects of a file, or of standard input for "-"; an error for each bad line.

    Raises `InvalidInput` when the file cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(
            _("The file {file!r} cannot be read ({reason}). Check its path.").format(
                file=file, reason=error.strerror or error
            )
        ) from error
    rows = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not rows[-1].strip():
        rows.pop()
    return [_guarded(_parse, row) for row in rows]


def each(lines: Iterable[Line], read: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """`read` of every line; the error where the line or `read` has one."""
    return [line if isinstance(line, PromptLabError) else _guarded(read, line) for line in lines]


def in_place(items: Sequence[Any], results: Iterable[Any]) -> list[dict[str, Any]]:
    """The results of the good items and the errors of the bad ones, in the items' order."""
    remaining = iter(results)
    return [
        {"error": str(item)} if isinstance(item, PromptLabError) else next(remaining)
        for item in items
    ]


def good(items: Iterable[Any]) -> list[Any]:
    """The items that are no errors."""
    return [item for item in items if not isinstance(item, PromptLabError)]


def prompt_ids(tokenizer: "ChatGLMTokenizer", line: dict[str, Any], system: str = "") -> list[int]:
    """The whole prompt of a line's `messages` and `tools`, up to the assistant's role id.

    `system` is put first where the line has no system message of its own.
    """
    values = line.get("messages")
    if not isinstance(values, list) or not values:
        raise InvalidInput(
            _("messages must be a list of messages, got {value!r}.").format(value=values)
        )
    messages = [_message(value) for value in values]
    if not any(message.role == "system" for message in messages):
        messages = with_system(system, messages)
    return tokenizer.prompt_ids(messages, _tools(line.get("tools")))


def any_ids(tokenizer: "ChatGLMTokenizer", line: dict[str, Any]) -> list[int]:
    """The ids of a line's `text`, `ids` or `messages`, of which it must have exactly one."""
    given = [name for name in ("text", "ids", "messages") if name in line]
    if len(given) != 1:
        raise InvalidInput(
            _("Give exactly one of text, ids or messages, got {given}.").format(
                given=", ".join(given) or _("none of them")
            )
        )
    _only(line, {*given, "tools"} if "messages" in given else set(given))
    if "messages" in line:
        return prompt_ids(tokenizer, line)
    if "ids" in line:
        return checked_ids(tokenizer, line["ids"])
    return text_ids(tokenizer, line["text"])


def text_ids(tokenizer: "ChatGLMTokenizer", text: object) -> list[int]:
    """The ids of a text as it is, without any role or control id."""
    if not isinstance(text, str) or not text:
        raise InvalidInput(
            _("The text {text!r} is empty or no text. Write something.").format(text=text)
        )
    ids = tokenizer.encode(checked_text(text))
    if not ids:
        raise InvalidInput(_("The text {text!r} has no tokens. Write something.").format(text=text))
    return ids


def checked_ids(tokenizer: "ChatGLMTokenizer", ids: object) -> list[int]:
    """`ids`, if it is a list of ids that the tokenizer knows."""
    if not isinstance(ids, list) or not ids:
        raise InvalidInput(_("ids must be a list of token ids, got {value!r}.").format(value=ids))
    for i in ids:
        if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i < tokenizer.vocab_size:
            raise InvalidInput(
                _("Token id {id!r} is not in the vocabulary (0 to {last}).").format(
                    id=i, last=tokenizer.vocab_size - 1
                )
            )
    return ids


def line_sampling(line: dict[str, Any], default: Sampling) -> Sampling:
    """The line's `settings` over those of the command line."""
    _only(line, {"messages", "tools", "settings"})
    settings = line.get("settings", {})
    if not isinstance(settings, dict):
        raise InvalidInput(_("settings must be an object, got {value!r}.").format(value=settings))
    return Sampling.from_dict({**default.to_dict(), **settings})


def _only(line: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(line) - known)
    if unknown:
        raise InvalidInput(
            _("Unknown field {name!r}. Known here are: {known}.").format(
                name=unknown[0], known=", ".join(sorted(known))
            )
        )


def _message(value: object) -> Message:
    if not isinstance(value, dict) or not {"role", "content"} <= set(value) <= _MESSAGE_FIELDS:
        raise InvalidInput(
            _("A message has role, content and perhaps metadata, got {value!r}.").format(
                value=value
            )
        )
    return Message(**value)


def _tools(value: object) -> list[dict[str, Any]] | None:
    if value is not None and not (
        isinstance(value, list) and all(isinstance(tool, dict) for tool in value)
    ):
        raise InvalidInput(_("tools must be a list of objects, got {value!r}.").format(value=value))
    return value  # type: ignore[return-value]


def _parse(row: bytes) -> dict[str, Any]:
    try:
        value = json.loads(row.decode())
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            _("This line is not JSON in UTF-8 ({reason}).").format(reason=error)
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput(
            _("A line must be a JSON object, got {kind}.").format(kind=type(value).__name__)
        )
    return value


def _guarded(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except PromptLabError as error:
        return error
    except (OverflowError, TypeError) as error:
        # Numbers beyond a float and unhashable roles
        return InvalidInput(
            _("This line has a value out of range ({reason}).").format(reason=error)
        )
