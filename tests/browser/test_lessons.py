"""Every lesson in a real browser, to its end, in both languages; progress that survives a
reload."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.i18n import LANGUAGES
from core.lessons.lesson import Lesson
from core.lessons.shelf import shelf
from tests.browser.actions import press, settled, shown
from tests.browser.conftest import App, storage

pytestmark = pytest.mark.browser
# One that reads; another test here has one that writes, and page tests have every kind
SHORT = ("zh-roles",)
LESSONS = [
    pytest.param(lesson, id=name, marks=() if name in SHORT else pytest.mark.long)
    for language in LANGUAGES
    for lesson in shelf(None, language).lessons
    for name in [f"{language}-{lesson.id}"]
]


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> BrowserContext:
    """One browser's storage for all lessons of this file."""
    return storage(browser, viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def tab(visitor: BrowserContext) -> Page:
    return visitor.new_page()


def onward(page: Page) -> None:
    """To the next step, once the page offers it."""
    settled(page)
    button = page.locator(".st-key-lesson_next button:enabled")
    expect(button).to_have_count(1)
    press(button)


def choose(page: Page, text: str) -> None:
    """Tick a choice by its text."""
    settled(page)
    press(page.get_by_test_id("stRadio").get_by_text(text, exact=True))


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_goes_to_its_end(tab: Page, app: App, lesson: Lesson) -> None:
    tab.goto(f"{app.url}/Lessons?lesson={lesson.id}&lang={lesson.language}")
    expect(tab.locator("html")).to_have_attribute("lang", lesson.language)
    heading = tab.get_by_test_id("stHeading").first
    expect(heading).to_have_text(lesson.title)
    choose(tab, lesson.prediction.choices[0].text)
    onward(tab)
    shown(tab.locator(".st-key-lesson_run"))
    settled(tab)
    press(tab.locator(".st-key-lesson_run button"))
    expect(tab.locator(".st-key-lesson_run")).to_have_count(0)
    onward(tab)
    expect(tab.get_by_test_id("stAlert")).to_contain_text(
        [choice.text for choice in lesson.prediction.choices if choice.promised][:1] or [""]
    )
    expect(tab.get_by_test_id("stException")).to_have_count(0)
    onward(tab)
    shown(tab.get_by_text(lesson.check_ask, exact=True))
    right = next(answer for answer in lesson.check if answer.right)
    choose(tab, right.text)
    expect(tab.get_by_test_id("stAlert")).to_contain_text(right.feedback)
    assert "step=check" in tab.url
    assert "guess=0" in tab.url


def test_a_run_goes_on_elsewhere_and_its_result_is_there_after_a_reload(
    page: Page, app: App
) -> None:
    page.goto(f"{app.url}/Lessons?lesson=temperature&step=experiment&guess=0&lang=en")
    press(page.locator(".st-key-lesson_run button"))
    # It is on its way; a quick one is over before its *Stop* is looked for
    expect(page).to_have_url(re.compile(r"[?&]job="))
    press(page.get_by_role("link", name="Glossary"))
    shown(page.get_by_role("heading", name="Glossary"))
    page.go_back()
    result = page.locator(".st-key-lesson_counts")
    shown(result)
    page.reload()
    shown(result)
    expect(page.locator(".st-key-lesson_run")).to_have_count(0)
    # An address without the run has no result: what was seen is not made anew at each visit
    page.goto(re.sub(r"&job=\w+", "", page.url))
    shown(page.locator(".st-key-lesson_run"))


@pytest.mark.long
def test_what_was_finished_is_known_after_a_reload(
    visitor: BrowserContext, tab: Page, app: App
) -> None:
    tab.goto(f"{app.url}/Lessons?lesson=roles&step=check&lang=en")
    choose(tab, next(a for a in shelf(None, "en").get("roles").check if a.right).text)
    shown(tab.get_by_test_id("stAlert"))
    tab.wait_for_function("() => (localStorage['promptlab.lessons'] || '').includes('roles')")
    page = visitor.new_page()
    page.goto(f"{app.url}/Lessons?lang=en")
    expect(page.locator(".st-key-lesson_open_roles")).to_contain_text("Do it again")
    press(page.get_by_role("button", name="Reset my progress"))
    expect(page.locator(".st-key-lesson_open_roles")).to_contain_text("Start")
    # The browser forgets a moment after the page has: a reload in between would bring it back
    page.wait_for_function("() => localStorage['promptlab.lessons'] === undefined")
    page.reload()
    expect(page.locator(".st-key-lesson_open_roles")).to_contain_text("Start")


@pytest.mark.long
def test_a_way_on_fills_in_the_settings(tab: Page, app: App) -> None:
    lesson = shelf(None, "en").get("temperature")
    tab.goto(f"{app.url}/Lessons?lesson={lesson.id}&step=check&lang=en")
    choose(tab, next(answer for answer in lesson.check if answer.right).text)
    press(tab.get_by_role("button", name=lesson.ways_on[0].label))
    temperatures = str(lesson.ways_on[0].values["temperatures"])
    expect(tab.locator(".st-key-grid_rows_values input")).to_have_value(temperatures)
    expect(tab.get_by_role("textbox", name="Prompt")).to_have_value(
        "Tell me a short story about a fox."
    )
