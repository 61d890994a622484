"""The door of a class: a code for students, a key for the teacher, and who has come in.

Whoever comes in gets a key of their own, which their browser keeps; it is all that is known of
them. Nothing here is written down: a new start of the server is a new class.
"""

import secrets
import threading
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from core.errors import InvalidInput
from core.i18n import _, ngettext

# Easily read aloud and typed: no 0 and O, 1, I and L, U and V
LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 6
# Wrong tries that an address has within so many seconds
TRIES, WITHIN_S = 5, 60.0
# Far more than a class; the one who was away for longest goes first
MOST_MEMBERS = 1000
MOST_ADDRESSES = 4096
_MOST_TYPED = 100


class WrongCode(InvalidInput):
    """A code or key that does not open the door, or one too many."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has come in. id: tells a browser from every other one, and opens nothing."""

    id: str
    teacher: bool = False


def new_code() -> str:
    """A random code to join with, such as "K7M4QX"."""
    return "".join(secrets.choice(LETTERS) for _place in range(CODE_LENGTH))


def new_key() -> str:
    """A random key that nobody finds by trying."""
    return secrets.token_urlsafe(24)


def said(code: str) -> str:
    """A code as people read it: "K7M 4QX"."""
    half = (len(code) + 1) // 2
    return f"{code[:half]} {code[half:]}"


class Door:
    """Lets in who knows the code or the key. All methods may be called from any thread.

    now: the clock, in seconds.
    """

    def __init__(self, code: str, key: str, now: Callable[[], float] = time.monotonic) -> None:
        self.code = code
        self._key, self._now = key, now
        self._lock = threading.Lock()
        # By a digest: how long looking one up takes tells nothing of the keys
        self._members: OrderedDict[str, Member] = OrderedDict()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def join(self, code: str, address: str) -> str:
        """Let a student in; the key that their browser is to keep.

        Capitals, spaces and hyphens of the code do not matter. Raises `WrongCode`, also for the
        right one where the address has tried too often.
        """
        self._try(_plain(code), _plain(self.code), address)
        return self._let_in(teacher=False)

    def teach(self, key: str, address: str) -> str:
        """Let the teacher in, as `join`."""
        self._try(key, self._key, address)
        return self._let_in(teacher=True)

    def member(self, key: str) -> Member | None:
        """Who has come in with this key; None where nobody has."""
        digest = _digest(key)
        with self._lock:
            found = self._members.get(digest)
            if found:
                self._members.move_to_end(digest)
            return found

    def students(self) -> int:
        """How many browsers of students have come in."""
        with self._lock:
            return sum(not member.teacher for member in self._members.values())

    def _let_in(self, teacher: bool) -> str:
        key = new_key()
        with self._lock:
            self._members[_digest(key)] = Member(secrets.token_hex(8), teacher)
            while len(self._members) > MOST_MEMBERS:
                self._members.popitem(last=False)
        return key

    def _try(self, given: str, right: str, address: str) -> None:
        with self._lock:
            wait = self._seconds_to_wait(address)
            if wait > 0:
                raise WrongCode(
                    ngettext(
                        "Too many wrong codes from this device. Try again in {count} second.",
                        "Too many wrong codes from this device. Try again in {count} seconds.",
                        wait,
                    ).format(count=wait)
                )
            if secrets.compare_digest(given.encode(), right.encode()):
                return
            self._note_wrong(address)
        raise WrongCode(
            _("That is not the code of this class. Look at your teacher's screen, and try again.")
        )

    def _seconds_to_wait(self, address: str) -> int:
        tries = self._wrong.get(address)
        if not tries:
            return 0
        while tries and self._now() - tries[0] >= WITHIN_S:
            tries.popleft()
        if len(tries) < TRIES:
            return 0
        return max(1, round(tries[0] + WITHIN_S - self._now()))

    def _note_wrong(self, address: str) -> None:
        self._wrong.setdefault(address, deque()).append(self._now())
        self._wrong.move_to_end(address)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)


def _plain(code: str) -> str:
    """A code as it was made, whichever way it was typed. Full-width letters are plain ones too."""
    typed = unicodedata.normalize("NFKC", code[:_MOST_TYPED])
    return "".join(c for c in typed.upper() if c.isalnum())


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
