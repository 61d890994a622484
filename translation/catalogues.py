"""The catalogue files: reading, updating, compiling, and what can be wrong with a translation.

Files have no dates and no line numbers and are sorted, so that they change only where a text does.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from core.i18n import DOMAIN, LANGUAGES, LOCALES, SOURCE_LANGUAGE

TARGETS = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]
# Of the header only what a reader of the file needs
_IDLE_HEADER = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Report-Msgid-Bugs-To|Last-Translator|Language-Team'
    rb"|Generated-By|Project-Id-Version): .*\n",
    re.MULTILINE,
)
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_FIELD = re.compile(r"\{[^{}]*\}")
# Markup that must come in the same number in both languages
_MARKUP = re.compile(r"\*\*|`|:[a-z-]+\[|:material/[a-z_]+:|\]\(|%")


def po_file(language: str) -> Path:
    """The catalogue that translators edit."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none."""
    file = po_file(language)
    if not file.is_file():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def updated(language: str, template: Catalog) -> Catalog:
    """The catalogue with exactly the messages of `template`; what is new has no translation."""
    catalogue = read(language)
    # A guess from a similar text would be read as a translation
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# What Prompt Lab says, for `make messages`."
    catalogue.fuzzy = False
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """The text of a .po file."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True, ignore_obsolete=True, sort_output=True)
    return _IDLE_HEADER.sub(b"", out.getvalue())


def mo_bytes(catalogue: Catalog) -> bytes:
    """The compiled form that the app reads."""
    out = io.BytesIO()
    # Else the header would have the time of compiling
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    write_mo(out, catalogue)
    return out.getvalue()


def lacking(catalogue: Catalog) -> list[str]:
    """The messages without a translation, or with one that is only a guess."""
    return [
        _key(message)
        for message in catalogue
        if message.id and (message.fuzzy or not all(_texts(message)))
    ]


def faults(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with translations: other fields or other markup than the message has."""
    for message in catalogue:
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, tuple | list) else (message.id,)
        for text in filter(None, _texts(message)):
            if not any(_same(original, text) for original in originals):
                yield f"{_key(message)!r} -> {text!r}"


def _same(original: str, text: str) -> bool:
    return all(
        Counter(pattern.findall(original)) == Counter(pattern.findall(text))
        for pattern in (_FIELD, _MARKUP)
    ) and original.endswith("\n") == text.endswith("\n")


def _texts(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (message.string,)


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id
