"""Downloads a published model into a folder: resumable, cancellable, told in bytes.

The hub's own library does the transfer. Only files that are needed are taken: the configuration,
the tokenizer and the weights, as safetensors where there are any. `config.json` comes last, so
that a folder looks like a model only when all of it is there.
"""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import FetchError, PromptLabError
from core.i18n import _, in_this_language
from core.models.catalogue import CatalogueEntry
from core.models.checkpoint import CONFIG_FILE, TOKENIZER_FILE
from core.models.plan import gigabytes

# Told now and then: bytes that are here, of how many. What it raises ends the download.
Progress = Callable[[int, int], None]
_WEIGHTS = (".safetensors", ".bin")


class FetchCancelled(PromptLabError):
    """The download was stopped; what is here stays and is taken up next time."""


def fetch(entry: CatalogueEntry, progress: Progress, endpoint: str | None = None) -> None:
    """Download the files of `entry` that are not here yet into its folder.

    Raises `FetchError` where the hub cannot be reached, refuses, or the disk is too small.
    """
    if entry.published is None:
        raise FetchError(_("{name} is no model of the catalogue.").format(name=entry.name))
    from huggingface_hub import constants, hf_hub_url

    if constants.HF_HUB_OFFLINE:
        raise FetchError(
            _(
                "This installation is set to stay offline (HF_HUB_OFFLINE). Put the files of {repo} "
                "into {folder}, or start it without that setting."
            ).format(repo=entry.published.repo, folder=entry.folder)
        )
    try:
        revision, sizes = _listing(entry.published.repo, endpoint)
        _check_disk(entry.folder, sizes)
        done, total = 0, sum(sizes.values())
        for name, size in sizes.items():
            if not _here(entry.folder / name, size):
                url = hf_hub_url(entry.published.repo, name, revision=revision, endpoint=endpoint)
                _take(url, entry.folder / name, _bar(progress, done, total))
            done += size
            progress(done, total)
    except PromptLabError:
        raise
    except Exception as error:  # of the hub, of the network, of the disk: many kinds
        reason = " ".join(str(error).split())[:200]
        raise FetchError(
            _(
                "{repo} could not be downloaded ({reason}). What is here is kept: try again, or put "
                "its files into {folder}."
            ).format(
                repo=entry.published.repo,
                reason=f"{type(error).__name__}: {reason}",
                folder=entry.folder,
            )
        ) from error


def _listing(repo: str, endpoint: str | None) -> tuple[str | None, dict[str, int]]:
    """The revision, and the needed files with their sizes, the configuration last."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(repo, files_metadata=True, timeout=30)
    sizes = {
        sibling.rfilename: sibling.size or 0
        for sibling in info.siblings or []
        if PurePosixPath(sibling.rfilename).name == sibling.rfilename
    }
    kinds = {PurePosixPath(name).suffix for name in sizes}
    kind = next((suffix for suffix in _WEIGHTS if suffix in kinds), "")
    if not kind or CONFIG_FILE not in sizes:
        raise FetchError(
            _("{repo} holds no model: it has {files}. Check the catalogue.").format(
                repo=repo, files=", ".join(sorted(sizes)) or _("no files")
            )
        )
    needed = [
        name
        for name in sorted(sizes)
        if name == TOKENIZER_FILE or name.endswith((kind, f"{kind}.index.json"))
    ]
    return info.sha, {name: sizes[name] for name in (*needed, CONFIG_FILE)}


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


def _check_disk(folder: Path, sizes: dict[str, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    here = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    needed, free = sum(sizes.values()) - here, shutil.disk_usage(folder).free
    if needed > free:
        raise FetchError(
            _("The download needs {needed}, and {folder} has {free} free. Make room there.").format(
                needed=gigabytes(needed), folder=folder, free=gigabytes(free)
            )
        )


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


class Download:
    """A download in a thread of its own. `error`: why it failed, None while it has not."""

    def __init__(self, entry: CatalogueEntry, endpoint: str | None = None) -> None:
        self.entry = entry
        self.done, self.total = 0, entry.published.bytes if entry.published else 0
        self.error: str | None = None
        self._endpoint = endpoint
        self._cancelled = threading.Event()
        self._thread = threading.Thread(
            target=in_this_language(self._run), name=f"fetch-{entry.name}", daemon=True
        )
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    def cancel(self) -> None:
        """Stop it; what is here stays for the next time."""
        self._cancelled.set()

    def wait(self, timeout: float | None = None) -> None:
        """Return when it has ended, or after `timeout` seconds."""
        self._thread.join(timeout)

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._cancelled.is_set():
            raise FetchCancelled(_("The download was stopped; it can be taken up again."))

    def _run(self) -> None:
        try:
            fetch(self.entry, self._tell, self._endpoint)
        except PromptLabError as error:
            self.error = str(error)
