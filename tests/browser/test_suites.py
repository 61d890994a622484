"""Suites in a real browser: written by hand in the table, taken into an experiment."""

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from tests.browser.actions import OPEN_MS, press, settled, shown
from tests.browser.conftest import App, storage

# Longer than a cell takes that opens by itself
CELL_MS = 2_000

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(browser: Browser) -> Page:
    return storage(browser, viewport={"width": 1280, "height": 900}).new_page()


def type_a_line(table: Locator, text: str) -> None:
    """Type into the first cell of a table that was empty.

    The table is a canvas: a click below the names of its columns begins a line and opens its cell,
    or chooses the cell of a line that was begun. A cell closes where the page is drawn anew at that
    moment.
    """
    shown(table)
    editor = table.page.locator(".gdg-input")
    for _drawing in range(10):
        try:
            if not editor.count():
                table.click(position={"x": 160, "y": 52}, timeout=OPEN_MS)
                expect(editor).to_have_count(1, timeout=CELL_MS)
            editor.fill(text, timeout=OPEN_MS)
            editor.press("Enter", timeout=OPEN_MS)
            return expect(table.locator("td", has_text=text)).to_be_attached(timeout=OPEN_MS)
        except (AssertionError, TimeoutError):
            table.page.keyboard.press("Enter")
    raise AssertionError(f"{text} cannot be typed")


def test_a_suite_that_ships_becomes_the_questions(tab: Page, app: App) -> None:
    tab.goto(f"{app.url}/Experiments?lang=en")
    settled(tab)
    press(tab.get_by_role("button", name="Test suites", exact=True))
    dialog = tab.get_by_role("dialog")
    press(dialog.locator(".st-key-suite_injection-en button"))
    shown(dialog.get_by_text("93 cases"))
    press(dialog.locator(".st-key-suite_take button"))
    expect(dialog).to_have_count(0)
    shown(tab.get_by_text("2 · Questions · 93 rows"))


def test_a_case_that_is_typed_into_the_table_is_kept(tab: Page, app: App) -> None:
    tab.goto(f"{app.url}/Experiments?lang=en")
    settled(tab)
    press(tab.get_by_role("button", name="Test suites", exact=True))
    dialog = tab.get_by_role("dialog")
    press(dialog.locator(".st-key-suites_new button"))
    name = dialog.locator(".st-key-suite_name input")
    shown(name)
    name.fill("By hand")
    name.press("Enter")
    settled(tab)
    type_a_line(dialog.get_by_test_id("stDataFrame"), "How much is it?")
    save = dialog.locator(".st-key-suite_save button:enabled")
    press(save)
    press(dialog.get_by_role("button", name="By hand"))
    shown(dialog.get_by_text("1 case", exact=False))
