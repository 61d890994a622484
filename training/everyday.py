"""Every word and character that the project's own texts use, as material to copy.

What is copied from short lists is learned by heart. A circuit that copies anything has to meet
nearly every token of the vocabulary as something to copy, also the plain words in between.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

from training import domains

_ENGLISH = re.compile(r"(?<![{\w])[a-z]{3,12}(?![}\w])", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _strings(getattr(value, name))


@cache
def _texts() -> str:
    modules = (
        importlib.import_module(f"{domains.__name__}.{module.name}")
        for module in pkgutil.iter_modules(domains.__path__)
    )
    return "\n".join(text for module in modules for text in _strings(tuple(vars(module).values())))


@cache
def english() -> tuple[str, ...]:
    """All English words of three to twelve letters, in lower case and sorted."""
    return tuple(sorted({word.lower() for word in _ENGLISH.findall(_texts())}))


@cache
def chinese() -> tuple[str, ...]:
    """All Chinese characters, sorted."""
    return tuple(sorted(set(_CHINESE.findall(_texts()))))
