"""Translation of every visible string: `_("text")`, `ngettext`, and `translated` for data.

The language is held per context, so that two visitors of one server can read the same page in
two languages; where a context has none, a source that the pages register is asked. Catalogues
lie in `core/locales/<language>/LC_MESSAGES/promptlab.mo`, made by `make messages`; a text that is
missing there is shown in English.
"""

import gettext as _gettext
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from core.pseudo import PseudoTranslations

DOMAIN = "promptlab"
LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"
# The names are for those who read the language: they are not translated.
LANGUAGES = {"en": "English", "zh": "中文"}
PSEUDO_LANGUAGE = "xx"
_WIDE = tuple("。！？；：，")

_language: ContextVar[str | None] = ContextVar("language", default=None)
_source: Callable[[], str | None] = lambda: None  # noqa: E731


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    if language == PSEUDO_LANGUAGE:
        return PseudoTranslations()
    return _gettext.translation(DOMAIN, LOCALES, languages=[language], fallback=True)


def language() -> str:
    """The language of this context, as a code such as "en" or "zh"."""
    return _language.get() or _source() or SOURCE_LANGUAGE


def sentences(said: Iterable[str]) -> str:
    """Sentences one after the other. Chinese ones have their space in their full stop already."""
    text = ""
    for one in filter(None, said):
        text += one if not text or text.endswith(_WIDE) else f" {one}"
    return text


def set_language(language: str) -> None:
    """Use `language` (a code such as "en" or "zh") for the rest of this context."""
    _language.set(language)


def set_language_source(source: Callable[[], str | None]) -> None:
    """Ask `source` for the language wherever a context has none of its own."""
    global _source
    _source = source


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Use `language` within the block: in a thread that works for a visitor."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def in_this_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, to be called in another thread, in the language of who makes the thread."""
    mine = language()

    def run(*args: Any, **keywords: Any) -> Any:
        with in_language(mine):
            return function(*args, **keywords)

    return run


def best_language(wanted: Iterable[str]) -> str:
    """The first of these locales ("zh-CN", "de_DE.UTF-8") that there is a language for; English
    where there is none."""
    for locale in wanted:
        code = re.split(r"[-_.@]", locale.strip())[0].lower()
        if code in LANGUAGES:
            return code
    return SOURCE_LANGUAGE


# How large counts are said: the unit, and what follows the number
_UNITS = {
    "zh": ((100_000_000, " 亿"), (10_000, " 万")),
    "en": ((1_000_000_000, " billion"), (1_000_000, " million")),
}


def compact(count: int) -> str:
    """A large count in few characters: "4.8 million", or in Chinese "485 万"."""
    for unit, name in _UNITS.get(language(), _UNITS[SOURCE_LANGUAGE]):
        if count >= unit:
            scaled = count / unit
            return (f"{scaled:,.0f}" if scaled >= 100 else f"{scaled:.3g}") + name
    return f"{count:,}"


def _(text: str) -> str:
    """`text`, a literal, in the language of this context."""
    return _catalogue(language()).gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of the text that fits `count`, in the language of this context."""
    return _catalogue(language()).ngettext(singular, plural, count)


def translated(text: str) -> str:
    """A text of our own data files in the language of this context; any other as it is."""
    return _catalogue(language()).gettext(text) if text else text
