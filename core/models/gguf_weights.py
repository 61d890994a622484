"""The weights of a GGUF file as torch has them: de-quantised, one tensor at a time.

A matrix is unpacked some rows at a time, so that beside the model itself there is never more than
one matrix. In float32 the values are exactly what the file says.
"""

import numpy as np
import torch
from gguf.constants import GGMLQuantizationType
from gguf.quants import dequantize

from core.models import gguf_config, gguf_file
from core.models.checkpoint import Checkpoint
from core.models.gguf_config import Part
from core.models.gguf_file import GGUFTensor

# Numbers unpacked at once: a few MB of the cache, and temporaries of some times that
_AT_ONCE = 2**20


class LazyTensor:
    """A tensor that is read when the library asks for it, as it does with safetensors."""

    def __init__(self, data: np.ndarray, held: GGUFTensor, part: Part, dtype: torch.dtype) -> None:
        self._data, self._held, self._part, self.dtype = data, held, part, dtype
        self.shape = torch.Size((part.stop - part.start, *held.shape[1:]))

    def get_shape(self) -> list[int]:
        return list(self.shape)

    def __getitem__(self, _all: object) -> torch.Tensor:
        held, part = self._held, self._part
        if held.type == GGMLQuantizationType.BF16 and self.dtype == torch.bfloat16:
            raw = np.copy(self._data[held.offset : held.offset + held.bytes]).view(np.int16)
            whole = torch.from_numpy(raw).view(torch.bfloat16).reshape(held.shape)
            return self._ordered(whole[part.start : part.stop])
        row_bytes = held.bytes // held.shape[0]
        width = row_bytes if len(held.shape) > 1 else held.bytes
        out = torch.empty(self.shape, dtype=self.dtype)
        if len(held.shape) == 1:
            packed = self._data[held.offset : held.offset + held.bytes]
            values = torch.tensor(dequantize(packed, held.type))
            return self._ordered(values[part.start : part.stop].to(self.dtype))
        step = max(1, _AT_ONCE // held.shape[-1])
        for first in range(part.start, part.stop, step):
            last = min(first + step, part.stop)
            begin = held.offset + first * width
            packed = self._data[begin : begin + (last - first) * width].reshape(-1, width)
            rows = torch.from_numpy(np.array(dequantize(packed, held.type), dtype=np.float32))
            out[first - part.start : last - part.start] = rows
        return self._ordered(out)

    def _ordered(self, rows: torch.Tensor) -> torch.Tensor:
        """The rows of each head in the library's order: llama.cpp has its two halves in turns."""
        if not self._part.heads:
            return rows
        halves = rows.reshape(self._part.heads, -1, 2, *rows.shape[1:])
        return halves.transpose(1, 2).reshape(rows.shape).contiguous()


def lazy_tensors(checkpoint: Checkpoint, dtype: torch.dtype) -> dict[str, LazyTensor]:
    """All weights of a GGUF checkpoint by the library's names, none of them read yet."""
    assert checkpoint.gguf
    file = gguf_file.read(checkpoint.gguf)
    data = np.memmap(file.path, mode="r", dtype=np.uint8)
    return {
        part.name: LazyTensor(data, file.tensors[part.source], part, dtype)
        for part in gguf_config.parts(file, checkpoint.sizes)
    }
