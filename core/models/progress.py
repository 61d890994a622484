"""How far a download is, in bytes, or the reading of a model's weights, tensor by tensor."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Told now and then: how many are done, of how many. What it raises ends the work.
Progress = Callable[[int, int], None]
# The library's progress and verbosity belong to the process
_loading = threading.Lock()


def seconds_left(fraction: float, seconds: float) -> float | None:
    """At the speed so far, after `seconds`; None as long as nothing can be said."""
    return seconds * (1 - fraction) / fraction if fraction >= 0.05 else None


@contextmanager
def reported(progress: Progress | None) -> Iterator[None]:
    """The library's own bar and warnings off, its steps told to `progress` instead."""
    from transformers.utils import logging as transformers_logging

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if progress is None or not args or keywords.get("desc") != "Loading weights":
            return factory(*args, **keywords)
        return _told(list(args[0]), progress)

    with _loading:
        transformers_logging.disable_progress_bar()
        verbosity = transformers_logging.get_verbosity()
        transformers_logging.set_verbosity_error()
        before = transformers_logging.set_tqdm_hook(hook)
        try:
            yield
        finally:
            transformers_logging.set_tqdm_hook(before)
            transformers_logging.set_verbosity(verbosity)


def _told(items: list[Any], progress: Progress) -> Iterator[Any]:
    for done, item in enumerate(items):
        progress(done, len(items))
        yield item
    progress(len(items), len(items))
