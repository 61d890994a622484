"""The pages in Chinese: found by the browser's language, the link or the switch; nothing
English."""

import re
from functools import cache
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.patience import PAGE_S
from translation.catalogues import read

ROOT = Path(__file__).parents[2]
PAGES = ["Home.py", *sorted(f"pages/{file.name}" for file in (ROOT / "pages").glob("*.py"))]


def opened(page: str, locale: str | None = None, **parameters: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / page), default_timeout=PAGE_S)
    if locale:
        at.context["locale"] = locale
    for name, value in parameters.items():
        at.query_params[name] = value
    return at.run()


def visible(at: AppTest) -> list[str]:
    """Every text on a page that is not in a figure or in the rows of a table."""
    found = []
    for block in (at.main, at.sidebar):
        for element in _all(block):
            if element.type == "arrow_data_frame":
                found += map(str, element.value.columns)
                continue
            # What is chosen has a name of its own: the options are what is shown
            chosen = () if hasattr(element, "options") else ("value",)
            found += map(str, getattr(element, "options", ()))
            for name in ("label", *chosen, "body", "placeholder", "help"):
                for holder in (element, getattr(element, "proto", None)):
                    text = getattr(holder, name, None)
                    if isinstance(text, str):
                        found.append(text)
    return found


def _all(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            if getattr(child, "label", None):
                yield child
            yield from _all(child)
        else:
            yield child


@cache
def english() -> tuple[re.Pattern[str], ...]:
    """Patterns of the messages whose Chinese form is another."""
    patterns = []
    for message in read("zh"):
        forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
        for form in forms:
            if form and form != message.string and re.search("[A-Za-z]{4}", _bare(form)):
                parts = re.split(r"\{[^{}]*\}", form)
                patterns.append(re.compile("[^·]+".join(map(re.escape, parts))))
    return tuple(patterns)


def _bare(text: str) -> str:
    return re.sub(r"\{[^{}]*\}", "", text)


@pytest.mark.parametrize("page", PAGES)
def test_no_message_is_left_in_english(page: str) -> None:
    at = opened(page, lang="zh")
    assert not at.exception
    texts = visible(at)
    assert sum(bool(re.search("[\u4e00-\u9fff]", text)) for text in texts) >= 4
    left = {text for text in texts for pattern in english() if pattern.fullmatch(text.strip())}
    assert left == set()
    if page != "pages/6_Glossary.py":
        assert any(pop.proto.popover.label == "术语" for pop in at.get("popover")), "no words"


def test_the_same_check_finds_the_english_page() -> None:
    texts = visible(opened("pages/4_Models.py", lang="en"))
    assert any(pattern.fullmatch(text.strip()) for text in texts for pattern in english())


def _title(at: AppTest) -> str:
    return at.title[0].value


def test_the_browser_s_language_decides() -> None:
    assert _title(opened("pages/4_Models.py", "zh-CN")) == "模型"


def test_the_link_decides_over_the_browser_and_holds_for_the_session() -> None:
    at = opened("pages/4_Models.py", "zh-CN", lang="en")
    assert _title(at) == "Models"
    del at.query_params["lang"]
    assert _title(at.run()) == "Models"


@pytest.mark.parametrize("wanted", ["fr", "xx", "", "../zh", "zh\n"])
def test_a_language_that_there_is_not_changes_nothing(wanted: str) -> None:
    at = opened("pages/4_Models.py", lang=wanted)
    assert not at.exception
    assert _title(at) == "Models"


def test_the_switch_decides_over_the_link() -> None:
    at = opened("pages/4_Models.py", lang="zh")
    switch = at.get_by_key("language_switch")
    assert switch.value == "zh"
    switch.set_value("en").run()
    assert _title(at) == "Models"
    assert at.query_params["lang"] in ("en", ["en"])


def test_what_a_click_says_is_in_the_language_of_the_page() -> None:
    """A callback runs before the page does, in a thread of its own."""
    at = opened("pages/2_Personas.py", lang="zh")
    at.button("new_persona").click().run()
    assert any(field.value == "新人设" for field in at.text_input)
