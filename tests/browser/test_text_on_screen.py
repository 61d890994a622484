"""What is on the page of a conversation is what was written, and every control of a page is
named."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.messages import Message
from core.store import Store
from tests.browser.actions import PATHS, messages, settled
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

TYPED = "Line one\nLine two\n# not a heading\n__init__ :smile:   $x$ a -> b"
ANSWER = """Inline: `vec![0; 4]`, $HOME/bin:$PATH and :material/home: -> :smile: are as written.
The roots are \\(x_1\\) and
\\[x = \\frac{-b}{2a}\\]
![secret](https://example.com/secret.png)

```rust
let v = vec![1, 2, 3];
```"""


def test_what_was_written_is_on_the_page(page: Page, app: App) -> None:
    conversations = Store.open(app.data / "promptlab.db").conversations
    made = conversations.create()
    asked = conversations.add_message(made.id, None, Message("user", TYPED))
    conversations.add_message(made.id, asked.id, Message("assistant", ANSWER))
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{app.url}/Chat?conversation={made.id}&lang=en")
    expect(messages(page)).to_have_count(2)
    expect(messages(page).first.get_by_test_id("stText")).to_have_text(TYPED, use_inner_text=True)
    answer = messages(page).nth(1)
    expect(answer.locator(".katex-display")).to_have_count(1)
    expect(answer.locator(".katex")).to_have_count(2)
    code = answer.get_by_test_id("stCode").locator("code")
    expect(code).to_have_text("let v = vec![1, 2, 3];", use_inner_text=True)
    shown = answer.inner_text()
    for part in (
        ANSWER.splitlines()[0].replace("`", ""),
        "![secret](https://example.com/secret.png)",
    ):
        assert part in shown
    assert not [url for url in fetched if "example.com" in url]


CONTROLS = {"button", "link", "textbox", "combobox", "checkbox", "radio", "slider", "spinbutton"}


@pytest.mark.parametrize("path", PATHS)
def test_every_control_has_a_name_that_is_no_icon(page: Page, app: App, path: str) -> None:
    page.goto(f"{app.url}/{path}")
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    settled(page)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"] and node["role"]["value"] in CONTROLS
    ]
    assert named
    assert not [one for one in named if not one[1].strip() or re.search(r"\w_\w+ icon$", one[1])]


def test_a_button_that_has_no_name_yet_is_not_there(page: Page, app: App) -> None:
    page.add_init_script(
        "const named = Element.prototype.setAttribute;"
        "Element.prototype.setAttribute = function (name, value) {"
        "  if (name !== 'aria-label' || !this.querySelector('.sheets')) named.call(this, name, value);"
        "}"
    )
    page.goto(f"{app.url}/Personas")
    settled(page)
    button = page.locator("button:has(.sheets)").first
    expect(button).to_have_count(1)
    expect(button).to_be_hidden()
