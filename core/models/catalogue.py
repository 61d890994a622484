"""The models that this installation offers, by name; nothing is loaded here."""

from dataclasses import dataclass
from pathlib import Path

from core.config import EMBEDDED, Settings
from core.errors import NotFound
from core.i18n import _
from core.models.checkpoint import CONFIG_FILE

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model on offer."""

    name: str
    folder: Path

    @property
    def embedded(self) -> bool:
        """Whether this is the demonstration model that ships with the project."""
        return self.folder == EMBEDDED_FOLDER


def entries(settings: Settings) -> list[CatalogueEntry]:
    """What can be loaded by name: embedded, MODEL_PATH, and the operator's model folder."""
    found = [CatalogueEntry(EMBEDDED, EMBEDDED_FOLDER)]
    folders = [settings.model_path] if settings.model_path else []
    if settings.model_dir and settings.model_dir.is_dir():
        folders += sorted(f for f in settings.model_dir.iterdir() if (f / CONFIG_FILE).is_file())
    for folder in folders:
        if folder.resolve() not in {entry.folder.resolve() for entry in found}:
            found.append(CatalogueEntry(folder.name, folder))
    return found


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
