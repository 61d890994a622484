"""Quantised weights kept on disk, so that the next start reads them instead of quantising again;
and those out of GGUF files, and what was converted for OpenVINO.

One folder per checkpoint and precision, written aside and moved to its place when it is whole.
What does not belong to the checkpoint as it is now and to these versions of the libraries, or is
not byte for byte what was written, is not used.
"""

import hashlib
import json
import logging
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from core.models.checkpoint import Checkpoint

log = logging.getLogger(__name__)
MANIFEST_FILE = "manifest.json"
_ASIDE = ".writing-"
# A folder aside that is older was left by a process that was killed
_ABANDONED_S = 24 * 3600
# Of every file of the checkpoint: the names and shapes of its tensors, and the first values
_HEAD_BYTES = 2**20
_PIECE_BYTES = 2**24
_LIBRARIES: tuple[str, ...] = ("torch", "transformers", "bitsandbytes")
# What OpenVINO is to run is kept by precisions that begin so; raised when the form of that changes
OPENVINO_PREFIX = "openvino"
_OPENVINO_FORM = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of the cache holds. files: bytes and CRC-32 of each, by name."""

    name: str
    source: str
    precision: str
    identity: str
    files: dict[str, tuple[int, int]]

    @property
    def bytes(self) -> int:
        return sum(size for size, _crc in self.files.values())


@dataclass(frozen=True, slots=True)
class WeightCache:
    """The cache in `folder`, which is made with the first weights."""

    folder: Path

    def find(self, checkpoint: Checkpoint, precision: str) -> Path | None:
        """The folder with these weights, ready to be loaded, if there is one and it is sound."""
        place = self._place(checkpoint, precision)
        manifest = _read(place)
        if manifest is None or manifest.identity != _identity(checkpoint, precision):
            return None
        try:
            sound = all(_seen(place / name) == seen for name, seen in manifest.files.items())
        except OSError:
            sound = False
        if not sound:
            log.warning("the quantised weights in %s are damaged; they are made again", place)
            self.discard(checkpoint, precision)
            return None
        return place

    @contextmanager
    def writing(self, checkpoint: Checkpoint, precision: str, size: int) -> Iterator[Path | None]:
        """A folder to save `size` bytes of weights to; kept unless the block raises.

        None where there is no room for them: half of the disk's free space stays free.
        """
        self._sweep()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=self.folder))
        except OSError as error:
            log.warning("quantised weights cannot be kept in %s (%s)", self.folder, error)
            yield None
            return
        try:
            if shutil.disk_usage(self.folder).free < 2 * size:
                log.warning("no room in %s to keep the quantised weights", self.folder)
                yield None
            else:
                identity = _identity(checkpoint, precision)
                yield aside
                self._keep(aside, checkpoint, precision, identity)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def discard(self, checkpoint: Checkpoint, precision: str) -> None:
        """Delete these weights, if there are any."""
        shutil.rmtree(self._place(checkpoint, precision), ignore_errors=True)

    def manifests(self) -> list[Manifest]:
        """What is kept, by name and precision."""
        found = [_read(place) for place in self._places()]
        return sorted((m for m in found if m), key=lambda m: (m.name, m.precision))

    def clear(self) -> int:
        """Delete everything; how many bytes that gave back."""
        freed = sum(manifest.bytes for manifest in self.manifests())
        shutil.rmtree(self.folder, ignore_errors=True)
        return freed

    def _place(self, checkpoint: Checkpoint, precision: str) -> Path:
        path = str(checkpoint.source.resolve())
        return self.folder / f"{hashlib.sha256(path.encode()).hexdigest()[:16]}-{precision}"

    def _places(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [place for place in self.folder.iterdir() if not place.name.startswith(_ASIDE)]

    def _keep(self, aside: Path, checkpoint: Checkpoint, precision: str, identity: str) -> None:
        try:
            files = {file.name: _seen(file) for file in sorted(aside.iterdir())}
            if not files:
                return  # nothing was saved
            manifest = Manifest(
                checkpoint.source.name, str(checkpoint.source.resolve()), precision, identity, files
            )
            (aside / MANIFEST_FILE).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
            self.discard(checkpoint, precision)
            aside.rename(self._place(checkpoint, precision))
        except OSError as error:  # another process was quicker, or the disk is full
            log.warning("quantised weights cannot be kept in %s (%s)", self.folder, error)

    def _sweep(self) -> None:
        """Delete what nothing will read again: weights without their checkpoint, and leftovers."""
        for place in self._places():
            manifest = _read(place)
            if manifest is None or not Path(manifest.source).exists():
                shutil.rmtree(place, ignore_errors=True)
        for aside in self.folder.glob(f"{_ASIDE}*"):
            with suppress(FileNotFoundError):  # another process has just moved it to its place
                if time.time() - aside.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(aside, ignore_errors=True)


def _identity(checkpoint: Checkpoint, precision: str) -> str:
    """Changes with the checkpoint's files, the precision and the versions of the libraries."""
    digest = hashlib.sha256(precision.encode())
    libraries = _LIBRARIES
    if precision.startswith(OPENVINO_PREFIX):
        digest.update(f"form {_OPENVINO_FORM}\n".encode())
        libraries = (*_LIBRARIES, OPENVINO_PREFIX)
    for library in libraries:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    for file in (checkpoint.config_file, *sorted(checkpoint.weight_files)):
        about = file.stat()
        digest.update(f"{file.name} {about.st_size} {about.st_mtime_ns}\n".encode())
        with file.open("rb") as opened:
            digest.update(opened.read(_HEAD_BYTES))
    return digest.hexdigest()


def _seen(file: Path) -> tuple[int, int]:
    """Bytes and CRC-32 of a file."""
    size = crc = 0
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
    return size, crc


def _read(place: Path) -> Manifest | None:
    try:
        values = json.loads((place / MANIFEST_FILE).read_text(encoding="utf-8"))
        files = {Path(name).name: (int(s), int(c)) for name, (s, c) in values["files"].items()}
        return Manifest(**{**values, "files": files})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
