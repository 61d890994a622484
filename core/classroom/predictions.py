"""What a class predicts in its lessons: one prediction of a browser for a lesson, the last
counts."""

import threading
from collections import Counter, OrderedDict

from core.classroom.door import MOST_MEMBERS

# A lesson is known by its id, which may come from a link
MOST_LESSONS = 100


class Predictions:
    """Predictions in memory, by lesson. All methods may be called from any thread.

    A prediction is the place of a choice, from 0, or the estimated number.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()
        self._revealed: set[str] = set()

    def put(self, lesson: str, member: str, value: int) -> None:
        """Keep what somebody predicts, in the place of what they predicted before."""
        with self._lock:
            made = self._made.setdefault(lesson, OrderedDict())
            self._made.move_to_end(lesson)
            made[member] = value
            made.move_to_end(member)
            while len(made) > MOST_MEMBERS:
                made.popitem(last=False)
            while len(self._made) > MOST_LESSONS:
                gone, _made = self._made.popitem(last=False)
                self._revealed.discard(gone)

    def counts(self, lesson: str) -> Counter[int]:
        """How often each prediction was made."""
        with self._lock:
            return Counter(self._made.get(lesson, {}).values())

    def clear(self, lesson: str) -> None:
        """Forget what was predicted in a lesson, and hide its answer."""
        with self._lock:
            self._made.pop(lesson, None)
            self._revealed.discard(lesson)

    def latest(self) -> str | None:
        """The lesson that the last prediction belongs to."""
        with self._lock:
            return next(reversed(self._made), None)

    def reveal(self, lesson: str, shown: bool) -> None:
        """Show which prediction is right beside the others, or hide it."""
        with self._lock:
            (self._revealed.add if shown else self._revealed.discard)(lesson)

    def revealed(self, lesson: str) -> bool:
        """Whether it is shown which one is right."""
        with self._lock:
            return lesson in self._revealed
