"""Every page in a language two fifths longer than English: nothing overflows, nothing is cut
off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.actions import PATHS, in_language, settled
from tests.browser.conftest import App, serving

pytestmark = pytest.mark.browser
# Their texts are examples that may be long; the whole text is in the tooltip or beside them
SHORTENED = ('[class*="st-key-list_"]', '[class*="st-key-ability_"]')
CUT_OFF = """shortened => [...document.querySelectorAll('button, label, summary, [role=tab]')]
  .filter(e => e.offsetParent && e.textContent && !shortened.some(s => e.closest(s)))
  .flatMap(e => [e, ...e.querySelectorAll('p, span:not([data-testid*=Icon])')])
  .filter(e => e.textContent.trim() && e.clientWidth && getComputedStyle(e).overflowX !== 'visible'
    && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent)"""
# A row of tabs that is too long scrolls by itself, with arrows at its ends
TOO_WIDE = """() => {
  const main = document.querySelector('[data-testid=stMainBlockContainer]')
  const right = main.getBoundingClientRect().right
  return [...main.querySelectorAll('button, p, h1, h2, h3, input, textarea')]
    .filter(e => e.offsetParent && !e.closest('details:not([open]), [role=tablist]')
      && !e.closest('[data-testid=stMarkdownContainer]:has(.stMarkdownShimmer)') // heard alone
      && e.getBoundingClientRect().right > right + 1)
    .map(e => e.textContent || e.tagName)
}"""


@pytest.fixture(scope="module")
def pseudo_app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A server that offers the language for looking at layouts."""
    folder: Path = tmp_path_factory.mktemp("pseudo")
    app = App(folder / "data", folder / "server.log")
    app.environment = {"PROMPTLAB_PSEUDO_LANGUAGE": "1"}
    with serving(app, browser):
        yield app


WIDTHS = (1280, 700)


@pytest.mark.long
@pytest.mark.parametrize("path", PATHS)
def test_long_texts_fit(page: Page, pseudo_app: App, path: str) -> None:
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(in_language(f"{pseudo_app.url}/{path}", "xx"))
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    expect(page.get_by_test_id("stSidebarUserContent").get_by_text("●")).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("lang", "xx")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        main = page.get_by_test_id("stMainBlockContainer")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        assert page.evaluate(TOO_WIDE) == []
        # A narrow window folds the sidebar away
        aside = () if width == WIDTHS[0] else ('[data-testid="stSidebar"]',)
        assert page.evaluate(CUT_OFF, [*SHORTENED, *aside]) == []
