"""The models that this installation offers, by name; nothing is loaded here.

In this order: the embedded model, MODEL_PATH, the folders of the operator's model directory, and
the models of the catalogue file, which may still have to be downloaded.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.config import EMBEDDED, Settings
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.models import configuration
from core.models.checkpoint import CONFIG_FILE, inspect

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"
CATALOGUE_FILE = Path(__file__).parent / "catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Published:
    """A model of the hub: what is known about it without its files. `bytes`: of its weights."""

    repo: str
    licence: str
    about: dict[str, str]
    bytes: int
    config: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model on offer; `folder` is where it lies, or will lie once it is downloaded."""

    name: str
    folder: Path
    published: Published | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the demonstration model that ships with the project."""
        return self.folder == EMBEDDED_FOLDER

    @property
    def on_disk(self) -> bool:
        """Whether its files are here, complete or not."""
        return (self.folder / CONFIG_FILE).is_file()

    @property
    def sizes(self) -> configuration.Sizes:
        """The sizes of its parts; raises `CheckpointError` where the files do not tell."""
        if self.published and not self.on_disk:
            return configuration.sizes(CATALOGUE_FILE, self.published.config)
        return inspect(self.folder).sizes


def entries(settings: Settings) -> list[CatalogueEntry]:
    """What can be loaded by name; raises `InvalidInput` for an unusable catalogue file."""
    published = _published(settings)
    found = [CatalogueEntry(EMBEDDED, EMBEDDED_FOLDER)]
    folders = [settings.model_path] if settings.model_path else []
    if settings.model_dir.is_dir():
        folders += sorted(f for f in settings.model_dir.iterdir() if (f / CONFIG_FILE).is_file())
    for folder in folders:
        if folder.resolve() not in {entry.folder.resolve() for entry in found}:
            found.append(CatalogueEntry(folder.name, folder, published.get(folder.name)))
    known = {entry.name for entry in found}
    return found + [
        CatalogueEntry(name, settings.model_dir / name, facts)
        for name, facts in published.items()
        if name not in known
    ]


def find(name: str, settings: Settings) -> CatalogueEntry:
    """The entry called `name`, or the folder of that path; raises `NotFound`."""
    offered = entries(settings)
    for entry in offered:
        if entry.name == name:
            return entry
    folder = Path(name).expanduser()
    if folder.is_dir():
        return CatalogueEntry(
            EMBEDDED if folder.resolve() == EMBEDDED_FOLDER else folder.name, folder
        )
    raise NotFound(
        _("There is no model {name!r}. Known models: {known}; or give a checkpoint folder.").format(
            name=name, known=", ".join(entry.name for entry in offered)
        )
    )


def published_sizes(name: str) -> configuration.Sizes:
    """The sizes of a model that this project's catalogue names, without its files."""
    return configuration.sizes(CATALOGUE_FILE, _read(CATALOGUE_FILE)[name].config)


def _published(settings: Settings) -> dict[str, Published]:
    files = [CATALOGUE_FILE, *([settings.catalogue] if settings.catalogue else [])]
    return {name: facts for file in files for name, facts in _read(file).items()}


def _read(file: Path) -> dict[str, Published]:
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {str(row["name"]): _published_model(file, row) for row in rows or []}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidInput(
            _(
                "The catalogue {file} cannot be read ({reason}). It is a YAML list; every model has "
                "name, repo, licence, about, bytes and config."
            ).format(file=file, reason=f"{type(error).__name__}: {reason}")
        ) from error


def _published_model(file: Path, row: dict[str, Any]) -> Published:
    name = row["name"]
    if not isinstance(name, str) or Path(name).name != name or name == EMBEDDED:
        raise ValueError(f"name {name!r}")
    configuration.check_config(file, row["config"])
    return Published(
        row["repo"], row["licence"], dict(row["about"]), int(row["bytes"]), row["config"]
    )
