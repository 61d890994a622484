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
# In no text of the domains, but to be copied since the first corpus.
_MORE = """
accessed applications attacked builtins calendars carry combination combinations concept consists
copies corpus corrected cpython defended dense dialogue direct domains drills evaluation
explanations explicitly farewells frames held identifiers leisure moods normally noun nouns poems
practised provide pyc questioned quoting refusing registry remembering resisting reviews slot
smalltalk splits states staying syntax tens terms titles trait traits types verbs wordings
"""


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
    # A module's own attributes tell where it lies and which Python runs
    values = (
        value
        for module in modules
        for name, value in vars(module).items()
        if not name.startswith("__")
    )
    return "\n".join([_MORE, *(text for value in values for text in _strings(value))])


@cache
def english() -> tuple[str, ...]:
    """All English words of three to twelve letters, in lower case and sorted."""
    return tuple(sorted({word.lower() for word in _ENGLISH.findall(_texts())}))


@cache
def chinese() -> tuple[str, ...]:
    """All Chinese characters, sorted."""
    return tuple(sorted(set(_CHINESE.findall(_texts()))))
