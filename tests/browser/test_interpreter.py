"""The interpreter in a real browser: the embedded model writes code, and the sandbox runs it."""

import pytest
from playwright.sync_api import Page, expect

from core.interpreter.probe import Probe
from tests.browser.actions import ask, messages, picture_drawn, press, settled, shown
from tests.browser.conftest import App

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def sandboxed() -> None:
    reason = Probe().reason()
    if reason:
        pytest.skip(reason)


def _rested(page: Page, count: int) -> None:
    """Wait for so many messages, and for the end of the work."""
    expect(messages(page)).to_have_count(count)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_enabled()
    settled(page)


def test_a_mean_is_computed_then_other_code_by_hand_which_is_stopped(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Interpreter?lang=en")
    ask(page, "Find the mean of 3, 8 and 10")
    _rested(page, 4)
    expect(messages(page).nth(2)).to_contain_text("7.0")
    expect(messages(page).nth(3)).to_contain_text("7.0")
    page.reload()
    _rested(page, 4)
    expect(messages(page).nth(2)).to_contain_text("7.0")
    # The variable of before is still there
    press(page.get_by_role("button", name="Edit code"))
    code = page.get_by_role("textbox", name="Code", exact=True)
    shown(code)
    code.fill("print(numbers, flush=True)\nwhile True: pass")
    code.press("Tab")
    settled(page)
    press(page.get_by_role("button", name="Run", exact=True))
    expect(messages(page).nth(2)).to_contain_text("[3, 8, 10]")
    press(page.get_by_role("button", name="Stop", exact=True))
    _rested(page, 3)
    expect(messages(page).nth(2)).to_contain_text("stopped by the user")
    expect(messages(page).nth(2)).to_contain_text("[3, 8, 10]")


NUMBERS = """\
numbers = [int(line) for line in open('numbers.csv')]
print(sum(numbers) / len(numbers))
"""


def test_the_mean_of_uploaded_numbers_and_a_chat_that_goes_on(page: Page, app: App) -> None:
    """The embedded model has learned no code that reads files: that is put into its code by
    hand."""
    page.goto(f"{app.url}/Interpreter?lang=en")
    settled(page)
    file = {"name": "numbers.csv", "mimeType": "text/csv", "buffer": b"4\n8\n30\n"}
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files([file])  # type: ignore[list-item]
    shown(page.get_by_role("button", name="numbers.csv · 7 bytes"))
    ask(page, "Find the mean of 3, 8 and 10")
    _rested(page, 4)
    # The model is told of the file all the same
    details = messages(page).nth(1).get_by_role("button", name="Exact prompt, raw text")
    press(details)
    prompt = page.get_by_test_id("stPopoverBody")
    expect(prompt).to_contain_text("Files in the current folder: 'numbers.csv' (7 bytes)")
    settled(page)
    page.keyboard.press("Escape")
    expect(prompt).to_have_count(0)
    settled(page)
    press(page.get_by_role("button", name="Edit code"))
    code = page.get_by_role("textbox", name="Code", exact=True)
    shown(code)
    code.fill(NUMBERS)
    code.press("Tab")
    settled(page)
    press(page.get_by_role("button", name="Run", exact=True))
    expect(messages(page).nth(2)).to_contain_text("14.0")
    _rested(page, 4)
    expect(messages(page).nth(3)).to_contain_text("14.0")
    # The same conversation goes on without code, and what the code showed is still there
    press(page.get_by_role("button", name="Go on as a chat"))
    page.wait_for_url("**/Chat?**")
    settled(page)
    expect(messages(page)).to_have_count(4)
    expect(messages(page).nth(2)).to_contain_text("14.0")
    ask(page, "Hello!")
    expect(messages(page)).to_have_count(6)


def test_a_plot_comes_back_as_a_picture_and_stays(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Interpreter?lang=en")
    ask(page, "Plot the numbers 3, 8, 10")
    _rested(page, 4)
    picture = messages(page).nth(2).get_by_role("img", name="Picture made by the code")
    for _look in range(2):
        shown(picture)
        picture_drawn(picture)
        assert picture.evaluate("one => one.src").startswith("data:image/png;base64,")
        page.reload()
        _rested(page, 4)
    # The file that the code wrote can be taken
    with page.expect_download() as taken:
        press(page.get_by_role("button", name="plot.png"))
    assert taken.value.path().read_bytes()[:4] == b"\x89PNG"
