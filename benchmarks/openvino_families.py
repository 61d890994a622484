"""Which families OpenVINO's kernels run: each is converted, and what came of it is printed.

    python -m benchmarks.openvino_families [MODEL ...]

A small checkpoint of random weights stands for each family, the embedded model for ChatGLM3; MODEL:
a further one, a folder or a GGUF file. Told is how far log-probabilities are from torch's, or why
torch runs it.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core.models.catalogue import EMBEDDED_FOLDER
from core.models.preparing import OPENVINO, prepare
from core.models.weight_cache import WeightCache
from core.openvino import check
from core.openvino.opening import open_converted
from core.openvino.paged_model import PagedModel
from tests.families import KINDS, make

# Of the families that have them: positions that the text's length changes, and that it does not
_ROTATED = 16
POSITIONS: Mapping[str, Mapping[str, Any]] = {
    "linear": {"factor": 2.0},
    "llama3": {
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 128,
    },
    "yarn": {"factor": 4.0, "original_max_position_embeddings": 128},
    "dynamic": {"factor": 2.0},
    "longrope": {
        "factor": 2.0,
        "short_factor": [1.0] * (_ROTATED // 2),
        "long_factor": [2.0] * (_ROTATED // 2),
        "original_max_position_embeddings": 256,
    },
}
_OF = "llama"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a conversion. difference: of log-probabilities, the greatest; None where torch
    runs the model, for `reason`."""

    difference: float | None
    reason: str | None = None


def outcome(path: Path) -> Outcome:
    """Convert a model and compare it; raises what `open_converted` raises."""
    prepared = prepare(path, device="cpu", runner=OPENVINO)
    with tempfile.TemporaryDirectory() as kept:
        loaded = open_converted(prepared, None, WeightCache(Path(kept)))
        if loaded.facts.instead:
            return Outcome(None, loaded.facts.instead)
        # Where it was converted to, with what torch found
        (found,) = Path(kept).glob(f"*/{check.FILE}")
        compared = check.check(cast(PagedModel, loaded.model), found.parent)
        return Outcome(compared.difference)


def of_family(name: str, folder: Path) -> Outcome:
    """What comes of a family's small checkpoint, which is written to `folder`.

    name: of `KINDS`, or llama with the name of its positions behind it ("llama, yarn").
    """
    kind, _comma, positions = name.partition(", ")
    rope = POSITIONS.get(positions)
    scaled: dict[str, Any] = (
        {"rope_parameters": {"rope_type": positions, "rope_theta": 10000.0, **rope}} if rope else {}
    )
    return outcome(make(folder, KINDS[kind], **scaled))


def families() -> list[str]:
    """The names that `of_family` knows."""
    return [*KINDS, *(f"{_OF}, {positions}" for positions in POSITIONS)]


def table(found: Mapping[str, Outcome]) -> str:
    """The outcomes as a table of Markdown."""
    lines = ["| | run by | log-probabilities differ by at most |", "|---|---|---|"]
    for name, one in found.items():
        if one.difference is None:
            lines.append(f"| {name} | torch: {one.reason} | |")
        else:
            lines.append(f"| {name} | OpenVINO | {one.difference:.1g} |")
    return "\n".join(lines)


def main() -> None:
    """Convert and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.openvino_families", description=__doc__)
    parser.add_argument("models", type=Path, nargs="*", help="further models")
    given = parser.parse_args()
    found = {"chatglm3": outcome(EMBEDDED_FOLDER)}
    with tempfile.TemporaryDirectory() as place:
        for number, name in enumerate(families()):
            found[name] = of_family(name, Path(place) / str(number))
    found |= {model.name: outcome(model) for model in given.models}
    print(table(found))


if __name__ == "__main__":
    main()
