"""A real pre-trained model for tests, fetched once as the app fetches it.

It lies in `.models/` beside the tests, which git ignores; workers wait for the one that fetches.
"""

import fcntl
from functools import cache
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import FetchError
from core.models import catalogue
from core.models.fetching import fetch

FOLDER = Path(__file__).parents[1] / ".models"


def smollm2() -> Path:
    """The GGUF file of SmolLM2 135M Instruct; skips the test, with the reason, where it cannot be
    had."""
    found = _fetched()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@cache
def _fetched() -> Path | str:
    settings = Settings.from_environment({"PROMPTLAB_MODEL_DIR": str(FOLDER)})
    entry = catalogue.find(catalogue.STARTER, settings)
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            fetch(entry, lambda done, total: None)
        except FetchError as error:
            return str(error)
    (file,) = entry.folder.glob("*.gguf")
    return file
