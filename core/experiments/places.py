"""How many answers of experiments a model writes at once, all experiments together.

A model has so many places; who comes when all are taken waits until an answer ends. A part of them
is left free, so that a chat begins at once whatever runs beside it.
"""

import threading
from weakref import WeakValueDictionary

from core.backends.backend import Backend

# Of the engine; a backend that does not say is taken for one like it
_USUAL = 64
_lock = threading.Lock()
_shared: WeakValueDictionary[str, threading.Semaphore] = WeakValueDictionary()


def share_of(backend: Backend) -> int:
    """How many places experiments may take, 1 at least: three of four."""
    places = backend.facts.places or _USUAL
    return max(1, places - max(1, places // 4))


def places_of(backend: Backend) -> threading.Semaphore:
    """The places of a model, the same ones for all who hold them now."""
    with _lock:
        found = _shared.get(backend.facts.identity)
        if found is None:
            found = _shared[backend.facts.identity] = threading.Semaphore(share_of(backend))
        return found
