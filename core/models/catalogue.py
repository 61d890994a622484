"""The models that this installation offers, by name; nothing is loaded here.

In this order: the embedded model, MODEL_PATH, the folders of the operator's model directory, the
models of the catalogue file, which may still have to be downloaded, and one of the hub that the
settings name. A hub id, `owner/name`, lies in a folder `owner--name` of the model directory.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.config import EMBEDDED, Settings
from core.errors import CheckpointError, InvalidInput, NotFound
from core.i18n import _
from core.models import configuration
from core.models.checkpoint import Checkpoint, inspect, is_model
from core.models.families import Family
from core.models.gguf_file import SUFFIX
from core.models.sizes import Sizes

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"
CATALOGUE_FILE = Path(__file__).parent / "catalogue.yaml"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SLASH = "--"


@dataclass(frozen=True, slots=True)
class Published:
    """A model of the hub: what is known about it without its files.

    bytes: of its weights. chat: False for a base model, which continues plain text.
    """

    repo: str
    licence: str
    about: dict[str, str]
    bytes: int
    config: dict[str, Any] = field(hash=False)
    chat: bool = True


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model on offer; `folder` is where it lies, or will lie once it is downloaded: a checkpoint
    folder or a GGUF file.

    hub: its id on the hub, where nothing else is known about it.
    """

    name: str
    folder: Path
    published: Published | None = None
    hub: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the demonstration model that ships with the project."""
        return self.folder == EMBEDDED_FOLDER

    @property
    def on_disk(self) -> bool:
        """Whether its files are here, complete or not."""
        return is_model(self.folder)

    @property
    def repo(self) -> str | None:
        """Its repository on the hub, if it can be downloaded."""
        return self.published.repo if self.published else self.hub

    @property
    def licence(self) -> str | None:
        """The licence it is given under, where that is known."""
        if self.embedded:
            return "Apache 2.0"
        return self.published.licence if self.published else None

    @property
    def absent(self) -> str | None:
        """Why it cannot be opened before it is downloaded; None where its files are here."""
        if self.on_disk or not self.repo:
            return None
        return _(
            "The model is not on this machine: download {repo} to {folder}, on the Models page or "
            "with `python -m core models fetch {name}`."
        ).format(repo=self.repo, folder=self.folder, name=self.name)

    @property
    def sizes(self) -> Sizes:
        """The sizes of its parts; raises `CheckpointError` where the files do not tell."""
        if self.published and not self.on_disk:
            return configuration.sizes(CATALOGUE_FILE, self.published.config)
        return self.opened().sizes

    @property
    def family(self) -> Family:
        """The kind of model it is; raises `CheckpointError` as `sizes`."""
        if self.published and not self.on_disk:
            return configuration.check_config(CATALOGUE_FILE, self.published.config)
        return self.opened().family

    def opened(self) -> Checkpoint:
        """What its folder holds; raises `CheckpointError`, also where it is still to come."""
        if self.absent:
            raise CheckpointError(self.absent)
        return inspect(self.folder)

    @property
    def chat(self) -> bool:
        """Whether it has a chat format, or continues plain text; True where nothing tells."""
        if self.published and not self.published.chat:
            return False
        if not self.on_disk:
            return True
        try:
            return inspect(self.folder).chat
        except CheckpointError:
            return True  # told by whatever opens it


def entries(settings: Settings) -> list[CatalogueEntry]:
    """What can be loaded by name; raises `InvalidInput` for an unusable catalogue file."""
    published = _published(settings)
    found = [CatalogueEntry(EMBEDDED, EMBEDDED_FOLDER)]
    folders = [settings.model_path] if settings.model_path else []
    if settings.model_dir.is_dir():
        folders += sorted(f for f in settings.model_dir.iterdir() if is_model(f))
    for folder in folders:
        if folder.resolve() not in {entry.folder.resolve() for entry in found}:
            hub = folder.name.replace(_SLASH, "/", 1) if _SLASH in folder.name else None
            facts = published.get(folder.name)
            found.append(CatalogueEntry(hub or _called(folder), folder, facts, hub))
    known = {entry.name for entry in found}
    found += [
        CatalogueEntry(name, settings.model_dir / name, facts)
        for name, facts in published.items()
        if name not in known
    ]
    if settings.model not in {known for entry in found for known in (entry.name, entry.repo)}:
        named = _of_hub(settings.model, settings)
        found += [named] if named else []
    return found


def find(name: str, settings: Settings) -> CatalogueEntry:
    """The entry called `name`, the folder or GGUF file of that path, or a model of the hub by its id.

    Raises `NotFound`. What is asked for by the operator alone may go through here.
    """
    offered = entries(settings)
    for entry in offered:
        if name in (entry.name, entry.repo):
            return entry
    folder = Path(name).expanduser()
    if folder.exists():
        return CatalogueEntry(
            EMBEDDED if folder.resolve() == EMBEDDED_FOLDER else _called(folder), folder
        )
    named = _of_hub(name, settings)
    if named:
        return named
    raise NotFound(
        _(
            "There is no model {name!r}. Available models: {known}; or give a checkpoint folder, "
            "a GGUF file, or a Hub id (owner/name)."
        ).format(name=name, known=", ".join(entry.name for entry in offered))
    )


def _called(path: Path) -> str:
    return path.stem if path.suffix.lower() == SUFFIX else path.name


def _of_hub(name: str, settings: Settings) -> CatalogueEntry | None:
    if not _HUB_ID.fullmatch(name) or _SLASH in name or Path(name).expanduser().exists():
        return None
    return CatalogueEntry(name, settings.model_dir / name.replace("/", _SLASH), hub=name)


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
                "The catalogue {file} cannot be read ({reason}). It must be a YAML list; every "
                "model needs name, repo, licence, about, bytes and config."
            ).format(file=file, reason=f"{type(error).__name__}: {reason}")
        ) from error


def _published_model(file: Path, row: dict[str, Any]) -> Published:
    name = row["name"]
    if not isinstance(name, str) or Path(name).name != name or name == EMBEDDED:
        raise ValueError(f"name {name!r}")
    configuration.check_config(file, row["config"])
    chat = row.get("chat", True)
    if not isinstance(chat, bool):
        raise ValueError(f"chat {chat!r}")
    return Published(
        row["repo"], row["licence"], dict(row["about"]), int(row["bytes"]), row["config"], chat
    )
