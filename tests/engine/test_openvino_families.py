"""Which families OpenVINO's kernels run as torch does; the others fall back to it."""

from pathlib import Path

import pytest

from benchmarks.openvino_families import families, of_family, table
from core.openvino.check import TOLERANCE

pytestmark = pytest.mark.long
# Those whose angles follow the length of a text
TORCHS = {"llama, dynamic", "llama, longrope"}


@pytest.mark.parametrize("name", families())
@pytest.mark.usefixtures("on_openvino")
def test_a_family_is_converted_or_runs_in_torch(name: str, tmp_path: Path) -> None:
    found = of_family(name, tmp_path / "model")
    assert (found.difference is None) == (name in TORCHS), found.reason
    assert (found.reason is None) == (found.difference is not None)
    assert found.difference is None or found.difference <= TOLERANCE
    assert (found.reason or "| OpenVINO |") in table({name: found})
