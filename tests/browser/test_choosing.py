"""Two visitors in two browsers, each on a model of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.sampling.settings import Sampling
from tests.browser.actions import answered, ask, choose, messages, new_conversation, settled, shown
from tests.browser.conftest import App, serving, storage

pytestmark = pytest.mark.browser

# The small model is not trained: it never ends by itself.
SHORT = Sampling(max_new_tokens=16)


@pytest.fixture
def shelf_app(browser: Browser, small_checkpoint: Path, tmp_path: Path) -> Iterator[App]:
    """A server of its own, with a small checkpoint in the operator's model directory."""
    shutil.copytree(small_checkpoint, tmp_path / "data" / "models" / "small")
    with serving(App(tmp_path / "data", tmp_path / "server.log"), browser) as app:
        yield app


@pytest.mark.long
def test_two_visitors_have_two_models_at_once(browser: Browser, shelf_app: App) -> None:
    one, other = (storage(browser).new_page() for _visitor in range(2))
    try:
        one.goto(new_conversation(shelf_app, SHORT))
        other.goto(new_conversation(shelf_app, SHORT))
        expect(
            one.get_by_text("Prompt Lab ChatGLM3 (teaching model) · ready on cpu")
        ).to_be_visible()
        settled(other)
        choose(other.get_by_role("combobox", name="Model"), "small")
        shown(other.get_by_text("small · ready on cpu"))
        for page in (one, other):
            ask(page, "Who are you?")
        for page, model in ((one, "(teaching model) fp32"), (other, "small fp32")):
            answered(page)
            expect(messages(page).last.get_by_text(model).first).to_be_visible()
            expect(messages(page)).to_have_count(2)
        # The choice is in the address, and a reload keeps it
        assert "model=small" in other.url
        assert "model=" not in one.url
        other.reload()
        shown(other.get_by_text("small · ready on cpu"))
        expect(
            one.get_by_text("Prompt Lab ChatGLM3 (teaching model) · ready on cpu")
        ).to_be_visible()
    finally:
        one.context.close()
        other.context.close()
