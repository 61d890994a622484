"""The header of a GGUF file: what it says of a model, and where its tensors lie.

Nothing is believed before it is checked: every count and size is compared with the bytes that are
left before anything is read or made room for, so that a cut or hostile file costs no more than its
own size in time and memory. Weights are not read here.

Source of the format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import functools
import math
import mmap
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from core.errors import CheckpointError
from core.i18n import _

SUFFIX = ".gguf"
MAGIC = b"GGUF"
_VERSIONS = (2, 3)
# Far above any published file; more is damage
_MOST_TENSORS = 2**16
_MOST_KEYS = 2**12
_MOST_NAME = 2**10
_MOST_ITEMS = 2**22
_MOST_TEXT = 2**24
_MOST_DIMENSIONS = 4
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9
_SPLIT = re.compile(r"-\d{5}-of-(\d{5})\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GGUFTensor:
    """A tensor of the file. shape: rows first, as torch has it. offset: bytes from the start of
    the file."""

    name: str
    shape: tuple[int, ...]
    type: GGMLQuantizationType
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class GGUFFile:
    """What the header says. values: by key; of arrays, lists."""

    path: Path
    values: dict[str, Any] = field(repr=False, hash=False)
    tensors: dict[str, GGUFTensor] = field(repr=False, hash=False)

    @property
    def architecture(self) -> str:
        """The kind of model, by llama.cpp's name of it."""
        return str(self.values.get("general.architecture", ""))

    @property
    def quantisation(self) -> str:
        """The numbers of the weights by the name that people know, e.g. "Q4_K_M" or "F16"."""
        said = self.values.get("general.file_type")
        if isinstance(said, int) and said in set(LlamaFileType):
            name = LlamaFileType(said).name
            if name != "GUESSED":
                return name.removeprefix("MOSTLY_").removeprefix("ALL_")
        # The type that most of the bytes have
        sums: dict[str, int] = {}
        for tensor in self.tensors.values():
            sums[tensor.type.name] = sums.get(tensor.type.name, 0) + tensor.bytes
        return max(sums, key=sums.__getitem__, default="F32")

    def own(self, key: str) -> Any:
        """The value under the architecture's own prefix, or None."""
        return self.values.get(f"{self.architecture}.{key}")

    def listed(self, key: str, kind: type) -> list[Any]:
        """A list of `kind`; empty where there is none. Raises `CheckpointError` for others."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
            raise refused(self.path, _("{field} is no list of the right kind").format(field=key))
        return found


def is_gguf(path: Path) -> bool:
    """Whether it is a file that begins as GGUF files do, whatever its name is."""
    try:
        with path.open("rb") as opened:
            return opened.read(4) == MAGIC
    except OSError:
        return False


def refused(path: Path, reason: str) -> CheckpointError:
    """The error for a file that cannot be what it says."""
    return CheckpointError(
        _("The GGUF file {file} cannot be used ({reason}). Download it again.").format(
            file=path, reason=reason
        )
    )


def read(path: Path) -> GGUFFile:
    """The header of the file; raises `CheckpointError`, with the first thing that cannot be."""
    split = _SPLIT.search(path.name)
    if split and int(split[1]) > 1:
        raise CheckpointError(
            _(
                "{file} is one of {count} parts of a model, which is not supported. Join them with "
                "`llama-gguf-split --merge`, or choose a model in one file."
            ).format(file=path, count=int(split[1]))
        )
    try:
        about = path.stat()
        return _read(path, about.st_size, about.st_mtime_ns)
    except (OSError, ValueError) as error:
        raise refused(path, str(error)) from error


@functools.lru_cache(maxsize=4)
def _read(path: Path, _size: int, _changed: int) -> GGUFFile:
    """Kept, as every visit of a page asks; a file that was changed is read again."""
    with path.open("rb") as opened, _mapped(opened.fileno()) as data:
        return _Reader(path, data).file()


@contextmanager
def _mapped(descriptor: int) -> Iterator[mmap.mmap]:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
        yield data


class _Reader:
    """Goes through the header once, from front to back."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._data, self._at, self._size = path, data, 0, len(data)

    def file(self) -> GGUFFile:
        if self._take(4) != MAGIC:
            raise self._refused(_("it does not begin as a GGUF file"))
        version = self._number("I")
        if version & 0xFFFF == 0:
            raise self._refused(_("its numbers are big-endian"))
        if version not in _VERSIONS:
            raise self._refused(_("its version is {version}").format(version=version))
        # A tensor has 24 bytes at least, a key 13
        tensors = self._count(_("tensors"), _MOST_TENSORS, 24)
        keys = self._count(_("keys"), _MOST_KEYS, 13)
        values: dict[str, Any] = {}
        for _index in range(keys):
            key = self._text(_MOST_NAME)
            if key in values:
                raise self._refused(_("{name} is there twice").format(name=key))
            values[key] = self._value(self._number("I"))
        rows = [self._row() for _index in range(tensors)]
        return GGUFFile(self._path, values, self._placed(rows, values))

    def _placed(
        self, rows: list[tuple[str, tuple[int, ...], int, int]], values: dict[str, Any]
    ) -> dict[str, GGUFTensor]:
        """The tensors of the table, where they lie; none overlaps another or the end."""
        alignment = values.get("general.alignment", 32)
        if (
            not isinstance(alignment, int)
            or not 0 < alignment <= 2**16
            or alignment & (alignment - 1)
        ):
            raise self._refused(_("its alignment is {value!r}").format(value=alignment))
        start = -(-self._at // alignment) * alignment
        found: dict[str, GGUFTensor] = {}
        for name, shape, kind, offset in rows:
            if name in found:
                raise self._refused(_("{name} is there twice").format(name=name))
            if kind not in GGML_QUANT_SIZES:
                raise self._refused(
                    _("{name} has numbers of the unknown type {type}").format(name=name, type=kind)
                )
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
            if shape[-1] % block or offset % alignment:
                raise self._refused(_("{name} lies between two blocks").format(name=name))
            count = math.prod(shape) // block * size
            if start + offset + count > self._size:
                raise self._refused(_("{name} goes beyond the end").format(name=name))
            found[name] = GGUFTensor(name, shape, GGMLQuantizationType(kind), start + offset, count)
        reached = start
        for tensor in sorted(found.values(), key=lambda tensor: tensor.offset):
            if tensor.offset < reached:
                raise self._refused(_("{name} lies upon another tensor").format(name=tensor.name))
            reached = tensor.offset + tensor.bytes
        return found

    def _row(self) -> tuple[str, tuple[int, ...], int, int]:
        """A line of the table of tensors: name, shape, type, offset."""
        name = self._text(_MOST_NAME)
        dimensions = self._number("I")
        if not 1 <= dimensions <= _MOST_DIMENSIONS:
            raise self._refused(
                _("{name} has {count} dimensions").format(name=name, count=dimensions)
            )
        # The file has the fastest first
        shape = tuple(reversed(self._numbers("Q", dimensions)))
        if not all(1 <= size <= 2**32 for size in shape):
            raise self._refused(
                _("{name} has the shape {shape}").format(name=name, shape=list(shape))
            )
        return name, shape, self._number("I"), self._number("Q")

    def _value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind == _STRING:
            return self._text(_MOST_TEXT)
        if kind != _ARRAY:
            raise self._refused(_("a value has the unknown type {type}").format(type=kind))
        inner = self._number("I")
        if inner in _SCALARS:
            size = struct.calcsize(f"<{_SCALARS[inner]}")
            count = self._count(_("values"), _MOST_ITEMS, size)
            return list(self._numbers(_SCALARS[inner], count))
        if inner != _STRING:
            raise self._refused(_("a value has the unknown type {type}").format(type=inner))
        return [self._text(_MOST_TEXT) for _i in range(self._count(_("values"), _MOST_ITEMS, 8))]

    def _count(self, what: str, most: int, least_bytes: int) -> int:
        """A number of things, each of which takes `least_bytes` at least."""
        count = self._number("Q")
        if count > most or count * least_bytes > self._size - self._at:
            raise self._refused(
                _("it claims to have {count} {what}").format(count=count, what=what)
            )
        return count

    def _text(self, most: int) -> str:
        size = self._number("Q")
        if size > most:
            raise self._refused(_("it claims to have a text of {bytes} bytes").format(bytes=size))
        # Vocabularies may hold single bytes
        return self._take(size).decode("utf-8", "replace")

    def _number(self, code: str) -> Any:
        return self._numbers(code, 1)[0]

    def _numbers(self, code: str, count: int) -> tuple[Any, ...]:
        form = f"<{count}{code}"
        return struct.unpack(form, self._take(struct.calcsize(form)))

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > self._size:
            raise self._refused(_("it ends in the middle"))
        found = self._data[self._at : end]
        self._at = end
        return found

    def _refused(self, reason: str) -> CheckpointError:
        return refused(self._path, reason)
