"""Answers that are held to valid calls: of tools that were offered, with parameters that they
have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.backends.constraint import Constraint
from core.backends.events import Finished, Held, ToolCall
from core.backends.request import Request
from core.engine.engine import Engine
from core.messages import Message
from core.models.loading import load
from core.sampling.settings import Sampling
from core.tools.tool import faults_of
from tests.families import KINDS, OPENINGS, make
from tests.test_call_grammar import FAMILIES


def _tool(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": f"The {name}", "parameters": parameters}


TEXT = {"type": "string"}
WEATHER = _tool("get_weather", ["city"], city=TEXT, unit={"type": "string", "enum": ["C", "F"]})
TABLE = _tool(
    "book", ["place", "people"], place=TEXT, people={"type": "integer"}, late={"type": "boolean"}
)
TOOLS = (WEATHER, TABLE)


def _ask(engine: Engine, text: str, valid: bool = True, **sampling: Any) -> Request:
    settings = Sampling(max_new_tokens=48, **{"temperature": 0.0, **sampling})
    return Request((Message("user", text),), settings, tools=TOOLS, valid_calls=valid, tag=text)


def _calls(end: Finished) -> list[ToolCall]:
    return [part for part in end.parts if isinstance(part, ToolCall)]


def test_hot_answers_call_only_what_there_is(engine: Engine) -> None:
    schemas = {tool["name"]: tool["parameters"] for tool in TOOLS}
    requests = [
        _ask(engine, f"What is the weather in town {n}?", temperature=1.6, top_p=1.0, seed=n)
        for n in range(6)
    ]
    ends = engine.submit_many(requests).results()
    called = 0
    for end in ends.values():
        for call in _calls(end):
            assert call.name in schemas
            if end.reason == "stop":
                called += 1
                assert call.arguments is not None
                assert not faults_of(schemas[call.name], call.arguments)
    assert called


def test_a_valid_answer_is_the_same_with_and_without(engine: Engine) -> None:
    """What is not called is free: a greedy plain answer stays what it was."""
    free = engine.submit(_ask(engine, "Hello!", valid=False)).result()
    held = engine.submit(_ask(engine, "Hello!")).result()
    assert free.token_ids == held.token_ids or _calls(free)


def test_others_in_the_batch_are_left_alone(engine: Engine) -> None:
    alone = engine.submit(_ask(engine, "Weather in Oslo?", valid=False)).result()
    both = [_ask(engine, "Weather in Rome?"), _ask(engine, "Weather in Oslo?", valid=False)]
    together = engine.submit_many(both).results()
    assert together["Weather in Oslo?"].token_ids == alone.token_ids


def test_the_engine_forgets_grammars_of_ended_answers(engine: Engine) -> None:
    engine.submit(_ask(engine, "Weather in Oslo?")).result()
    engine._look_after()
    assert not engine._valid._held


def _held(end: Finished) -> Held:
    assert end.usage
    assert end.usage.held
    return end.usage.held


def test_what_the_constraint_changes_is_counted(engine: Engine) -> None:
    hot = _ask(engine, "What is the weather in town 1?", temperature=1.6, top_p=1.0, seed=1)
    first, again = (_held(engine.submit(hot).result()) for _time in range(2))
    assert first == again
    assert first.tokens > 0
    assert 0 <= first.overruled <= first.tokens
    assert 0 < first.share < 1
    plain = engine.submit(_ask(engine, "Hello!", valid=False)).result()
    assert plain.usage
    assert plain.usage.held is None


# --- other families ------------------------------------------------------------------------

# Random weights go on with a text for long
SHORT = (
    _tool("get_weather", ["city"], city={**TEXT, "maxLength": 8}),
    _tool("count", [], last={"type": "integer"}, each={"type": "array", "items": {}}),
)


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, str]]:
    """An engine on random weights, and the form of its calls."""
    form = request.param
    kind = KINDS[FAMILIES[form]].with_tools(form)
    running = Engine(load(make(tmp_path / form, kind, window=1024), device="cpu", precision="fp32"))
    assert running.tokenizer.call_form == form
    yield running, form
    running.close()


def test_random_weights_call_only_what_there_is(
    family: tuple[Engine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, form = family
    schemas = {tool["name"]: tool["parameters"] for tool in SHORT}
    settings = {"temperature": 1.0, "top_p": 1.0, "max_new_tokens": 200}

    def found(requests: list[Request]) -> list[ToolCall]:
        ends = engine.submit_many(requests).results().values()
        return [c for end in ends if end.reason == "stop" or not held for c in _calls(end)]

    held = False
    free = [
        Request(
            (Message("user", "Oslo?"),),
            Sampling(seed=seed, **{**settings, "max_new_tokens": 60}),
            tools=SHORT,
            tag=seed,
            begun=OPENINGS[form],
        )
        for seed in range(6)
    ]
    calls = found(free)
    assert calls
    assert not any(call.arguments is not None and call.name in schemas for call in calls)

    # All that could be said besides calls is taken out
    real = Constraint.__init__

    def calls_alone(self: Constraint, tokenizer: Any, compiled: Any, grammar: str) -> None:
        said = r"TEXT: /[\x00-\xfe]*/"
        assert said in grammar
        real(self, tokenizer, compiled, grammar.replace(said, "TEXT: /a{0}/"))

    monkeypatch.setattr(Constraint, "__init__", calls_alone)
    held = True
    asked = [
        Request(
            (Message("user", "Oslo?"),),
            Sampling(seed=seed, **settings),
            tools=SHORT,
            valid_calls=True,
            tag=seed,
        )
        for seed in range(16)
    ]
    calls = found(asked)
    assert calls
    for call in calls:
        assert call.arguments is not None, call
        assert not faults_of(schemas[call.name], call.arguments), call


def test_an_answer_without_a_call_is_drawn_as_ever(family: tuple[Engine, str]) -> None:
    engine, _form = family
    ends = {}
    for valid in (False, True):
        asked = [_ask(engine, f"{n}", valid, temperature=1.0, top_p=0.9, seed=n) for n in range(6)]
        ends[valid] = engine.submit_many(asked).results()
    free = [tag for tag, end in ends[True].items() if not _held(end).tokens]
    assert free
    assert all(ends[True][tag].token_ids == ends[False][tag].token_ids for tag in free)
    # Alone as among others
    alone = engine.submit(_ask(engine, "0", temperature=1.0, top_p=0.9, seed=0)).result()
    assert alone.token_ids == ends[True]["0"].token_ids
