"""What a move of a slider in the distribution lab costs on the server: from the value to the chart.

    python -m benchmarks.lab [--rounds N] [--vocabulary N]

Measured in processor time, which other load on the machine hardly changes: the arithmetic and the
figure alone, and a rerun of the whole page by Streamlit on the embedded model (a browser reruns
only the lab's part of it). The forward pass is made once for a prompt; it is printed apart.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from core.backends.backend import reader_of, tokenizer_of
from core.sampling.distribution import distribution
from core.sampling.settings import Sampling
from ui.charts.distribution import TokenBar, distribution_bars

MOST_MS = 100.0
SHOWN = 20
PAGE = Path(__file__).parents[1] / "pages" / "3_Playground.py"
# What a visitor drags through: no value comes twice in a row
HEATS = tuple(round(0.3 + 0.05 * i, 2) for i in range(30))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.lab", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="slider moves to measure")
    parser.add_argument("--vocabulary", type=int, default=65024, help="of the large vocabulary")
    given = parser.parse_args()
    rounds = max(given.rounds, 2)
    for vocabulary in (4096, given.vocabulary):
        logits = np.random.default_rng(1).normal(0, 3, vocabulary).astype(np.float32)
        _report(
            f"arithmetic and figure, {vocabulary:,} tokens",
            partial(_figure, logits),
            rounds,
        )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PROMPTLAB_DATA"] = folder
        _page(rounds)


def _figure(logits: np.ndarray, heat: float) -> None:
    shown = distribution(logits, Sampling(heat, 0.9))
    raw = shown.raw
    bars = [
        TokenBar(str(i), float(raw[i]), float(shown.tempered[i]), float(shown.probabilities[i]))
        for i in shown.top(SHOWN)
    ]
    distribution_bars(bars).to_json()


def _page(rounds: int) -> None:
    from streamlit.testing.v1 import AppTest

    from ui.shell import resources

    at = AppTest.from_file(str(PAGE), default_timeout=120)
    at.query_params["view"] = "lab"
    at.run()
    backend = resources.host().backend()
    ids = tokenizer_of(backend).encode("Tell me a short story about a fox.") * 8
    reader = reader_of(backend)
    _report(f"forward pass, {len(ids)} tokens", lambda _heat: reader.next_logits(ids), rounds)
    _report(
        "slider to chart, embedded model",
        lambda heat: at.slider(key="lab_temperature").set_value(heat).run(),
        rounds,
        MOST_MS,
    )
    resources.host().close()
    if at.exception or not at.get("plotly_chart"):
        raise SystemExit("The lab did not draw its chart: no result.")


def _report(
    name: str, move: Callable[[float], object], rounds: int, most: float | None = None
) -> None:
    times = []
    for i in range(rounds + 3):
        started = time.process_time()
        move(HEATS[i % len(HEATS)])
        times.append(1000 * (time.process_time() - started))
    times = times[3:]  # the first ones import and warm up
    median, slow = statistics.median(times), statistics.quantiles(times, n=10)[-1]
    verdict = ""
    if most is not None:
        verdict = f"   target at most {most:.0f} ms: {'reached' if median <= most else 'MISSED'}"
    print(f"{name:44} {median:8.1f} ms   slowest tenth from {slow:6.1f} ms{verdict}")


if __name__ == "__main__":
    main()
