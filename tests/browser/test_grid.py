"""The grid in a real browser: runs over precisions, replays, links, two runs, and the report."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from core.grid.axes import Axis
from core.grid.records import Run, cells_of
from core.grid.spec import GridSpec
from core.sampling.settings import Sampling
from core.store import Store
from tests.browser.actions import ask, choose, press, settled, shown
from tests.browser.conftest import App, Visitors, storage

pytestmark = pytest.mark.browser
# An answer on its way, with something written already
WRITING = re.compile(r"\w.* ▌", re.DOTALL)
TEMPERATURES, NUCLEI = Axis("temperature", (0.0, 1.2)), Axis("top_p", (0.5, 1.0))


def empty_run(app: App, system: str = "", title: str = "") -> Run:
    """A stored run of 2 x 2 cells without texts."""
    fixed = Sampling(max_new_tokens=8, seed=0)
    spec = GridSpec("Who are you?", TEMPERATURES, NUCLEI, system, fixed=fixed)
    store = Store.open(app.data / "promptlab.db")
    return store.runs.create(spec, "embedded", "fp32", title)


def opened(page: Page, app: App, run: Run, rest: str = "") -> None:
    page.goto(f"{app.url}/Playground?run={run.id}{rest}")


def filled(page: Page, app: App, **values: str) -> Run:
    """A run that was filled through the page, on screen."""
    run = empty_run(app, **values)
    opened(page, app, run)
    press(page.get_by_role("button", name="Run missing cells"))
    shown(page.get_by_text(re.compile("^4 texts")))
    settled(page)
    return run


def field(page: Page, row: int, column: int) -> Locator:
    """The number that stands in a field of the heat map."""
    return page.locator(".heatmaplayer .heatmap-label").nth(2 * row + column)


def press_field(page: Page, row: int, column: int) -> None:
    """Click on a field. The chart is drawn anew when a dialog has closed: one that goes away at
    that moment is looked for again."""
    for _drawing in range(5):
        settled(page)
        shown(field(page, row, column))
        try:
            return field(page, row, column).click(force=True)
        except Error:
            continue
    raise AssertionError("the field does not stay")


@pytest.mark.long
def test_a_grid_over_precisions_runs_and_all_of_them_stay(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Playground")
    page.get_by_role("textbox", name="Prompt").fill("Who are you?")
    choose(page.get_by_role("combobox", name="Columns"), "model and precision")
    for precision in ("fp32", "bf16", "int8"):  # a click before they stand there takes none along
        shown(page.get_by_test_id("stMultiSelect").get_by_text(precision))
    settled(page)
    press(page.get_by_role("button", name="Run the grid"))
    shown(page.get_by_text(re.compile("^9 texts")))
    for precision in ("fp32", "bf16", "int8"):
        named = f"Prompt Lab ChatGLM3 (teaching model) {precision}"
        expect(page.locator(".st-key-grid_cells").get_by_text(named).first).to_be_visible()
    page.goto(f"{app.url}/Models")
    for precision in ("fp32", "bf16", "int8"):
        loaded = f"Prompt Lab ChatGLM3 (teaching model) is loaded: {precision}"
        shown(page.get_by_text(loaded))


@pytest.fixture
def endless_run(page: Page, endless_app: App, endless: Path) -> tuple[Store, Run]:
    """A run of two texts that don't end by themselves, both on their way in the page."""
    axes = Axis("temperature", (0.0,)), Axis("max_new_tokens", (3000, 3500))
    store = Store.open(endless_app.data / "promptlab.db")
    run = store.runs.create(GridSpec("Tell me everything.", *axes), endless.name)
    opened(page, endless_app, run)
    press(page.get_by_role("button", name="Run missing cells"))
    expect(page.get_by_text(WRITING)).to_have_count(2)
    return store, run


def test_a_grid_goes_on_while_its_visitor_is_on_another_page_and_after_a_reload(
    page: Page, endless_app: App, endless_run: tuple[Store, Run]
) -> None:
    store, run = endless_run
    press(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Glossary"))
    shown(page.get_by_text("The terms used in this app"))
    shown(page.get_by_test_id("stSidebar").get_by_text(re.compile(r"\d+ running")))
    opened(page, endless_app, run)
    expect(page.get_by_text(WRITING)).to_have_count(2)
    page.reload()
    expect(page.get_by_text(WRITING)).to_have_count(2)
    press(page.get_by_test_id("stBottom").get_by_role("button", name="Stop"))
    expect(page.get_by_text(re.compile(r"\d tokens? · stopped"))).to_have_count(2)
    assert all(cell.text for cell in store.runs.cells(run.id))


def test_a_grid_is_stopped_with_one_click_and_keeps_its_texts(
    page: Page, endless_run: tuple[Store, Run]
) -> None:
    store, run = endless_run
    press(page.get_by_test_id("stBottom").get_by_role("button", name="Stop"))
    shown(page.get_by_text("0 of 2 texts are complete. Stopped on the way"))
    expect(page.get_by_text(re.compile(r"\d tokens? · stopped"))).to_have_count(2)
    assert all(cell.text for cell in store.runs.cells(run.id))


@pytest.mark.long
def test_a_replay_is_identical_and_says_on_what(page: Page, app: App) -> None:
    filled(page, app)
    press(page.get_by_role("button", name="Replay"))
    shown(page.get_by_text("the same tokens for all 4 texts"))
    expect(page.get_by_text("replay: identical (fp32, cpu)")).to_have_count(4)


@pytest.mark.long
def test_a_click_on_a_field_opens_its_cell_and_the_link_brings_it_back(
    page: Page, app: App
) -> None:
    run = filled(page, app)
    opened(page, app, run, "&part=measures&measure=length")
    press_field(page, 1, 0)
    panel = page.locator(".st-key-cell_dialog")
    expect(panel).to_contain_text("T 1.2 · p 0.5")
    expect(page).to_have_url(re.compile("cell=2-1"))
    text = panel.get_by_test_id("stMarkdown").nth(1).inner_text()
    page.reload()
    expect(panel).to_contain_text("T 1.2 · p 0.5")
    expect(panel).to_contain_text(text)
    shown(page.get_by_text("How many tokens the answer has"))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("cell="))
    press_field(page, 1, 0)
    expect(panel).to_contain_text("T 1.2 · p 0.5")


@pytest.mark.long
def test_a_token_of_a_cell_is_inspected_and_branched_from(page: Page, app: App) -> None:
    run = filled(page, app)
    page.get_by_role("button", name="Read").nth(3).click()
    press(page.get_by_role("button", name="Inspect and branch"))
    expect(page).to_have_url(re.compile("cell=2-2.*inspect=1"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    panel = page.locator(".st-key-cell_panel")
    expect(panel).to_be_in_viewport()
    tokens = panel.get_by_role("group", name=re.compile("Tokens of the answer"))
    tokens.get_by_role("button").nth(3).click()
    shown(page.get_by_role("heading", name=re.compile("Token 4")))
    shown(panel.get_by_test_id("stPlotlyChart"))
    others = panel.locator("[class*='_alternatives']").get_by_role("button")
    others.filter(has_not_text="◆").first.click()
    shown(panel.get_by_text("Branch at token 4"))
    page.reload()
    expect(tokens.get_by_role("button").first).to_be_visible()
    tree = Store.open(app.data / "promptlab.db").branches.list()[0]
    assert tree.origin.id == f"{run.id}/3"


@pytest.mark.long
def test_two_runs_are_laid_over_each_other(page: Page, app: App) -> None:
    other = filled(page, app, system="You are Chef Anna.", title="with a chef")
    run = filled(page, app)
    opened(page, app, run, "&part=two&measure=length&cell=1-1")
    choose(page.get_by_role("combobox", name="Second run"), "with a chef")
    expect(page).to_have_url(re.compile(f"over={other.id}"))
    shown(page.get_by_text("The second run minus this one"))
    store = Store.open(app.data / "promptlab.db")
    for one in (run, other):
        first = store.runs.cells(one.id)[0].text.split()[0]
        expect(page.get_by_test_id("stMarkdown").filter(has_text=first).last).to_be_visible()
    expect(field(page, 0, 0)).to_have_text(re.compile(r"[+-]\d"))


@pytest.mark.long
def test_the_report_draws_its_charts_from_a_disk_and_no_text_of_it_runs(
    browser: Browser, page: Page, app: App, tmp_path: Path
) -> None:
    run = empty_run(app)
    evil = (
        "</script><script>document.title = 'broken'</script><img src=x onerror='document.title=1'>"
    )
    store = Store.open(app.data / "promptlab.db")
    spec = run.spec
    for cell in cells_of(spec):
        store.runs.save_cell(
            run.id,
            cell.filled(
                text=f"{evil} {cell.index}",
                token_ids=(5, 6),
                finish_reason="stop",
                mean_logprob=-1.0 - cell.index,
                entropies=(0.5, 2.0),
                greedy_prefix=1,
            ),
        )
    opened(page, app, run)
    press(page.get_by_role("button", name="Share"))
    with page.expect_download() as download:
        press(page.get_by_role("button", name="Report (HTML)"))
    file = tmp_path / "report.html"
    download.value.save_as(file)
    opened_alone = storage(browser)
    report = opened_alone.new_page()
    asked: list[str] = []
    refused: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    try:
        report.goto(file.as_uri())
        expect(report.locator("#mean_logprob .heatmap-label").first).to_have_text(
            re.compile("1.00")
        )
        expect(report.locator("#entropy_by_position .lines")).to_have_count(4)
        expect(report.get_by_text(evil).first).to_be_visible()
        expect(report).to_have_title("Who are you?")
        # A script that gets in after all is refused by the policy
        report.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = "
            "\"document.title='broken'\"; document.body.append(s) }"
        )
        expect(report).to_have_title("Who are you?")
        assert any("Content Security Policy" in text for text in refused)
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    finally:
        opened_alone.close()


def written_run(app: App, columns: Axis = NUCLEI) -> Run:
    """A stored run whose texts are there and all differ."""
    spec = GridSpec("Who are you?", TEMPERATURES, columns, "You are Anna.")
    store = Store.open(app.data / "promptlab.db")
    run = store.runs.create(spec, "embedded", "fp32")
    for cell in cells_of(spec):
        text = f"The answer with number {cell.index} is a sentence of some length."
        store.runs.save_cell(
            run.id,
            cell.filled(
                text=text,
                token_ids=(5, 6 + cell.index, 2),
                finish_reason="stop",
                mean_logprob=-1.0,
                entropies=(0.5, 2.0, 1.0),
                greedy_prefix=1,
            ),
        )
    return run


def test_a_text_goes_on_in_the_chat_with_two_clicks(page: Page, app: App) -> None:
    run = written_run(app)
    opened(page, app, run)
    page.get_by_role("button", name="Read").nth(3).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("answer with number 3")
    press(dialog.get_by_role("button", name="Go on in chat"))
    expect(page).to_have_url(re.compile("/Chat.*conversation="))
    messages = page.get_by_test_id("stChatMessage")
    expect(messages).to_have_count(2)
    expect(messages.first).to_contain_text("Who are you?")
    expect(messages.last).to_contain_text("answer with number 3")
    expect(page.get_by_text("System message").first).to_be_visible()
    page.reload()
    expect(messages).to_have_count(2)


def test_the_settings_of_a_cell_are_those_of_the_next_conversation(page: Page, app: App) -> None:
    run = written_run(app)
    opened(page, app, run, "&cell=2-1")
    press(page.get_by_role("button", name="Use these settings in chat"))
    expect(page).to_have_url(re.compile("/Chat"))
    expect(page).not_to_have_url(re.compile("temperature="))
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    ask(page, "Hello!")
    expect(page).to_have_url(re.compile("conversation="))
    kept = Store.open(app.data / "promptlab.db").conversations
    made = kept.get(page.url.split("conversation=")[1].split("&")[0])
    assert made.sampling == run.spec.sampling((1, 0))
    assert made.system == "You are Anna."


def test_the_neighbours_of_a_cell_are_read_without_closing_it(page: Page, app: App) -> None:
    opened(page, app, written_run(app), "&cell=1-2")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("answer with number 1")
    press(dialog.get_by_role("button", name="Next"))
    expect(dialog).to_contain_text("answer with number 2")
    expect(page).to_have_url(re.compile("cell=2-1"))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("cell="))


def test_what_is_copied_is_the_text_and_a_link_that_opens(page: Page, app: App) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run = written_run(app)
    opened(page, app, run, "&cell=1-2")
    dialog = page.get_by_role("dialog")
    press(dialog.get_by_role("button", name="Copy answer"))
    copied = "navigator.clipboard.readText()"
    page.wait_for_function(f"async () => (await {copied}).startsWith('The answer with number 1')")
    press(dialog.get_by_role("button", name="Copy link"))
    page.wait_for_function(f"async () => (await {copied}).startsWith('http')")
    link = page.evaluate(copied)
    page.goto("about:blank")
    page.goto(link)
    expect(dialog).to_contain_text("answer with number 1")


def test_six_columns_fit_beside_the_sidebar(visitors: Visitors, app: App) -> None:
    run = written_run(app, Axis("top_p", (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)))
    with visitors.window(1440, 900) as wide:
        opened(wide, app, run)
        cells = wide.locator(".st-key-grid_cells")
        expect(cells.get_by_role("button", name="Read")).to_have_count(12)
        settled(wide)
        assert cells.evaluate("box => box.scrollWidth <= box.clientWidth")
        first, second = (
            cells.locator(".st-key-head_1-1 p").nth(0).bounding_box(),
            cells.locator(".st-key-read_1-1").bounding_box(),
        )
        assert first
        assert second
        assert second["y"] < first["y"] + first["height"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", ["measures", "entropy"])
def test_the_words_of_a_chart_have_the_colour_of_the_text(
    visitors: Visitors, app: App, theme: str, part: str
) -> None:
    run = written_run(app)
    with visitors.window(1280, 900, color_scheme=theme) as page:
        opened(page, app, run, f"&part={part}")
        ticks = page.locator('.stPlotlyChart [class$="tick"] text')
        expect(ticks.first).to_be_visible()
        looks = ticks.evaluate_all(
            "all => all.map(t => getComputedStyle(t)).map(s => [s.fill, parseFloat(s.fontSize)])"
        )
        ink = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).color")
        assert {colour for colour, _size in looks} == {ink}
        assert min(size for _colour, size in looks) >= 14
