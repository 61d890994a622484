"""``python -m benchmarks.switching FOLDER``: whether a server that changes its model keeps memory.

The embedded model and the one in FOLDER take turns, the latter in a precision after the other. A
line for every switch back to the embedded model: the process's own memory, and the tensors that
are alive.
"""

import gc
from pathlib import Path
from typing import Annotated

import psutil
import torch
import typer
from torch._subclasses import FakeTensor  # the compiler's, without memory of its own

from core.backends.backend import tokenizer_of
from core.backends.request import Request
from core.engine.host import ModelHost
from core.engine.residents import Bounds, ModelChoice
from core.models.catalogue import EMBEDDED_FOLDER, CatalogueEntry
from core.sampling.settings import Sampling

PRECISIONS = ("nf4", "bf16")


def tensors_alive() -> tuple[int, int]:
    """How many tensors Python knows, and the bytes of their storages."""
    gc.collect()
    # type(), for some objects of other libraries do much when asked for their class
    found = [
        thing
        for thing in gc.get_objects()
        if issubclass(type(thing), torch.Tensor) and not issubclass(type(thing), FakeTensor)
    ]
    held = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in found}
    return len(found), sum(held.values())


def main(
    folder: Annotated[Path, typer.Argument(help="The other checkpoint.")],
    switches: Annotated[int, typer.Option(min=2, help="How many in all.")] = 20,
) -> None:
    """Switch to and fro, and print what is held."""
    embedded = ModelChoice(CatalogueEntry("embedded", EMBEDDED_FOLDER), "cpu")
    host = ModelHost(embedded, bounds=Bounds(models=1))
    host.wait()
    process = psutil.Process()
    try:
        for turn in range(1, switches + 1):
            other = ModelChoice(
                CatalogueEntry("other", folder), "cpu", PRECISIONS[turn // 2 % len(PRECISIONS)]
            )
            backend = host.backend(other if turn % 2 else embedded)
            ids = tuple(tokenizer_of(backend).encode("What is top_p?"))
            backend.submit(Request(ids, Sampling(max_new_tokens=4), chat=False)).result()
            memory, (count, held) = process.memory_info(), tensors_alive()
            own = (memory.rss - getattr(memory, "shared", 0)) / 1e6
            name = f"{other.precision} of the other" if turn % 2 else "embedded"
            print(
                f"{turn:3} {name:18} {own:8.0f} MB own, {count} tensors of {held / 1e6:.0f} MB",
                flush=True,
            )
    finally:
        host.close()


if __name__ == "__main__":
    typer.run(main)
