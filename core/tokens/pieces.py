"""Token pieces as people read them: blanks and line breaks made visible, bytes put together.

A vocabulary has no piece for every character of the world: the rest is written as UTF-8 bytes,
one piece each ("<0xE4>"), and only together do they make a character.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_BLANK = "\u2581"  # sentencepiece's sign for a blank
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SIGNS = {"\n": "\u21b5", "\t": "\u21e5", " ": "\u00b7", "\r": "\u240d"}


@dataclass(frozen=True, slots=True)
class Character:
    """Pieces that are read together: those from `start` up to `end`, and what they say.

    text: as it is, with real blanks and line breaks; of a byte that belongs to nothing, its
    name. More than one piece only where bytes make one character.
    """

    text: str
    start: int
    end: int


def byte_of(piece: str) -> int | None:
    """The byte that a piece stands for, 0 to 255; None for any other piece."""
    found = _BYTE.fullmatch(piece)
    return int(found[1], 16) if found else None


def text_of(piece: str) -> str:
    """What one piece says by itself: "▁the" is " the", "<0x0A>" a line break, half a character
    the name of its byte, "0xE4"."""
    byte = byte_of(piece)
    if byte is None:
        return piece.replace(_BLANK, " ")
    return chr(byte) if byte < 0x80 else f"0x{byte:02X}"


def visible(text: str) -> str:
    """`text` on one line in which nothing is hidden: blanks, breaks and control characters have
    signs."""
    return "".join(_SIGNS.get(c) or _printable(c) for c in text) or "\u2205"


def characters(pieces: Sequence[str]) -> list[Character]:
    """The pieces in order, bytes that make a character put together."""
    found: list[Character] = []
    start = 0
    while start < len(pieces):
        length = _character_length(pieces, start)
        if length > 1:
            raw = bytes(byte_of(piece) or 0 for piece in pieces[start : start + length])
            found.append(Character(raw.decode(), start, start + length))
        else:
            found.append(Character(text_of(pieces[start]), start, start + 1))
        start += length
    return found


def _character_length(pieces: Sequence[str], start: int) -> int:
    """How many pieces from `start` on make one character; 1 where none do."""
    first = byte_of(pieces[start])
    if first is None or first < 0xC0:
        return 1
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    raw = [byte_of(piece) for piece in pieces[start : start + length]]
    try:
        # A strict decoder refuses what is cut short, overlong or half a surrogate pair
        bytes(byte for byte in raw if byte is not None).decode()
    except UnicodeDecodeError:
        return 1
    return length if None not in raw else 1


def _printable(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
        return f"U+{ord(character):04X}"
    return character
