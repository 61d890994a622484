"""One sandbox for all attempts that leave it whole; skipped where none can be had."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.backends.events import Idle
from core.interpreter.limits import Limits
from core.interpreter.outputs import Failure, Output, Text, merged
from core.interpreter.probe import Probe
from core.interpreter.sandbox import Sandbox

# Whoever is interrupted needs longer on a busy processor
PATIENT = Limits(grace_s=300)
Run = Callable[..., list[Output]]


@pytest.fixture(scope="session")
def probe() -> Probe:
    """What is known of the sandbox here."""
    found = Probe()
    reason = found.reason()
    if reason:
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def shared(probe: Probe) -> Iterator[list[Sandbox]]:
    """The module's sandbox, in a list: a new one takes its place where a test has ended it."""
    place = [Sandbox(PATIENT)]
    yield place
    place[0].end()


@pytest.fixture
def sandbox(shared: list[Sandbox]) -> Sandbox:
    """A running sandbox, which others use too."""
    if not shared[0].alive:
        shared[0] = Sandbox(PATIENT)
    return shared[0]


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    """Runs code in it, and gives what it shows."""
    return lambda code, **how: shown(sandbox, code, **how)


def shown(sandbox: Sandbox, code: str, **how: Any) -> list[Output]:
    """What code shows, without the moments in which nothing came."""
    return merged([one for one in sandbox.run(code, **how) if not isinstance(one, Idle)])


def said(outputs: list[Output]) -> str:
    """All that was printed, and the names of what went wrong."""
    parts = [
        one.text if isinstance(one, Text) else one.name
        for one in outputs
        if isinstance(one, Text | Failure)
    ]
    return "".join(parts)
