"""The model of a command: which ones there are, opening one quietly, its tokenizer alone."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import Settings
from core.errors import CheckpointError
from core.i18n import _

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.models.catalogue import CatalogueEntry
    from core.models.tokenizer import ChatGLMTokenizer


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be named; `error` says why it cannot be loaded here, None if it can."""

    name: str
    folder: Path
    error: str | None


def offers() -> list[Offer]:
    """The known models and whether they can be loaded, judged without loading any."""
    from core.models import catalogue

    entries = catalogue.entries(Settings.from_environment())
    return [Offer(entry.name, entry.folder, _why_not(entry.folder)) for entry in entries]


@contextlib.contextmanager
def opened(
    model: str | None, device: str | None = None, precision: str | None = None
) -> Iterator["Engine"]:
    """The engine of a model, closed at the end. Library logs stay quiet.

    Raises `NotFound` for an unknown model, `CheckpointError` for one that cannot be loaded,
    `InvalidInput` for a device that this machine lacks.
    """
    entry = _entry(model)
    with _quiet():
        engine = start(entry, device, precision)
        try:
            yield engine
        finally:
            engine.close()


def start(entry: "CatalogueEntry", device: str | None, precision: str | None) -> "Engine":
    """Load a model and start an engine on it; None leaves it to the settings."""
    from core.engine.engine import Engine
    from core.models.loading import load

    settings = Settings.from_environment()
    loaded = load(
        entry.folder,
        entry.name,
        device or settings.device,  # type: ignore[arg-type]
        precision or settings.precision,  # type: ignore[arg-type]
    )
    return Engine(loaded)


def tokenizer_of(model: str | None) -> "ChatGLMTokenizer":
    """The tokenizer of a model, without loading the model; raises as `opened` does."""
    from core.models.checkpoint import inspect
    from core.models.tokenizer import ChatGLMTokenizer

    return ChatGLMTokenizer(inspect(_entry(model).folder).tokenizer_file)


def _entry(model: str | None) -> "CatalogueEntry":
    from core.models import catalogue

    settings = Settings.from_environment()
    return catalogue.find(settings.model if model is None else model, settings)


def _why_not(folder: Path) -> str | None:
    """Why the checkpoint in `folder` cannot be loaded, as far as its outside tells.

    Of safetensors files the header and the length are read; other weights need only be there.
    """
    from safetensors import SafetensorError, safe_open

    from core.models.checkpoint import inspect
    from core.models.tokenizer import ChatGLMTokenizer

    try:
        checkpoint = inspect(folder)
        ChatGLMTokenizer(checkpoint.tokenizer_file)
    except CheckpointError as error:
        return str(error)
    for file in checkpoint.weight_files:
        if file.suffix != ".safetensors":
            continue
        try:
            with safe_open(file, framework="np"):
                pass
        except (SafetensorError, OSError) as error:
            return _("The weights {file} cannot be read ({reason}). Download them again.").format(
                file=file, reason=error
            )
    return None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No library logs and warnings for a while: standard error is for one line of ours."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(disabled)
