"""Which experiments are being asked, so that one that the end of the server broke off is known."""

from core.storage.drafts import Drafts

_KIND = "under way"


class UnderWay:
    """A mark for each experiment of one space that is running. It goes when the run ends, whatever
    ends it but the end of the server."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def begin(self, experiment_id: str) -> None:
        """Note that it runs."""
        self._drafts.put(_KIND, experiment_id, {})

    def end(self, experiment_id: str) -> None:
        """Note that it has ended."""
        self._drafts.drop(_KIND, experiment_id)

    def all(self) -> set[str]:
        """The ids of all that run, and of those that were broken off."""
        return self._drafts.about(_KIND)
