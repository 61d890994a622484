"""From a checkpoint that was looked into to a model on OpenVINO's kernels; on torch's where not.

The first time torch reads the model, it is converted and torch's memory is given back; the result
is kept in the cache of weights, and read from there the next time. In both cases it is compared
with torch before anybody asks it anything.
"""

import json
import logging
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeAlias

import torch

from core.errors import PromptLabError
from core.i18n import _
from core.models import machine
from core.models.library import library_config, said
from core.models.loading import LoadedModel, load_prepared
from core.models.plan import OPENVINO_PRECISIONS
from core.models.preparing import OPENVINO, ModelFacts, Prepared
from core.models.progress import Progress, reported
from core.models.weight_cache import OPENVINO_PREFIX, WeightCache
from core.openvino import check
from core.openvino.conversion import Attention, NotConvertible, export, to_8_bits
from core.openvino.library import openvino
from core.openvino.paged_model import PagedModel

log = logging.getLogger(__name__)
_GRAPH, _WEIGHTS, _LAYERS = "model.xml", "model.bin", "layers.json"
_BYTES = 4
_EXACT = "fp32"
# The model, the bytes of its weights, and how it compares with torch
_Opened: TypeAlias = tuple[PagedModel, int, check.Compared]


def open_converted(
    prepared: Prepared, progress: Progress | None = None, cache: WeightCache | None = None
) -> LoadedModel:
    """The model in memory; torch's, and the reason in its facts and in the log, where OpenVINO
    cannot run it as torch does.

    cache: where the converted model is kept, if anywhere. Raises what `load_prepared` raises.
    """
    started = time.perf_counter()
    kept = _from_cache(prepared, cache) if cache else None
    reason = None
    try:
        model, size, found = kept or _converted(prepared, progress, cache)
    except NotConvertible as error:
        reason = str(error)
    if reason is not None:
        # Behind the block: the error's frames hold what was converted
        log.warning("%s runs on torch's kernels: %s", prepared.name, reason)
        machine.give_back()
        loaded = load_prepared(_exact(prepared), progress, cache)
        return replace(loaded, facts=replace(loaded.facts, instead=reason))
    if progress:
        progress(1, 1)
    facts = ModelFacts(
        name=prepared.name,
        folder=prepared.checkpoint.source,
        family=prepared.checkpoint.family.name,
        parameters=prepared.checkpoint.sizes.parameters,
        plan=prepared.plan,
        weight_bytes=size,
        window=prepared.checkpoint.window,
        load_seconds=time.perf_counter() - started,
        cached=kept is not None,
        runner=OPENVINO,
        title=prepared.title,
        agrees=(found.same, found.places),
    )
    return LoadedModel(model, prepared.tokenizer, facts)


def _exact(prepared: Prepared) -> Prepared:
    """The same model in float32, as torch reads it; so much was planned for."""
    return replace(prepared, plan=replace(prepared.plan, precision=_EXACT, openvino=False))


def _numbers(prepared: Prepared) -> str:
    """What the model is to compute in: "fp32", "bf16" or "int8"."""
    return OPENVINO_PRECISIONS[prepared.plan.precision]


def _key(prepared: Prepared) -> str:
    """What the cache keeps it under; float32 is what bfloat16 is rounded from, too."""
    return f"{OPENVINO_PREFIX}-{'int8' if _numbers(prepared) == 'int8' else _EXACT}"


def _from_cache(prepared: Prepared, cache: WeightCache) -> _Opened | None:
    """The model from the cache; None where it has nothing to be used."""
    folder = cache.find(prepared.checkpoint, _key(prepared))
    if folder is None:
        return None
    try:
        return _opened(prepared, folder)
    # The library raises `RuntimeError` for what it cannot read
    except (PromptLabError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        log.warning("the converted model in %s is not used: %s", folder, error)
        cache.discard(prepared.checkpoint, _key(prepared))
        return None


def _converted(prepared: Prepared, progress: Progress | None, cache: WeightCache | None) -> _Opened:
    """The model out of the checkpoint; raises `NotConvertible`."""
    size = prepared.checkpoint.sizes.parameters * _BYTES
    if cache:
        with cache.writing(prepared.checkpoint, _key(prepared), size) as aside:
            if aside:
                _write(prepared, progress, aside)
                # Read while it is aside: what does not say what torch says is not kept
                return _opened(prepared, aside)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            _write(prepared, progress, Path(place))
            return _opened(prepared, Path(place))
    except OSError as error:
        raise _unwritten(error) from error


def _write(prepared: Prepared, progress: Progress | None, folder: Path) -> None:
    """Convert what torch reads into `folder`; nothing of torch's is left in memory."""

    def half(done: int, total: int) -> None:
        if progress:
            progress(done, 2 * total)

    loaded = load_prepared(_exact(prepared), half)
    with reported(None):
        graph, layers = export(loaded.model)
    try:
        check.expected(loaded.model, loaded.tokenizer, loaded.facts.window, folder)
        if _numbers(prepared) == "int8":
            to_8_bits(graph)
        openvino().save_model(graph, folder / _GRAPH, compress_to_fp16=False)
        described = json.dumps([asdict(layer) for layer in layers])
        (folder / _LAYERS).write_text(described, encoding="utf-8")
    except (OSError, RuntimeError) as error:
        raise _unwritten(error) from error
    del graph, loaded
    machine.give_back()
    half(3, 2)


def _unwritten(error: Exception) -> NotConvertible:
    return NotConvertible(
        _("The converted model cannot be written ({reason}).").format(reason=said(error))
    )


def _opened(prepared: Prepared, folder: Path) -> _Opened:
    """What was written to `folder`, compiled and compared with torch."""
    layers = [Attention(**layer) for layer in json.loads((folder / _LAYERS).read_text("utf-8"))]
    try:
        graph = openvino().Core().read_model(folder / _GRAPH)
        with reported(None):
            config = library_config(prepared.checkpoint)
            bf16 = _numbers(prepared) == "bf16"
            model = PagedModel(config, graph, layers, torch.get_num_threads(), bf16).eval()
        found = check.check(model, folder, exact=_numbers(prepared) == _EXACT)
    except RuntimeError as error:
        raise NotConvertible(
            _("OpenVINO cannot run it ({reason}).").format(reason=said(error))
        ) from error
    log.info("%s: log-probabilities differ from torch's by %.2g", prepared.name, found.difference)
    return model, (folder / _WEIGHTS).stat().st_size, found
