"""The words of this app, explained in two short sentences in each language (glossary.yaml)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from core.errors import NotFound
from core.i18n import SOURCE_LANGUAGE, _, language, translated

GLOSSARY_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means. `names` and `texts` are by language; `see`: ids of other terms."""

    id: str
    names: Mapping[str, str]
    texts: Mapping[str, str]
    see: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The word in the language of this context."""
        return self.names.get(language()) or translated(self.names[SOURCE_LANGUAGE])

    @property
    def text(self) -> str:
        """The explanation in the language of this context."""
        return self.texts.get(language()) or translated(self.texts[SOURCE_LANGUAGE])

    def occurs_in(self, text: str) -> bool:
        """Whether a text has the word, in either language; an English one as a word of its own."""
        return any(
            re.search(rf"(?<![a-z_]){re.escape(name.casefold())}s?(?![a-z_])", text.casefold())
            for name in self.names.values()
        )

    def about(self, wanted: str) -> bool:
        """Whether `wanted` occurs in the word, in either language, or in its explanation."""
        wanted = wanted.casefold().strip()
        return any(wanted in text.casefold() for text in (self.id, *self.names.values(), self.text))


@cache
def terms() -> Mapping[str, Term]:
    """All terms by id, in the order of the file: from the basics on."""
    rows = yaml.safe_load(GLOSSARY_FILE.read_text(encoding="utf-8"))
    return {
        row["id"]: Term(row["id"], row["name"], row["text"], tuple(row.get("see", ())))
        for row in rows
    }


def find_term(term_id: str) -> Term:
    """The term of that id; raises `NotFound`."""
    try:
        return terms()[term_id]
    except KeyError:
        raise NotFound(
            _("The glossary has no entry {id!r}. Search for the word instead.").format(id=term_id)
        ) from None
