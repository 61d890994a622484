"""The Tools page, and tools in the chat, driven without a browser."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.events import ToolCall
from core.chat.records import Draft, ToolChoice
from core.config import Settings
from core.tools.mcp.offered import allowed, links
from tests.patience import PAGE_S
from tests.scripted import ScriptedBackend

ROOT = Path(__file__).parents[2]
CHAT, TOOLS = str(ROOT / "pages" / "1_Chat.py"), str(ROOT / "pages" / "9_Tools.py")


def _page(file: str, **query: str) -> AppTest:
    at = AppTest.from_file(file, default_timeout=PAGE_S)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def _codes(at: AppTest) -> list[str]:
    return [block.value for block in at.code]


@pytest.fixture
def calling(scripted: ScriptedBackend, monkeypatch: pytest.MonkeyPatch) -> ScriptedBackend:
    """A model that asks for the weather of Oslo, and then answers."""
    from itertools import cycle

    call = ToolCall("get_weather", '{"city": "Oslo"}', {"city": "Oslo"})
    monkeypatch.setattr(scripted, "_answers", cycle([[call], "It is cloudy."]))
    monkeypatch.setattr(scripted, "_can", frozenset(("chat", "tools")))
    return scripted


def _offer(*names: str, ask: Any = "leaving") -> None:
    from ui.shell import resources

    draft = Draft(tools=ToolChoice(names, ask))
    resources.store().drafts.put("conversation", "new", draft.to_dict())


def test_a_tool_is_tried_by_a_form_of_its_schema() -> None:
    at = _page(TOOLS, tool="get_weather")
    assert not at.exception
    at.text_input(key="try_get_weather_city").set_value("Oslo").run()
    at.button(key="tool_run").click().run()
    assert any('"temperature": 5' in code for code in _codes(at))
    at.text_input(key="try_get_weather_city").set_value("Atlantis").run()
    at.button(key="tool_run").click().run()
    assert any("Atlantis" in code for code in _codes(at))


def test_a_link_with_tools_sends_nothing_and_every_call_asks(calling: ScriptedBackend) -> None:
    at = _page(
        CHAT, tools="get_weather, calculator,,get_weather,no_such_tool", ask="What is it in Oslo?"
    )
    assert not at.exception
    (picked,) = [box.value for box in at.multiselect if box.key.startswith("tools_")]
    assert picked == ["get_weather", "calculator"]
    assert any("weather, calculator. They" in one.value for one in at.caption)
    assert not calling.asked
    assert at.chat_input[0].proto.value == "What is it in Oslo?"
    at.chat_input[0].set_value("What is it in Oslo?").run()
    assert not at.exception
    assert len(calling.asked) == 1
    assert any(box.value == "Oslo" for box in at.text_input)


def test_what_is_no_value_is_told() -> None:
    at = _page(TOOLS, tool="random_number")
    at.text_input(key="try_random_number_low").set_value("many").run()
    assert any("must be a number" in error.value for error in at.error)
    assert at.button(key="tool_run").disabled


def test_a_tool_without_code_is_saved_and_answers() -> None:
    from ui.shell import resources

    at = _page(TOOLS)
    at.button(key="tool_new").click().run()
    at.text_input(key="own__name").set_value("train_times").run()
    at.text_area(key="own__description").set_value("Tell when the next train leaves").run()
    at.text_area(key="own__answer").set_value("10:42").run()
    # A draft outlives the page
    at = _page(TOOLS)
    at.button(key="tool_new").click().run()
    assert at.text_input(key="own__name").value == "train_times"
    at.button(key="tool_save").click().run()
    assert not at.exception
    (kept,) = resources.store().tools.list()
    assert kept.name == "train_times"
    at.text_input(key="try_train_times_city").set_value("Rome").run()
    at.button(key="tool_run").click().run()
    assert "10:42" in _codes(at)


def test_a_name_that_is_none_is_told_and_nothing_is_lost() -> None:
    at = _page(TOOLS)
    at.button(key="tool_new").click().run()
    at.text_input(key="own__name").set_value("no name").run()
    at.text_area(key="own__description").set_value("Something").run()
    at.button(key="tool_save").click().run()
    assert any("cannot be a tool" in error.value for error in at.error)
    assert at.text_input(key="own__name").value == "no name"


@pytest.mark.parametrize("name", ["new", "save", "run", "delete", "refresh", "open_calculator"])
def test_a_tool_and_its_parameters_may_be_called_as_they_like(name: str) -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    schema = {"type": "object", "properties": {"run": {"type": "string"}, "_": {}}}
    resources.store().tools.create(name, OwnTool(name, "A tool", schema, answer="42").to_dict())
    at = _page(TOOLS, tool=name)
    assert not at.exception
    at.button(key="tool_run").click().run()
    assert "42" in _codes(at)
    at.button(key="tool_change").click().run()
    assert not at.exception


def test_a_text_that_was_removed_does_not_come_back() -> None:
    from ui.tools.offered import texts

    at = _page(TOOLS)
    (box,) = at.get("file_uploader")
    box.set_value([("a.txt", b"Ferries", "text/plain"), ("b.txt", b"Trains", "text/plain")]).run()
    assert set(texts()) == {"a.txt", "b.txt"}
    at.button(key="text_remove_a.txt").click().run()
    at.run()
    assert not at.exception
    assert set(texts()) == {"b.txt"}


def test_a_link_to_a_tool_that_is_not_there_says_so() -> None:
    at = _page(TOOLS, tool="gone_*tool*")
    assert any("There is no tool gone\\_\\*tool" in one.value for one in at.warning)
    at.button(key="tool_open_calculator").click().run()
    assert not at.warning


@pytest.mark.parametrize("schema", ["{", "[]", '{"properties": 5}', '{"properties": [1, [2]]}'])
def test_a_schema_that_is_none_is_told_and_the_buttons_stay(schema: str) -> None:
    at = _page(TOOLS)
    at.button(key="tool_new").click().run()
    at.text_input(key="own__name").set_value("trains").run()
    at.text_area(key="own__description").set_value("Something").run()
    at.radio(key="own__answering").set_value("table").run()
    at.text_area(key="own__schema").set_value(schema).run()
    assert not at.exception
    assert at.error
    assert at.button(key="tool_save")
    at.button(key="tool_cancel").click().run()
    assert not at.exception


def test_a_table_may_ask_for_a_parameter_that_is_called_answer() -> None:
    from core.tools.own import OwnTool, Row
    from ui.shell import resources
    from ui.tools.editor import _draft, _made

    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    own = OwnTool("judge", "A tool", schema, "table", rows=(Row({"answer": "42"}, "right"),))
    kept = resources.store().tools.create(own.name, own.to_dict())
    at = _page(TOOLS, tool="judge")
    at.button(key="tool_change").click().run()
    assert not at.exception
    assert _made(_draft(kept.id)) == own


def test_a_tool_that_another_window_has_deleted_is_told_of_once() -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    kept = resources.store().tools.create("trains", OwnTool("trains", "A tool").to_dict())
    at = _page(TOOLS, tool="trains")
    at.button(key="tool_change").click().run()
    resources.store().tools.delete(kept.id)
    assert any("There is no tool" in one.value for one in at.run().error)
    assert not at.run().error
    assert at.button(key="tool_run")


def test_what_takes_next_to_nothing_does_not_take_zero_seconds() -> None:
    from ui.tools.steps import took

    assert (took(0.0), took(0.009), took(0.01), took(2.345)) == (
        "under 0.01 s",
        "under 0.01 s",
        "0.01 s",
        "2.35 s",
    )


def _waiting_at(at: AppTest, kind: str) -> Any:
    """The one button of this kind of the call that waits."""
    (found,) = [one for one in at.button if str(one.key).startswith(f"{kind}_")]
    return found


def _calls(scripted: ScriptedBackend, *answers: Any) -> None:
    from itertools import cycle

    made = [
        answer
        if isinstance(answer, str)
        else [ToolCall(name, str(given).replace("'", '"'), given) for name, given in answer]
        for answer in answers
    ]
    scripted._answers = cycle(made)


def test_two_calls_at_once_wait_one_after_the_other(calling: ScriptedBackend) -> None:
    both = [("get_weather", {"city": "Oslo"}), ("current_time", {"time_zone": "Tokyo"})]
    _calls(calling, both, "Done.")
    _offer("get_weather", "current_time", ask="all")
    at = _page(CHAT)
    at.chat_input[0].set_value("Both?").run()
    (city,) = [field for field in at.text_input if str(field.key).startswith("call_")]
    assert city.value == "Oslo"
    city.set_value("Rome").run()
    _waiting_at(at, "run").click().run()
    assert any('"temperature": 24' in code for code in _codes(at))
    # Nothing but the decision on the second one leads on
    assert "Generate answer" not in [one.label for one in at.button]
    (zone,) = [field for field in at.text_input if str(field.key).startswith("call_")]
    assert zone.value == "Tokyo"
    _waiting_at(at, "decline").click().run()
    assert not at.exception
    assert "Done." in [m.value for m in at.markdown]
    read = [m for m in calling.asked[-1].messages or () if m.role == "observation"]
    assert "24" in read[0].content
    assert "declined" in read[1].content


@pytest.mark.parametrize("kind", ["run", "decline"])
def test_a_decision_is_on_the_call_that_was_seen_and_on_no_other(
    calling: ScriptedBackend, kind: str
) -> None:
    """Two windows show one call; what the second one says comes when another call waits."""
    _calls(
        calling, [("get_weather", {"city": "Oslo"})], [("get_weather", {"city": "Rome"})], "Done."
    )
    _offer("get_weather", ask="all")
    first = _page(CHAT)
    first.chat_input[0].set_value("Both?").run()
    talk = first.query_params["conversation"]
    second = _page(CHAT, conversation=talk[0] if isinstance(talk, list) else talk)
    decided = _waiting_at(second, kind)
    _waiting_at(first, "run").click().run()
    decided.click().run()
    assert not second.exception
    (city,) = [field for field in second.text_input if str(field.key).startswith("call_")]
    assert city.value == "Rome"
    assert len(calling.asked) == 2
    if kind == "decline":
        assert any("another window" in one.value for one in second.error)


def test_what_is_no_value_takes_neither_buttons_nor_a_typed_result_away(
    calling: ScriptedBackend,
) -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    schema = {"type": "object", "properties": {"far": {"type": "number"}, "city": {}}}
    own = OwnTool("ask_me", "Ask a person", schema, "manual")
    resources.store().tools.create("ask_me", own.to_dict())
    _calls(calling, [("ask_me", {"far": 3, "city": "奥斯陆"})], "Thanks.")
    _offer("ask_me")
    at = _page(CHAT)
    at.chat_input[0].set_value("Where?").run()
    (city,) = [one for one in at.text_area if str(one.key).endswith("_city")]
    assert city.value == "奥斯陆"
    city.set_value('{"name": "奥斯陆"}').run()
    (result,) = [one for one in at.text_area if str(one.key).startswith("result_")]
    result.set_value("Sunny, I guess").run()
    (far,) = [one for one in at.text_input if str(one.key).startswith("call_")]
    far.set_value("a lot").run()
    assert any("must be a number" in one.value for one in at.error)
    _waiting_at(at, "run").click().run()
    assert len(calling.asked) == 1
    (far,) = [one for one in at.text_input if str(one.key).startswith("call_")]
    far.set_value("4").run()
    _waiting_at(at, "run").click().run()
    read = calling.asked[-1].messages
    assert read
    assert [m.content for m in read][1:] == [
        '{"far": 4, "city": {"name": "奥斯陆"}}',
        "Sunny, I guess",
    ]


def test_all_arguments_of_a_call_are_shown_and_stay(calling: ScriptedBackend) -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    schema = {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "string"}},
        "additionalProperties": True,
    }
    own = OwnTool("echo", "Say it", schema, answer="said")
    resources.store().tools.create("echo", own.to_dict())
    given = {"a": None, "b": "", "key": "secret"}
    made = [ToolCall("echo", '{"a": null, "b": "", "key": "secret"}', given)]
    from itertools import cycle

    calling._answers = cycle([made, "Done."])
    _offer("echo", ask="all")
    at = _page(CHAT)
    at.chat_input[0].set_value("Say it").run()
    (more,) = [one for one in at.text_area if one.label == "Further arguments"]
    assert more.value == '{"key": "secret"}'
    _waiting_at(at, "run").click().run()
    assert "said" in _codes(at)
    # As the model wrote it: nothing was edited
    assert not any("edited by hand" in one.value for one in at.caption)


def test_a_call_of_a_tool_that_was_taken_away_is_told_of(calling: ScriptedBackend) -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    kept = resources.store().tools.create("trains", OwnTool("trains", "A tool").to_dict())
    _calls(calling, [("trains", {})], "There are none.")
    _offer("trains", "calculator", ask="all")
    at = _page(CHAT)
    at.chat_input[0].set_value("Trains?").run()
    resources.store().tools.delete(kept.id)
    at.run()
    assert any("The model asked for trains" in one.value for one in at.caption)
    assert not [one for one in at.button if str(one.key).startswith("run_")]
    at.button(key="tell_model").click().run()
    assert "There are none." in [m.value for m in at.markdown]
    # Nor is the call run again; what is there stays
    before = _codes(at)
    _waiting_at(at, "replay").click().run()
    assert not at.exception
    assert any("not among the tools" in one.value for one in at.toast)
    assert _codes(at) == before


def test_a_call_runs_and_its_result_stands_in_the_chat(calling: ScriptedBackend) -> None:
    _offer("get_weather")
    at = _page(CHAT)
    at.chat_input[0].set_value("Weather in Oslo?").run()
    assert not at.exception
    assert any('"temperature": 5' in code for code in _codes(at))
    assert "It is cloudy." in [m.value for m in at.markdown]


def test_a_call_waits_and_runs_with_other_arguments(calling: ScriptedBackend) -> None:
    _offer("get_weather", ask="all")
    at = _page(CHAT)
    at.chat_input[0].set_value("Weather in Oslo?").run()
    (city,) = [field for field in at.text_input if str(field.key).startswith("call_")]
    assert city.value == "Oslo"
    city.set_value("Rome").run()
    (run,) = [b for b in at.button if str(b.key).startswith("run_")]
    run.click().run()
    assert not at.exception
    assert any('"temperature": 24' in code for code in _codes(at))
    read = calling.asked[-1].messages
    assert read
    assert read[1].content == '{"city": "Rome"}'


def test_a_call_is_declined_then_run_again(calling: ScriptedBackend) -> None:
    _offer("get_weather", ask="all")
    at = _page(CHAT)
    at.chat_input[0].set_value("Weather in Oslo?").run()
    (decline,) = [b for b in at.button if str(b.key).startswith("decline_")]
    decline.click().run()
    assert any("declined" in code for code in _codes(at))
    (again,) = [b for b in at.button if str(b.key).startswith("replay_")]
    again.click().run()
    assert not at.exception
    assert any('"temperature": 5' in code for code in _codes(at))


def test_the_result_of_a_manual_tool_is_what_its_user_says(calling: ScriptedBackend) -> None:
    from core.tools.own import OwnTool
    from ui.shell import resources

    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    own = OwnTool("ask_me", "Ask a person", schema, "manual")
    resources.store().tools.create("ask_me", own.to_dict())
    call = ToolCall("ask_me", '{"city": "Oslo"}', {"city": "Oslo"})
    from itertools import cycle

    calling._answers = cycle([[call], "Thanks."])
    _offer("ask_me")
    at = _page(CHAT)
    at.chat_input[0].set_value("Weather in Oslo?").run()
    (result,) = [field for field in at.text_area if str(field.key).startswith("result_")]
    result.set_value("Sunny, I guess").run()
    (run,) = [b for b in at.button if str(b.key).startswith("run_")]
    run.click().run()
    assert "Sunny, I guess" in _codes(at)


def test_tools_are_chosen_in_the_sidebar(calling: ScriptedBackend) -> None:
    from ui.chat.state import draft

    at = _page(CHAT)
    (picker,) = [one for one in at.multiselect if "tools" in str(one.key)]
    picker.set_value(["calculator", "get_weather"]).run()
    assert not at.exception
    assert draft().tools.names == ("calculator", "get_weather")


def test_only_valid_calls_is_offered_where_the_model_can_be_held(
    calling: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.chat.state import draft

    def toggle(at: AppTest) -> Any:
        return next(one for one in at.toggle if "strict" in str(one.key))

    _offer("get_weather")
    monkeypatch.setattr(calling, "_can", frozenset(("chat", "tools", "valid_calls")))
    at = _page(CHAT)
    toggle(at).set_value(True).run()
    assert not at.exception
    assert draft().tools.strict
    # Another model, which cannot: greyed, with the reason, and kept for one that can
    monkeypatch.setattr(calling, "_can", frozenset(("chat", "tools")))
    at = _page(CHAT)
    assert toggle(at).disabled
    assert toggle(at).value is False
    assert any("cannot be held to valid calls" in one.value for one in at.caption)
    (picker,) = [one for one in at.multiselect if "tools" in str(one.key)]
    picker.set_value(["calculator", "get_weather"]).run()
    assert draft().tools.strict


def test_a_small_model_says_how_often_it_calls_rightly_in_either_way(
    calling: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_can", frozenset(("chat", "tools", "valid_calls")))
    monkeypatch.setattr("ui.chat.tools.EMBEDDED", calling.facts.name)
    found = {"calls": {"n": 40, "right": 0.05}, "valid_calls": {"n": 40, "right": 0.45}}
    monkeypatch.setattr("ui.chat.tools.evaluation", lambda: found)
    _offer("get_weather")
    at = _page(CHAT)
    assert any("of 40 questions" in one.value and "in 5%" in one.value for one in at.caption)
    next(one for one in at.toggle if "strict" in str(one.key)).set_value(True).run()
    assert any("in 45%" in one.value for one in at.caption)


def test_an_answer_says_what_only_valid_calls_changed(
    calling: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.backends.events import Held, Usage
    from tests import scripted

    def usage(*figures: Any) -> Usage:
        return Usage(*figures, held=Held(24, 3, 0.125))

    monkeypatch.setattr(scripted, "Usage", usage)
    _offer("get_weather")
    at = _page(CHAT)
    at.chat_input[0].set_value("Weather in Oslo?").run()
    assert not at.exception
    told = "the model's first choice was ruled out 3 times in 24 tokens (12% of the probability)"
    assert any(told in one.value for one in at.caption)


@pytest.fixture
def with_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator who lists a server; whoever changes its count changes its tools."""
    import json
    import sys

    monkeypatch.setenv("COUNT", "1")
    raw = {"name": "raw", "command": sys.executable, "env": ["COUNT"]}
    raw["args"] = [str(ROOT / "tests" / "tools" / "raw_server.py")]
    file = tmp_path / "mcp.yaml"
    file.write_text(json.dumps({"servers": [raw, {"name": "gone", "command": "/no/such"}]}))
    monkeypatch.setenv("PROMPTLAB_MCP", str(file))
    # A page waits for them a few seconds only, and a busy processor starts a program in more
    for link in links(allowed(Settings.from_environment())):
        link.ask()
        link.wait(120)
    return file


def test_tools_of_a_server_are_tried_and_asked_for_again(with_server: Path) -> None:
    at = _page(TOOLS, tool="raw_say")
    assert not at.exception
    assert any("/no/such" in warning.value for warning in at.warning)
    assert any("MCP server raw" in caption.value for caption in at.caption)
    at.text_input(key="try_raw_say_text").set_value("change").run()
    at.button(key="tool_run").click().run()
    assert "change" in _codes(at)
    at.button(key="tool_refresh").click().run()
    assert at.button(key="tool_open_raw_say1")
    at.text_input(key="try_raw_say_text").set_value("die").run()
    at.button(key="tool_run").click().run()
    assert not at.exception
    assert any("exit code 3" in code for code in _codes(at))


def test_a_chat_asks_before_a_call_of_a_server(
    scripted: ScriptedBackend, with_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itertools import cycle

    call = ToolCall("raw_say", '{"text": "<b>hello</b>"}', {"text": "<b>hello</b>"})
    monkeypatch.setattr(scripted, "_answers", cycle([[call], "Done."]))
    monkeypatch.setattr(scripted, "_can", frozenset(("chat", "tools")))
    _offer("raw_say")
    at = _page(CHAT)
    at.chat_input[0].set_value("Say it").run()
    (run,) = [b for b in at.button if str(b.key).startswith("run_")]
    run.click().run()
    assert not at.exception
    assert "<b>hello</b>" in _codes(at)
    assert "Done." in [m.value for m in at.markdown]
