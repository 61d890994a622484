"""The capability cards of servers, kept as a file in the data folder; no key is in them."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.servers.listed import Server
from core.servers.subjects import SUBJECTS, Card, Finding

FILE = "servers.json"
# Whoever keeps a card holds it: several may be tried out at once, here and on the command line, and
# each card is kept beside the others
LOCK = "servers.lock"
_MOST = 200


class LatestCard:
    """The card of a server as it is by now: one that is made anew counts at once, whichever process
    made it. May be asked from any thread.

    model: the id that answers there; a card of another model says nothing of it.
    """

    def __init__(self, data_dir: Path, server: Server, model: str) -> None:
        self._data_dir, self._server, self._model = data_dir, server, model
        # What it was read from, and what it says
        self._read: tuple[tuple[int, ...], Card | None] = ((), None)

    def __call__(self) -> Card | None:
        """The card; None where there is none."""
        stamp = _stamp(self._data_dir / FILE)
        read_at, card = self._read
        if stamp != read_at:
            kept = kept_card(self._data_dir, self._server)
            card = kept[0] if kept and kept[0].model == self._model else None
            self._read = stamp, card
        return card


def _stamp(file: Path) -> tuple[int, ...]:
    """Tells one state of a file from another; empty where there is none."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def kept_card(data_dir: Path, server: Server) -> tuple[Card, datetime] | None:
    """The card of a server and when it was made; None where there is none that can be read."""
    kept = _read(data_dir / FILE).get(_about(server), {})
    try:
        findings = tuple(Finding(**one) for one in kept["findings"] if one["subject"] in SUBJECTS)
        card = Card(kept["model"], tuple(kept["models"]), kept["window"], findings)
        return card, datetime.fromisoformat(kept["at"])
    except (KeyError, TypeError, ValueError):
        return None


def keep_card(data_dir: Path, server: Server, card: Card) -> None:
    """Keep the card of a server in place of the one before; the oldest of many are forgotten."""
    file = data_dir / FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    with _alone(data_dir / LOCK):
        kept = _read(file)
        kept.pop(_about(server), None)
        kept[_about(server)] = {**card.to_dict(), "at": datetime.now(UTC).isoformat()}
        kept = dict(list(kept.items())[-_MOST:])
        with tempfile.NamedTemporaryFile("w", dir=data_dir, delete=False, encoding="utf-8") as new:
            json.dump(kept, new, ensure_ascii=False)
        os.replace(new.name, file)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no thread and no other process is in here by this file."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _about(server: Server) -> str:
    return f"{server.url} {server.model}"


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
