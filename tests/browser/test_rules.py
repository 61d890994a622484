"""A contract in a real browser: a rule from the search to what it finds, and all of it after a
reload."""

import pytest
from playwright.sync_api import Locator, Page, expect

from core.personas.book import PersonaBook
from core.personas.text import PersonaText
from core.store import Store
from tests.browser.actions import press, settled, shown
from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def part(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}")


def test_a_rule_is_written_tried_weighed_and_saved_without_code(page: Page, app: App) -> None:
    store = Store.open(app.data / "promptlab.db")
    made = PersonaBook(store.personas).create(PersonaText("Agent", "You are a support agent."))
    key = f"contract_{made.id}"
    page.goto(f"{app.url}/Personas?persona={made.id}&part=contract")
    press(part(page, f"{key}_add").get_by_role("button"))
    search = part(page, f"{key}_search").get_by_role("textbox")
    shown(search)
    # Found by what it does, as it is typed; others have gone by then
    search.press_sequentially("must stand in the answer")
    kinds = part(page, f"list_rules_{key}_kinds").get_by_role("button")
    expect(kinds.filter(has_text="Contains ·")).to_have_count(1)
    expect(kinds.filter(has_text="Is valid JSON")).to_have_count(0)
    press(kinds.filter(has_text="Contains ·"))
    words = part(page, f"{key}_value_contains_words").get_by_role("textbox")
    store_button = part(page, f"{key}_store").get_by_role("button")
    # What is missing is said beside the form once it is asked for
    press(store_button)
    expect(page.get_by_role("alert").filter(has_text="is empty")).to_have_count(1)
    words.fill("refund")
    # Told in a pause, without leaving the field
    expect(page.get_by_role("alert").filter(has_text="is empty")).to_have_count(0)
    settled(page)
    press(store_button)
    rows = part(page, f"list_rules_{key}").get_by_role("button")
    expect(rows.filter(has_text="Contains “refund”")).to_have_count(1)
    press(page.get_by_text("Try them on an answer"))
    pasted = part(page, f"{key}_pasted").get_by_role("textbox")
    shown(pasted)
    pasted.fill("No money back.")
    pasted.press("Control+Enter")
    verdict = page.get_by_text("0 of 1 rule holds")
    expect(verdict.filter(has_text="the answer does not pass")).to_have_count(1)
    press(part(page, f"{key}_toggle_0").get_by_role("button").filter(has_text="must"))
    expect(part(page, f"{key}_toggle_0").get_by_role("button")).to_have_text("should")
    expect(verdict.filter(has_text="does not pass")).to_have_count(0)
    settled(page)
    press(part(page, "save").get_by_role("button"))
    expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    page.reload()
    expect(rows.filter(has_text="Contains “refund”")).to_have_count(1)
    shown(verdict)
    (rule,) = PersonaBook(store.personas).get(made.id).text.contract
    assert rule.to_dict()["words"] == ["refund"]
    assert rule.weight == "should"
