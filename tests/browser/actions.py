"""What a visitor does on a page, in one place for all browser tests."""

import re

from playwright.sync_api import Locator, Page, TimeoutError, expect

from core.sampling.settings import Sampling
from core.store import Store
from tests.browser.conftest import App

# Every page and every view of it
PATHS = (
    *("", "Chat", "Personas", "Playground", "Playground?view=lab", "Playground?view=steps"),
    *("Playground?view=inspect", "Playground?view=branches", "Experiments", "Models"),
    *("Lessons", "Lessons?lesson=temperature", "Lessons?teacher=1", "Glossary", "Space", "Tools"),
    "Interpreter",
)


# Far longer than a list stays that a new drawing closes
OPEN_MS = 10_000


def in_language(url: str, language: str) -> str:
    """The address of a page in a language."""
    return f"{url}{'&' if '?' in url else '?'}lang={language}"


def settled(page: Page) -> None:
    """Wait for the page to be drawn whole: parts of the step before may still stand on it."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")


def shown(one: Locator) -> None:
    """Wait until this stands on the page, and stands there once.

    While a page is drawn anew, what stood there before may stand beside it for a moment.
    """
    expect(one).to_have_count(1)
    expect(one).to_be_visible()


def picture_drawn(picture: Locator) -> None:
    """Wait until a picture of a size that can be read has been decoded."""
    picture.evaluate("one => one.decode()")
    assert picture.evaluate("one => one.naturalWidth") > 100


def press(one: Locator) -> None:
    """Click on what stands on the page once."""
    shown(one)
    one.click()


def ask(page: Page, text: str) -> None:
    """Type a question and send it."""
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(text)
    box.press("Enter")


def choose(box: Locator, option: str, exact: bool = False) -> None:
    """Choose from a select box the one option with this text, or of exactly this text.

    A list that is open closes when the page scrolls, which comes first, and when the page is drawn
    anew: then it is opened again.
    """
    choice = box.page.get_by_role("option", name=option, exact=exact)
    box.scroll_into_view_if_needed()
    for _drawing in range(20):
        box.click()
        box.fill(option)
        try:
            return choice.click(timeout=OPEN_MS)
        except TimeoutError:
            continue
    raise AssertionError(f"{option} cannot be chosen")


def messages(page: Page) -> Locator:
    """The bubbles on the page."""
    return page.get_by_test_id("stChatMessage")


def answered(page: Page, count: int = 1) -> None:
    """Wait until so many answers have their figures."""
    expect(page.get_by_text(re.compile(r"\d tokens/s"))).to_have_count(count)


def writing(page: Page) -> None:
    """Wait until an answer has begun and is not at its end."""
    expect(messages(page).last).to_contain_text(re.compile(r"\w.* ▌", re.DOTALL))


def stop(page: Page) -> None:
    """Stop the answer; wait until the answer says that it was stopped."""
    press(page.get_by_test_id("stBottom").get_by_role("button", name="Stop"))
    expect(messages(page).last).to_contain_text(re.compile(r"stopped · \d+ tokens"))


def new_conversation(app: App, sampling: Sampling) -> str:
    """The URL of a new conversation with these settings."""
    store = Store.open(app.data / "promptlab.db")
    made = store.conversations.create(sampling=sampling)
    return f"{app.url}/Chat?conversation={made.id}"
