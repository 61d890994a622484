"""A class: its door, who is here, what they predict, and whether they may start anything now."""

import threading
from collections import Counter

from core.cases.turns import Turns, taking_turns
from core.classroom.door import Door, Member
from core.classroom.predictions import Predictions
from core.config import ClassSettings
from core.errors import InvalidInput
from core.i18n import _
from core.jobs import Work


class Paused(InvalidInput):
    """The teacher lets nobody start anything for the moment."""


class Classroom:
    """What a server knows of its class, in memory; all methods may be called from any thread.

    address: where students find it, such as "http://192.168.1.5:8501".
    """

    def __init__(self, settings: ClassSettings) -> None:
        self.address = settings.address
        self.door = Door(settings.code, settings.key)
        self.predictions = Predictions()
        self.paused = False
        self._turns = Turns()
        self._lock = threading.Lock()
        # Windows that are open, by the id of whose they are
        self._windows: Counter[str] = Counter()

    # --- who is here ----------------------------------------------------------------------

    def enter(self, member: Member) -> None:
        """A window of theirs has been opened."""
        if not member.teacher:
            with self._lock:
                self._windows[member.id] += 1

    def leave(self, member: Member) -> None:
        """A window of theirs has been closed."""
        with self._lock:
            self._windows[member.id] -= 1
            if self._windows[member.id] <= 0:
                del self._windows[member.id]

    def here(self) -> int:
        """How many students have the app open."""
        with self._lock:
            return len(self._windows)

    # --- what they start ------------------------------------------------------------------

    def check(self, member: Member) -> None:
        """Raise `Paused` where this member may not start anything."""
        if self.paused and not member.teacher:
            raise Paused(
                _("Your teacher has paused all requests. Try again when the class goes on.")
            )

    def admit(self, member: Member, work: Work) -> Work:
        """The work of a job as one of this member's: a student's waits in turn with the others'.

        Raises `Paused`.
        """
        self.check(member)
        return work if member.teacher else taking_turns(self._turns, member.id, work)
