"""What changed from one text to another: by words, by tokens, by the items of a list.

The fewest insertions and deletions (by rapidfuzz), joined where too little stays between two of
them to be read (the "semantic cleanup" of https://neil.fraser.name/writing/diff/).
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Kind = Literal["same", "removed", "added"]
Item = TypeVar("Item", bound=Hashable)

# Chinese and Japanese have no blanks between words: each of their characters is one
_WIDE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"\n|[^\S\n]+|[{_WIDE}]|[^\W{_WIDE}_]+(?:['’][^\W{_WIDE}_]+)*|.", re.S)


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a text that stays, goes or comes. text: never empty."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item of a list that stays, goes or comes; one that is rewritten has both. parts: of its
    text, as `by_words` gives them."""

    kind: Literal["same", "removed", "added", "rewritten"]
    parts: tuple[Change, ...]


def words_of(text: str) -> list[str]:
    """The words of a text and what stands between them; joined they are the text again."""
    return _WORDS.findall(text)


def by_words(before: str, after: str) -> tuple[Change, ...]:
    """What changed, word by word; Chinese and Japanese by characters. The texts are there again
    where what was added, or removed, is left out."""
    runs = _readable(_runs(words_of(before), words_of(after)))
    return tuple(Change(kind, "".join(items)) for kind, items in runs)


def by_tokens(before: Sequence[int], after: Sequence[int]) -> tuple[tuple[Kind, int], ...]:
    """What changed, id by id, in order; what was removed stands before what was added there."""
    return tuple((kind, id) for kind, ids in _runs(list(before), list(after)) for id in ids)


def by_items(before: Sequence[str], after: Sequence[str]) -> tuple[ItemChange, ...]:
    """What changed in a list of texts, item by item. Those that were replaced one for one, and keep
    some of their words, are rewritten."""
    found: list[ItemChange] = []
    runs = _runs(list(before), list(after))
    while runs:
        kind, items = runs.pop(0)
        if kind == "removed" and runs and runs[0][0] == "added":
            _kind, news = runs.pop(0)
            found += _replaced(items, news)
        else:
            found += [ItemChange(kind, _whole(kind, item)) for item in items]
    return tuple(found)


def _replaced(before: Sequence[str], after: Sequence[str]) -> list[ItemChange]:
    found = []
    pairs = min(len(before), len(after))
    for old, new in zip(before[:pairs], after[:pairs], strict=True):
        parts = by_words(old, new)
        if any(part.kind == "same" and part.text.strip() for part in parts):
            found.append(ItemChange("rewritten", parts))
        else:
            found.append(ItemChange("removed", _whole("removed", old)))
            found.append(ItemChange("added", _whole("added", new)))
    found += [ItemChange("removed", _whole("removed", old)) for old in before[pairs:]]
    found += [ItemChange("added", _whole("added", new)) for new in after[pairs:]]
    return found


def _whole(kind: Kind, text: str) -> tuple[Change, ...]:
    return (Change(kind, text),) if text else ()


_Runs = list[tuple[Kind, list[Item]]]


def _runs(before: list[Item], after: list[Item]) -> "_Runs[Item]":
    """What stays, goes and comes, in the fewest steps."""
    from rapidfuzz.distance import Indel

    found: list[tuple[Kind, list[Item]]] = []
    for step in Indel.opcodes(before, after):
        if step.tag == "equal":
            _put(found, "same", before[step.src_start : step.src_end])
        else:
            _put(found, "removed", before[step.src_start : step.src_end])
            _put(found, "added", after[step.dest_start : step.dest_end])
    return found


def _put(runs: "_Runs[Item]", kind: Kind, items: list[Item]) -> None:
    """Add to the runs: between two that stay there is at most one that goes and then one that
    comes."""
    if not items:
        return
    if runs and runs[-1][0] == kind:
        runs[-1][1].extend(items)
    elif kind == "removed" and len(runs) > 1 and [k for k, _ in runs[-2:]] == ["removed", "added"]:
        runs[-2][1].extend(items)
    elif kind == "removed" and runs and runs[-1][0] == "added":
        runs.insert(len(runs) - 1, (kind, list(items)))
    else:
        runs.append((kind, list(items)))


def _readable(runs: "_Runs[str]") -> "_Runs[str]":
    """The same, where what stays between two changes and is shorter than both is changed too."""
    while True:
        joined: _Runs[str] = []
        for place, (kind, items) in enumerate(runs):
            if kind == "same" and 0 < place < len(runs) - 1:
                around = min(_size(runs, place - 1, -1), _size(runs, place + 1, 1))
                kept = "".join(items)
                if not kept.strip() or len(kept) <= around / 2:
                    _put(joined, "removed", items)
                    _put(joined, "added", items)
                    continue
            _put(joined, kind, items)
        if joined == runs:
            return runs
        runs = joined


def _size(runs: "_Runs[str]", place: int, step: int) -> int:
    """The length of the longer side of the change that begins at a place."""
    sizes = [0]
    while 0 <= place < len(runs) and runs[place][0] != "same":
        sizes.append(sum(map(len, runs[place][1])))
        place += step
    return max(sizes)
