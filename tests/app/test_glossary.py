"""The glossary: entries in every language, links that lead somewhere, search, tooltips."""

import ast
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import NotFound
from core.glossary import find_term, terms
from core.i18n import LANGUAGES, in_language
from tests.patience import PAGE_S

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pages" / "6_Glossary.py"


def used() -> set[str]:
    """The ids that pages explain: `term("...")`, `words=(...)` and the tuples called WORDS."""
    found: set[str] = set()
    for file in [ROOT / "Home.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "term":
                found |= _strings(node.args[0])
            elif (isinstance(node, ast.keyword) and node.arg == "words") or (
                isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("WORDS")
            ):
                found |= _strings(node.value)
    return found


def _strings(node: ast.expr) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def glossary(**parameters: str) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=PAGE_S)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_every_word_that_a_page_explains_has_an_entry() -> None:
    assert len(used()) >= 15
    assert used() - set(terms()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_two_sentences_in_every_language(language: str) -> None:
    for entry in terms().values():
        assert entry.names[language].strip(), entry.id
        sentences = re.findall(r"[.?!](?=\s|$)|[。？！]", entry.texts[language])
        assert len(sentences) == 2, entry.id


def test_every_cross_link_leads_to_another_entry() -> None:
    for entry in terms().values():
        assert entry.see
        assert set(entry.see) <= set(terms()) - {entry.id}, entry.id


def test_every_entry_is_reached_by_a_cross_link() -> None:
    reached = {other for entry in terms().values() for other in entry.see}
    assert set(terms()) - reached <= {"distinct_n"}


def test_an_unknown_word_is_explained() -> None:
    with pytest.raises(NotFound, match="no entry 'flux'"):
        find_term("flux")


def test_a_tooltip_explains_and_links() -> None:
    from ui.shell.glossary import term

    assert "Glossary?term=nucleus" in term("nucleus")
    assert term("nucleus").startswith("The smallest group")
    with in_language("zh"):
        assert "词汇表" in term("nucleus")


def test_the_page_has_every_entry_with_its_anchor() -> None:
    at = glossary()
    assert [head.anchor for head in at.subheader] == list(terms())


@pytest.mark.parametrize(
    ("word", "expected"), [("nucleus", "nucleus"), ("词元", "token"), ("TOP_K", "top_k")]
)
def test_search_finds_words_of_both_languages(word: str, expected: str) -> None:
    at = glossary()
    at.text_input("glossary_search").set_value(word).run()
    found = [head.anchor for head in at.subheader]
    assert expected in found
    assert len(found) < len(terms())


def test_a_search_that_finds_nothing_says_what_to_do() -> None:
    at = glossary()
    at.text_input("glossary_search").set_value("zzz [x](y)").run()
    assert not at.subheader
    assert "clear the search" in at.info[0].value


def test_links_of_a_search_lead_to_what_is_shown_or_open_the_glossary() -> None:
    at = glossary(lang="zh")
    at.text_input("glossary_search").set_value("nucleus").run()
    shown = {head.anchor for head in at.subheader}
    targets = re.findall(r"\]\(([^)]*)\)", " ".join(caption.value for caption in at.caption))
    assert targets
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in shown
        else:
            assert re.fullmatch(r"Glossary\?term=\w+&lang=zh", target)


def test_a_link_shows_its_entry_first() -> None:
    at = glossary(term="nucleus")
    assert at.header[0].value == "Nucleus · 核"


def test_a_link_to_an_unknown_entry_is_explained() -> None:
    at = glossary(term="<b>flux</b>")
    assert "no entry" in at.warning[0].value
    assert len(at.subheader) == len(terms())


def test_the_words_of_a_lesson_are_those_that_it_uses() -> None:
    from core.lessons.shelf import shelf
    from ui.lessons.lesson import MOST_WORDS, lesson_words

    for language in LANGUAGES:
        for lesson in shelf(None, language).lessons:
            words = lesson_words(lesson)
            assert 1 <= len(words) <= MOST_WORDS, (language, lesson.id, words)
    for language in LANGUAGES:
        assert {"top_p", "nucleus"} <= set(lesson_words(shelf(None, language).get("top-p")))


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("two tokens", True),
        ("TOKEN 7", True),
        ("一个词元", True),
        ("tokenizer", False),
        ("", False),
    ],
)
def test_a_word_occurs_as_a_word_of_its_own(text: str, there: bool) -> None:
    assert find_term("token").occurs_in(text) is there
