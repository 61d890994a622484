"""Several processes that train one model: each on conversations of its own, gradients averaged.

On a processor two processes of one thread each train faster than one of two threads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import distributed, multiprocessing


@dataclass(frozen=True, slots=True)
class Team:
    """This process is number ``rank`` of ``size``; 0 reports and writes."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process is the one that reports."""
        return self.rank == 0

    def average(self, parameters: list[torch.nn.Parameter], tokens: int) -> int:
        """Puts the mean of all processes' gradients into each one; returns their tokens' sum.

        Every process must call it equally often.
        """
        if self.size == 1:
            return tokens
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in grads] + [torch.tensor([float(tokens)])])
        distributed.all_reduce(flat)
        for grad, part in zip(grads, flat[:-1].split([g.numel() for g in grads]), strict=True):
            grad.copy_(part.view_as(grad) / self.size)
        return int(flat[-1])


def work_together(size: int, folder: Path, task: Callable[..., None], *args: Any) -> None:
    """Calls ``task(team, *args)`` in ``size`` processes and waits; ``folder`` is where they meet.

    An error in one of them ends them all and is raised here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meeting = folder / "meeting"
    meeting.unlink(missing_ok=True)
    multiprocessing.spawn(_join, (size, meeting, task, args), nprocs=size)


def _join(
    rank: int, size: int, meeting: Path, task: Callable[..., None], args: tuple[Any, ...]
) -> None:
    torch.set_num_threads(1)
    store = f"file://{meeting.resolve()}"
    distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=size)
    try:
        # One that is done at once would close what another is still connecting to
        distributed.barrier()
        task(Team(rank, size), *args)
    finally:
        distributed.destroy_process_group()
