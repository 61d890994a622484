"""The history of a persona in a real browser: texts of others become text, and changes are seen."""

import pytest
from playwright.sync_api import Page, expect

from core.store import Store
from tests.browser.actions import press, shown
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

ONE, TWO = "You are a chef. Be brief.", "You are a <b>cook</b>. Be brief."


def test_a_change_is_seen_taken_back_and_kept_as_a_new_version(page: Page, app: App) -> None:
    store = Store.open(app.data / "promptlab.db")
    id = store.personas.create("Chef", "", ONE).id
    store.personas.update(id, "Chef", "", TWO, note="warmer")
    page.goto(f"{app.url}/Personas?persona={id}&version=2")
    expect(page.locator("del").filter(has_text="chef")).to_have_count(1)
    added = page.locator("ins").filter(has_text="<b>cook</b>")
    expect(added).to_have_count(1)
    # Seen without colour too
    assert added.evaluate("one => getComputedStyle(one).textDecorationLine") == "underline"
    press(page.get_by_role("button", name="Restore"))
    expect(page.get_by_role("textbox", name="System message")).to_have_value(ONE)
    shown(page.get_by_text("Unsaved changes"))
    press(page.get_by_role("button", name="Save", exact=True))
    shown(page.get_by_text("Version 3, now"))
    assert [one.content["system"] for one in store.personas.versions(id)] == [ONE, TWO, ONE]
