"""From a checkpoint that was looked into to a model that answers, by the program that is to run
it."""

from typing import TYPE_CHECKING

from core.llama.server import LlamaServer
from core.models.preparing import LLAMA, OPENVINO, Prepared
from core.models.progress import Progress
from core.models.weight_cache import WeightCache

if TYPE_CHECKING:
    # With torch, which is only loaded with a model that needs it
    from core.engine.engine import Engine


def open_model(
    prepared: Prepared, progress: Progress | None = None, cache: WeightCache | None = None
) -> "Engine | LlamaServer":
    """The model in memory, ready to answer; to be closed by whoever opens it.

    cache: where torch's and OpenVINO's weights are kept, if anywhere. Raises `CheckpointError`
    where it cannot be read or run after all, and what `progress` raises.
    """
    if progress:
        progress(0, 1)
    if prepared.runner == LLAMA:
        return LlamaServer(prepared, progress)
    # With torch, which llama.cpp does without
    from core.engine.engine import Engine
    from core.models.loading import load_prepared

    if prepared.runner == OPENVINO:
        from core.openvino.opening import open_converted

        return Engine(open_converted(prepared, progress, cache))
    return Engine(load_prepared(prepared, progress, cache))
