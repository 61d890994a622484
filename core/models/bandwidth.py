"""How quickly this machine's memory is read, and how many tokens a second that allows.

To write one token of one answer, all weights are read once: on a processor that is what takes the
time (Pope et al. 2023, Efficiently Scaling Transformer Inference). Memory is measured in a tenth of
a second, once a day at most; the best figure is kept in the data folder with the machine it belongs
to, for other programs can only make one lower.
"""

import json
import logging
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core.models.plan import Plan
from core.models.sizes import Sizes

log = logging.getLogger(__name__)
FILE = "bandwidth.json"
# More than the caches of a processor hold
_READ_BYTES = 256 * 2**20
_ROUNDS = 3
_AGAIN_S = 24 * 3600
# Shares of that bandwidth that were measured with one answer: benchmarks/README.md for torch; for
# llama.cpp 115 tokens/s of a file of 98 MB where memory gave 19 GB/s
_TORCH_SHARE = 0.5
_LLAMA_SHARE = 0.6
# What torch takes for a layer besides reading it: some fourteen calls from Python. OpenVINO's graph
# is one call
_TORCH_LAYER_S = 1e-3


def bandwidth(data_dir: Path) -> float:
    """Bytes a second that all processor cores together read from memory."""
    file, machine = data_dir / FILE, f"{platform.node()} {platform.machine()} {_cores()}"
    best = 0.0
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["machine"] == machine:
            best = float(kept["bytes_per_s"])
        if best > 0 and time.time() - file.stat().st_mtime < _AGAIN_S:
            return best
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not measured yet
    measured = max(best, measure())
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"machine": machine, "bytes_per_s": measured})
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        log.warning("the bandwidth of memory cannot be kept in %s (%s)", file, error)
    return measured


def measure(read_bytes: int = _READ_BYTES) -> float:
    """The best of a few rounds in bytes a second: other programs can only make a round slower."""
    cores = _cores()
    blocks = [np.ones(max(1, read_bytes // cores // 8), dtype=np.int64) for _ in range(cores)]
    best = 0.0
    with ThreadPoolExecutor(cores) as threads:
        for _round in range(_ROUNDS):
            began = time.perf_counter()
            list(threads.map(np.max, blocks))
            passed = time.perf_counter() - began
            best = max(best, sum(block.nbytes for block in blocks) / passed)
    return best


def tokens_per_s(plan: Plan, sizes: Sizes, bytes_per_s: float, llama: bool = False) -> float | None:
    """What to expect of one answer; None where the weights are in another memory than measured.

    bytes_per_s: of `bandwidth`. llama: whether llama.cpp runs it.
    """
    if plan.place.kind != "cpu":
        return None
    if llama:
        return _LLAMA_SHARE * bytes_per_s / plan.weights
    layer_s = 0.0 if plan.openvino else _TORCH_LAYER_S
    return 1 / (plan.weights / (_TORCH_SHARE * bytes_per_s) + sizes.layers * layer_s)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
