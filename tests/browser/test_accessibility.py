"""Every page by axe-core, in the light or in the dark: no serious finding that is ours.

Pages share their colours and their widgets: each is looked at in one theme and one language, in
turns, and in the other with the long tests.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.actions import PATHS, answered, in_language, press, settled, shown
from tests.browser.conftest import App, Visitors

pytestmark = pytest.mark.browser
GRAVE = {"serious", "critical"}


@pytest.fixture
def themed(request: pytest.FixtureRequest, visitors: Visitors) -> Iterator[Page]:
    theme = getattr(request, "param", "dark")
    with visitors.window(color_scheme=theme, reduced_motion="reduce") as page:
        yield page


def findings(page: Page) -> list[str]:
    """The serious findings on what is on screen: rule, selector and what axe says of it.

    Nothing is left out: Streamlit 1.67 itself has none on these pages.
    """
    found = []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] not in GRAVE:
            continue
        for node in violation["nodes"]:
            target = " ".join(map(str, node["target"]))
            found.append(f"{violation['id']}: {target}: {node['failureSummary']}")
    return found


LOOKS = (("light", "en"), ("dark", "zh"))


@pytest.mark.parametrize(
    ("path", "themed", "language"),
    [
        pytest.param(path, *look, marks=() if place % 2 == turn else pytest.mark.long)
        for place, path in enumerate(PATHS)
        for turn, look in enumerate(LOOKS)
    ],
    indirect=["themed"],
)
def test_no_page_has_a_serious_finding(themed: Page, app: App, path: str, language: str) -> None:
    themed.goto(in_language(f"{app.url}/{path}", language))
    expect(themed.get_by_test_id("stHeading").first).to_be_visible()
    expect(themed.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(themed.get_by_test_id("stException")).to_have_count(0)
    shown(themed.get_by_test_id("stSidebar").get_by_text("●"))
    settled(themed)
    assert findings(themed) == []


@pytest.mark.long
def test_an_answer_and_its_words_have_no_serious_finding(themed: Page, app: App) -> None:
    themed.goto(f"{app.url}/?lang=en")
    press(themed.get_by_role("button", name="What is temperature?"))
    answered(themed)
    assert findings(themed) == []
    press(themed.get_by_role("button", name="Terms"))
    shown(themed.get_by_test_id("stPopoverBody"))
    assert findings(themed) == []


@pytest.mark.long
def test_a_run_with_its_charts_has_no_serious_finding(themed: Page, app: App) -> None:
    form = {"prompt": "Tell me a short story about a fox.", "temperatures": "1.4", "lang": "en"}
    themed.goto(f"{app.url}/Playground?{urlencode(form)}")
    press(themed.locator(".st-key-grid_run button"))
    expect(themed.get_by_text(re.compile(r"\d tokens · .* mean log-probability"))).to_have_count(3)
    assert findings(themed) == []
    press(themed.get_by_test_id("stMain").get_by_text("Metrics", exact=True))
    expect(themed.get_by_test_id("stPlotlyChart")).to_have_count(2)
    settled(themed)
    assert findings(themed) == []


@pytest.mark.long
def test_a_token_that_is_looked_at_has_no_serious_finding(themed: Page, app: App) -> None:
    themed.goto(f"{app.url}/Playground?view=inspect&lang=en")
    press(themed.locator(".st-key-inspect_example_0 button"))
    press(themed.locator("button[data-index='3']"))
    expect(themed.get_by_test_id("stPlotlyChart")).to_have_count(1)
    settled(themed)
    assert findings(themed) == []


def test_the_end_of_a_lesson_has_no_serious_finding(themed: Page, app: App) -> None:
    themed.goto(f"{app.url}/Lessons?lesson=roles&step=why&guess=0&lang=zh")
    shown(themed.get_by_test_id("stAlert"))
    settled(themed)
    assert findings(themed) == []
