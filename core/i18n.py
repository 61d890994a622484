"""Translation of every visible string: `_("text")` and `ngettext`.

The language is held per context, so that two visitors of one server can read the same page in
two languages. Catalogues lie in `core/locales/<language>/LC_MESSAGES/promptlab.mo`; where one is
missing the English source text is shown.
"""

import gettext as _gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DOMAIN = "promptlab"
LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "en"

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, LOCALES, languages=[language], fallback=True)


def language() -> str:
    """The language of this context, as a code such as "en" or "zh"."""
    return _language.get()


def set_language(language: str) -> None:
    """Use `language` (a code such as "en" or "zh") for the rest of this context."""
    _language.set(language)


def _(text: str) -> str:
    """`text` in the language of this context."""
    return _catalogue(_language.get()).gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of the text that fits `count`, in the language of this context."""
    return _catalogue(_language.get()).ngettext(singular, plural, count)
