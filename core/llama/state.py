"""The ids that a slot has read, from the file that llama.cpp keeps its state in."""

from pathlib import Path

import numpy as np

from core.errors import EngineError
from core.i18n import _

# Magic number, version, length, two words that mark what follows as ids, and their number
_HEADER = 6
_MAGIC = 0x67677371  # "ggsq", llama.h: LLAMA_STATE_SEQ_MAGIC
_MARK = (0xFFFFFFFF, 1)


def ids_of_state(file: Path) -> tuple[int, ...]:
    """All ids that are in the slot's keys and values: the last drawn token is not among them.

    Raises `EngineError` for a file of another version.
    """
    with file.open("rb") as stream:
        head = np.frombuffer(stream.read(4 * _HEADER), dtype="<u4")
        if len(head) < _HEADER or head[0] != _MAGIC or tuple(head[3:5]) != _MARK:
            raise EngineError(
                _("llama.cpp keeps its state in an unknown form. Reinstall xllamacpp as pinned.")
            )
        ids = np.frombuffer(stream.read(4 * int(head[5])), dtype="<i4")
    return tuple(ids.tolist())
