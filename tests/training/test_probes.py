"""The questions that measure tool calls: well-formed, strange to the corpus, and strict."""

from core.backends.calls import written
from core.backends.events import Finished, Part, TextPart, ToolCall, Usage
from core.tools.tool import faults_of
from training import probes, texts

UNITS = ("from_unit", "to_unit")


def said(part: Part, text: str) -> Finished:
    """What a model answered."""
    return Finished("stop", text, text, (part,), (), Usage(1, 1, 0.0, 1.0), seed=1)


def called(name: str, arguments: dict[str, object]) -> Finished:
    """A call that a model made."""
    raw = written("chatglm3", name, arguments).content
    return said(ToolCall(name, raw, arguments), raw)


def test_each_call_fits_its_tool() -> None:
    for probe in probes.probes():
        parameters = probes.schemas()[probe.tool]["parameters"]
        assert faults_of(parameters, probe.call) == [], probe


def test_the_right_call_passes_and_a_wrong_one_does_not() -> None:
    calls = [q for q in probes.asked() if q.ask == "call"]
    for q in calls:
        right = dict(q.probe.call)
        first = next(iter(right))
        assert q.faults(called(q.probe.tool, right)) == []
        assert q.faults(called("another_tool", right)) == ["tool"]
        assert q.faults(called(q.probe.tool, right | {"more": 1})) == ["parameters"]
        assert q.faults(called(q.probe.tool, right | {first: "x"})) == [f"value of {first}"]
        assert q.faults(said(TextPart("Hello"), "Hello")) == ["0 calls"]


def test_an_answer_holds_the_values_of_the_result() -> None:
    for q in probes.asked():
        if q.ask == "answer":
            text = " and ".join(q.probe.says)
            assert q.probe.says
            assert q.faults(said(TextPart(text), text)) == []
            assert q.faults(said(TextPart("Yes."), "Yes."))
            # The model can read it off the result, but for a calculation's signs
            assert all(word.lower() in q.probe.result.lower() for word in q.probe.says)


def test_each_tool_is_listed_and_the_list_leaves_room() -> None:
    for q in probes.asked():
        names = [tool["name"] for tool in q.tools]
        assert q.probe.tool in names
        assert len(names) == len(set(names))
        assert (len(names) == 1) == (q.setting == "alone")


def test_what_is_to_be_copied_stands_in_no_text_of_the_corpus() -> None:
    known = {text.lower() for name in texts.names() for text in texts.strings(name)}
    for probe in probes.probes():
        assert probe.ask.lower() not in known
        properties = probes.schemas()[probe.tool]["parameters"]["properties"]
        for name, value in probe.call.items():
            if isinstance(value, str) and name not in UNITS and "enum" not in properties[name]:
                assert value == "UTC" or value.lower() not in known, probe
