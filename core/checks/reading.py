"""How a text is read: its words, sentences, paragraphs, numbers and blocks of code.

Words are runs of letters and digits, as IFEval counts them (Zhou et al. 2023,
https://arxiv.org/abs/2311.07911), with each Chinese or Japanese character a word of its own.
Sentences end at . ! ? … 。！？ where Punkt (Kiss & Strunk 2006) would end most of them.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.checks.patterns import IDEOGRAPHS, LETTER, plain

if TYPE_CHECKING:
    from regex import Pattern

MAX_SHOWN = 60

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "jr",
        "sr",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "cf",
        "al",
        "inc",
        "ltd",
        "co",
        "corp",
        "no",
        "fig",
        "vol",
        "pp",
        "approx",
        "dept",
        "est",
        "u.s",
        "u.k",
        "a.m",
        "p.m",
        "ph.d",
        "gen",
        "col",
        "sgt",
        "rev",
        "hon",
        "mt",
    ]
)
_NEGATED = (
    rf"(?:(?<!{LETTER})(?:not|no|never|without|cannot|nor|don't|doesn't|won't|isn't|aren't|can't"
    rf"|didn't|wasn't)(?:\s+{LETTER}+){{0,3}}\s+|[不没沒无無未别別勿非]\p{{Han}}{{0,3}})$"
)


def _compiled(pattern: str) -> "Pattern[str]":
    import regex

    return regex.compile(pattern, regex.VERSION1)  # which keeps what it has compiled


def words(text: str) -> list[str]:
    """The words of a text."""
    return _compiled(rf"[{IDEOGRAPHS}]|{LETTER}+").findall(text)


def sentences(text: str) -> int:
    """How many sentences a text has; what is left without an end counts as one."""
    count, begun = 0, 0
    for end in _compiled(r"""[.!?…]+["'”’)\]*_]*(?=\s|$)|[。！？]+["'”’」』）]*""").finditer(text):
        if not text[begun : end.end()].strip():
            continue
        if "." in end[0] and not _ends(text, end.start(), end.end()):
            continue
        count, begun = count + 1, end.end()
    return count + bool(text[begun:].strip())


def _ends(text: str, dot: int, after: int) -> bool:
    """Whether the full stop at `dot` ends a sentence."""
    if text[dot : dot + 2] in ("..", ".!", ".?"):
        return not _lower_follows(text, after)
    before = text[max(0, dot - 20) : dot].split()
    word = before[-1].lstrip("([\"'*_").casefold() if before else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and text[dot - 1].isupper()):
        return not text[after:].strip()
    line = text[text.rfind("\n", 0, dot) + 1 : dot].strip(" *#>-")
    if line.isdigit():  # the number of a list
        return False
    return not _lower_follows(text, after)


def _lower_follows(text: str, after: int) -> bool:
    follows = text[after : after + 50].lstrip(" \"'([*_")[:1]
    return follows.islower()


def paragraphs(text: str) -> list[str]:
    """The parts of a text between blank lines."""
    return [part.strip() for part in _compiled(r"\n[^\S\n]*\n").split(text) if part.strip()]


def normalised(text: str) -> str:
    """What is left of a text where case, accents of width, punctuation and space do not count."""
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    kept = _compiled(r"[^\p{P}\p{S}\s]+|[%$€£¥+\-]").findall(folded)
    return " ".join(kept).strip(" -")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text."""

    value: float
    written: str


_NUMBER = (
    r"(?<![\w.])[+\-−]?(?:\d{1,3}(?:[, \u202f]\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?![\d])"
)


def numbers(text: str) -> list[Number]:
    """The numbers of a text, in order: "1,200", "-3.5", "1e6", "１２"."""
    found = []
    for match in _compiled(_NUMBER).finditer(unicodedata.normalize("NFKC", text)):
        digits = match[0].replace(",", "").replace(" ", "").replace("\u202f", "")
        if len(digits) <= 300:
            found.append(Number(float(digits.replace("−", "-")), match[0]))
    return found


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code between fences; language: the word after the first fence, lower case."""

    language: str
    code: str


def code_blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a text; one that never closes goes on to the end."""
    fence, language, lines = "", "", list[str]()
    for line in text.splitlines():
        stripped = line.strip()
        if not fence:
            opened = _compiled(r"(`{3,}|~{3,})\s*([^\s`]*)[^`]*").fullmatch(stripped)
            if opened:
                fence, language, lines = opened[1], opened[2].casefold(), []
        elif stripped.startswith(fence) and not stripped.strip(fence[0]):
            yield Block(language, "\n".join(lines))
            fence = ""
        else:
            lines.append(line)
    if fence:
        yield Block(language, "\n".join(lines))


def negated(text: str, at: int) -> bool:
    """Whether a negation stands closely before the place `at`: "does not include a refund"."""
    before = plain(text[max(0, at - 60) : at])
    return bool(_compiled(_NEGATED).search(before.casefold()))


def shown(text: str, most: int = MAX_SHOWN) -> str:
    """A text as it is quoted: on one line, and cut."""
    line = " ".join(text[: most * 4].split())
    return line if len(line) <= most and len(text) <= most * 4 else line[: most - 1] + "…"


def around(text: str, start: int, end: int) -> str:
    """The place from `start` to `end` with a little of what stands before and after it."""
    first, last = max(0, start - 20), min(len(text), end + 20)
    part = " ".join(text[first : min(last, first + 200)].split())
    return ("…" if first else "") + part + ("…" if last < len(text) else "")


def listed(texts: tuple[str, ...] | list[str], most: int = 3) -> str:
    """Texts as they are said one after the other: “a”, “b” and 3 more."""
    said = ", ".join(f"“{shown(text, 40)}”" for text in texts[:most])
    return said + (f", … (+{len(texts) - most})" if len(texts) > most else "")
