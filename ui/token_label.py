"""A token as a short label: what cannot be seen in a text is made visible."""

import re

_SEEN = {"\n": "⏎", "\r": "⏎", "\t": "⇥", "▁": "␣"}
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_MOST_CHARACTERS = 18


def token_label(piece: str) -> str:
    """The label of a vocabulary entry: blanks as ␣, line breaks as ⏎, other bytes by their hex
    value, special tokens by their name; a long one is shortened in its middle."""
    byte = _BYTE.fullmatch(piece)
    if byte:
        character = chr(int(byte[1], 16))
        return _SEEN.get(character) or (
            f"‹{byte[1]}›" if not character.isascii() or not character.isprintable() else character
        )
    label = "".join(_SEEN.get(character, character) for character in piece)
    if len(label) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2
        label = f"{label[:half]}…{label[-half + 1 :]}"
    return label or "‹›"
