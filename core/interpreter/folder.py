"""What a model is told of the files in the folder of the code: names and sizes, in one line.

Names are chosen by visitors and written by code; to a model they are data. Each stands as a Python
literal, so that code can take it as it is, however odd: no break, nothing that cannot be seen and
no beginning of a role's tag gets into the prompt. How many are named, and how long the line may be,
is bounded: the window has to hold the conversation too.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, takewhile

from core.messages import Message

# The newest ones; of all of them, and of one name, in characters
MOST_TOLD = 20
LONGEST_LINE = 1000
LONGEST_NAME = 100
# With these the tags of roles and calls begin, in whatever family, and fences of code
_BEGINNINGS = "<[`"


def told_files(files: Mapping[str, int]) -> str:
    """The line, in English as models read it best; nothing where there are no files.

    files: sizes in bytes by name, the newest last.
    """
    if not files:
        return ""
    named = [f"{literal(name)} ({_size(size)})" for name, size in [*files.items()][::-1]]
    lengths = accumulate(len(one) + 2 for one in named)
    count = min(MOST_TOLD, sum(length <= LONGEST_LINE for length in lengths))
    older = len(named) - count
    more = [f"and {older} older"] if older else []
    return f"Files in the current folder: {', '.join([*named[:count], *more])}"


def literal(name: str) -> str:
    """A name as a Python literal of plain characters; one that is too long is cut, with a mark
    behind it."""
    quote = '"' if "'" in name and '"' not in name else "'"
    pieces = [_piece(character, quote) for character in name]
    lengths = accumulate(map(len, pieces))
    kept = pieces[: sum(1 for _one in takewhile(lambda length: length <= LONGEST_NAME, lengths))]
    cut = "" if len(kept) == len(pieces) else "…"
    return f"{quote}{''.join(kept)}{quote}{cut}"


def with_files(system: str, line: str) -> str:
    """A system message that tells of the files too; the same where there are none."""
    return f"{system}\n{line}" if system and line else system or line


def with_files_told(messages: Sequence[Message], line: str) -> list[Message]:
    """Messages whose system message tells of the files; it is made where there is none."""
    if not line:
        return [*messages]
    if messages and messages[0].role == "system":
        return [Message("system", with_files(messages[0].content, line)), *messages[1:]]
    return [Message("system", line), *messages]


def _piece(character: str, quote: str) -> str:
    if character in _BEGINNINGS:
        return f"\\x{ord(character):02x}"
    return f"\\{quote}" if character == quote else repr(character)[1:-1]


def _size(size: int) -> str:
    if size < 1024:
        return f"{size} bytes" if size != 1 else "1 byte"
    return f"{size / 1024:.0f} KB" if size < 1 << 20 else f"{size / (1 << 20):.1f} MB"
