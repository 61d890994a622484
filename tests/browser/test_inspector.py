"""Looking into an answer in a real browser: tokens, alternatives, a branch, its tree."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import answered, ask, messages, press, settled, shown
from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def strip(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile("Tokens of the answer"))


def alternatives(page: Page) -> Locator:
    """The buttons of the tokens that could have stood there and did not."""
    places = page.locator("[class*='_alternatives']").get_by_role("button")
    return places.filter(has_not_text="◆")


@pytest.mark.long
def test_a_token_of_a_chat_answer_is_inspected_branched_from_and_compared(
    page: Page, app: App
) -> None:
    page.goto(f"{app.url}/Chat")
    ask(page, "What is temperature?")
    answered(page)
    press(messages(page).last.get_by_role("button", name="Inspect token by token"))
    tokens = strip(page).get_by_role("button")
    expect(tokens.first).to_be_visible()
    assert "inspect=" in page.url
    settled(page)  # a strip that is drawn again loses what hovers over it
    tokens.nth(5).hover()
    shown(page.get_by_role("tooltip").filter(has_text="rank"))
    tokens.first.focus()
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    expect(tokens.nth(4)).to_be_focused()
    page.keyboard.press("Enter")
    shown(page.get_by_role("heading", name=re.compile("Token 5")))
    expect(tokens.nth(4)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    expect(alternatives(page)).to_have_count(19)
    alternatives(page).first.click()
    press(page.get_by_role("button", name="Open in tree"))
    expect(page).to_have_url(re.compile(r"view=branches&tree=\w+"))
    shown(page.get_by_role("button", name=re.compile("at token 5")))
    press(page.get_by_role("tab", name="Compare"))
    shown(page.get_by_text(re.compile(r"of the characters are shared")))
    expect(page.locator("mark").nth(1)).to_be_visible()
    page.reload()
    shown(page.get_by_role("button", name=re.compile("at token 5")))


def test_bytes_of_one_character_are_shown_as_it_and_model_text_is_no_markup(
    page: Page, app: App
) -> None:
    page.goto(f"{app.url}/Playground?view=inspect")
    box = page.get_by_role("textbox", name="Answer")
    box.fill("狐 🦊 <img src=x onerror=alert(1)>")
    box.press("Control+Enter")
    expect(strip(page)).to_contain_text("🦊")
    fox = strip(page).locator(".character").filter(has_text="🦊")
    expect(fox.get_by_role("button")).to_have_count(4)
    expect(strip(page).locator("img")).to_have_count(0)
    press(fox.get_by_role("button", name=re.compile("0xA6")))
    shown(page.get_by_role("heading", name=re.compile("0xA6")))


@pytest.mark.long
def test_a_new_branch_is_in_sight_and_its_deletion_can_be_undone(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(
        f"{app.url}/Playground?view=inspect&inspect_prompt=What+is+temperature%3F"
        "&inspect_answer=Temperature+divides+the+logits+before+the+softmax."
    )
    strip(page).get_by_role("button").nth(4).click()
    alternatives(page).nth(1).click()
    grown = page.get_by_text("Branch at token 5")
    expect(grown).to_be_in_viewport()
    settled(page)
    expect(grown).to_be_in_viewport()
    press(page.get_by_role("button", name="Open in tree"))
    press(page.get_by_role("button", name="Delete tree"))
    shown(page.get_by_text("was deleted."))
    press(page.get_by_role("button", name="Undo"))
    shown(page.get_by_text("1 branch", exact=True))
