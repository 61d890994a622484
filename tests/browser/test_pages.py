"""The persona page and the playground in a real browser, at the width of a desk and of a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.actions import PATHS, ask, messages, press, settled, shown
from tests.browser.conftest import App, storage

pytestmark = pytest.mark.browser


def test_a_persona_is_met_from_home_and_talked_to(page: Page, app: App) -> None:
    page.goto(app.url)
    press(page.get_by_role("button", name="Meet the Java expert"))
    expect(messages(page)).to_have_count(2)
    expect(messages(page).nth(1)).to_contain_text("Java")
    ask(page, "What is a HashMap?")
    expect(messages(page)).to_have_count(4)


@pytest.mark.long
def test_two_personas_answer_the_same_question_side_by_side(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Personas?persona=java-expert&try=compare")
    press(page.get_by_test_id("stMain").get_by_role("button", name="Who are you?"))
    shown(page.get_by_text(re.compile("seed \\d+")))
    for side in (0, 1):
        place = page.locator(f".st-key-side_{side}")
        assert place.get_by_test_id("stMarkdown").first.inner_text().strip()
        shown(place.get_by_role("button", name="Go on in Chat"))
    expect(page.get_by_test_id("stMain").get_by_role("button", name="Stop")).to_have_count(0)


def test_what_is_typed_into_a_persona_survives_a_reload_and_is_copied(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Personas?persona=sql-analyst")
    settled(page)
    words = page.get_by_role("textbox", name="System message")
    words.fill("You are a SPARQL analyst.")
    # In a pause, without leaving the field
    shown(page.get_by_text("Unsaved changes"))
    page.reload()
    expect(words).to_have_value("You are a SPARQL analyst.")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page.get_by_role("button", name="Copy the system message"))
    page.wait_for_function(
        "navigator.clipboard.readText().then(text => text === 'You are a SPARQL analyst.')"
    )
    press(page.get_by_role("button", name="Discard"))
    expect(words).to_have_value(re.compile("SQL analyst"))


@pytest.mark.long
def test_the_grid_from_home_runs_to_its_end(page: Page, app: App) -> None:
    page.goto(app.url)
    press(page.get_by_role("button", name="Nine stories about a fox"))
    # Equal texts are shown once
    told = page.get_by_text(re.compile("mean log-probability|Same text as"))
    expect(told).to_have_count(9)
    assert "run=" in page.url
    texts = page.get_by_text(re.compile("mean log-probability")).all_inner_texts()
    page.reload()
    expect(told).to_have_count(9)
    assert page.get_by_text(re.compile("mean log-probability")).all_inner_texts() == texts
    press(page.get_by_test_id("stMain").get_by_text("Metrics", exact=True))
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_a_phone(phone: Page, app: App, path: str) -> None:
    phone.goto(f"{app.url}/{path}")
    expect(phone.get_by_test_id("stHeading").first).to_be_visible()
    wide = phone.get_by_test_id("stMainBlockContainer").evaluate(
        "e => e.scrollWidth - e.clientWidth"
    )
    assert wide <= 0
    expect(phone.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.long
def test_no_page_asks_anything_of_another_machine(browser: Browser, app: App) -> None:
    context = storage(browser)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        for path in PATHS:
            page.goto(f"{app.url}/{path}")
            expect(page.get_by_test_id("stHeading").first).to_be_visible()
            expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        elsewhere = [url for url in asked if not url.startswith((app.url, "data:", "blob:"))]
        assert elsewhere == []
    finally:
        context.close()
