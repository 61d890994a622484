"""Persona files as other programs write them, and one's own that come back."""

import json
from pathlib import Path

import pytest

from core.personas.book import PersonaBook
from core.personas.text import PersonaText
from core.store import Store

CAT = PersonaText("Cat", "You are a cat 😺. Say hello 👋.", examples=("Hi 😀",))
FILE = {
    "format": "promptlab-personas",
    "version": 1,
    "personas": [{"name": CAT.name, "system": CAT.system, "examples": list(CAT.examples)}],
}
CASES = Path(__file__).parents[2] / "shared" / "cases" / "personas"


@pytest.fixture
def book(tmp_path: Path) -> PersonaBook:
    return PersonaBook(Store.open(tmp_path / "personas.db").personas)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(FILE).encode(),
        json.dumps(FILE, ensure_ascii=False, indent="\t").encode(),
        b"\xef\xbb\xbf" + json.dumps(FILE, indent=2).replace("\n", "\r\n").encode(),
        json.dumps(FILE, ensure_ascii=False).encode("utf-16"),
    ],
    ids=["escapes", "tabs", "bom", "utf-16"],
)
def test_json_of_any_hand_is_read(book: PersonaBook, content: bytes) -> None:
    assert [entry.text for entry in book.import_(content)] == [CAT]


@pytest.mark.parametrize("name", ["ascii-escapes.json", "crlf-bom.json", "tabs.json", "utf16.json"])
def test_files_that_were_refused_are_read(book: PersonaBook, name: str) -> None:
    if not CASES.is_dir():
        pytest.skip("no cases beside the project")
    assert [entry.text for entry in book.import_((CASES / name).read_bytes())] == [CAT]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_comes_back_is_not_doubled(book: PersonaBook, form: str) -> None:
    book.create(CAT)
    before = book.list()
    exported = book.export([entry.id for entry in before], form)
    assert book.import_(exported) == []
    assert book.list() == before


def test_another_persona_of_that_name_comes_in_under_a_number(book: PersonaBook) -> None:
    book.create(PersonaText("Cat", "You are another cat."))
    assert [entry.text.name for entry in book.import_(json.dumps(FILE))] == ["Cat 2"]
