"""What a newcomer does first, in a real browser on the served app."""

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import App

pytestmark = pytest.mark.browser


def ask(page: Page, text: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(text)
    box.press("Enter")


def test_home_leads_into_a_first_answer(page: Page, app: App) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Ask: What is temperature?").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    expect(page.get_by_text(re.compile("tokens/s"))).to_be_visible()


def test_a_refresh_returns_to_the_conversation(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Chat")
    ask(page, "Who are you?")
    expect(page.get_by_text(re.compile("tokens/s"))).to_be_visible()
    assert "conversation=" in page.url
    answer = page.get_by_test_id("stChatMessage").nth(1).inner_text()
    page.reload()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    assert page.get_by_test_id("stChatMessage").nth(1).inner_text() == answer


def test_kill_in_the_middle_of_an_answer_keeps_what_was_said(
    browser: Browser, tmp_path: Path
) -> None:
    app = App(tmp_path / "data", tmp_path / "server.log")
    app.start()
    page = browser.new_page()
    page.set_default_timeout(60_000)
    try:
        page.goto(f"{app.url}/Chat")
        ask(page, "Who are you?")
        expect(page.get_by_text(re.compile("tokens/s"))).to_be_visible()
        url = page.url.split("?")[1]
        app.kill()
        with sqlite3.connect(app.data / "promptlab.db") as database:
            database.execute(
                "UPDATE messages SET finish_reason = NULL, usage = NULL WHERE role = 'assistant'"
            )
        app.start()
        page.goto(f"{app.url}/Chat?{url}")
        expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
        expect(page.get_by_text(re.compile("interrupted by a restart"))).to_be_visible()
    finally:
        page.close()
        app.kill()
