"""Measurements of speed, run by hand: `python -m benchmarks.grid`."""

import core  # noqa: F401 - before torch: it settles how its threads wait
