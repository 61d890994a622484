"""A token as a short label: what cannot be seen in a text is made visible."""

from core.tokens.pieces import text_of, visible

_MOST_CHARACTERS = 18


def token_label(piece: str) -> str:
    """The label of a vocabulary entry: blanks and line breaks by signs, other bytes by their hex
    value, special tokens by their name; a long one is shortened in its middle."""
    label = visible(text_of(piece))
    if len(label) <= _MOST_CHARACTERS:
        return label
    half = _MOST_CHARACTERS // 2
    return f"{label[:half]}…{label[1 - half :]}"
