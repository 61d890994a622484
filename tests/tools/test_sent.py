"""What is sent to a model, as JSON that a person can read."""

import json

from core.messages import Message
from ui.tools.sent import as_sent

QUESTION = Message("user", "How warm is it?")
WEATHER = {"name": "weather", "parameters": {"type": "object"}}


def test_calls_and_results_are_as_the_api_has_them() -> None:
    said = (
        QUESTION,
        Message("assistant", '{"city": "Oslo"}', "weather"),
        Message("observation", "7"),
    )
    shown = json.loads(as_sent(said, (WEATHER,), {"temperature": 0.5}))
    roles = [one["role"] for one in shown["messages"]]
    assert roles == ["user", "assistant", "tool"]
    assert shown["messages"][1]["tool_calls"][0]["function"]["name"] == "weather"
    assert shown["tools"] == [{"type": "function", "function": WEATHER}]
    assert shown["temperature"] == 0.5
    assert "tools" not in json.loads(as_sent((QUESTION,)))


def test_what_the_api_has_no_place_for_is_shown_as_it_is() -> None:
    shown = json.loads(as_sent((QUESTION, Message("observation", "7")), ({"description": "x"},)))
    assert shown["messages"][1] == {"role": "observation", "content": "7"}
    assert shown["tools"] == [{"description": "x"}]
