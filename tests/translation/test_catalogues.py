"""Every message is translated, none is left over, and each translation has the right fields."""

import gettext
import io

import pytest
from babel.messages.catalog import Catalog

from core.i18n import LANGUAGES, SOURCE_LANGUAGE
from translation.catalogues import (
    TARGETS,
    faults,
    lacking,
    mo_bytes,
    po_bytes,
    po_file,
    read,
    updated,
)
from translation.sources import called, code_files, template

RUN = "Run `make messages`, and translate what it lists in core/locales."


@pytest.fixture(scope="module")
def messages() -> Catalog:
    return template()


def test_there_is_a_catalogue_for_every_language_but_the_source() -> None:
    assert {*TARGETS, SOURCE_LANGUAGE} == set(LANGUAGES)
    assert all(po_file(language).is_file() for language in TARGETS)


@pytest.mark.parametrize("language", TARGETS)
def test_the_catalogue_has_every_message_and_no_other(language: str, messages: Catalog) -> None:
    wanted = {message.id for message in messages if message.id}
    there = {message.id for message in read(language) if message.id}
    assert wanted - there == set(), RUN
    assert there - wanted == set(), f"Nothing says these any more. {RUN}"


@pytest.mark.parametrize("language", TARGETS)
def test_every_message_is_translated(language: str) -> None:
    assert lacking(read(language)) == [], RUN


@pytest.mark.parametrize("language", TARGETS)
def test_translations_have_the_fields_and_the_markup_of_their_message(language: str) -> None:
    assert list(faults(read(language))) == []


@pytest.mark.parametrize("language", TARGETS)
def test_the_compiled_catalogue_is_up_to_date(language: str, messages: Catalog) -> None:
    catalogue = updated(language, messages)
    assert po_file(language).read_bytes() == po_bytes(catalogue), RUN
    compiled = po_file(language).with_suffix(".mo").read_bytes()
    assert compiled == mo_bytes(catalogue), RUN
    assert gettext.GNUTranslations(io.BytesIO(compiled)).gettext("Cancel") != "Cancel"


def test_only_literal_texts_are_marked_for_translation() -> None:
    for file in code_files():
        list(called(file))


@pytest.mark.parametrize("call", ['_(f"{count} tokens")', "_(text)", '_("a" + name)', "_()"])
def test_a_text_that_is_not_literal_is_refused(tmp_path, call: str) -> None:
    file = tmp_path / "page.py"
    file.write_text(f"x = {call}\n")
    with pytest.raises(ValueError, match=r"page\.py:1"):
        list(called(file))


def test_texts_within_f_strings_and_plurals_are_found(tmp_path) -> None:
    file = tmp_path / "page.py"
    file.write_text("""x = f"## {_('One')}"\ny = ngettext("{n} a", "{n} b", n)\n""")
    assert set(called(file)) == {"One", ("{n} a", "{n} b")}


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("{count} texts", "{number} 段文本"),
        ("{value:.2f}", "{value:.1f}"),
        ("{name!r} is new", "{name} 是新的"),
        ("**bold** text", "粗体文本"),
        (":red[stop]", "停止"),
        ("see [here](x)", "见这里"),
    ],
)
def test_a_translation_with_other_fields_or_markup_is_a_fault(original: str, text: str) -> None:
    catalogue = Catalog(locale="zh", charset="utf-8")
    catalogue.add(original, text)
    assert len(list(faults(catalogue))) == 1


def test_the_fields_may_come_in_another_order() -> None:
    catalogue = Catalog(locale="zh", charset="utf-8")
    catalogue.add("{count} of {whole}", "{whole} 中的 {count}")
    assert list(faults(catalogue)) == []


def test_a_guess_counts_as_lacking() -> None:
    catalogue = Catalog(locale="zh", charset="utf-8")
    catalogue.add("Stop", "停止", flags=["fuzzy"])
    catalogue.add("Go", "")
    assert lacking(catalogue) == ["Stop", "Go"]


def test_an_update_adds_what_is_new_untranslated_and_drops_what_is_gone(messages: Catalog) -> None:
    more = Catalog(charset="utf-8")
    more.add("Cancel")
    more.add("Cancel it all at once")
    catalogue = updated("zh", more)
    assert {m.id for m in catalogue if m.id} == {"Cancel", "Cancel it all at once"}
    assert lacking(catalogue) == ["Cancel it all at once"]
    assert b"#~" not in po_bytes(catalogue)
