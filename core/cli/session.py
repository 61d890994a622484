"""The model of a command: opening one quietly, its tokenizer alone."""

import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.config import Settings
from core.i18n import _

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.models.catalogue import CatalogueEntry
    from core.models.progress import Progress
    from core.models.text import Tokenizer


@contextlib.contextmanager
def opened(
    model: str | None, device: str | None = None, precision: str | None = None
) -> Iterator["Engine"]:
    """The engine of a model, closed at the end. Library logs stay quiet.

    Raises `NotFound` for an unknown model, `CheckpointError` for one that cannot be loaded,
    `InvalidInput` for a device that this machine lacks.
    """
    entry = entry_of(model)
    with quiet():
        engine = start(entry, device, precision)
        try:
            yield engine
        finally:
            engine.close()


def start(entry: "CatalogueEntry", device: str | None, precision: str | None) -> "Engine":
    """Load a model and start an engine on it; None leaves it to the settings."""
    from core.engine.engine import Engine
    from core.models.loading import load
    from core.models.weight_cache import WeightCache

    settings = Settings.from_environment()
    entry.opened()
    loaded = load(
        entry.folder,
        entry.name,
        device or settings.device,  # type: ignore[arg-type]
        precision or settings.precision,  # type: ignore[arg-type]
        chat=entry.chat,
        cache=WeightCache(settings.quantised) if settings.cache else None,
        progress=_told(entry.name) if sys.stderr.isatty() else None,
    )
    return Engine(loaded)


def _told(name: str) -> "Progress":
    """How far the loading is and for how long still, on one line that goes when it is read."""
    from core.models.progress import seconds_left

    began, shown = time.perf_counter(), -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total
        if percent == shown:
            return
        shown = percent
        said = _("Loading {name}…").format(name=name) + f" {percent} %"
        left = seconds_left(done / total, time.perf_counter() - began)
        if left is not None and left >= 1:
            said += " " + _("{seconds:.0f} s left").format(seconds=left)
        sys.stderr.write("\r\x1b[K" + (said if done < total else ""))
        sys.stderr.flush()

    return tell


def tokenizer_of(model: str | None) -> "Tokenizer":
    """The tokenizer of a model, without loading the model; raises as `opened` does."""
    from core.models.text import open_tokenizer

    entry = entry_of(model)
    return open_tokenizer(entry.opened(), entry.chat)


def entry_of(model: str | None) -> "CatalogueEntry":
    """The model called so, or that of the settings; raises `NotFound`."""
    from core.models import catalogue

    settings = Settings.from_environment()
    return catalogue.find(settings.model if model is None else model, settings)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No library logs and warnings for a while: standard error is for one line of ours."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(disabled)
