"""The memory of this machine's devices: what there is, and what is free now.

A container may be allowed less than the machine has; the smaller figure counts.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """Where a model can be loaded. Memory in bytes.

    device: as torch calls it, e.g. "cpu", "cuda:0" or "mps". name: what people call it.
    """

    device: str
    name: str
    total: int
    free: int

    @property
    def kind(self) -> str:
        """The device without its number: cpu, cuda or mps."""
        return self.device.partition(":")[0]


def places(freed: Mapping[str, int] | None = None) -> list[DeviceMemory]:
    """The devices of this machine, accelerators first.

    freed: bytes, by device, that are about to be free, those of a model that will be unloaded; less
    than 0 where others are still to take some.
    """
    soon = freed or {}
    return [
        replace(place, free=max(0, place.free + soon.get(place.device, 0))) for place in _devices()
    ]


def cpu(freed: Mapping[str, int] | None = None) -> DeviceMemory:
    """The processor alone, as `places` has it; asks no library about accelerators."""
    place = processor()
    return replace(place, free=max(0, place.free + (freed or {}).get(place.device, 0)))


def give_back() -> None:
    """Give the memory of an unloaded model back, which nothing holds any more."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_available():
        torch.cuda.empty_cache()
    # glibc keeps what other threads have freed, and a loader thread is new each time
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)


def may_have_accelerator(devices: Path = Path("/dev")) -> bool:
    """Whether torch has to be asked for one: a driver's device is there.

    A Mac's counts as none here: llama.cpp is the quicker one there for a few requests.
    """
    return any(next(devices.glob(name), None) for name in ("nvidia[0-9]*", "kfd", "dxg"))


def _devices() -> list[DeviceMemory]:
    # To import torch takes seconds: it is asked where it is here already, or has something to tell
    if sys.platform == "linux" and "torch" not in sys.modules and not may_have_accelerator():
        return [processor()]
    import torch

    found = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(index)
            name = torch.cuda.get_device_name(index)
            found.append(DeviceMemory(f"cuda:{index}", name, total, free))
    cpu = processor()
    if torch.backends.mps.is_available():
        # Its memory is the machine's own; the driver says how much of it a program may have
        total = min(cpu.total, torch.mps.recommended_max_memory())
        used = torch.mps.driver_allocated_memory()
        found.append(DeviceMemory("mps", "Apple GPU", total, min(cpu.free, max(0, total - used))))
    return [*found, cpu]


def processor(cgroup: Path = _CGROUP) -> DeviceMemory:
    """The CPU and the machine's memory."""
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    limit = _number(cgroup / "memory.max")
    if limit is not None and limit < total:
        # Pages of files that were read count as used, and leave when room is needed
        used = (_number(cgroup / "memory.current") or 0) - _file_pages(cgroup / "memory.stat")
        total, free = limit, min(free, max(0, limit - used))
    return DeviceMemory("cpu", "CPU", total, free)


def has_bf16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the processor itself computes in bfloat16, as far as the system tells."""
    try:
        flags = cpuinfo.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags)


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None  # no such limit ("max"), or no cgroups here


def _file_pages(file: Path) -> int:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    values = dict(line.split(maxsplit=1) for line in lines if " " in line)
    return int(values.get("inactive_file", 0))
