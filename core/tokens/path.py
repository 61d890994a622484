"""Stepping: the tokens taken one by one as a short text for a link, and back, checked."""

from collections.abc import Sequence
from typing import Protocol

from core.errors import InvalidInput
from core.i18n import _

_SEPARATOR = "-"


class Vocabulary(Protocol):
    """What this module needs of a tokenizer."""

    @property
    def vocab_size(self) -> int:
        """One more than the highest id of a token."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """The ids that end an answer."""


def format_path(ids: Sequence[int]) -> str:
    """The ids as text, e.g. "12-7-305"."""
    return _SEPARATOR.join(str(i) for i in ids)


def parse_path(text: str, vocabulary: Vocabulary, most: int) -> tuple[int, ...]:
    """The ids that `format_path` wrote; none for an empty text.

    Raises `InvalidInput` for what is no id of the vocabulary, for more than `most` tokens and for
    a token after the one that ends an answer.
    """
    if not text:
        return ()
    parts = text.split(_SEPARATOR)
    if len(parts) > most:
        raise _unusable(
            _("it has {tokens} tokens, and there is room for {most}").format(
                tokens=len(parts), most=most
            )
        )
    ids = tuple(_parsed(part, vocabulary.vocab_size) for part in parts)
    if any(i in vocabulary.stop_ids for i in ids[:-1]):
        raise _unusable(_("it continues after the end of the answer"))
    return ids


def _parsed(part: str, size: int) -> int:
    # isdecimal alone would let other scripts' digits and any length through
    known = part.isascii() and part.isdecimal() and len(part) <= 9 and int(part) < size
    if not known:
        shown = part if len(part) <= 20 else f"{part[:20]}…"
        raise _unusable(_("{part!r} is not a token id of this model").format(part=shown))
    return int(part)


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(
        _("The path in the link cannot be used: {reason}. Starting over.").format(reason=reason)
    )
