"""Downloads a model of the Hugging Face hub into a folder: resumable, told in bytes.

The hub's own library does the transfer. Only files that are needed are taken: the configuration,
the tokenizer and the weights, as safetensors where there are any. `config.json` comes last, so
that a folder looks like a model only when all of it is there.
"""

import re
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import FetchError, PromptLabError
from core.i18n import _
from core.models import configuration
from core.models.catalogue import CatalogueEntry, Published
from core.models.checkpoint import CONFIG_FILE, SIDE_FILES, read_json
from core.models.disk import check_room
from core.models.families import TOKENIZER_JSON, TOKENIZER_MODEL
from core.models.progress import Progress

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

# Other files of weights in a repository are the same ones in another form
_WEIGHTS = {
    "safetensors": re.compile(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?"),
    "bin": re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?"),
}


def fetch_from_hub(entry: CatalogueEntry, progress: Progress, endpoint: str | None = None) -> None:
    """Download the files of `entry` that are not here yet into its folder.

    Raises `FetchError` where the hub cannot be reached, refuses, or the disk is too small.
    """
    repo = _repo(entry)
    from huggingface_hub import hf_hub_url

    try:
        if entry.published is None:
            # Refused before gigabytes are on their way
            look_up(entry, endpoint)
        info, sizes = _listing(repo, endpoint)
        entry.folder.mkdir(parents=True, exist_ok=True)
        here = sum(file.stat().st_size for file in entry.folder.iterdir() if file.is_file())
        check_room(entry.folder, sum(sizes.values()) - here)
        done, total = 0, sum(sizes.values())
        for name, size in sizes.items():
            if not _here(entry.folder / name, size):
                url = hf_hub_url(repo, name, revision=info.sha, endpoint=endpoint)
                _take(url, entry.folder / name, _bar(progress, done, total))
            done += size
            progress(done, total)
    except PromptLabError:
        raise
    except Exception as error:  # of the hub, of the network, of the disk: many kinds
        raise _failed(entry, error) from error


def look_up(entry: CatalogueEntry, endpoint: str | None = None) -> CatalogueEntry:
    """`entry` with what the hub says about it: licence, bytes and configuration.

    Raises `FetchError` as `fetch_from_hub`, `CheckpointError` for a model that could not be loaded.
    """
    repo = _repo(entry)
    from huggingface_hub import hf_hub_url

    try:
        info, sizes = _listing(repo, endpoint)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / CONFIG_FILE
            url = hf_hub_url(repo, CONFIG_FILE, revision=info.sha, endpoint=endpoint)
            _take(url, file, _bar(lambda done, total: None, 0, 0))
            config = read_json(file)
        configuration.check_config(entry.folder / CONFIG_FILE, config)
    except PromptLabError:
        raise
    except Exception as error:  # of the hub, of the network, of the disk: many kinds
        raise _failed(entry, error) from error
    licence = str(getattr(info.card_data, "license", None) or _("not stated"))
    weights = sum(size for name, size in sizes.items() if name.endswith((".safetensors", ".bin")))
    return replace(entry, published=Published(repo, licence, {}, weights, config))


def _repo(entry: CatalogueEntry) -> str:
    """The repository of `entry`; raises `FetchError` where it cannot be asked for."""
    if entry.repo is None:
        raise FetchError(_("{name} is not a model of the catalogue.").format(name=entry.name))
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise FetchError(
            _(
                "This installation is set to stay offline (HF_HUB_OFFLINE). Put the files of {repo} "
                "into {folder}, or start it without that setting."
            ).format(repo=entry.repo, folder=entry.folder)
        )
    return entry.repo


def _failed(entry: CatalogueEntry, error: Exception) -> FetchError:
    reason = " ".join(str(error).split())[:200]
    return FetchError(
        _(
            "{repo} could not be downloaded ({reason}). What has been downloaded is kept: try "
            "again, or put the files into {folder}."
        ).format(repo=entry.repo, reason=f"{type(error).__name__}: {reason}", folder=entry.folder)
    )


def _listing(repo: str, endpoint: str | None) -> "tuple[ModelInfo, dict[str, int]]":
    """What the hub says of it, and the needed files with their sizes, the configuration last."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(repo, files_metadata=True, timeout=30)
    sizes = {
        sibling.rfilename: sibling.size or 0
        for sibling in info.siblings or []
        if PurePosixPath(sibling.rfilename).name == sibling.rfilename
    }
    weights = next((p for p in _WEIGHTS.values() if any(map(p.fullmatch, sizes))), None)
    if weights is None or CONFIG_FILE not in sizes:
        raise FetchError(
            _("{repo} contains no model: it has {files}. Check the catalogue.").format(
                repo=repo, files=", ".join(sorted(sizes)) or _("no files")
            )
        )
    beside = (TOKENIZER_JSON, *SIDE_FILES) if TOKENIZER_JSON in sizes else (TOKENIZER_MODEL,)
    needed = [name for name in sorted(sizes) if name in beside or weights.fullmatch(name)]
    return info, {name: sizes[name] for name in (*needed, CONFIG_FILE)}


def _here(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


def _take(url: str, file: Path, bar: Any) -> None:
    """Download one file; a part that an earlier attempt left is continued.

    The library's own way to a folder begins a file anew every time, and a shard has 2 GB.
    """
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    known = get_hf_file_metadata(url)
    # Another version of the file has another tag, and so another part
    tag = "".join(c for c in known.etag or "" if c.isalnum())[:16]
    part = file.with_name(f"{file.name}.{tag}.part")
    with part.open("ab") as opened:
        http_get(
            known.location,
            opened,
            resume_size=opened.tell(),
            headers=build_hf_headers(),
            expected_size=known.size,
            tqdm_class=bar,
        )
    part.replace(file)


def _bar(progress: Progress, done: int, total: int) -> Any:
    """A bar as the library wants one, that draws nothing and tells `progress`."""
    from tqdm import tqdm

    class Told(tqdm):
        def __init__(self, *args: Any, **keywords: Any) -> None:
            keywords.pop("name", None)
            super().__init__(*args, **{**keywords, "disable": True})
            self._here = int(keywords.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self._here += int(n or 0)
            progress(min(done + self._here, total), total)
            return None

    return Told
