"""What a model would take on this machine and how quickly it would write, and which to
recommend."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import NotEnoughMemory, PromptLabError
from core.models.bandwidth import tokens_per_s
from core.models.catalogue import CatalogueEntry
from core.models.machine import DeviceMemory
from core.models.plan import Plan, all_plans, mapped_plan, recommend
from core.models.preparing import llama_runs, with_openvino
from core.models.sizes import Sizes

# Below that one waits for every word
_READABLE = 5.0
_MOST = 3
_QUANTISATION = re.compile(r"[.-](I?Q\d\w*|B?F\d+|MXFP4\w*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A model as it would be loaded here.

    plan: the recommended one, or None where none fits. tokens_per_s: of one answer; None where that
    is not known.
    """

    entry: CatalogueEntry
    sizes: Sizes
    plan: Plan | None
    tokens_per_s: float | None


def outlook(
    entry: CatalogueEntry,
    places: Sequence[DeviceMemory],
    bytes_per_s: float,
    openvino: bool = False,
) -> Outlook:
    """What to expect of `entry`; raises `CheckpointError` where its files do not tell.

    places: as `core.models.machine.places` gives them. bytes_per_s: of `core.models.bandwidth`.
    openvino: whether that may be chosen by itself.
    """
    sizes = entry.sizes
    try:
        best = recommend(plans(entry, places, openvino)).plan
    except NotEnoughMemory:
        return Outlook(entry, sizes, None, None)
    return Outlook(entry, sizes, best, tokens_per_s(best, sizes, bytes_per_s, entry.gguf))


def plans(
    entry: CatalogueEntry, places: Sequence[DeviceMemory], openvino: bool = False
) -> list[Plan]:
    """The ways to load `entry`, the preferred ones first; raises as `outlook`."""
    exact = with_openvino(all_plans(entry.sizes, places), entry.sizes, openvino)
    if not entry.gguf or (entry.on_disk and not llama_runs(entry.opened())):
        return exact
    return [*(_of_file(entry, place) for place in places if place.kind == "cpu"), *exact]


def recommended(
    entries: Sequence[CatalogueEntry],
    language: str,
    places: Sequence[DeviceMemory],
    bytes_per_s: float,
    openvino: bool = False,
) -> list[Outlook]:
    """A few chat models that speak the language, fit into memory and write as quickly as one reads:
    the smallest, which one begins with, and the largest."""
    fitting = []
    for entry in entries:
        if entry.chat and not entry.embedded and language in entry.languages:
            try:
                expected = outlook(entry, places, bytes_per_s, openvino)
            except PromptLabError:
                continue  # damaged; told where all models are listed
            quick = expected.tokens_per_s is None or expected.tokens_per_s >= _READABLE
            if expected.plan and quick:
                fitting.append(expected)
    fitting.sort(key=lambda expected: expected.sizes.parameters)
    return fitting if len(fitting) <= _MOST else [fitting[0], *fitting[1 - _MOST :]]


def _of_file(entry: CatalogueEntry, place: DeviceMemory) -> Plan:
    """What llama.cpp takes; of a file that is still to come, as far as the catalogue tells."""
    if entry.on_disk:
        checkpoint = entry.opened()
        return mapped_plan(
            entry.sizes, checkpoint.quantisation or "", checkpoint.weight_bytes, place
        )
    published = entry.published
    package = published.package if published else None
    found = _QUANTISATION.search(PurePosixPath(package.member).stem) if package else None
    size = published.bytes if published else 0
    return mapped_plan(entry.sizes, found.group(1).upper() if found else "GGUF", size, place)
