"""The rows of an experiment from a file or from the clipboard: CSV, tab-separated text, JSON Lines.

The first line of a table names its columns. `expected` is the answer that a row wants, `group` what
it is summed up with, `key` what it is called; all columns are variables of the template. Where none
is called `input`, the first column is `input` as well.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.experiments.spec import MAX_ROWS, Row
from core.i18n import _, ngettext
from core.messages import checked_text

MAX_COLUMNS = 200
MAX_FIELD = 200_000
MAX_BYTES = 50 * 2**20
_DELIMITERS = "\t;,"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. encoding: of the bytes, as it was recognised; "" for a text. columns: the
    names that a template has for them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = ""


def read_table(content: bytes | str, name: str = "") -> Table:
    """The rows of a file, or of a text that was pasted; raises `InvalidInput` for what is none.

    name: of the file; one that ends in .jsonl or .ndjson is JSON Lines, and so is what begins with
    a brace.
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            _("The table has {size:.0f} MB; at most {most} MB are read.").format(
                size=len(content) / 2**20, most=MAX_BYTES // 2**20
            )
        )
    text, encoding = (content, "") if isinstance(content, str) else _decoded(content)
    if "\0" in text:
        raise InvalidInput(_("This is no table: it has bytes that no text has. Save it as CSV."))
    if not text.strip():
        raise InvalidInput(_("The table is empty. Give a line of column names, and rows below it."))
    lines = name.lower().endswith((".jsonl", ".ndjson")) or text.lstrip().startswith("{")
    found = list(_json_rows(text) if lines else _csv_rows(text))
    columns = tuple(dict.fromkeys(column for fields in found for column in fields))
    if not found:
        raise InvalidInput(_("The table has column names and no rows. Add at least one."))
    if len(columns) > MAX_COLUMNS:
        raise InvalidInput(
            _("The table has {count} columns; at most {most} are read.").format(
                count=len(columns), most=MAX_COLUMNS
            )
        )
    return Table(columns, rows_of(found), encoding)


def rows_of(table: Iterable[Mapping[str, str]]) -> tuple[Row, ...]:
    """Rows from the fields of each; raises `InvalidInput` where two have one key."""
    rows = []
    for place, fields in enumerate(table, start=1):
        whole = dict(fields)
        if "input" not in whole and whole:
            first = next(iter(whole))
            whole["input"] = whole[first]
        rows.append(
            Row(
                key=whole.get("key", "").strip() or str(place),
                fields=tuple(whole.items()),
                expected=whole.get("expected", ""),
                group=whole.get("group", "").strip(),
            )
        )
    return tuple(rows)


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and how it was encoded. Chinese spreadsheets write GB18030 without a mark."""
    mark = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    if mark is None and content[:64].count(0) >= len(content[:64]) // 3 > 0:
        mark = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    for encoding in (mark,) if mark else ("utf-8", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig").upper()
        except UnicodeDecodeError:
            continue
    raise InvalidInput(
        _("The table is not text in UTF-8, UTF-16 or GB18030. Save it as CSV in UTF-8.")
    )


# --- CSV ----------------------------------------------------------------------------------


def _csv_rows(text: str) -> Iterator[dict[str, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    # The module's limit is one for all: a field that is too long is refused below
    csv.field_size_limit(MAX_BYTES)
    try:
        header: tuple[str, ...] | None = None
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            count += 1
            _check_count(count, reader.line_num)
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise InvalidInput(
                    _(
                        "Line {line} of the table has {count} fields, and there are {columns} "
                        "columns. A text with a comma in it needs quotes around it."
                    ).format(line=reader.line_num, count=len(cells), columns=len(header))
                )
            # A row that ends early has nothing in its last columns
            padded = [*cells, *[""] * (len(header) - len(cells))]
            yield {
                name: _field(cell, reader.line_num)
                for name, cell in zip(header, padded, strict=False)
            }
    except csv.Error as error:
        raise InvalidInput(
            _("Line {line} of the table cannot be read ({reason}). Check its quotes.").format(
                line=reader.line_num, reason=error
            )
        ) from error


def _delimiter(text: str) -> str:
    """What stands between the column names most often, outside of quotes."""
    header = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", maxsplit=1)[0])
    return max(_DELIMITERS, key=lambda mark: (header.count(mark), mark == ","))


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    names = [variable_name(cell) or f"column_{place}" for place, cell in enumerate(cells, 1)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(
            _("Two columns of the table are called {name!r}. Rename one.").format(name=twice)
        )
    return tuple(names)


def variable_name(text: str) -> str:
    """What a template calls a column: letters, digits and underscores, in lower case."""
    name = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


def _check_count(count: int, line: int) -> None:
    if count > MAX_ROWS:
        raise InvalidInput(
            ngettext(
                "A table can have at most {most:,} row, and line {line:,} is row {count:,}.",
                "A table can have at most {most:,} rows, and line {line:,} is row {count:,}.",
                MAX_ROWS,
            ).format(most=MAX_ROWS, line=line, count=count)
        )


def _field(text: str, line: int) -> str:
    if len(text) > MAX_FIELD:
        raise InvalidInput(
            _("Line {line} has a field of {count:,} characters; at most {most:,} are read.").format(
                line=line, count=len(text), most=MAX_FIELD
            )
        )
    # Escapes of JSON can make what no text has
    if "\0" in text:
        raise InvalidInput(
            _("Line {line} has a character that no text has (NUL). Remove it.").format(line=line)
        )
    try:
        return checked_text(text)
    except InvalidInput as error:
        raise InvalidInput(_("Line {line}: {reason}").format(line=line, reason=error)) from error


# --- JSON Lines ---------------------------------------------------------------------------


def _json_rows(text: str) -> Iterator[dict[str, str]]:
    count = 0
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        count += 1
        _check_count(count, line)
        try:
            item = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                _("Line {line} is no JSON object ({reason}). JSON Lines have one a line.").format(
                    line=line, reason=str(error)[:200]
                )
            ) from error
        if not isinstance(item, dict) or not item:
            raise InvalidInput(
                _("Line {line} is no JSON object with fields, but {value}.").format(
                    line=line, value=repr(item)[:80]
                )
            )
        names = _header(list(item))
        yield {
            name: _field(_plain(value, line, name), line)
            for name, value in zip(names, item.values(), strict=True)
        }


def _plain(value: Any, line: int, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
