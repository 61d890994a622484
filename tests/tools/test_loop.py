"""Turns with tools: they run, pause, go on from what was kept, and always end."""

from pathlib import Path
from typing import Any

import pytest

from core.backends.calls import CallForm, read_message
from core.backends.events import Finished, Part, ToolCall
from core.chat.records import Asking, ToolChoice
from core.chat.store import Conversations
from core.errors import InvalidInput
from core.messages import Message
from core.sampling.settings import Sampling
from core.store import Store
from core.tools.builtin import BUILTIN
from core.tools.loop import Decision, Observed, Paused, rounds
from core.tools.running import Limits
from core.tools.tool import Tool
from core.tools.transcripts import Spoken, replayed, tool_turns, waiting_call
from tests.scripted import ScriptedBackend

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ECHO = Tool("echo", "Say it again", CITY, lambda given: {"said": given["city"]})
FAR = Tool("far", "Ask elsewhere", CITY, lambda given: {"far": given["city"]}, leaves=True)
MANUAL = Tool("ask_me", "Ask a person", CITY, None, manual=True)
TOOLS = (ECHO, FAR, MANUAL)


def _call(name: str, raw: str = "", **arguments: Any) -> list[Part]:
    import json

    return [ToolCall(name, raw or json.dumps(arguments), None if raw else arguments)]


@pytest.fixture
def conversations(data_dir: Path) -> Conversations:
    return Store.open(data_dir / "lab.db").conversations


def _begun(conversations: Conversations, ask: Asking = "leaving") -> str:
    found = conversations.create("talk")
    conversations.change(found.id, {"tools": ToolChoice(tuple(t.name for t in TOOLS), ask)})
    return found.id


def _turn(
    conversations: Conversations,
    talk: str,
    model: ScriptedBackend,
    question: str | None = "Where?",
    decision: Decision | None = None,
    limits: Limits | None = None,
) -> list[Any]:
    told = tool_turns(
        conversations, model, talk, [question], TOOLS, decision=decision, limits=limits
    )
    return [one for _place, one in told]


def _model(*answers: str | list[Part]) -> ScriptedBackend:
    return ScriptedBackend(*answers, can=("chat", "tools"))


def _said(conversations: Conversations, talk: str) -> list[tuple[str, str, str]]:
    return [(m.role, m.content, m.metadata) for m in conversations.path(talk)]


def test_a_call_runs_and_the_model_reads_its_result(conversations: Conversations) -> None:
    talk = _begun(conversations)
    model = _model(_call("echo", city="Oslo"), "It is Oslo.")
    _turn(conversations, talk, model)
    assert _said(conversations, talk) == [
        ("user", "Where?", ""),
        ("assistant", '{"city": "Oslo"}', "echo"),
        ("observation", '{"said": "Oslo"}', ""),
        ("assistant", "It is Oslo.", ""),
    ]
    asked = [request.messages for request in model.asked]
    assert asked[1] == (
        Message("user", "Where?"),
        Message("assistant", '{"city": "Oslo"}', "echo"),
        Message("observation", '{"said": "Oslo"}'),
    )
    assert [tool["name"] for tool in model.asked[1].tools] == ["echo", "far", "ask_me"]
    step = conversations.path(talk)[2].step
    assert step
    assert step.arguments == {"city": "Oslo"}
    assert step.seconds is not None


def test_two_calls_at_once_and_a_second_turn(conversations: Conversations) -> None:
    talk = _begun(conversations)
    both = [*_call("echo", city="Oslo"), *_call("echo", city="Rome")]
    model = _model(both, "Both.", _call("echo", city="Paris"), "Paris.")
    _turn(conversations, talk, model)
    observed = [m.content for m in conversations.path(talk) if m.role == "observation"]
    assert observed == ['{"said": "Oslo"}', '{"said": "Rome"}']
    _turn(conversations, talk, model, "And?")
    assert [m.content for m in conversations.path(talk)][-2:] == ['{"said": "Paris"}', "Paris."]


def test_a_call_that_leaves_the_machine_waits_and_goes_on_edited(
    conversations: Conversations,
) -> None:
    talk = _begun(conversations)
    model = _model(_call("far", city="Oslo"), "Done.")
    told = _turn(conversations, talk, model)
    assert isinstance(told[-1], Paused)
    waiting = waiting_call(conversations.path(talk))
    assert waiting
    assert waiting.metadata == "far"
    with pytest.raises(InvalidInput):
        _turn(conversations, talk, model, None, Decision(arguments={"town": "Rome"}))
    assert waiting_call(conversations.path(talk)) == waiting
    _turn(conversations, talk, model, None, Decision(arguments={"city": "Rome"}))
    path = conversations.path(talk)
    assert [m.content for m in path][1:] == ['{"city": "Rome"}', '{"far": "Rome"}', "Done."]
    assert path[2].step
    assert path[2].step.edited
    # What the model wrote is kept, as another version
    assert path[1].versions == 2
    assert waiting.id in conversations.versions(path[1].id)


def test_one_of_two_calls_that_wait_is_edited_and_the_other_stays(
    conversations: Conversations,
) -> None:
    """Also where both have the same arguments, and the second waits behind the first one's
    result."""
    talk = _begun(conversations, "all")
    both = [*_call("far", city="Oslo"), *_call("echo", city="Oslo")]
    model = _model(both, "Done.")
    _turn(conversations, talk, model)
    told = _turn(conversations, talk, model, None, Decision(arguments={"city": "Rome"}))
    assert isinstance(told[-1], Paused)
    assert told[-1].tool == ECHO
    _turn(conversations, talk, model, None, Decision(arguments={"city": "Bern"}))
    assert _said(conversations, talk)[1:] == [
        ("assistant", '{"city": "Rome"}', "far"),
        ("assistant", '{"city": "Bern"}', "echo"),
        ("observation", '{"far": "Rome"}', ""),
        ("observation", '{"said": "Bern"}', ""),
        ("assistant", "Done.", ""),
    ]


OSLO = '{"name": "far", "arguments": {"city": "Oslo"}}'


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (
            "hermes",
            f"Both. <tool_call>{OSLO}</tool_call> "
            f"<tool_call>{OSLO.replace('far', 'echo')}</tool_call>",
        ),
        ("mistral", f"[TOOL_CALLS] [{OSLO}, {OSLO.replace('far', 'echo')}]"),
        ("llama", f"{OSLO}; {OSLO.replace('far', 'echo')}".replace("arguments", "parameters")),
    ],
)
def test_one_of_the_calls_of_one_text_is_edited_and_the_others_stay(
    form: CallForm, answer: str
) -> None:
    talk = Spoken(_model(answer, "Done."), "", Sampling())
    talk.form = form
    talk.ask("Where?")
    assert isinstance(list(rounds(talk, TOOLS, "all"))[-1], Paused)
    list(rounds(talk, TOOLS, "all", decision=Decision(arguments={"city": "Rome"})))
    list(rounds(talk, TOOLS, "all", decision=Decision(arguments={"city": "Bern"})))
    calls = read_message(form, talk.said[1], {"far", "echo"})
    assert [(call.name, call.arguments) for call in calls] == [
        ("far", {"city": "Rome"}),
        ("echo", {"city": "Bern"}),
    ]
    assert [m.content for m in talk.said[2:]] == [
        '{"far": "Rome"}',
        '{"said": "Bern"}',
        "Done.",
    ]


def test_what_a_person_says_of_a_call_that_cannot_be_run_is_its_result(
    conversations: Conversations,
) -> None:
    talk = _begun(conversations)
    model = _model(_call("gone", city="Oslo"), "There is none.", "Done.")
    _turn(conversations, talk, model)
    replayed(conversations, conversations.path(talk)[2])
    _turn(conversations, talk, model, None, Decision(result="Sunny"))
    path = conversations.path(talk)
    assert [m.content for m in path][2:] == ["Sunny", "Done."]
    assert path[2].step
    assert (path[2].step.edited, path[2].step.fault) == (True, "")


def test_a_decision_on_a_wrong_call_is_none_on_the_next_one(conversations: Conversations) -> None:
    talk = _begun(conversations)
    model = _model(_call("far", town="Oslo"), "Sorry.", _call("far", city="Oslo"), "Done.")
    _turn(conversations, talk, model)
    replayed(conversations, conversations.path(talk)[2])
    told = _turn(conversations, talk, model, None, Decision())
    assert isinstance(told[-1], Paused)


@pytest.mark.parametrize("ask", ["all", "none"])
def test_when_it_asks(conversations: Conversations, ask: Asking) -> None:
    talk = _begun(conversations, ask)
    told = _turn(conversations, talk, _model(_call("far", city="Oslo"), "Done."))
    assert isinstance(told[-1], Paused) == (ask == "all")


def test_a_person_says_the_result(conversations: Conversations) -> None:
    talk = _begun(conversations, "none")
    model = _model(_call("ask_me", city="Oslo"), "Thanks.")
    assert isinstance(_turn(conversations, talk, model)[-1], Paused)
    with pytest.raises(InvalidInput, match="answered by a person"):
        _turn(conversations, talk, model, None, Decision())
    _turn(conversations, talk, model, None, Decision(result="Sunny, I guess"))
    assert [m.content for m in conversations.path(talk)][2:] == ["Sunny, I guess", "Thanks."]


def test_a_call_can_be_declined_and_replayed(conversations: Conversations) -> None:
    talk = _begun(conversations, "all")
    model = _model(_call("echo", city="Oslo"), "A pity.", "Oslo.")
    _turn(conversations, talk, model)
    _turn(conversations, talk, model, None, Decision(declined=True))
    observation = conversations.path(talk)[2]
    assert observation.step
    assert observation.step.fault == "declined"
    replayed(conversations, observation)
    _turn(conversations, talk, model, None, Decision())
    path = conversations.path(talk)
    assert [m.content for m in path][2:] == ['{"said": "Oslo"}', "Oslo."]
    assert path[2].versions == 2


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (_call("weather", city="Oslo"), "unknown"),
        (_call("echo", town="Oslo"), "arguments"),
        (_call("echo", city=5), "arguments"),
        (_call("echo", raw="no call at all"), "unreadable"),
    ],
)
def test_a_wrong_call_is_told_once(
    conversations: Conversations, wrong: list[Part], kind: str
) -> None:
    talk = _begun(conversations)
    model = _model(wrong, "Sorry.")
    told = _turn(conversations, talk, model)
    steps = [one.step for one in told if isinstance(one, Observed)]
    assert [step.fault for step in steps] == [kind]
    assert steps[0].said
    assert conversations.path(talk)[-1].content == "Sorry."
    stubborn = _model(wrong)
    told = _turn(conversations, talk, stubborn, "Again")
    assert len(stubborn.asked) == 2
    assert [one.step.fault for one in told if isinstance(one, Observed)] == [kind, kind]


def test_the_same_call_again_ends(conversations: Conversations) -> None:
    talk = _begun(conversations)
    model = _model(_call("echo", city="Oslo"))
    told = _turn(conversations, talk, model)
    faults = [one.step.fault for one in told if isinstance(one, Observed)]
    assert faults == ["", "again", "again"]


def test_a_turn_has_so_many_calls(conversations: Conversations) -> None:
    talk = _begun(conversations)
    model = _model(*(_call("echo", city=f"town {n}") for n in range(50)))
    told = _turn(conversations, talk, model, limits=Limits(calls=5))
    faults = [one.step.fault for one in told if isinstance(one, Observed)]
    assert faults == [""] * 5 + ["many"]


def test_a_tool_that_hangs_is_given_up(conversations: Conversations) -> None:
    import threading

    gate = threading.Event()
    slow = Tool("slow", "Takes its time", CITY, lambda given: gate.wait(60))
    found = conversations.create("talk")
    model = _model(_call("slow", city="Oslo"), "No answer came.")
    told = [
        one
        for _place, one in tool_turns(
            conversations, model, found.id, ["Where?"], [slow], limits=Limits(time_s=0.05)
        )
    ]
    gate.set()
    (observed,) = [one for one in told if isinstance(one, Observed)]
    assert observed.step.failed
    assert "longer than 0.05 s" in observed.content
    assert isinstance(told[-1], Finished)


@pytest.mark.parametrize("kind", [KeyError, SystemExit])
def test_what_a_tool_raises_is_an_observation(
    conversations: Conversations, kind: type[BaseException]
) -> None:
    def broken(given: dict[str, Any]) -> Any:
        raise kind(given["city"])

    bad = Tool("bad", "Breaks", CITY, broken)
    found = conversations.create("talk")
    model = _model(_call("bad", city="Oslo"), "It broke.")
    list(tool_turns(conversations, model, found.id, ["Where?"], [bad]))
    content = conversations.path(found.id)[2].content
    assert content.startswith(f'{{"error": "{kind.__name__}: ')
    assert "Oslo" in content


def test_a_model_without_tools_is_refused_before_anything_is_kept(
    conversations: Conversations,
) -> None:
    talk = _begun(conversations)
    with pytest.raises(InvalidInput, match="does not support tools"):
        _turn(conversations, talk, ScriptedBackend("Hi"))
    assert not conversations.path(talk)


def test_the_embedded_model_uses_a_tool(engine: Any, conversations: Conversations) -> None:
    found = conversations.create("talk")
    conversations.change(found.id, {"temperature": 0.0, "max_new_tokens": 80})
    weather = next(tool for tool in BUILTIN if tool.name == "get_weather")
    told = [
        one
        for _place, one in tool_turns(
            conversations, engine, found.id, ["What is the weather in Oslo?"], [weather]
        )
    ]
    steps = [one.step for one in told if isinstance(one, Observed)]
    assert steps
    assert all(step.raw for step in steps)
    assert any(isinstance(one, Finished) for one in told)
