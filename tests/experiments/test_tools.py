"""Tools in experiments: what runs, where an answer ends, what is kept of it, and what rules see."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.backends.events import ToolCall
from core.checks.kind import Seen
from core.checks.rule import checked, rule
from core.errors import InvalidInput, NotFound, NotSupported
from core.experiments.draft import ExperimentForm
from core.experiments.records import Answer, Place, missing
from core.experiments.report import export_csv
from core.experiments.results import Results
from core.experiments.run import Holding, check_experiment, complete_experiment, request_of
from core.experiments.samples import samples
from core.experiments.spec import ExperimentSpec, Row, Variant
from core.experiments.to_chat import conversation_of
from core.experiments.tools import ToolTold, built_in
from core.store import Store
from core.tools.builtin import BUILTIN
from core.tools.own import OwnTool
from core.tools.tool import Tool
from tests.scripted import ScriptedBackend

Of = Callable[[ScriptedBackend], Holding]
CALL = ToolCall("get_weather", '{"city": "Oslo"}', {"city": "Oslo"})
ASKED = ToolCall("desk", "{}", {})
ROW = Row("1", (("input", "Weather in Oslo?"),))
DESK = OwnTool("desk", "Ask the desk", answering="manual").tool()


def _spec(*tools: Tool, follow_ups: tuple[str, ...] = ()) -> ExperimentSpec:
    told = tuple(map(ToolTold.of, tools))
    variant = Variant("a", "Be short.", follow_ups=follow_ups, tools=told)
    return ExperimentSpec((variant,), (ROW,), tries=1)


WEATHER = next(tool for tool in BUILTIN if tool.name == "get_weather")


def _run(store: Store, holding: Of, spec: ExperimentSpec, *said: Any, tools: Any = BUILTIN) -> Any:
    backend = ScriptedBackend(*said, can=("chat", "tools"))
    made = store.experiments.create(spec, "scripted")
    list(complete_experiment(store.experiments, made, holding(backend), tools=tools))
    (answer,) = store.experiments.answers(made)
    return made, answer, backend


def _roles(answer: Answer, turn: int = 0) -> list[str]:
    return [one.message.role for one in answer.called(turn)]


def test_a_safe_tool_runs_and_the_answer_after_it_is_kept_with_its_calls(
    store: Store, holding: Of
) -> None:
    made, answer, backend = _run(store, holding, _spec(WEATHER), [CALL], "It is cloudy.")
    assert answer.texts == answer.shown == ("It is cloudy.",)
    assert [call.arguments for call in answer.calls[0]] == [{"city": "Oslo"}]
    assert _roles(answer) == ["assistant", "observation"]
    step = answer.called(0)[1].step
    assert step is not None
    assert (step.name, step.arguments, step.failed) == ("get_weather", {"city": "Oslo"}, False)
    assert '"temperature": 5' in answer.called(0)[1].message.content
    # All of it was in the prompt of the second answer, with the tools
    last = backend.asked[-1]
    assert [m.role for m in last.messages] == ["system", "user", "assistant", "observation"]
    assert [one["name"] for one in last.tools] == ["get_weather"]
    between = [one.message for one in answer.called(0)]
    assert request_of(made.spec, answer.place, said=between).messages == last.messages
    assert "It is cloudy." in export_csv(Results.of(made.spec, [answer]))


@pytest.mark.parametrize(
    "tools",
    [
        # It asks a person; it leaves this machine; it is another one now; it is gone
        (DESK,),
        (replace(DESK, manual=False, run=lambda given: "no", leaves=True),),
        (replace(DESK, manual=False, run=lambda given: "no", description="Another"),),
        (),
    ],
)
def test_any_other_call_ends_the_answer_and_is_what_it_shows(
    store: Store, holding: Of, tools: tuple[Tool, ...]
) -> None:
    spec = replace(_spec(DESK, follow_ups=("And then?",)), rules=(rule("calls_tool", name="desk"),))
    _made, answer, backend = _run(store, holding, spec, [ASKED], "No.", tools=tools)
    assert len(backend.asked) == 1
    assert answer.texts == ("",)
    assert answer.shown == ("→ desk {}",)
    assert answer.answered
    assert answer.passed(spec)


def test_what_comes_next_goes_on_after_the_calls(store: Store, holding: Of) -> None:
    spec = _spec(WEATHER, follow_ups=("And now?",))
    _made, answer, backend = _run(store, holding, spec, [CALL], "Cloudy.", "Still cloudy.")
    assert answer.texts == ("Cloudy.", "Still cloudy.")
    roles = [m.role for m in backend.asked[-1].messages]
    assert roles == ["system", "user", "assistant", "observation", "assistant", "user"]


def test_calls_that_go_wrong_end_the_turn_and_are_told(store: Store, holding: Of) -> None:
    wrong = ToolCall("get_weather", '{"town": 1}', {"town": 1})
    _made, answer, backend = _run(store, holding, _spec(WEATHER), [wrong])
    assert len(backend.asked) == 2
    assert answer.texts == ("",)
    assert [one.step.fault for one in answer.called(0) if one.step] == ["arguments", "arguments"]


def test_a_tool_that_is_described_anew_makes_other_answers(store: Store, holding: Of) -> None:
    made, answer, _backend = _run(store, holding, _spec(WEATHER), "Yes.")
    anew = _spec(replace(WEATHER, description="Another description"))
    changed = store.experiments.update(made.id, anew)
    assert missing(anew, store.experiments.answers(changed)) == [Place(0, 0, 0)]
    back = store.experiments.update(made.id, made.spec)
    assert store.experiments.answers(back) == [answer]


def test_a_variant_without_tools_is_known_by_what_it_was() -> None:
    spec = ExperimentSpec((Variant("A"),), (Row("1", (("input", "x"),)),))
    assert spec.variant_keys == ("9ba152ece6c2f266b626",)
    assert ExperimentSpec.from_dict(spec.to_dict(), [r.to_dict() for r in spec.rows]) == spec
    with_tools = _spec(WEATHER, DESK)
    rows = [row.to_dict() for row in with_tools.rows]
    assert ExperimentSpec.from_dict(with_tools.to_dict(), rows) == with_tools


def test_a_form_keeps_tools_and_tells_them_anew() -> None:
    spec = _spec(WEATHER, DESK)
    old = ToolTold("get_weather", "Of old", "{}")
    form = ExperimentForm().with_variant(0, tools=(old, ToolTold.of(DESK)), valid_calls=True)
    again = ExperimentForm.from_dict(form.to_dict())
    assert again == form
    told = again.told_again(lambda names: built_in([n for n in names if n == "get_weather"]))
    assert told.variants[0].variant().tools == spec.variants[0].tools
    assert told.variants[0].variant().valid_calls


def test_a_model_that_knows_no_tools_is_refused_before_it_begins(store: Store, holding: Of) -> None:
    with pytest.raises(NotSupported):
        check_experiment(ScriptedBackend("x"), _spec(WEATHER), [0])
    made = store.experiments.create(_spec(WEATHER), "scripted")
    with pytest.raises(NotSupported):
        list(complete_experiment(store.experiments, made, holding(ScriptedBackend("x"))))


def test_an_answer_with_calls_goes_on_in_a_chat(store: Store, holding: Of) -> None:
    made, answer, _backend = _run(store, holding, _spec(WEATHER), [CALL], "It is cloudy.")
    talk = conversation_of(store.conversations, made, answer)
    assert talk.tools.names == ("get_weather",)
    path = store.conversations.path(talk.id)
    assert [said.role for said in path] == ["user", "assistant", "observation", "assistant"]
    assert path[2].step == answer.called(0)[1].step


AS_ROW = rule("calls_as_row")


@pytest.mark.parametrize(
    ("expected", "call", "holds"),
    [
        ('{"city": "oslo"}', {"city": "Oslo", "days": 3}, True),
        ("", {"anything": 1}, True),
        ('{"n": 1.5}', {"n": 1.50000001}, True),
        ('{"n": 1.5}', {"n": 1.6}, False),
        ('{"n": 1}', {"n": True}, False),
        ('{"n": 1}', {"n": "1"}, False),
        ('{"n": [1, {"a": 2}]}', {"n": [1.0, {"a": 2}]}, True),
        ('{"n": [1, 2]}', {"n": [1]}, False),
        ('{"n": null}', {}, False),
        ('{"n": 1' + "0" * 400 + "}", {"n": 1e300}, False),
        ("no JSON", {}, None),
        ("[1]", {}, None),
    ],
)
def test_a_row_says_which_call_it_expects(expected: str, call: Any, holds: bool | None) -> None:
    fields = {"expect_tool": "t", "expect_arguments": expected}
    seen = Seen("", calls=(ToolCall("t", "t()", call),), fields=fields)
    assert checked(AS_ROW, seen).passed is holds


def test_a_row_may_expect_no_call_and_must_say_so() -> None:
    none = {"expect_tool": " "}
    assert checked(AS_ROW, Seen("Hello.", fields=none)).passed
    assert checked(AS_ROW, Seen("", calls=(CALL,), fields=none)).passed is False
    assert checked(AS_ROW, Seen("Hello.", fields={"input": "x"})).passed is None
    wider = rule("calls_as_row", tolerance=0.2)
    fields = {"expect_tool": "t", "expect_arguments": '{"n": 1.5}'}
    assert checked(wider, Seen("", calls=(ToolCall("t", "", {"n": 1.6}),), fields=fields)).passed


def test_unknown_tools_and_too_many_are_refused() -> None:
    with pytest.raises(NotFound):
        built_in(["rm"])
    told = tuple(ToolTold(f"t{n}", "x", "{}") for n in range(65))
    with pytest.raises(InvalidInput):
        Variant("a", tools=told)


def test_the_sample_expects_tools_that_its_variants_have() -> None:
    spec = next(one.spec for one in samples() if one.name == "tools")
    assert len(spec.rows) >= 12
    for variant in spec.variants:
        names = {one.name for one in variant.tools}
        expected = {dict(row.fields)["expect_tool"] for row in spec.rows}
        assert expected - {""} == names
    assert "" in {dict(row.fields)["expect_tool"] for row in spec.rows}
