"""A class in real browsers: who has no code stays out, who has joined stays in, the teacher sees
it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.config import ClassSettings, classroom_variables
from tests.browser.actions import ask, press, settled, shown
from tests.browser.conftest import App, Visitors, serving

pytestmark = pytest.mark.browser
CODE, KEY = "K7M4QX", "the-own-key-of-the-teacher"


@pytest.fixture(scope="module")
def class_app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as it is started for a class, on this computer only."""
    folder = tmp_path_factory.mktemp("class")
    app = App(folder / "data", folder / "server.log")
    app.environment = classroom_variables(ClassSettings(CODE, KEY, "http://127.0.0.1:8501"))
    with serving(app, browser, f"Models?teach={KEY}"):
        yield app


def outside(page: Page) -> None:
    shown(page.get_by_role("heading", name="Enter the join code"))
    settled(page)
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    expect(page.get_by_test_id("stChatInput")).to_have_count(0)


def join(page: Page, code: str) -> None:
    page.get_by_label("Join code").fill(code)
    press(page.get_by_role("button", name="Join"))


def test_a_student_joins_by_the_code_and_stays_in(class_app: App, visitors: Visitors) -> None:
    with visitors.window(color_scheme="dark") as page:
        for path in ("", "/Chat", "/Lessons?teacher=1", "/Models"):
            page.goto(class_app.url + path)
            outside(page)
        page.goto(f"{class_app.url}/Chat")
        join(page, "wrong")
        shown(page.get_by_text("not the code of this class"))
        join(page, "k7m-4qx")
        shown(page.get_by_role("heading", name="New conversation"))
        settled(page)
        page.reload()
        shown(page.get_by_role("heading", name="New conversation"))
        expect(page.get_by_test_id("stSidebarNav")).not_to_contain_text("Models")
        ask(page, "Hello!")
        shown(page.get_by_text(re.compile(r"\d tokens/s")))
    # The window next to it is another browser
    with visitors.window(color_scheme="dark") as page:
        page.goto(f"{class_app.url}/Chat")
        outside(page)


def test_predictions_of_students_come_onto_the_teachers_screen(
    class_app: App, visitors: Visitors
) -> None:
    with visitors.window() as teacher:
        teacher.goto(f"{class_app.url}/Lessons?teacher=1&teach={KEY}")
        shown(teacher.get_by_role("heading", name="For teachers"))
        expect(teacher).to_have_url(re.compile(r"\?teacher=1$"))
        shown(teacher.get_by_role("img", name="QR code"))
        panel = teacher.locator(".st-key-class_predictions")
        expect(panel).to_contain_text("0 predictions")
        with visitors.window(390, 800) as student:
            student.goto(f"{class_app.url}/Lessons?lesson=temperature&join={CODE}")
            option = student.get_by_test_id("stRadioOption").first
            press(option)
            expect(student).to_have_url(re.compile(r"lesson=temperature&guess=0$"))
            # It comes by itself
            expect(panel).to_contain_text("1 prediction")
            expect(teacher.get_by_test_id("stMetricValue")).to_have_text("1")
        # And who closes the window is not there any more
        expect(teacher.get_by_test_id("stMetricValue")).to_have_text("0")
        press(teacher.get_by_role("button", name="Reveal the answer"))
        expect(panel).to_contain_text("✓ Eight times exactly the same story")
    log = Path(class_app.log).read_text()
    assert CODE not in log
    assert KEY not in log
