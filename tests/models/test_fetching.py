"""Downloads from a hub: whole, resumed, cancelled, and refused with a reason.

The hub is a server of the test that answers as the real one does, for one repository.
"""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from core.config import Settings
from core.errors import CheckpointError, FetchError, InvalidInput, NotFound
from core.models import catalogue, fetching
from core.models.catalogue import CatalogueEntry, Published
from core.models.fetching import Download, fetch
from core.models.hub import look_up
from core.models.loading import load
from tests.families import KINDS, make

REPO = "someone/small"


@dataclass
class Hub:
    """What the server has, and what it was asked for: (file, first byte)."""

    url: str
    files: dict[str, bytes]
    asked: list[tuple[str, int]] = field(default_factory=list)


@pytest.fixture
def hub(small_checkpoint: Path) -> Iterator[Hub]:
    yield from _serve(small_checkpoint)


@pytest.fixture
def native_hub(tmp_path: Path) -> Iterator[Hub]:
    """A repository as those of Qwen are, with the same weights in another form beside it."""
    yield from _serve(make(tmp_path / "published", KINDS["qwen2"]))


def _serve(folder: Path) -> Iterator[Hub]:
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    files |= {"consolidated.safetensors": b"not wanted", "README.md": b"not wanted"}
    files |= {"pytorch_model.bin": b"not wanted", "evil.py": b"not wanted", "a/config.json": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: object) -> None:
            pass

        def _send(self, code: int, body: bytes, length: int, **headers: str) -> None:
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self._answer(head=True)

        def do_GET(self) -> None:
            self._answer(head=False)

        def _answer(self, head: bool) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/{REPO}"):
                siblings = [
                    {"rfilename": name, "size": len(body)} for name, body in known.files.items()
                ]
                card = {"license": "apache-2.0"}
                body = json.dumps(
                    {"id": REPO, "sha": "c0ffee", "siblings": siblings, "cardData": card}
                ).encode()
                self._send(200, body, len(body), Content_Type="application/json")
                return
            name = path.rpartition("/")[2]
            if not path.startswith(f"/{REPO}/resolve/") or name not in known.files:
                self._send(404, b"", 0, X_Error_Code="RepoNotFound")
                return
            content = known.files[name]
            first = int((self.headers.get("Range") or "bytes=0-")[6:].partition("-")[0])
            if not head:
                known.asked.append((name, first))
            self._send(
                206 if first else 200,
                b"" if head else content[first:],
                len(content) - first,
                ETag=f'"{hashlib.sha256(content).hexdigest()}"',
                X_Repo_Commit="c0ffee",
                Content_Range=f"bytes {first}-{len(content) - 1}/{len(content)}",
                Accept_Ranges="bytes",
            )

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Hub(f"http://127.0.0.1:{server.server_port}", files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def entry(hub: Hub, tmp_path: Path) -> CatalogueEntry:
    published = Published(REPO, "none", {"en": "small"}, 1, {})
    return CatalogueEntry("small", tmp_path / "models" / "small", published)


def _wanted(hub: Hub) -> list[str]:
    return [name for name in hub.files if hub.files[name] not in (b"not wanted", b"{}")]


def test_a_download_is_told_in_bytes_and_loads(hub: Hub, entry: CatalogueEntry) -> None:
    steps: list[tuple[int, int]] = []
    fetch(entry, lambda done, total: steps.append((done, total)), hub.url)
    wanted = _wanted(hub)
    total = sum(len(hub.files[name]) for name in wanted)
    assert steps[-1] == (total, total)
    assert steps == sorted(steps)
    assert sorted(f.name for f in entry.folder.iterdir() if f.is_file()) == sorted(wanted)
    assert hub.asked[-1][0] == "config.json"
    assert load(entry.folder, device="cpu").facts.window == 256
    before = len(hub.asked)
    fetch(entry, lambda done, total: None, hub.url)
    assert len(hub.asked) == before


def test_a_cancelled_download_is_taken_up_where_it_stopped(
    hub: Hub, entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    last = "model-00002-of-00003.safetensors"
    reached = len(hub.files["model-00001-of-00003.safetensors"])

    def stop(done: int, total: int) -> None:
        if done > reached + (1 << 17):
            raise fetching.FetchCancelled("enough")

    with pytest.raises(fetching.FetchCancelled):
        fetch(entry, stop, hub.url)
    assert not entry.on_disk
    hub.asked.clear()
    fetch(entry, lambda done, total: None, hub.url)
    resumed = dict(hub.asked)
    assert resumed[last] > 0
    assert "model-00001-of-00003.safetensors" not in resumed
    assert (entry.folder / last).read_bytes() == hub.files[last]
    assert not list(entry.folder.glob("*.part"))


def test_a_download_in_the_background_ends_or_says_why(hub: Hub, entry: CatalogueEntry) -> None:
    download = Download(entry, hub.url)
    download.wait(600)
    assert (download.running, download.error, download.fraction) == (False, None, 1.0)
    hub.files.pop("config.json")
    download = Download(entry, hub.url)
    download.wait(600)
    assert "contains no model" in (download.error or "")


def test_a_hub_that_does_not_answer_is_explained(entry: CatalogueEntry) -> None:
    with pytest.raises(FetchError, match=REPO):
        fetch(entry, lambda done, total: None, "http://127.0.0.1:9")


def test_a_repository_that_is_not_there_is_explained(hub: Hub, entry: CatalogueEntry) -> None:
    unknown = Published("no/such", "none", {}, 1, {})
    with pytest.raises(FetchError, match="no/such could not be downloaded"):
        fetch(CatalogueEntry("x", entry.folder, unknown), lambda done, total: None, hub.url)


def test_offline_is_respected_and_said(
    hub: Hub, entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE"):
        fetch(entry, lambda done, total: None, hub.url)
    assert hub.asked == []


def test_a_disk_that_is_too_small_is_told_before_anything_comes(
    hub: Hub, entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(entry.folder.parents[1])._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    with pytest.raises(FetchError, match="0 MB free"):
        fetch(entry, lambda done, total: None, hub.url)
    assert hub.asked == []


def test_a_model_of_the_hub_is_asked_for_by_its_id(native_hub: Hub, tmp_path: Path) -> None:
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path)})
    entry = catalogue.find(REPO, settings)
    assert (entry.name, entry.on_disk) == (REPO, False)
    with pytest.raises(CheckpointError, match=f"models fetch {REPO}"):
        _ = entry.sizes
    known = look_up(entry, native_hub.url)
    assert known.published is not None
    assert known.published.licence == "apache-2.0"
    assert known.sizes.window == 512
    assert not entry.on_disk
    fetch(entry, lambda done, total: None, native_hub.url)
    assert sorted(file.name for file in entry.folder.iterdir()) == sorted(_wanted(native_hub))
    assert {"tokenizer.json", "chat_template.jinja", "generation_config.json"} <= {
        file.name for file in entry.folder.iterdir()
    }
    again = catalogue.find(REPO, settings)
    assert again.on_disk
    assert again in catalogue.entries(settings)
    assert load(again.folder, again.name, device="cpu").tokenizer.chat


def test_a_model_that_cannot_be_loaded_is_refused_before_its_weights_come(
    native_hub: Hub, tmp_path: Path
) -> None:
    config = json.loads(native_hub.files["config.json"])
    native_hub.files["config.json"] = json.dumps(config | {"model_type": "mamba"}).encode()
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path)})
    entry = catalogue.find(REPO, settings)
    with pytest.raises(CheckpointError, match="'mamba'"):
        fetch(entry, lambda done, total: None, native_hub.url)
    assert {name for name, _first in native_hub.asked} == {"config.json"}


def test_the_settings_may_name_a_model_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name may be a path: what stands beside the checkout is none of these
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    settings = Settings.from_environment({"PROMPTLAB_DATA": str(tmp_path), "PROMPTLAB_MODEL": REPO})
    assert [e.name for e in catalogue.entries(settings)][-1] == REPO
    known = catalogue.find("Qwen/Qwen2.5-0.5B-Instruct", settings)
    assert known.name == "qwen2.5-0.5b-instruct"
    for name in ("a/../b", "../x", "a/b/c", "a--b/c", "/nowhere", "a/", "a b/c"):
        with pytest.raises(NotFound):
            catalogue.find(name, settings)


def test_only_models_of_the_catalogue_are_downloaded(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="not a model of the catalogue"):
        fetch(CatalogueEntry("mine", tmp_path), lambda done, total: None)


def test_an_unusable_catalogue_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    settings = Settings.from_environment({"PROMPTLAB_CATALOGUE": str(file)})
    for text in ("{", "- 3", "- {name: x}", "- {name: ../x, repo: a, licence: b, about: {}}"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match=r"mine\.yaml"):
            catalogue.entries(settings)
