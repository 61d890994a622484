"""Begins an experiment in a process of its own and stands still in the middle of it, to be
killed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.experiments.run import Kept, complete_experiment
from core.experiments.under_way import UnderWay
from core.store import Store
from tests.scripted import ScriptedBackend


def main(database: str, experiment_id: str, stand_at: int) -> None:
    """Ask for so many answers, say so on standard output, and let no more of them end."""
    store, backend = Store.open(Path(database)), ScriptedBackend("yes indeed")
    experiment = store.experiments.get(experiment_id)
    UnderWay(store.drafts).begin(experiment_id)

    @contextmanager
    def hold(_model: str) -> Iterator[ScriptedBackend]:
        yield backend

    kept = 0
    for _tag, told in complete_experiment(store.experiments, experiment, hold):
        kept += isinstance(told, Kept)
        if kept == stand_at:
            backend.hold()
            print(kept, flush=True)
            stand_at = -1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
