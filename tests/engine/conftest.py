"""The engine's tests run on torch's kernels, and the long ones once more on OpenVINO's."""

from collections.abc import Iterator

import pytest

from core.engine.engine import Engine


@pytest.fixture(scope="session", params=["torch", pytest.param("openvino", marks=pytest.mark.long)])
def engine(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """One running engine, which must not be told from the other; leave no request behind in it."""
    if request.param == "torch":
        yield engine
        return
    running = Engine(request.getfixturevalue("converted"))
    yield running
    running.close()
