"""The Models page in a real browser: another model is loaded, and answers."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.sampling.settings import Sampling
from tests.browser.actions import answered, ask, new_conversation, press, shown
from tests.browser.conftest import App, serving
from tests.families import KINDS, make

pytestmark = pytest.mark.browser

# The models are not trained: they never end by themselves.
SHORT = Sampling(max_new_tokens=16)


@pytest.fixture
def shelf_app(browser: Browser, small_checkpoint: Path, tmp_path: Path) -> Iterator[App]:
    """A server of its own, with small checkpoints in the operator's model directory."""
    shelf = tmp_path / "data" / "models"
    shutil.copytree(small_checkpoint, shelf / "small")
    make(shelf / "writer", KINDS["qwen2"], chat=False)
    with serving(App(tmp_path / "data", tmp_path / "server.log"), browser) as app:
        yield app


@pytest.mark.long
@pytest.mark.parametrize("precision", ["bf16", "nf4"])
def test_a_model_is_loaded_through_the_page(page: Page, shelf_app: App, precision: str) -> None:
    page.goto(f"{shelf_app.url}/Models")
    shown(page.get_by_text("Prompt Lab ChatGLM3 (teaching model) is loaded"))
    offer = page.locator(".st-key-offer_small")
    expect(offer).to_have_count(1)  # what the page was before has gone
    offer.locator("summary").first.click()
    choice = offer.get_by_role("radiogroup").get_by_text(f"{precision} · CPU", exact=True)
    press(choice)
    expect(offer.get_by_role("radio", name=f"{precision} · CPU", exact=True)).to_be_checked()
    press(offer.get_by_role("button", name="Load", exact=True))
    loaded = page.get_by_text(f"small is loaded: {precision} on CPU")
    shown(loaded)
    if precision == "nf4":
        shown(page.get_by_text("small (nf4)"))
    # Another visit: the address says which model
    page.goto(f"{new_conversation(shelf_app, SHORT)}&model=small/{precision}")
    ask(page, "Hello")
    answered(page)
    shown(page.get_by_text("small · ready on cpu"))


@pytest.mark.long
def test_a_base_model_of_another_family_is_loaded_and_goes_on_with_a_text(
    page: Page, shelf_app: App
) -> None:
    page.goto(f"{shelf_app.url}/Models")
    offer = page.locator(".st-key-offer_writer")
    shown(page.get_by_text("(teaching model) is loaded"))
    expect(offer).to_have_count(1)
    offer.locator("summary").first.click()
    shown(offer.get_by_text("no chat format: continues text"))
    press(offer.get_by_role("button", name="Load", exact=True))
    shown(page.get_by_text(re.compile("writer is loaded: fp32 .*on CPU")))
    page.goto(f"{new_conversation(shelf_app, SHORT)}&model=writer")
    shown(page.get_by_text("writer has no chat format: it continues text."))
    expect(page.get_by_role("textbox", name="System message")).to_be_disabled()
    press(page.get_by_role("button", name="Once upon a time"))
    answered(page)
