"""How a text is drawn: what stands on the page is what was written.

Streamlit draws nearly everything as Markdown, and adds to it: emoji by name, icons, colours,
arrows, formulas between dollars, images from anywhere, diagrams. Of a model's text (`answer`) that
would make something else, of a visitor's (`typed`) or a name (`label`, `lines`) even the Markdown
would. All texts that are not ours go through one of these, and nothing here knows Streamlit.

One thing is out of reach: Streamlit changes `:material/` within code too, before it reads it as
such.
"""

import re
import textwrap
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

CURSOR = "▌"
# An empty span: nothing to see, to copy or to hear. Streamlit looks for its names and arrows in
# runs of text after all escapes are gone; this ends a run.
_BREAK = ":small[]"
_ARROW = r"(?<![<>=~-])(?:<->|->|<-|--|>=|<=|~=)(?![<>=~-])"


# --- names and sentences --------------------------------------------------------------------

_SPECIAL = re.compile(
    rf"(?P<arrow>{_ARROW})"
    r"|(?P<named>:(?=[\w+-]+:|material/))"
    r"|(?P<start>^(?:[-+=>]|\d{1,9}(?=[.)])))"
    r"|(?P<entity>&(?=#?\w+;))"
    r"|:(?=[A-Za-z_:]|[^\x00-\x7f])|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|[\\\[\]`*$<~|]",
    re.ASCII,
)


def label(text: str) -> str:
    """A name or another line that is not ours, as Markdown that draws just its characters: for
    labels, buttons, headings, captions, notices, and between Markdown of ours."""
    return _SPECIAL.sub(_literal, " ".join(text.strip().splitlines()))


def lines(text: str) -> str:
    """The same for a text of several lines, as the message of an error may be."""
    return "  \n".join(label(line) for line in text.strip().splitlines())


def spoken(text: str) -> str:
    """The label of a button that shows an icon alone: heard, and not seen (`ui.shell.page` hides
    it).

    Without one it would be called by the id of its icon; what `help` says is there for a mouse
    only.
    """
    return f":shimmer[{label(text)}]"


def typed(text: str) -> str:
    """A visitor's text, to be drawn by `st.text`: its lines and blanks stay, and it wraps."""
    if text[:1].isspace() or textwrap.dedent(text) != text:
        # Streamlit would take away blanks before the text and those that all its lines begin with
        return f"\N{WORD JOINER}{text}"
    return text


def _literal(found: re.Match[str]) -> str:
    written = found.group()
    match found.lastgroup:
        case "arrow":
            return _apart(written)
        case "named":
            return "\\:" + _BREAK
        case "start" if written.isdigit():
            return written + "\\"
    return "\\" + written


def _apart(arrow: str) -> str:
    return _BREAK.join("\\" + char if char in "<>~" else char for char in arrow)


# --- a model's answer -----------------------------------------------------------------------


def answer(text: str, writing: bool = False) -> str:
    """A model's text as Markdown for Streamlit; empty where there is none.

    Code, lists, tables, links, bold and formulas are drawn, `\\(…\\)` and `\\[…\\]` too, and lines
    stay lines. There are no images, no diagrams, no HTML, and nothing that only Streamlit would
    make of it. Other Markdown may follow after an empty line: code that was cut off is closed.
    writing: with a cursor at the end.
    """
    text = re.sub(r"\r\n?", "\n", text).replace("\0", "\ufffd")
    # As Streamlit does before it reads Markdown: what begins a line there has to begin it here
    text = (textwrap.dedent(text) if text[:1].isspace() else text).strip()
    if writing:
        # Half of a list's next mark would make a heading of the line before
        text = re.sub(r"(?<=\S)\n *[-=]+$", "", text)
    *settled, last = _parts(text)
    return "".join([*map(_part, settled), _drawn(last, True) if writing else _part(last)])


def _parts(text: str) -> list[str]:
    """The text cut where whatever comes is read the same without what was before.

    While an answer grows all parts but the last are as they were, and known.
    """
    cuts, fence = [0], ""
    for found in _CUT.finditer(text):
        if found["cut"]:
            if not fence:
                cuts.append(found.end())
        elif found["indent"]:
            break  # within a list, or not: that is for the parser to find out
        elif not fence:
            fence = "" if found["fence"][0] == "`" and "`" in found["info"] else found["fence"]
        elif found["fence"].startswith(fence) and not found["info"].strip():
            fence = ""
    return [text[a:b] for a, b in pairwise([*cuts, len(text)])]


_CUT = re.compile(
    r"(?P<cut>\n\s*\n(?=\S))|^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)$", re.M
)


def _drawn(text: str, writing: bool = False) -> str:
    """One part, as `answer` has it."""
    if not text.strip():
        return CURSOR if writing else ""
    source, tokens = text.split("\n"), _blocks().parse(text)
    drawn = _drawn_lines(source, tokens)
    leaf = next((token for token in reversed(tokens) if token.type in _LEAVES), None)
    cut_off = leaf is not None and _is_cut_off(leaf, source)
    if writing and leaf and _ends_in_marks(leaf, cut_off, tokens[-1]):
        drawn += [CURSOR] if cut_off else ["", CURSOR]
    elif writing:
        drawn[-1] += f" {CURSOR}"
    if leaf and cut_off and leaf.level == 0:
        drawn.append(leaf.markup)
    return "\n".join(drawn)


# A page draws a conversation again and again
_part = lru_cache(maxsize=2048)(_drawn)

_FORMULA = "formula"
_LEAVES = {"inline", "fence", "code_block", "hr", _FORMULA}


def _is_cut_off(leaf: Token, source: Sequence[str]) -> bool:
    """Whether it is code without its end."""
    if leaf.type != "fence" or leaf.map is None:
        return False
    start, end = leaf.map
    last = source[end - 1].strip(" \t>")
    return end - start < 2 or last.strip(leaf.markup[0]) != "" or len(last) < len(leaf.markup)


def _ends_in_marks(leaf: Token, cut_off: bool, last: Token) -> bool:
    """Whether a cursor at the end of its last line would be read as part of a mark."""
    if leaf.type == "fence":
        return not cut_off or not leaf.content
    underlined = last.type == "heading_close" and last.markup in "-="
    return underlined or last.type == "table_close" or leaf.type in ("hr", _FORMULA)


@cache
def _blocks() -> MarkdownIt:
    """Reads which lines are what. What is within them is not read: only there is the place
    known."""
    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table")
    parser.disable(["reference", "html_block"])
    parser.core.ruler.enableOnly(["block"])
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", _FORMULA, _displayed_formula, interrupts)
    return parser


_END_OF_FORMULA = {"\\[": "\\]", "$$": "$$"}


def _displayed_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for lines from `\\[` to `\\]`, or between double dollars."""
    begin = state.bMarks[start] + state.tShift[start]
    closing = _END_OF_FORMULA.get(state.src[begin : begin + 2])
    if closing is None or state.is_code_block(start):
        return False
    formula, line, first = [], start, begin + 2
    while True:
        text = state.src[first : state.eMarks[line]]
        before, closed, after = text.partition(closing)
        formula.append(before.strip())
        if closed:
            break
        line += 1
        if line >= end or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
        first = state.bMarks[line] + state.tShift[line]
    if after.strip(" .,;:。，；") or not any(formula):
        return False
    if not silent:
        token = state.push(_FORMULA, "math", 0)
        token.map = [start, line + 1]
        token.content = _no_image("\n".join(part for part in formula if part)) + after.strip()
        token.meta["column"] = begin - (state.src.rfind("\n", 0, begin) + 1)
        state.line = line + 1
    return True


def _no_image(formula: str) -> str:
    """The same formula, whatever Streamlit takes it for."""
    return formula.replace("![", "!{}[")


def _drawn_lines(source: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """The lines with what they need; block by block, so that nothing is read over the end of
    one."""
    drawn: list[str] = []
    done = 0
    row = False
    for token in tokens:
        if token.type == "tr_open":
            row = True
        elif token.type == "tr_close":
            row = False
        if token.map is None or token.type not in (*_LEAVES, "tr_open"):
            continue
        start, end = token.map
        if start < done or (row and token.type == "inline"):
            continue
        drawn += [_between(line) for line in source[done:start]]
        drawn += _block(token, source[start:end])
        done = end
    return drawn + [_between(line) for line in source[done:]]


def _between(line: str) -> str:
    """A line that no block has: empty, or of marks alone, but for depths that are not read."""
    return _prose(line) if re.search(r"[^\s>|:=*+#.\d-]", line) else line


def _block(token: Token, source: Sequence[str]) -> list[str]:
    match token.type:
        case "tr_open":
            return ["|".join(map(_prose, re.split(r"(?<!\\)\|", source[0])))]
        case "inline":
            return _paragraph(token.content, source)
        case "fence" if re.match(r"mermaid(?!\w)", unescapeAll(token.info).strip(), re.I):
            # Streamlit would draw it, with images from wherever it says
            head, _mark, _info = source[0].rpartition(token.markup + token.info)
            return [f"{head}{token.markup}text", *source[1:]]
        case _ if token.type == _FORMULA:
            first = source[0][: token.meta["column"]]
            further = re.sub(r"[^>\s]", " ", first)
            return [
                f"{first}$$",
                *(further + part for part in token.content.split("\n")),
                f"{further}$$",
            ]
    return list(source)


def _paragraph(content: str, source: Sequence[str]) -> list[str]:
    """The lines of a paragraph or a heading, each after the marks of the list or quote around
    it."""
    around = []
    for own, line in zip(content.split("\n"), source, strict=False):
        own = own.strip()
        head, _own, tail = line.rpartition(own) if own else (line, "", "")
        around.append((head, tail))
    drawn = _prose(content).split("\n")
    return [
        head + (part.lstrip(" \t") if place else part) + tail
        for place, ((head, tail), part) in enumerate(zip(around, drawn, strict=False))
    ]


# --- within a line --------------------------------------------------------------------------

_URL = (
    r"(?:https?://|www\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d+)?"
    r"(?:[/?#][\w\-./?%&=+#@,;~:$!'*()]*)?"
)
_MARK = re.compile(
    rf"(?P<code>`+)|(?P<escape>\\[\s\S]?)|(?P<link>{_URL}"
    r"|<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\\]*|[\w.+-]+@[\w.-]+)>)"
    rf"|(?P<arrow>{_ARROW})"
    r"|(?P<named>:(?=[\w+-]+:|material/))|(?P<colon>:(?=[A-Za-z_:]|[^\x00-\x7f])|(?<=\]):)"
    r"|(?P<target>\]\([^\s()<>\\`\[\]]*(?:\([^\s()<>\\`\[\]]*\)[^\s()<>\\`\[\]]*)*\))"
    r"|(?P<dunder>(?<!\w)__[a-z][a-z0-9_]*__(?!\w))"
    r"|(?P<entity>&(?=#?\w+;))"
    r"|(?P<dollar>\$+)|(?P<star>\*+)|(?P<tilde>~+)|(?P<bracket>\[)|(?P<less><)|(?P<line> *\n)",
    re.ASCII,
)


_ALWAYS = {
    "named": "\\:" + _BREAK,
    "colon": "\\:",
    "entity": "\\&",
    "less": "\\<",
    "line": "  \n",
}


def _prose(content: str) -> str:
    """The content of a paragraph, a heading or a cell of a table."""
    return _Prose(content).drawn()


class _Prose:
    """Reads a text once from left to right, and writes it with what it needs."""

    def __init__(self, content: str) -> None:
        self._text = content
        self._at = 0
        self._written: list[str] = []
        self._brackets = 0
        self._bold: set[str] = set()
        self._missing: set[str] = set()
        self._ticks: dict[int, list[int]] = {}
        for found in re.finditer("`+", content):
            self._ticks.setdefault(len(found.group()), []).append(found.start())

    def drawn(self) -> str:
        while found := _MARK.search(self._text, self._at):
            self._written.append(self._text[self._at : found.start()])
            self._at = found.end()
            name, mark = found.lastgroup or "", found.group()
            if name == "link":
                self._written.append(mark)
            elif name in _ALWAYS:
                self._written.append(_ALWAYS[name])
            else:
                self._written.append(getattr(self, f"_{name}")(mark, found.start()))
        self._written.append(self._text[self._at :])
        return "".join(self._written)

    def _code(self, ticks: str, start: int) -> str:
        same = self._ticks.get(len(ticks), [])
        following = bisect_right(same, start)
        if following == len(same):
            return ticks
        self._at = same[following] + len(ticks)
        return self._text[start : self._at]

    def _escape(self, pair: str, start: int) -> str:
        match pair[1:]:
            case "(":
                return self._formula(start, "\\)", "") or "\\\\("
            case "[":
                return self._formula(start, "\\]", "\\displaystyle ") or "\\\\\\["
            case ")" | "]":
                return "\\\\" + pair
            case ":":
                self._at -= 1
                return ""
            case "-" | "<" | ">" | "=" | "~":
                return pair + _BREAK
        return pair

    def _formula(self, start: int, closing: str, style: str) -> str:
        """The formula that begins here, or nothing."""
        if closing in self._missing:
            return ""
        end = self._text.find(closing, start + 2)
        if end < 0:
            self._missing.add(closing)
        if end < 0 or self._text.find(self._text[start : start + 2], start + 2, end) >= 0:
            return ""
        return self._between_dollars(start + 2, end, end + 2, style)

    def _between_dollars(self, first: int, last: int, end: int, style: str = "") -> str:
        formula = _no_image(" ".join(self._text[first:last].split()))
        if not formula or "$$" in formula or "`" in formula:
            return ""
        self._at = end
        dollars = "$$" if "$" in formula else "$"
        apart = _BREAK if self._text[end : end + 1].isdigit() else ""
        return f"{dollars}{style}{formula}{dollars}{apart}"

    def _dollar(self, dollars: str, start: int) -> str:
        first = start + len(dollars)
        last = self._text.find(dollars, first)
        if len(dollars) <= 2 and last > first:
            if dollars == "$$":
                found = self._between_dollars(first, last, last + 2, "\\displaystyle ")
            elif self._is_formula(start, last):
                found = self._between_dollars(first, last, last + 1)
            else:
                found = ""
            if found:
                return found
        return "\\$" * len(dollars)

    def _is_formula(self, start: int, end: int) -> bool:
        """Whether it is a formula between these single dollars, and not money, nor names of a
        shell."""
        formula = self._text[start + 1 : end]
        before, after = self._text[start - 1 : start], self._text[end + 1 : end + 2]
        if formula[0].isspace() or formula[-1].isspace() or "\n" in formula or "\\" in before:
            return False
        if re.match(r"[\w$]", before, re.ASCII) or re.match(r"[\w${]", after, re.ASCII):
            return False
        if formula[0] in "({" and after == formula[0]:
            return False
        return bool(re.search(r"[\\^_={}<>|]", formula)) or not re.search(r"[^\W\d]{3}", formula)

    def _arrow(self, arrow: str, _start: int) -> str:
        return _apart(arrow)

    def _bracket(self, bracket: str, start: int) -> str:
        if self._text[start - 1 : start] == "!":
            return "\\["
        self._brackets += 1
        return bracket

    def _target(self, target: str, start: int) -> str:
        if self._brackets:
            self._brackets -= 1
            return target
        self._at = start + 1
        return "]"

    def _dunder(self, name: str, _start: int) -> str:
        return name.replace("_", "\\_")

    def _tilde(self, tildes: str, _start: int) -> str:
        return tildes if len(tildes) == 2 else "\\~" * len(tildes)

    def _star(self, stars: str, start: int) -> str:
        """Emphasis; where Markdown takes it for arithmetic, or misses it between Chinese, it is
        helped."""
        before, after = self._text[start - 1 : start], self._text[self._at : self._at + 1]
        if stars in self._bold:
            if before.isspace():
                return stars
            self._bold.remove(stars)
            return stars + (_BREAK if _is_mark(before) and _is_wide(after) else "")
        if re.fullmatch(r"[0-9A-Za-z)][0-9A-Za-z(]", before + after):
            return "\\*" * len(stars)
        if after and not after.isspace():
            self._bold.add(stars)
            return (_BREAK if _is_mark(after) and _is_wide(before) else "") + stars
        return stars


def _is_mark(char: str) -> bool:
    return bool(char) and not char.isalnum() and not char.isspace()


def _is_wide(char: str) -> bool:
    """Whether it is a letter of a script that leaves no blanks between words."""
    return char.isalpha() and ord(char) >= 0x2E80
