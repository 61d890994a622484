"""What all tests share: the embedded model, one engine on it, a data folder, reference values."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import core  # noqa: F401 - first: it settles how torch's threads wait

if TYPE_CHECKING:
    from core.engine.engine import Engine
    from core.models.loading import LoadedModel

# On a busy machine any example may take its time
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "../shared/golden"


@pytest.fixture(autouse=True)
def _main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page under test takes the place of the main module, which new processes read: it is put
    back."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def loaded() -> "LoadedModel":
    """The embedded model on the CPU."""
    from core.models.catalogue import EMBEDDED_FOLDER
    from core.models.loading import load

    return load(EMBEDDED_FOLDER, device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def on_openvino() -> None:
    """Skips what needs OpenVINO where it does not run."""
    from core.models.preparing import openvino_runs

    if not openvino_runs():
        pytest.skip("OpenVINO is not installed, or not for this processor")


@pytest.fixture(scope="session")
def converted(on_openvino: None) -> "LoadedModel":
    """The embedded model on OpenVINO's kernels."""
    from core.models.catalogue import EMBEDDED_FOLDER
    from core.models.preparing import OPENVINO, prepare
    from core.openvino.opening import open_converted

    return open_converted(prepare(EMBEDDED_FOLDER, runner=OPENVINO))


@pytest.fixture(scope="session")
def engine(loaded: "LoadedModel") -> Iterator["Engine"]:
    """One running engine for all tests; leave no request behind in it."""
    from core.engine.engine import Engine

    # The library announces every start and stop of its generation thread
    logging.getLogger("ContinuousBatchingLogger").setLevel(logging.CRITICAL)
    logging.getLogger("transformers").setLevel(logging.CRITICAL)
    running = Engine(loaded)
    yield running
    running.close()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that the settings point to."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("PROMPTLAB_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference values; tests that need it are skipped without it."""
    if not GOLDEN.is_dir():
        pytest.skip("no reference values beside this checkout")
    return GOLDEN.resolve()


@pytest.fixture(scope="session")
def small_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint of random weights in three shards, in ChatGLM3's layout; only to read."""
    from benchmarks.make_checkpoint import make

    folder = tmp_path_factory.mktemp("checkpoints") / "small"
    make(folder, layers=2, hidden=128, shards=3, window=256)
    return folder
