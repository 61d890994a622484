"""The prompts of a run as ids: what its models read when it was begun.

A chat template may write today's date into a prompt, and the files of a model may change. With its
ids kept, a run that is filled, scored, inspected or replayed later reads what it read at first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.backends.backend import Backend, lacking, tokenizer_of
from core.grid.spec import GridSpec

Ids = tuple[int, ...]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class KeptPrompt:
    """The prompt of all cells with a system message, as the tokenizer of a model made it.

    model: its name; all of its precisions have one tokenizer. system: empty for none.
    """

    model: str
    system: str
    ids: Ids


Prompts = tuple[KeptPrompt, ...]


def kept_ids(backend: Backend, prompts: Sequence[KeptPrompt], system: str) -> Ids:
    """The ids that this model read with this system message; empty where none are kept, and for a
    model that gives no token ids."""
    if lacking(backend, "token_ids"):
        return ()
    model = backend.facts.name
    return next((p.ids for p in prompts if (p.model, p.system) == (model, system)), ())


def new_prompts(
    backend: Backend, spec: GridSpec, places: Iterable[Place], prompts: Sequence[KeptPrompt]
) -> Prompts:
    """What this model reads at these places, as far as it is not kept yet; nothing where it gives
    no token ids.

    Raises `InvalidInput` for what its chat format has no place for.
    """
    if lacking(backend, "token_ids"):
        return ()
    model, found = backend.facts.name, dict[str, KeptPrompt]()
    for place in places:
        system = spec.system_at(place)
        if system not in found and not kept_ids(backend, prompts, system):
            ids = tokenizer_of(backend).prompt_ids(spec.messages(place))
            found[system] = KeptPrompt(model, system, tuple(ids))
    return tuple(found.values())


def prompt_ids(
    backend: Backend, spec: GridSpec, place: Place, prompts: Sequence[KeptPrompt] = ()
) -> Ids:
    """What this model reads at a place, as it is kept or else as it is made now; raises
    `NotSupported` where it gives no token ids, and what `new_prompts` raises."""
    kept = kept_ids(backend, prompts, spec.system_at(place))
    return kept or tuple(tokenizer_of(backend).prompt_ids(spec.messages(place)))
