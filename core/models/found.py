"""Models that LM Studio and Ollama keep on this machine: found where they are, and never changed.

LM Studio has PUBLISHER/REPOSITORY/*.gguf. Ollama has a manifest for every name and tag, which says
which blob is the model; blobs have no suffix. Source:
https://github.com/ollama/ollama/blob/main/docs/import.md and server/manifest.go.
"""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.config import Settings
from core.models.gguf_file import SUFFIX, is_gguf

log = logging.getLogger(__name__)
_MODEL_LAYER = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256[:-][0-9a-f]{64}")
_HOME = "registry.ollama.ai"
_LIBRARY = "library"
# A manifest has a few layers; more is damage
_MOST_BYTES = 2**20
# What comes beside a model: the part that sees pictures
_BESIDE = "mmproj"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A GGUF file that another program keeps. program: its name, e.g. "Ollama"."""

    name: str
    file: Path
    program: str


def found_models(settings: Settings) -> list[FoundModel]:
    """All of them by name, each file once; what cannot be read is left out with a log line."""
    found: dict[Path, FoundModel] = {}
    for model in (*_lm_studio(settings.lm_studio), *_ollama(settings.ollama)):
        found.setdefault(model.file.resolve(), model)
    return sorted(found.values(), key=lambda model: (model.name.lower(), str(model.file)))


def _lm_studio(homes: tuple[Path, ...]) -> Iterator[FoundModel]:
    for home in homes:
        for file in _listed(home, f"*/*/*{SUFFIX}"):
            if not file.name.lower().startswith(_BESIDE) and is_gguf(file):
                yield FoundModel(file.stem, file, "LM Studio")


def _ollama(home: Path | None) -> Iterator[FoundModel]:
    if home is None:
        return
    for manifest in _listed(home / "manifests", "*/*/*/*"):
        host, owner, name, tag = manifest.relative_to(home / "manifests").parts
        try:
            blob = home / "blobs" / _model_digest(manifest).replace(":", "-")
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("the Ollama manifest %s is not readable (%s)", manifest, error)
            continue
        if not is_gguf(blob):
            log.warning("the model of the Ollama manifest %s is not there: %s", manifest, blob)
            continue
        parts = [host] if host != _HOME else []
        parts += [owner] if parts or owner != _LIBRARY else []
        yield FoundModel("/".join([*parts, f"{name}:{tag}"]), blob, "Ollama")


def _model_digest(manifest: Path) -> str:
    """The blob of the model; raises `ValueError` and what damaged JSON raises."""
    if manifest.stat().st_size > _MOST_BYTES:
        raise ValueError("too large")
    layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
    digest = next((row["digest"] for row in layers if row.get("mediaType") == _MODEL_LAYER), None)
    # The digest becomes a file name
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError(f"digest {str(digest)[:80]!r}")
    return digest


def _listed(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(file for file in folder.glob(pattern) if file.is_file())
    except OSError as error:
        log.warning("%s cannot be searched for models (%s)", folder, error)
        return []
