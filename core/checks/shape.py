"""Kinds of rules on the length of an answer and on its form: lists, code, tables, sections."""

from core.checks.fields import Field
from core.checks.kind import Kind, Outcome, Seen, Values, counting, number_of, text_of
from core.checks.patterns import IDEOGRAPHS, plain
from core.checks.reading import code_blocks, paragraphs, sentences, shown, words
from core.errors import InvalidInput
from core.i18n import _


def _found(pattern: str, text: str) -> list[str]:
    import regex

    return regex.findall(pattern, text, regex.VERSION1 | regex.MULTILINE)


def _unit_said(unit: str) -> str:
    return {
        "words": _("Words"),
        "sentences": _("Sentences"),
        "characters": _("Characters"),
        "lines": _("Lines"),
        "tokens": _("Tokens"),
    }[unit]


def _length(values: Values, seen: Seen) -> int:
    unit, text = text_of(values, "unit"), seen.text
    if unit == "words":
        return len(words(text))
    if unit == "sentences":
        return sentences(text)
    if unit == "characters":
        return len(text.strip())
    if unit == "lines":
        return sum(bool(line.strip()) for line in text.splitlines())
    if seen.count_tokens is None:
        raise InvalidInput(
            _("This model does not say how many tokens a text has. Count words instead.")
        )
    return seen.count_tokens(text)


def _paragraph_count(values: Values, seen: Seen) -> int:
    return len(_parts(values, seen.text))


def _parts(values: Values, text: str) -> list[str]:
    """The paragraphs; an empty one between two others counts, at the ends it does not."""
    if values["divider"] == "blank":
        return paragraphs(text)
    import regex

    parts = regex.split(r"\s?\*\*\*\s?" if values["divider"] == "stars" else r"\n\s*---\s*\n", text)
    while parts and not parts[0].strip():
        parts = parts[1:]
    while parts and not parts[-1].strip():
        parts = parts[:-1]
    return parts


def _paragraph_look(values: Values, seen: Seen) -> Outcome:
    parts = _parts(values, seen.text)
    if not all(part.strip() for part in parts):
        return Outcome(False, _("A paragraph between two dividers is empty."))
    return _PARAGRAPHS.look(values, seen)


def _paragraph_begins(values: Values, seen: Seen) -> Outcome:
    parts = paragraphs(seen.text)
    nth = int(number_of(values, "nth"))
    if nth > len(parts):
        return Outcome(False, _("Paragraphs: {count}").format(count=len(parts)))
    text = plain(parts[nth - 1]).lstrip("\"'*_# ").casefold()
    wanted = plain(text_of(values, "word")).strip().casefold()
    after = text[len(wanted) : len(wanted) + 1]
    held = text.startswith(wanted) and not _found(rf"^[\w'\-\--[{IDEOGRAPHS}]]", after)
    why = _("Paragraph {nth} begins with “{part}”.").format(nth=nth, part=shown(parts[nth - 1], 40))
    return Outcome(held, why)


def _list_items(values: Values, seen: Seen) -> int:
    if values["style"] == "bullets":
        # A rule of the page (---, ***) and text that only begins in bold are no bullets
        return len(
            _found(r"^\s*(?:[*+•·‣](?=[^*\n])|-(?!\s*(?:-\s*){1,}$)(?=[^\n])).*$", seen.text)
        )
    return len(_found(r"^\s*\(?(?:\d{1,3}[.)、)]|[一二三四五六七八九十]+[、.]).*\S.*$", seen.text))


def _list_said(values: Values) -> str:
    return _("Bullets") if values["style"] == "bullets" else _("Numbered items")


def _code(values: Values, seen: Seen) -> Outcome:
    wanted = text_of(values, "language").strip().casefold()
    blocks = list(code_blocks(seen.text))
    if not blocks:
        return Outcome(False, _("There is no block of code between ``` and ```."))
    named = [block.language or "∅" for block in blocks]
    same = _SAME_LANGUAGE.get(wanted, {wanted})
    held = not wanted or any(block.language in same for block in blocks)
    why = _("Blocks of code: {count} ({languages}).").format(
        count=len(blocks), languages=", ".join(dict.fromkeys(named[:5]))
    )
    # A block that says no language may well be in the one asked for
    return Outcome(held, why, doubtful=not held and "∅" in named)


_SAME_LANGUAGE = {
    name: names
    for names in (
        {"python", "py", "python3"},
        {"javascript", "js", "jsx", "node"},
        {"typescript", "ts", "tsx"},
        {"bash", "sh", "shell", "zsh", "console"},
        {"c++", "cpp", "cc"},
        {"c#", "csharp", "cs"},
        {"yaml", "yml"},
        {"go", "golang"},
    )
    for name in names
}


def _table(values: Values, seen: Seen) -> Outcome:
    from markdown_it import MarkdownIt

    rows = columns = 0
    best = -1
    in_head = False
    for token in MarkdownIt("commonmark").enable("table").parse(seen.text):
        if token.type == "table_open":
            rows = columns = 0
        in_head = token.type == "thead_open" or (in_head and token.type != "thead_close")
        rows += token.type == "tr_open" and not in_head
        columns += token.type == "th_open"
        if token.type == "table_close" and columns >= number_of(values, "columns"):
            best = max(best, rows)
    if best < 0:
        return Outcome(False, _("There is no table with so many columns."))
    held = best >= number_of(values, "rows")
    return Outcome(held, _("Rows of the table: {count}").format(count=best))


def _title(values: Values, seen: Seen) -> Outcome:
    if values["style"] == "brackets":
        titles = _found(r"<<[^\n]+>>", seen.text)
        titles = [title for title in titles if title.strip("<> ").strip()]
    else:
        first = next((line for line in seen.text.splitlines() if line.strip()), "")
        titles = _found(r"^\s{0,3}#{1,6}\s+\S.*$|^\s*\*\*[^*\n]+\*\*\s*$", first)
    if titles:
        return Outcome(True, _("The title is “{title}”.").format(title=shown(titles[0].strip())))
    return Outcome(False, _("There is no title."))


def _highlights(values: Values, seen: Seen) -> int:
    single = _found(r"\*[^\n\*]*\*", seen.text)
    double = _found(r"\*\*[^\n\*]*\*\*", seen.text)
    return sum(bool(h.strip("*").strip()) for h in single) + sum(
        bool(h.removeprefix("**").removesuffix("**").strip()) for h in double
    )


def _sections(values: Values, seen: Seen) -> int:
    import regex

    marker = regex.escape(text_of(values, "marker").strip())
    return len(_found(rf"{marker}\s?\d+", seen.text))


def _placeholders(values: Values, seen: Seen) -> int:
    return len(_found(r"\[.*?\]", seen.text))


def _postscript(values: Values, seen: Seen) -> Outcome:
    import regex

    marker = text_of(values, "marker").strip().lower()
    # "P.S." may be written with a space, and its last dot may be left out: "P. S", "P.P.S"
    pattern = r"\.\s?".join(regex.escape(part) for part in marker.split(".") if part)
    pattern += r"\." if marker.endswith(".") else ""
    found = regex.search(pattern, seen.text.lower())
    if found:
        why = _("Found: {words} in “{place}”.").format(
            words=f"“{marker}”", place=shown(seen.text[found.start() :])
        )
        return Outcome(True, why)
    return Outcome(False, _("Not found: {words}.").format(words=f"“{marker}”"))


def _versions(values: Values, seen: Seen) -> Outcome:
    parts = seen.text.split(text_of(values, "divider").strip())
    if any(not part.strip() for part in parts[1:-1]):
        return Outcome(False, _("A version between two dividers is empty."))
    versions = [part.strip() for part in parts if part.strip()]
    wanted = int(number_of(values, "count"))
    why = _("Versions: {count}, different: {different}.").format(
        count=len(versions), different=len(set(versions))
    )
    return Outcome(len(versions) == len(set(versions)) == wanted, why)


def _finished(values: Values, seen: Seen) -> Outcome:
    if seen.reason is None:
        raise InvalidInput(_("It is not known how this answer ended."))
    if seen.reason == "length":
        return Outcome(False, _("The answer was cut off at its longest length."))
    return Outcome(seen.reason == "stop", _("It ended with: {reason}").format(reason=seen.reason))


_PARAGRAPHS = counting(
    "paragraphs",
    "length",
    lambda: _("Paragraphs"),
    lambda: _("How many paragraphs the answer has."),
    _paragraph_count,
    lambda v: _("Paragraphs"),
    (
        Field(
            "divider",
            "choice",
            lambda: _("Between paragraphs"),
            "blank",
            choices=(
                ("blank", lambda: _("a blank line")),
                ("stars", lambda: "***"),
                ("rule", lambda: "---"),
            ),
        ),
    ),
)

KINDS: tuple[Kind, ...] = (
    counting(
        "length",
        "length",
        lambda: _("Length"),
        lambda: _("How long the answer is. Each Chinese character counts as a word."),
        _length,
        lambda v: _unit_said(text_of(v, "unit")),
        (
            Field(
                "unit",
                "choice",
                lambda: _("Counted in"),
                "words",
                choices=(
                    ("words", lambda: _("Words")),
                    ("sentences", lambda: _("Sentences")),
                    ("characters", lambda: _("Characters")),
                    ("lines", lambda: _("Lines")),
                    ("tokens", lambda: _("Tokens")),
                ),
            ),
        ),
    ),
    Kind(
        _PARAGRAPHS.name,
        _PARAGRAPHS.group,
        _PARAGRAPHS.title,
        _PARAGRAPHS.help,
        _PARAGRAPHS.fields,
        _PARAGRAPHS.says,
        _paragraph_look,
        _PARAGRAPHS.check,
    ),
    Kind(
        "finished",
        "length",
        lambda: _("Comes to its end"),
        lambda: _("The model ended the answer itself: it was not cut off at its longest length."),
        (),
        lambda v: _("comes to its end"),
        _finished,
    ),
    counting(
        "list",
        "format",
        lambda: _("List"),
        lambda: _("Bullets or numbered items, each on a line of its own."),
        _list_items,
        _list_said,
        (
            Field(
                "style",
                "choice",
                lambda: _("Style"),
                "bullets",
                choices=(
                    ("bullets", lambda: _("Bullets")),
                    ("numbers", lambda: _("Numbered items")),
                ),
            ),
        ),
    ),
    Kind(
        "code",
        "format",
        lambda: _("Block of code"),
        lambda: _("Code between ``` and ```."),
        (
            Field(
                "language",
                "text",
                lambda: _("Language of the code"),
                "",
                lambda: _("As it stands after the first ```: python. Empty for any."),
                blank=True,
            ),
        ),
        lambda v: _("has a block of code {language}").format(language=v["language"]).strip(),
        _code,
    ),
    Kind(
        "table",
        "format",
        lambda: _("Table"),
        lambda: _("A Markdown table."),
        (
            Field("columns", "whole", lambda: _("At least so many columns"), 2, None, 1, 100),
            Field("rows", "whole", lambda: _("At least so many rows"), 1, None, 0, 10_000),
        ),
        lambda v: _("has a table of at least {columns} × {rows}").format(
            columns=v["columns"], rows=v["rows"]
        ),
        _table,
    ),
    Kind(
        "title",
        "format",
        lambda: _("Title"),
        lambda: _("A heading on the first line, or a title in double angle brackets."),
        (
            Field(
                "style",
                "choice",
                lambda: _("Style"),
                "heading",
                choices=(
                    ("heading", lambda: _("A heading on the first line")),
                    ("brackets", lambda: _("<<in brackets>>, anywhere")),
                ),
            ),
        ),
        lambda v: _("has a title"),
        _title,
    ),
    counting(
        "highlights",
        "format",
        lambda: _("Highlighted passages"),
        lambda: _("How many passages stand in *emphasis* or **bold**; bold counts twice."),
        _highlights,
        lambda v: _("Highlighted passages"),
    ),
    counting(
        "sections",
        "format",
        lambda: _("Sections"),
        lambda: _("How many sections begin with a word and a number: “Section 1”."),
        _sections,
        lambda v: _("Sections “{marker}”").format(marker=shown(text_of(v, "marker"), 30)),
        (Field("marker", "text", lambda: _("Word before the number"), "Section"),),
    ),
    counting(
        "placeholders",
        "format",
        lambda: _("Placeholders"),
        lambda: _("How many [placeholders] are left. At most 0: none may be."),
        _placeholders,
        lambda v: _("Placeholders"),
    ),
    Kind(
        "postscript",
        "format",
        lambda: _("Postscript"),
        lambda: _("The answer has a postscript."),
        (Field("marker", "text", lambda: _("Begins with"), "P.S."),),
        lambda v: _("has a postscript {marker}").format(marker=shown(text_of(v, "marker"), 30)),
        _postscript,
    ),
    Kind(
        "versions",
        "format",
        lambda: _("Several versions"),
        lambda: _("The answer consists of so many different versions."),
        (
            Field("count", "whole", lambda: _("How many"), 2, None, 2, 50),
            Field("divider", "text", lambda: _("Between them"), "******"),
        ),
        lambda v: _("has {count} versions").format(count=v["count"]),
        _versions,
    ),
    Kind(
        "paragraph_begins",
        "format",
        lambda: _("Paragraph begins with"),
        lambda: _("One of the paragraphs, counted from 1, begins with this word."),
        (
            Field("nth", "whole", lambda: _("Which paragraph"), 1, None, 1, 1_000),
            Field("word", "text", lambda: _("Word"), ""),
        ),
        lambda v: _("paragraph {nth} begins with “{word}”").format(
            nth=v["nth"], word=shown(text_of(v, "word"), 40)
        ),
        _paragraph_begins,
    ),
)
