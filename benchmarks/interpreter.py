"""What a kernel of the code interpreter costs.

    python -m benchmarks.interpreter [--rounds N] [--kernels N]

Measured on the machine at hand, each figure the median of its rounds: a kernel from nothing and one
from the pool's spare, until it has computed `1 + 1`; `1 + 1` there and back; the memory of an idle
kernel, and after a plot (what its processes take, shared pages in parts, and its folders); the time
until so many kernels, started at once, are ready; the end of one.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from core.errors import InterpreterError
from core.interpreter.outputs import Text
from core.interpreter.pool import Pool, PoolLimits
from core.interpreter.probe import Probe
from core.interpreter.sandbox import Sandbox
from core.interpreter.watch import taken

PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);"


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kernels", type=int, default=10)
    asked = parser.parse_args()
    probe = Probe()
    if reason := probe.reason():
        raise InterpreterError(reason)
    tell("kernel from nothing, first 1 + 1", rounds(asked.rounds, cold))
    tell("kernel from the spare, first 1 + 1", warm(probe, asked.rounds))
    sandbox = Sandbox()
    add(sandbox)
    tell("1 + 1 there and back", rounds(200, lambda: timed(lambda: add(sandbox))))
    print(f"{'memory of an idle kernel':40} {memory(sandbox):8.0f} MB")
    list(sandbox.run(PLOT))
    print(f"{'memory after a plot':40} {memory(sandbox):8.0f} MB")
    tell("its end", [timed(sandbox.end)])
    tell(f"{asked.kernels} at once, until all are ready", [at_once(asked.kernels)])


def add(sandbox: Sandbox) -> None:
    """Compute `1 + 1`; a wrong result ends the measurement."""
    outputs = [one for one in sandbox.run("1 + 1") if isinstance(one, Text)]
    if outputs != [Text("2", "result")]:
        raise InterpreterError(f"1 + 1 gave {outputs}")


def cold() -> float:
    """Seconds from nothing to a result."""
    began = time.perf_counter()
    sandbox = Sandbox()
    add(sandbox)
    passed = time.perf_counter() - began
    sandbox.end()
    return passed


def warm(probe: Probe, times: int) -> list[float]:
    """Seconds from a conversation's first wish to a result, with a spare kernel that is ready."""
    pool = Pool(probe.make, PoolLimits(sandboxes=3))
    found = []
    for number in range(times + 1):
        began = time.perf_counter()
        add(pool.take(number))
        if number:
            found.append(time.perf_counter() - began)
        pool.end(number)
        pool.wait_for_spare()
    pool.close()
    return found


def at_once(kernels: int) -> float:
    """Seconds until so many are ready."""
    with ThreadPoolExecutor(kernels) as several:
        began = time.perf_counter()
        sandboxes = list(several.map(lambda _number: Sandbox(), range(kernels)))
        passed = time.perf_counter() - began
        print(f"{'memory of them together':40} {sum(map(memory, sandboxes)):8.0f} MB")
        list(several.map(Sandbox.end, sandboxes))
    return passed


def memory(sandbox: Sandbox) -> float:
    """Megabytes, pages that several processes share counted in parts."""
    return taken(sandbox.init, enough=0) / 1e6


def rounds(times: int, measure: Callable[[], float]) -> list[float]:
    """A measurement, so many times."""
    return [measure() for _ in range(times)]


def timed(work: Callable[[], None]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def tell(what: str, seconds: list[float]) -> None:
    """A line with the median, and the slowest of them."""
    median, most = 1000 * statistics.median(seconds), 1000 * max(seconds)
    print(f"{what:40} {median:8.1f} ms   at most {most:.1f} ms")


if __name__ == "__main__":
    main()
