"""Tools in a real browser: a call, a second one, one that waits, a result by hand.

With the embedded model, held to valid calls: without that it writes an argument twice where it
answers from an earlier result. More than one call for a question is what it has never learned, so
that is asked of a played server.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.chat.records import Asking, ToolChoice
from core.interpreter.probe import Probe
from core.sampling.settings import Sampling
from core.store import Store
from core.tools.own import OwnTool
from tests.bad_server import Handler, chunk, serving, usage
from tests.browser.actions import (
    answered,
    ask,
    messages,
    picture_drawn,
    press,
    settled,
    shown,
)
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

QUESTION = "What is the weather in Oslo?"
CITY = {
    "type": "object",
    "properties": {"city": {"description": "The city", "type": "string"}},
    "required": ["city"],
}


def _talk(app: App, *tools: str, asking: Asking = "leaving") -> str:
    """The URL of a new conversation that offers these tools."""
    conversations = Store.open(app.data / "promptlab.db").conversations
    made = conversations.create(sampling=Sampling(temperature=0, max_new_tokens=80))
    conversations.change(made.id, {"tools": ToolChoice(tools, asking, strict=True)})
    return f"{app.url}/Chat?conversation={made.id}"


def test_calls_of_two_turns_run_and_the_answers_use_their_results(page: Page, app: App) -> None:
    page.goto(_talk(app, "get_weather"))
    # A city that stands in no text of the training
    ask(page, "What is the weather in Ushuaia?")
    answered(page, 2)
    settled(page)
    expect(messages(page)).to_have_count(4)
    expect(messages(page).nth(2)).to_contain_text('"sky": "snow"')
    expect(messages(page).nth(3)).to_contain_text("Ushuaia")
    press(messages(page).nth(2).get_by_role("button", name="Call, raw text, prompt"))
    shown(page.get_by_text(re.compile(r"<\|observation\|>")))
    page.keyboard.press("Escape")
    ask(page, "What is the weather in Nairobi?")
    answered(page, 4)
    settled(page)
    expect(messages(page)).to_have_count(8)
    expect(messages(page).nth(6)).to_contain_text('"sky": "partly cloudy"')
    expect(messages(page).nth(7)).to_contain_text("Nairobi")


def _calls_both(handler: Handler) -> None:
    """A server whose model asks for the weather and for code at once, and then says their
    results."""
    if handler.path.endswith("/models"):
        return handler.whole({"object": "list", "data": [{"id": "big", "max_model_len": 4096}]})
    results = [one["content"] for one in handler.body["messages"] if one["role"] == "tool"]
    handler.begin()
    if results:
        handler.event(chunk(f"They said {' and '.join(results)}."))
    else:
        code = "import matplotlib.pyplot as plt\nprint(12 * 7)\nplt.plot([3, 8, 10]);"
        wanted = {"get_weather": {"city": "Oslo"}, "run_python": {"code": code}}
        calls = [
            {
                "index": i,
                "id": f"call{i}",
                "function": {"name": name, "arguments": json.dumps(given)},
            }
            for i, (name, given) in enumerate(wanted.items())
        ]
        handler.event({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]})
    handler.event(chunk(reason="stop" if results else "tool_calls"))
    handler.event(usage(9, 5))
    return handler.event("[DONE]")


def test_two_tools_in_one_question_one_of_them_code(page: Page, tmp_path: Path) -> None:
    if reason := Probe().reason():
        pytest.skip(reason)
    with serving(_calls_both) as server:
        file = tmp_path / "servers.yaml"
        file.write_text(json.dumps({"servers": [{"name": "there", "url": server.url}]}))
        app = App(tmp_path / "data", tmp_path / "server.log", "there")
        app.environment = {"PROMPTLAB_SERVERS": str(file)}
        app.start()
        try:
            page.goto(_talk(app, "get_weather", "run_python"))
            ask(page, "What is the weather in Oslo, and what is 12 times 7?")
            last = messages(page).last
            expect(last).to_contain_text("They said")
            expect(last).to_contain_text('"sky": "cloudy"')
            expect(last).to_contain_text("84")
            settled(page)
            picture = messages(page).get_by_role("img", name="Picture made by the code")
            shown(picture)
            picture_drawn(picture)
            shown(messages(page).get_by_text("print(12 * 7)").last)
        finally:
            app.kill()


def test_a_call_waits_and_runs_with_edited_arguments(page: Page, app: App) -> None:
    page.goto(_talk(app, "get_weather", asking="all"))
    ask(page, QUESTION)
    city = page.get_by_role("textbox", name="city")
    shown(city)
    expect(city).to_have_value("Oslo")
    settled(page)
    city.fill("Rome")
    city.press("Tab")
    settled(page)
    press(page.get_by_role("button", name="Run", exact=True))
    answered(page, 1)
    settled(page)
    expect(messages(page).nth(1)).to_contain_text("Rome")
    expect(messages(page).nth(2)).to_contain_text('"temperature": 24')


def test_the_result_of_a_manual_tool_is_written_by_hand(page: Page, app: App) -> None:
    store = Store.open(app.data / "promptlab.db")
    own = OwnTool("get_forecast", "Get the weather of a city", CITY, "manual")
    store.tools.create(own.name, own.to_dict())
    page.goto(_talk(app, own.name))
    ask(page, QUESTION)
    result = page.get_by_role("textbox", name="Result")
    shown(result)
    settled(page)
    result.fill('{"weather": "violet fog"}')
    result.press("Control+Enter")
    settled(page)
    press(page.get_by_role("button", name="Send result"))
    answered(page, 2)
    settled(page)
    expect(messages(page).nth(2)).to_contain_text("violet fog")


def test_a_tool_is_tried_on_its_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/Tools?tool=calculator")
    settled(page)
    field = page.get_by_role("textbox", name="expression")
    shown(field)
    field.fill("6 * 7")
    field.press("Tab")
    settled(page)
    press(page.get_by_role("button", name="Run", exact=True))
    shown(page.get_by_text('{"result": 42}'))
    settled(page)
    press(page.get_by_test_id("stMain").get_by_role("button", name="Chat"))
    expect(page).to_have_url(re.compile("/Chat"))
    shown(page.get_by_test_id("stSidebar").get_by_text("Tools (1)"))
