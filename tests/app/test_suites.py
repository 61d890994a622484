"""Suites on the page: what is taken arrives as rows, what is written is kept, what is wrong is
said."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.checks.rule import rule
from core.config import Settings
from core.experiments.draft import ExperimentForm, VariantForm, Writing
from core.experiments.spec import Row
from core.personas.text import PersonaText, Scope, builtin_personas
from core.store import Store
from core.suites.draft import NEW, SuiteDesk
from core.suites.suite import Suite
from tests.patience import PAGE_S

ROOT = Path(__file__).parents[2]
GARDENER = PersonaText(
    "Gardener",
    "You are a patient gardener. Answer only questions about plants.",
    scope=Scope(("How often do I water basil?", "Which pot?"), ("Who won?",)),
)


def picking() -> None:
    """A page that is nothing but a picker, whose rows are kept in the session."""
    import streamlit as st

    from ui.suites.picker import suite_picker

    def take(rows: tuple) -> None:
        st.session_state["taken"] = rows

    suite_picker("suites", st.session_state.get("persona"), take)


@pytest.fixture
def store(own_data: Any) -> Store:
    return Store.open(Settings.from_environment().database)


def picker(persona: PersonaText | None = None) -> AppTest:
    at = AppTest.from_function(picking, default_timeout=PAGE_S)
    at.session_state["persona"] = persona
    at.run()
    return at.button(key="suites_open").click().run()


def taken(at: AppTest) -> tuple[Row, ...]:
    at.button(key="suite_take").click().run()
    assert not at.exception
    rows: tuple[Row, ...] = at.session_state["taken"]
    return rows


def test_the_rows_of_a_suite_are_taken_and_the_dialog_closes(own_data: Any) -> None:
    at = picker(GARDENER)
    at.button(key="suite_in-scope").click().run()
    rows = taken(at)
    assert [row.title for row in rows] == list(GARDENER.scope.inside)
    assert "suite_take" not in [button.key for button in at.button]


def test_only_the_groups_that_are_wanted_are_taken(own_data: Any) -> None:
    at = picker()
    at.button(key="suite_injection-en").click().run()
    at.button_group(key="suite_groups_injection-en").set_value(["override", "harmless"]).run()
    assert {row.group for row in taken(at)} == {"injection: override", "injection: harmless"}


def test_the_persona_that_is_chosen_says_which_suites_there_are(own_data: Any) -> None:
    at = picker(GARDENER)
    assert "suite_out-of-scope" in [button.key for button in at.button]
    at.selectbox(key="suites_persona").set_value("").run()
    assert "suite_out-of-scope" not in [button.key for button in at.button]


def test_a_suite_goes_out_under_the_contract_that_its_rows_have(
    own_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        "streamlit.download_button",
        lambda _title, content, key, **_more: given.update({key: content}),
    )
    at = picker(replace(GARDENER, contract=(rule("valid_json"),)))
    at.button(key="suite_in-scope").click().run()
    assert not at.exception
    for form, written in (("promptfoo", "type: is-json"), ("inspect", '"kind": "valid_json"')):
        assert written in given[f"suite_export_{form}"]()
    # For this app: it comes under the contract of the persona that it is taken for
    assert "valid_json" not in given["suite_export_promptlab"]()
    [row, _other] = taken(at)
    assert "valid_json" in [one.kind for one in row.rules]


def test_a_suite_is_written_from_a_sheet_and_taken(store: Store) -> None:
    at = picker()
    at.button(key="suites_new").click().run()
    at.text_input(key="suite_name").set_value("Prices").run()
    paste = next(area for area in at.text_area if area.key.startswith("suite_paste"))
    paste.set_value("input\texpected\tgroup\nHow much is it?\t5\tmoney\nIs it free?\tno\tmoney\n")
    at.run()
    at.button(key="suite_take_paste").click().run()
    at.button(key="suite_save").click().run()
    assert not at.exception
    [document] = store.suites.list()
    assert document.name == "Prices"
    assert SuiteDesk(store.drafts, NEW).typed is False
    rows = taken(at)
    assert [(row.title, row.expected, row.group) for row in rows] == [
        ("How much is it?", "5", "own cases: money"),
        ("Is it free?", "no", "own cases: money"),
    ]


def test_what_was_typed_is_there_in_another_session(store: Store) -> None:
    at = picker()
    at.button(key="suites_new").click().run()
    at.text_input(key="suite_name").set_value("Half written").run()
    again = picker()
    again.button(key="suites_new").click().run()
    assert again.text_input(key="suite_name").value == "Half written"
    assert again.button(key="suite_save").disabled


def test_a_table_that_cannot_be_read_is_told_of_and_changes_nothing(store: Store) -> None:
    at = picker()
    at.button(key="suites_new").click().run()
    paste = next(area for area in at.text_area if area.key.startswith("suite_paste"))
    paste.set_value("input,input\na,b\n")
    at.run()
    at.button(key="suite_take_paste").click().run()
    assert "input" in at.error[0].value
    left = next(area for area in at.text_area if area.key.startswith("suite_paste"))
    assert left.value == "input,input\na,b\n"
    assert SuiteDesk(store.drafts, NEW).form().lines == ()


def test_a_copy_of_a_suite_that_ships_can_be_changed_and_is_versioned(store: Store) -> None:
    at = picker()
    at.button(key="suite_poisoned-history-en").click().run()
    at.button(key="suite_copy").click().run()
    at.text_input(key="suite_name").set_value("Facts").run()
    at.button(key="suite_save").click().run()
    [document] = store.suites.list()
    assert len(Suite.from_dict(document.id, "Facts", document.content).cases) == 12
    at.button(key="suite_edit").click().run()
    at.text_input(key="suite_name").set_value("More facts").run()
    at.button(key="suite_save").click().run()
    assert [v.content["name"] for v in store.suites.versions(document.id)] == [
        "More facts",
        "Facts",
    ]
    at.button(key="suite_edit").click().run()
    assert not at.exception


def test_a_name_that_is_taken_is_said_and_loses_nothing(store: Store) -> None:
    store.suites.create("Facts", {"kind": "own cases", "cases": [{"key": "a", "question": "?"}]})
    at = picker()
    at.button(key="suite_poisoned-history-en").click().run()
    at.button(key="suite_copy").click().run()
    at.text_input(key="suite_name").set_value("facts").run()
    at.button(key="suite_save").click().run()
    assert "facts" in at.toast[0].value
    assert at.text_input(key="suite_name").value == "facts"
    assert len(store.suites.list()) == 1


def test_a_suite_that_is_deleted_can_be_had_back(store: Store) -> None:
    made = store.suites.create("A", {"kind": "own cases", "cases": [{"key": "a", "question": "?"}]})
    at = picker()
    at.button(key=f"suite_{made.id}").click().run()
    at.button(key="suite_delete").click().run()
    assert not at.exception
    assert store.suites.list() == []
    assert [one.title for one in store.binned()] == ["A"]


def test_a_suite_that_cannot_be_read_any_more_hides_no_other(store: Store) -> None:
    store.suites.create("Broken", {"cases": "many"})
    at = picker()
    assert not at.exception
    assert "suite_injection-en" in [button.key for button in at.button]


def test_on_the_page_of_experiments_a_suite_becomes_its_questions(store: Store) -> None:
    entry = next(one for one in builtin_personas() if one.text.scope.outside)
    desk = Writing(store.drafts)
    variant = VariantForm("A", system=entry.text.system)
    desk.keep(ExperimentForm(variants=(variant,)))
    at = AppTest.from_file(str(ROOT / "pages" / "8_Experiments.py"), default_timeout=PAGE_S).run()
    at.button(key="ex_suites_open").click().run()
    # The suites of the persona whose message a variant has
    at.button(key="suite_out-of-scope").click().run()
    at.button(key="suite_take").click().run()
    assert not at.exception
    rows = desk.rows()
    assert [row.title for row in rows] == list(dict.fromkeys(entry.text.scope.outside))
    assert {row.group for row in rows} == {"out of scope"}
    # No turn drifts here
    assert desk.form().variants == (variant,)


def test_many_turns_bring_a_variant_without_a_system_message_once(store: Store) -> None:
    entry = next(one for one in builtin_personas() if len(one.text.scope.inside) > 1)
    desk = Writing(store.drafts)
    variant = VariantForm("A", system=entry.text.system, temperature=0.3, origin="persona x 1")
    desk.keep(ExperimentForm(variants=(variant,)))
    at = AppTest.from_file(str(ROOT / "pages" / "8_Experiments.py"), default_timeout=PAGE_S).run()
    for _again in range(2):
        at.button(key="ex_suites_open").click().run()
        at.button(key="suite_many-turns").click().run()
        at.button(key="suite_take").click().run()
        assert not at.exception
        bare = replace(variant, name="No system message", system="", origin="")
        assert desk.form().variants == (variant, bare)
        assert at.text_input(key="ex_name_1").value == "No system message"
        assert any("No system message" in toast.value for toast in at.toast) is not bool(_again)
