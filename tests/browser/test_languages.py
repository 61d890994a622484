"""The language switch, the glossary and the ways in from home, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.actions import answered, messages, press, settled, shown
from tests.browser.conftest import App, storage

pytestmark = pytest.mark.browser


def _heading(page: Page) -> Locator:
    return page.get_by_test_id("stHeading").first


def _switch(page: Page, name: str) -> None:
    press(page.get_by_test_id("stSidebar").get_by_role("radio", name=name))


@pytest.mark.long
def test_the_switch_holds_on_other_pages_and_in_a_new_session(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Models")
    expect(_heading(page)).to_contain_text("Models")
    _switch(page, "中文")
    expect(_heading(page)).to_contain_text("模型")
    expect(page).to_have_url(re.compile("lang=zh"))
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    press(page.get_by_role("link", name="词汇表"))
    expect(_heading(page)).to_contain_text("词汇表")
    expect(page).to_have_title("词汇表 · Prompt Lab")
    # A new session of the same browser, without a word of language in its address
    page.goto(f"{app.url}/Models")
    expect(_heading(page)).to_contain_text("模型")
    _switch(page, "English")
    expect(_heading(page)).to_contain_text("Models")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_browser_s_language_is_taken_and_a_link_overrides_it(
    browser: Browser, app: App
) -> None:
    context = storage(browser, locale="zh-CN")
    page = context.new_page()
    try:
        page.goto(f"{app.url}/Models")
        expect(_heading(page)).to_contain_text("模型")
        page.goto(f"{app.url}/Models?lang=en")
        expect(_heading(page)).to_contain_text("Models")
        # The language of somebody's link is not remembered
        page.goto(f"{app.url}/Models")
        expect(_heading(page)).to_contain_text("模型")
    finally:
        context.close()


def test_a_chinese_visitor_comes_from_home_to_a_chinese_answer(page: Page, app: App) -> None:
    page.goto(f"{app.url}/?lang=zh")
    press(page.get_by_role("button", name="什么是温度？"))
    expect(page.get_by_text(re.compile(r"\d 词元/秒"))).to_have_count(1)
    expect(messages(page).nth(1)).to_contain_text(re.compile("[\u4e00-\u9fff]{4}"))


@pytest.mark.long
def test_the_java_expert_of_the_chinese_home_speaks_chinese(page: Page, app: App) -> None:
    page.goto(f"{app.url}/?lang=zh")
    press(page.get_by_role("button", name="认识 Java 专家"))
    expect(page).to_have_url(re.compile("persona=java-expert-zh"))
    expect(messages(page)).to_have_count(2)
    expect(messages(page).nth(1)).to_contain_text(re.compile("[\u4e00-\u9fff]{2}"))


@pytest.mark.long
def test_a_chinese_persona_is_asked_and_answers_in_chinese(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Personas?persona=chef-zh&lang=zh")
    press(page.get_by_role("button", name="怎么煮面条？"))
    expect(messages(page).nth(1)).to_contain_text(re.compile("[\u4e00-\u9fff]{4}"))


@pytest.mark.long
def test_each_way_in_leads_to_a_working_example(page: Page, app: App) -> None:
    page.goto(app.url)
    shown(page.get_by_role("heading", name="What brings you here?"))
    press(page.get_by_role("button", name="What is temperature?"))
    answered(page)
    page.goto(app.url)
    press(page.get_by_role("button", name="Meet the Java expert"))
    expect(messages(page)).to_have_count(2)
    page.goto(app.url)
    press(page.get_by_role("button", name="Take the lesson on temperature"))
    shown(page.get_by_role("heading", name="What do you think?"))


def test_the_words_of_a_page_lead_into_the_glossary(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Models")
    press(page.get_by_role("button", name="Terms"))
    expect(
        page.get_by_test_id("stPopoverBody").get_by_text("Quantisation", exact=True)
    ).to_be_visible()
    with page.context.expect_page() as opened:
        press(page.get_by_test_id("stPopoverBody").get_by_role("link"))
    expect(opened.value).to_have_url(re.compile(r"/Glossary\?lang=en"))
    opened.value.close()


@pytest.mark.long
def test_the_glossary_is_searched_and_its_cross_links_lead_on(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Glossary?term=nucleus")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Nucleus")
    settled(page)
    page.get_by_test_id("stMainBlockContainer").get_by_role("link", name="top_p").first.click()
    expect(page).to_have_url(re.compile("#top_p$"))
    expect(page.locator("#top_p")).to_be_in_viewport()
    page.get_by_role("textbox").first.fill("词元")
    expect(page.get_by_role("heading", level=3).first).to_contain_text("Token")
    expect(page.get_by_role("heading", name=re.compile("Persona"))).to_have_count(0)
