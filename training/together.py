"""Several processes train one model: each takes its share of the batches, gradients are averaged.

On a CPU two processes of one thread each train half as fast again as one process of two threads.
Without a process group everything here does nothing: one process trains alone.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

import torch
from torch import distributed, multiprocessing

T = TypeVar("T")


def rank() -> int:
    """This process' number, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def share(items: Iterable[T]) -> Iterator[T]:
    """Every n-th item, beginning at this process' own place."""
    return islice(items, rank(), None, count())


def average_gradients(model: torch.nn.Module, tokens: int) -> int:
    """Replaces each gradient by its mean over all processes; returns the sum of ``tokens``."""
    if count() == 1:
        return tokens
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    # One message for all of them; small numbers such as token counts are exact in float32.
    message = torch.cat([g.flatten() for g in gradients] + [torch.tensor([float(tokens)])])
    distributed.all_reduce(message)
    start = 0
    for gradient in gradients:
        end = start + gradient.numel()
        gradient.copy_(message[start:end].view_as(gradient)).div_(count())
        start = end
    return int(message[-1].item())


def launch(work: Callable[..., None], processes: int, folder: Path, *given: object) -> None:
    """Runs ``work(*given)`` in ``processes`` processes of one thread each, and waits for them.

    ``folder`` holds the file through which they find each other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meeting = folder / "meeting"
    meeting.unlink(missing_ok=True)
    multiprocessing.spawn(
        _enter, args=(work, processes, meeting.resolve(), given), nprocs=processes
    )


def _enter(
    number: int, work: Callable[..., None], processes: int, meeting: Path, given: tuple[object, ...]
) -> None:
    # They talk on this machine only.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    torch.set_num_threads(1)
    if processes > 1:
        distributed.init_process_group(
            "gloo", init_method=meeting.as_uri(), rank=number, world_size=processes
        )
    try:
        work(*given)
    finally:
        if processes > 1:
            distributed.destroy_process_group()
