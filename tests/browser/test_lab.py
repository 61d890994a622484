"""The distribution lab and stepping in a real browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import press, settled, shown
from tests.browser.conftest import App, Visitors

pytestmark = pytest.mark.browser


def rows(page: Page, axis: str = "y2") -> Locator:
    """The texts beside the bars: their values at the right (y2), their tokens at the left (y)."""
    return page.get_by_test_id("stPlotlyChart").first.locator(f".{axis}tick text")


def widths(page: Page) -> list[float]:
    """How long the bars of the first kind are, in pixels."""
    bars = page.locator(".barlayer .trace").first.locator(".point path")
    return [bar.bounding_box()["width"] for bar in bars.all() if bar.bounding_box()]


@pytest.mark.long
def test_a_slider_moves_the_bars_and_the_link_reproduces_them(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=lab&lab_top_p=1&lab_temperature=1")
    expect(rows(page)).to_have_count(10)
    before, drawn = rows(page).all_text_contents(), widths(page)
    slider = page.get_by_role("slider", name="Temperature")
    for _press in range(10):
        slider.press("ArrowLeft")
    shown(page.get_by_text("Temperature 0.5 sharpens"))
    # The words come before the bars
    settled(page)
    expect(rows(page).first).not_to_have_text(before[0])
    after, redrawn = rows(page).all_text_contents(), widths(page)
    assert len(after) == 10
    assert redrawn[1:] != drawn[1:]
    assert "lab_temperature=0.5" in page.url
    page.reload()
    expect(rows(page)).to_have_text(after)


@pytest.mark.long
def test_the_temperature_plays(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=lab")
    press(page.get_by_role("radio", name="By temperature"))
    # The figure of the view before may stand beside it for a moment, with a title of its own
    title = page.get_by_test_id("stPlotlyChart").locator(".gtitle")
    expect(title.filter(has_text="T = 0.8 ·")).to_have_count(1)
    press(page.get_by_text("▶ Play"))
    expect(title.filter(has_text="T = 2 ·")).to_have_count(1)


@pytest.mark.long
def test_a_thousand_draws_stand_beside_the_theory(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=lab&lab_seed=3")
    press(page.get_by_role("radio", name="Sample 1,000 times"))
    shown(page.get_by_text("each seed from 3 to 1002"))
    shown(page.get_by_text(re.compile(r"χ² = \d")))
    expect(rows(page).first).to_have_text(re.compile(r"^\d+$"))
    assert sum(int(text) for text in rows(page).all_text_contents()) == 1000


@pytest.mark.long
def test_five_steps_an_undo_and_a_refresh(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=steps&lab_begun=Once")
    drawn = page.get_by_role("button", name="Use sampled")
    for step in range(1, 6):
        shown(drawn)
        # By key and by click in turns
        if step % 2:
            page.get_by_test_id("stHeading").first.click()
            page.keyboard.press("d")
        else:
            press(page.get_by_role("button", name="Use most likely"))
        shown(page.get_by_text(re.compile(f"the {step} tokens? is")))
    path = re.search(r"path=([\d-]+)", page.url)
    assert path
    assert len(path[1].split("-")) == 5
    page.keyboard.press("u")
    shown(page.get_by_text("the 4 tokens"))
    text = page.locator(".st-key-steps_text").inner_text()
    assert text.startswith("Once upon")
    page.reload()
    expect(page.locator(".st-key-steps_text")).to_have_text(text)
    shown(page.get_by_text("the 4 tokens"))


@pytest.mark.long
def test_the_model_writes_a_stepped_text_to_its_end_and_it_opens_as_a_tree(
    page: Page, app: App
) -> None:
    page.goto(f"{app.url}/Playground?view=steps&lab_begun=Once")
    press(page.get_by_role("button", name="Use sampled"))
    shown(page.get_by_text(re.compile("the 1 token is")))
    press(page.get_by_role("button", name="Continue to the end"))
    shown(page.get_by_text("The answer ends here."))
    settled(page)
    text = page.locator(".st-key-steps_text").inner_text()
    assert text.endswith(".")
    press(page.get_by_role("button", name="Inspect token by token"))
    strip = page.get_by_role("group", name=re.compile("Tokens of the answer"))
    shown(strip)
    # A branch of it, whose Stop is at the foot of the page
    strip.get_by_role("button").nth(3).click()
    others = page.locator("[class*='_alternatives']").get_by_role("button")
    others.filter(has_not_text="◆").first.click()
    shown(page.get_by_text("Branch at token 4"))
    settled(page)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    press(page.get_by_role("button", name="Open as tree"))
    shown(page.get_by_text("1 branch", exact=True))
    assert "view=branches" in page.url
    expect(page.get_by_text(text).filter(visible=True)).not_to_have_count(0)


@pytest.mark.long
def test_a_key_typed_into_the_prompt_takes_no_step(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground?view=steps")
    shown(page.get_by_role("button", name="Use sampled"))
    page.locator(".st-key-lab_form summary").first.click()
    page.get_by_label("Question").press("d")
    page.get_by_label("Question").press("b")
    page.get_by_label("Question").blur()
    expect(page.get_by_label("Question")).to_have_value(re.compile("db"))
    expect(page.locator(".st-key-steps_text")).to_contain_text("nothing yet")
    assert "path=" not in page.url


@pytest.mark.parametrize("view", ["lab", "steps"])
@pytest.mark.long
def test_no_view_is_wider_than_a_phone(phone: Page, app: App, view: str) -> None:
    phone.goto(f"{app.url}/Playground?view={view}")
    expect(phone.locator(".barlayer .point").first).to_be_visible()
    wide = phone.get_by_test_id("stMainBlockContainer").evaluate(
        "e => e.scrollWidth - e.clientWidth"
    )
    assert wide <= 0


LUMINANCE = """() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)
  const of = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  const ground = of(parts(getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor))
  return [...document.querySelectorAll("[data-testid=stPlotlyChart] text")]
    .filter((text) => text.textContent.trim())
    .map((text) => {
      const look = getComputedStyle(text)
      const own = of(parts(look.fill))
      const contrast = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05)
      return [text.textContent, contrast, parseFloat(look.fontSize)]
    })
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", ["bars", "heat", "draws"])
@pytest.mark.long
def test_the_text_of_a_chart_can_be_read(
    visitors: Visitors, app: App, theme: str, part: str
) -> None:
    with visitors.window(color_scheme=theme) as page:
        page.goto(f"{app.url}/Playground?view=lab&lab_part={part}")
        expect(page.locator(".barlayer .point").first).to_be_visible()
        settled(page)
        texts = page.evaluate(LUMINANCE)
    assert texts
    # Every second mark of the slider is left out of sight
    assert [text for text in texts if text[1] < 4.5 or text[2] < 14] == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (420, 800)])
@pytest.mark.parametrize("part", ["bars", pytest.param("heat", marks=pytest.mark.long)])
def test_the_chart_and_the_sliders_are_in_sight_together(
    visitors: Visitors, app: App, width: int, height: int, part: str
) -> None:
    with visitors.window(width, height) as page:
        page.goto(f"{app.url}/Playground?view=lab&lab_part={part}")
        expect(page.locator(".barlayer .point").first).to_be_visible()
        settled(page)
        sliders, chart = page.get_by_role("slider"), page.get_by_test_id("stPlotlyChart")
        if width < 640:
            # Sliders are above the chart, and both fit below what stands above them
            page.get_by_text("Temperature", exact=True).first.evaluate("e => e.scrollIntoView()")
        boxes = [sliders.nth(place).bounding_box() for place in range(3)]
        boxes.append(chart.bounding_box())
        assert all(box for box in boxes)
        low, high = min(b["y"] for b in boxes if b), max(b["y"] + b["height"] for b in boxes if b)
        assert high - low <= height
        if width >= 640:
            assert low >= 0
            assert high <= height
