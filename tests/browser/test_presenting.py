"""Pages before a class: large text on one screen, keys that go on, and the way back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import in_language, press, settled, shown
from tests.browser.conftest import App, Visitors

pytestmark = pytest.mark.browser


def key(page: Page, name: str) -> None:
    """Press a key once the page, which a new visitor's cookie may start anew, stands with its
    bar."""
    # While a step is drawn, the bar of the step before may stand beside its own
    expect(page.locator(".st-key-present_leave button")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    settled(page)
    page.keyboard.press(name)


def bar(page: Page, name: str) -> None:
    """Wait until the next step has this name."""
    expect(page.locator(".st-key-present_next button").filter(has_text=name)).to_have_count(1)


def test_a_class_guesses_before_the_lab_is_revealed_and_comes_back(
    visitors: Visitors, app: App
) -> None:
    with visitors.window(1280, 720) as page:
        page.goto(f"{app.url}/Playground?view=lab&lab_begun=Once&lab_temperature=1.2")
        press(page.get_by_role("button", name="Present"))
        shown(page.get_by_role("heading", name="Which token comes next?"))
        expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()
        key(page, " ")
        expect(page.locator(".barlayer .point").first).to_be_visible()
        bar(page, "By temperature")
        page.reload()
        expect(page.locator(".barlayer .point").first).to_be_visible()
        size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        assert size == 24
        expect(page.locator(".ytick text").first).to_have_css("font-size", "20px")
        settled(page)
        chart, foot = page.get_by_test_id("stPlotlyChart"), page.locator(".st-key-present_bar")
        boxes = chart.bounding_box(), foot.bounding_box()
        assert boxes[0]
        assert boxes[1]
        assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
        key(page, "ArrowRight")
        bar(page, "Sample 1,000 times")
        key(page, "ArrowLeft")
        bar(page, "By temperature")
        key(page, "Escape")
        shown(page.get_by_test_id("stSidebar"))
        shown(page.get_by_role("button", name="Present"))
        assert "present=" not in page.url
        assert "lab_begun=Once" in page.url
        assert "lab_temperature=1.2" in page.url


@pytest.mark.long
def test_an_answer_is_stepped_through_with_two_keys(visitors: Visitors, app: App) -> None:
    with visitors.window(1280, 720, color_scheme="dark") as page:
        page.goto(in_language(f"{app.url}/Playground?view=steps&present=1&lab_begun=Once", "zh"))
        for step in range(1, 3):
            shown(page.locator(".st-key-present_guess"))
            key(page, "PageDown")
            expect(page.locator(".barlayer .point").first).to_be_visible()
            key(page, " ")
            expect(page).to_have_url(re.compile(r"path=" + "-".join([r"\d+"] * step) + r"(&|$)"))
        key(page, "PageUp")
        expect(page).to_have_url(re.compile(r"path=\d+(&|$)"))
        expect(page.locator(".barlayer .point").first).to_be_visible()
        key(page, "Escape")
        shown(page.get_by_test_id("stSidebar"))
        expect(page).to_have_url(re.compile(r"path=\d+(&|$)"))


@pytest.mark.long
def test_a_lesson_is_led_from_the_prediction_to_the_answer(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Lessons?lesson=temperature&present=1")
    bar(page, "Continue to the experiment")
    key(page, " ")
    bar(page, "Run the experiment")
    key(page, " ")
    shown(page.get_by_test_id("stPlotlyChart"))
    bar(page, "What happened")
    key(page, " ")
    bar(page, "Check yourself")
    key(page, " ")
    bar(page, "Show the answer")
    key(page, " ")
    bar(page, "Next lesson")
    key(page, "Escape")
    shown(page.get_by_role("button", name="All lessons"))
    expect(page).to_have_url(re.compile("step=check"))


@pytest.mark.long
def test_a_run_is_revealed_cell_by_cell(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground")
    page.get_by_role("textbox", name="Prompt").fill("What is temperature?")
    page.get_by_role("textbox", name="Prompt").press("Control+Enter")
    press(page.get_by_role("button", name="Run the grid"))
    press(page.get_by_role("button", name="Present"))
    shown(page.get_by_role("heading", name="9 answers"))
    key(page, " ")
    shown(page.get_by_role("heading", name=re.compile("temperature 0.2")))
    for step in range(2, 10):
        key(page, "ArrowRight")
        shown(page.get_by_text(f"{step} of 9"))
    key(page, "ArrowRight")
    expect(page).to_have_url(re.compile("reveal=all"))
    expect(page.get_by_text(re.compile("temperature 1.4")).last).to_be_visible()


@pytest.mark.long
def test_a_key_typed_into_a_field_goes_nowhere(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=lab&present=1")
    page.locator(".st-key-lab_form summary").first.click()
    page.get_by_label("The answer begins with").press("Space")
    slider = page.get_by_role("slider", name="Temperature")
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("lab_temperature=0.85"))
    assert "reveal=" not in page.url


@pytest.mark.long
def test_after_a_typed_guess_the_next_key_goes_on(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=lab&present=1&lab_begun=Once")
    box = page.get_by_placeholder("A guess to compare")
    box.fill("upon")
    box.press("Enter")
    expect(page).to_have_url(re.compile("guessed=upon"))
    key(page, " ")
    shown(page.get_by_text("choice number 1."))
