"""Slots: which of them gets a request, so that a prompt is read once.

llama.cpp reads a prompt into the keys and values of a slot, and goes on from what the slot has
read before. What one slot has read can be kept as a file and handed to another one. So a request
waits while another reads the beginning that they share, and takes that over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

Ids = tuple[int, ...]
# Tokens from which on it is worth to wait for a prompt that is being read, to take over what was
# kept, and to read a prompt on its own and keep it. Reading takes milliseconds for each.
WAIT = 64
TAKE_OVER = 32
KEEP = 128


@dataclass(eq=False)
class Slot:
    """A place where one request runs. ids: what it has read. reading: what it is about to read."""

    index: int
    ids: Ids = ()
    reading: Ids | None = None
    busy: bool = False
    used: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The state of a slot as a file of that name, with these ids read."""

    name: str
    ids: Ids
    bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request runs. take: what the slot takes over first. keep: whether what it reads is
    worth keeping for others."""

    slot: Slot
    take: Kept | None
    keep: bool


@dataclass
class Slots:
    """All slots, and the kept states, at most `most_bytes` of them."""

    count: int
    most_bytes: int
    kept: list[Kept] = field(default_factory=list)
    _uses: int = 0

    def __post_init__(self) -> None:
        self.all = [Slot(index) for index in range(self.count)]

    @property
    def free(self) -> bool:
        """Whether a slot is free."""
        return any(not slot.busy for slot in self.all)

    def place(self, ids: Ids) -> Place | None:
        """A slot for a request that reads `ids`; None where it has to wait. `done` gives it
        back."""
        free = [slot for slot in self.all if not slot.busy]
        if not free:
            return None
        own = max(free, key=lambda slot: (shared(slot.ids, ids), -slot.used))
        known = shared(own.ids, ids)
        take = self.best_kept(ids)
        other = shared(take.ids, ids) if take else 0
        read = max((shared(s.reading, ids) for s in self.all if s.reading), default=0)
        if read - max(known, other) >= WAIT:
            return None
        if other - known >= TAKE_OVER or known < TAKE_OVER:
            # Nothing in it is of use: the one that was used longest ago
            own = min(free, key=lambda slot: slot.used)
        if other - shared(own.ids, ids) < TAKE_OVER:
            take = None
        self._uses += 1
        own.busy, own.used = True, self._uses
        keep = len(ids) - max(known, other) >= KEEP
        own.reading = ids if keep else None
        return Place(own, take, keep)

    def best_kept(self, ids: Sequence[int]) -> Kept | None:
        """The kept state that has most of the beginning of `ids`."""
        return max(self.kept, key=lambda kept: shared(kept.ids, ids), default=None)

    def done(self, slot: Slot, ids: Ids) -> None:
        """The slot is free again, with `ids` read."""
        slot.ids, slot.reading, slot.busy = ids, None, False

    def add(self, kept: Kept) -> list[Kept]:
        """Keep a state; those that have to go for it, the oldest first."""
        self.kept.append(kept)
        gone = []
        while len(self.kept) > 1 and sum(k.bytes for k in self.kept) > self.most_bytes:
            gone.append(self.kept.pop(0))
        return gone


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids the two have in common from the start."""
    low, high = 0, min(len(one), len(other))
    # Halving: comparing slices is much quicker than going through them
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
