"""Experiments in a real browser: from nothing to what they show, with what is typed kept on the
way."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.experiments.draft import Writing
from core.store import Store
from tests.browser.actions import press, settled, shown
from tests.browser.conftest import App

pytestmark = pytest.mark.browser
QUESTIONS = "What is temperature?\nWhat is a token?\nWho are you?"


def test_from_nothing_to_what_it_shows(page: Page, app: App) -> None:
    # Whoever was here before may have begun one
    Writing(Store.open(app.data / "promptlab.db").drafts).discard()
    page.goto(f"{app.url}/Experiments")
    shown(page.get_by_text("which differences are real and which are luck"))
    settled(page)
    page.get_by_role("textbox", name="System message").nth(1).fill("Answer in one short sentence.")
    questions = page.get_by_role("textbox", name="Questions, one a line")
    questions.fill(QUESTIONS)
    # Told in a pause, without leaving the field: the form counts them
    shown(page.get_by_text("· 3 rows"))
    shown(page.get_by_text(re.compile("18 answers")))
    # A reload loses nothing
    page.reload()
    expect(questions).to_have_value(QUESTIONS)
    expect(page.get_by_role("textbox", name="System message").nth(1)).to_have_value(
        "Answer in one short sentence."
    )
    for number in range(2):
        press(page.locator(f".st-key-typed_variant_{number}").get_by_text("temperature 0.7"))
        limit = page.get_by_role("spinbutton", name="max_new_tokens")
        expect(limit).to_have_value("256")
        limit.fill("8")
        limit.press("Enter")
        page.keyboard.press("Escape")
    settled(page)
    press(page.get_by_role("button", name="Run", exact=True))
    shown(page.get_by_text("2 variants · 3 questions · 3 tries each"))
    # It goes on when the page is left
    press(page.get_by_role("link", name="Glossary"))
    shown(page.get_by_text("The terms used in this app"))
    press(page.get_by_role("link", name="Experiments"))
    press(page.get_by_test_id("stSidebar").get_by_role("button", name=re.compile("What is temp")))
    shown(page.get_by_text("There are no rules, so nothing passes or fails."))
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Continue"))).to_have_count(0)
