"""What a newcomer does first, in a real browser on the served app."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.sampling.settings import Sampling
from core.store import Store
from tests.browser.actions import (
    answered,
    ask,
    choose,
    messages,
    new_conversation,
    press,
    shown,
    stop,
    writing,
)
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

GREEDY = Sampling(temperature=0)


def test_home_leads_into_a_first_answer(page: Page, app: App) -> None:
    page.goto(app.url)
    press(page.get_by_role("button", name="What is temperature?"))
    answered(page)
    expect(messages(page)).to_have_count(2)


def test_a_refresh_returns_to_the_conversation(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Chat")
    ask(page, "Who are you?")
    answered(page)
    assert "conversation=" in page.url
    # What it was written with, to copy, to inspect, again, and away
    expect(messages(page).nth(1).get_by_role("button")).to_have_count(5)
    answer = messages(page).nth(1).inner_text()
    page.reload()
    expect(messages(page)).to_have_count(2)
    expect(messages(page).nth(1)).to_have_text(answer, use_inner_text=True)


@pytest.mark.long
def test_stop_keeps_the_text_so_far(page: Page, endless_app: App) -> None:
    page.goto(new_conversation(endless_app, GREEDY))
    ask(page, "Tell me everything.")
    writing(page)
    stop(page)
    kept = messages(page).nth(1).inner_text()
    page.reload()
    expect(messages(page).nth(1)).to_have_text(kept, use_inner_text=True)


def test_a_persona_changes_who_answers(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Chat")
    choose(page.get_by_role("combobox", name="Persona"), "Java expert", exact=True)
    expect(page.get_by_role("textbox", name="System message")).to_have_value(
        re.compile("Java expert")
    )
    ask(page, "Who are you?")
    answered(page)
    expect(messages(page).nth(1)).to_contain_text("Java")


@pytest.mark.long
def test_kill_in_the_middle_of_an_answer_keeps_what_was_said(page: Page, endless_app: App) -> None:
    app = endless_app
    page.goto(new_conversation(app, GREEDY))
    ask(page, "Who are you?")
    writing(page)
    stop(page)
    finished = page.url, messages(page).nth(1).inner_text()
    page.goto(new_conversation(app, GREEDY))
    ask(page, "Tell me everything.")
    writing(page)
    interrupted, port = page.url, app.port
    app.kill()
    app.start()
    page.goto(interrupted.replace(f":{port}", f":{app.port}"))
    expect(messages(page)).to_have_count(2)
    expect(messages(page).nth(1)).to_contain_text("interrupted by a restart")
    expect(messages(page).nth(1)).not_to_contain_text("(no text)")
    page.goto(finished[0].replace(f":{port}", f":{app.port}"))
    expect(messages(page).nth(1)).to_have_text(finished[1], use_inner_text=True)


def test_an_answer_goes_on_while_the_visitor_is_elsewhere(page: Page, endless_app: App) -> None:
    page.goto(new_conversation(endless_app, GREEDY))
    ask(page, "Tell me everything.")
    writing(page)
    talk = page.url
    press(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Glossary"))
    shown(page.get_by_role("heading", name="Glossary"))
    # It is being written while another page is on screen
    conversations = Store.open(endless_app.data / "promptlab.db").conversations
    [kept] = [c for c in conversations.list() if c.id in talk]
    length = len(conversations.path(kept.id)[-1].content)
    page.goto(talk)
    writing(page)
    page.reload()
    writing(page)
    stop(page)
    path = conversations.path(kept.id)
    assert len(path) == 2
    assert len(path[-1].content) > length
    assert path[-1].finish_reason == "cancelled"
    expect(messages(page)).to_have_count(2)
    expect(page.get_by_test_id("stBottom").get_by_role("button", name="Stop")).to_have_count(0)


def test_an_answer_ends_by_itself_while_nobody_looks(page: Page, app: App) -> None:
    """The page that comes back finds it whole, as a page that stayed would have."""
    page.goto(f"{app.url}/Chat")
    ask(page, "Tell me a short story about a fox.")
    expect(messages(page)).to_have_count(2)
    talk = page.url
    page.goto("about:blank")
    page.goto(talk)
    answered(page)
    expect(messages(page)).to_have_count(2)
    expect(messages(page).nth(1)).not_to_contain_text("stopped")
