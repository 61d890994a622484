"""The ids that llama.cpp holds back.

A stream of llama.cpp tells each token when its text is certain. Tokens that end in the middle of a
character are never told: the next event has the text of all of them, the id of the last one and
the number of tokens so far. Here the missing ids are found again: by their bytes where only one
row of tokens can be meant, and otherwise, after the end, from what the slot has read.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from core.backends.tokenizer import Tokenizer

_BYTES = re.compile(r"(?:<0x[0-9A-F]{2}>)+")


def may_be_the_end(tokenizer: Tokenizer, ids: Sequence[int]) -> bool:
    """Whether the last id is a control token of which only llama.cpp knows if it ends an answer:
    it tells with what follows."""
    return bool(ids) and ids[-1] not in tokenizer.stop_ids and tokenizer.is_control(ids[-1])


class PartialTokens:
    """The tokens whose bytes are no text by themselves, by their bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._bytes: dict[int, bytes] = {}
        self._ids: dict[bytes, list[int]] = defaultdict(list)
        for i in range(tokenizer.vocab_size):
            piece = tokenizer.piece(i)
            if piece.startswith("<0x") and _BYTES.fullmatch(piece) and not tokenizer.is_control(i):
                raw = bytes.fromhex(piece.replace("<0x", "").replace(">", ""))
                self._bytes[i] = raw
                self._ids[raw].append(i)

    def before(self, last: int, text: str, count: int) -> tuple[int, ...] | None:
        """The `count` tokens that, with `last`, have the bytes of `text`; None where several rows
        of tokens have them, or none."""
        raw, end = text.encode(), self._bytes.get(last)
        if end is None or not raw.endswith(end):
            return None
        rows = self._rows(raw[: len(raw) - len(end)], count)
        return rows[0] if len(rows) == 1 else None

    def _rows(self, raw: bytes, count: int) -> list[tuple[int, ...]]:
        if count == 0:
            return [()] if not raw else []
        return [
            (i, *rest)
            for length in range(1, len(raw) - count + 2)
            for i in self._ids.get(raw[:length], ())
            for rest in self._rows(raw[length:], count - 1)
        ]


class StreamedIds:
    """The ids of one stream, in order, from its events.

    open: whether some are missing that only the slot can tell; then nothing more is given out.
    """

    def __init__(self, partial: PartialTokens) -> None:
        self._partial = partial
        self.ids: list[int] = []
        self.open = False

    def feed(self, event: Mapping[str, Any]) -> list[int]:
        """All ids so far, after another event of the stream."""
        tokens: Sequence[int] = event.get("tokens") or ()
        missing = event["tokens_predicted"] - len(self.ids) - len(tokens)
        if missing > 0 and not self.open:
            found = tokens and self._partial.before(tokens[0], event["content"], missing)
            if found:
                self.ids += found
            else:
                self.open = True
        if not self.open:
            self.ids += tokens
        return self.ids
