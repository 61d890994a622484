"""The model of a command: opening one quietly, its tokenizer alone."""

import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

import typer

from core.backends.backend import Backend
from core.backends.tokenizer import Tokenizer
from core.config import Settings
from core.engine.opening import open_model
from core.i18n import _, language
from core.llama.server import LlamaServer
from core.models import catalogue
from core.models.catalogue import CatalogueEntry
from core.models.preparing import prepare
from core.models.progress import seconds_left
from core.models.tokenizers import open_tokenizer
from core.models.weight_cache import WeightCache
from core.served.connections import connected

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.servers.backend import ServerBackend

# What is read within a moment needs no word about it.
MOMENT_S = 1.0


@contextlib.contextmanager
def opened(
    model: str | None,
    device: str | None = None,
    precision: str | None = None,
    said: set[str] | None = None,
) -> Iterator[Backend]:
    """A model, closed at the end. Library logs stay quiet.

    One on another machine is said on standard error before it is asked anything. said: the machines
    of which a command has said so already.

    Raises `NotFound` for an unknown model, `CheckpointError` for one that cannot be loaded,
    `InvalidInput` for a device that this machine lacks.
    """
    entry = entry_of(model)
    with quiet():
        engine = start(entry, device, precision)
        try:
            _say_leaving(engine.facts.elsewhere, set() if said is None else said)
            yield engine
        finally:
            engine.close()


def _say_leaving(host: str, said: set[str]) -> None:
    if host and host not in said:
        said.add(host)
        typer.echo(
            _("What you send goes to {host}, and leaves this machine.").format(host=host), err=True
        )


def start(
    entry: CatalogueEntry, device: str | None, precision: str | None
) -> "Engine | LlamaServer | ServerBackend":
    """Open a model; None leaves it to the settings where and in which numbers."""
    if entry.server:
        return connected(entry.server)
    settings = Settings.from_environment()
    prepared = prepare(
        entry.opened().source,
        entry.name,
        device or settings.device,  # type: ignore[arg-type]
        precision or settings.precision,
        chat=entry.chat,
        openvino=settings.openvino,
    )
    cache = WeightCache(settings.quantised) if settings.cache else None
    return open_model(prepared, teller(entry.name, sys.stderr), cache)


def teller(
    name: str, out: TextIO, clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int], None] | None:
    """Tells people how far the reading of a model is and how long it will take, in one line that
    disappears at the end; nothing where `out` is no terminal."""
    if not out.isatty():
        return None
    began = clock()

    def tell(done: int, total: int) -> None:
        passed = clock() - began
        left = seconds_left(done / total, passed)
        if passed < MOMENT_S or left is None:
            return
        said = _("Loading {name}: {percent} %, about {seconds:.0f} s left").format(
            name=name, percent=100 * done // total, seconds=left
        )
        out.write("\r\x1b[K" + (said if done < total else ""))
        out.flush()

    return tell


def opened_tokenizer(model: str | None) -> Tokenizer:
    """The tokenizer of a model, without loading the model; raises as `opened` does."""
    entry = entry_of(model)
    return open_tokenizer(entry.opened(), entry.chat)


def entry_of(model: str | None) -> CatalogueEntry:
    """The model called so, or the one to start on; raises `NotFound`."""
    settings = Settings.from_environment()
    if model is None:
        return catalogue.starting(settings, language())
    return catalogue.find(model, settings)


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
