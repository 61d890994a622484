"""Answers of llama.cpp that are held to valid calls, on random weights and on the real model."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.valid_calls import AsHermes
from core.backends.constraint import Constraint, Grammars
from core.backends.events import Finished, Held, ToolCall
from core.backends.request import Request
from core.llama.holding import count
from core.llama.server import LlamaServer
from core.messages import Message
from core.models.preparing import Prepared, prepare
from core.sampling.settings import Sampling
from core.tools.tool import faults_of
from tests.families import KINDS, OPENINGS, trained
from tests.gguf_files import write_gguf

# By the form of their calls
ARCHITECTURES = {"hermes": "qwen2", "llama": "llama", "glm4": "chatglm"}
FAMILIES = {"chatglm": "glm"}
CITY = {"type": "string", "maxLength": 8}
TOOLS: tuple[dict[str, Any], ...] = (
    {
        "name": "get_weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": CITY}, "required": ["city"]},
    },
    {
        "name": "count",
        "description": "Counts",
        "parameters": {"type": "object", "properties": {"last": {"type": "integer"}}},
    },
)
SCHEMAS = {tool["name"]: tool["parameters"] for tool in TOOLS}
SAID = r"TEXT: /[\x00-\xfe]*/"


def small(folder: Path, form: str, architecture: str) -> Prepared:
    """Random weights without rows for padding, which llama.cpp would draw."""
    kind = KINDS[FAMILIES.get(architecture, architecture)]
    template = {"tokenizer.chat_template": kind.with_tools(form).template}
    rows = len(trained(kind).get_vocab())
    file = folder / f"{form}.gguf"
    write_gguf(file, architecture, window=1024, changes=template, vocab_size=rows)
    return prepare(file, form, "cpu")


@pytest.fixture(scope="module", params=ARCHITECTURES)
def family(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LlamaServer, str]]:
    """llama.cpp around random weights, and the form of their calls."""
    form = request.param
    running = LlamaServer(small(tmp_path_factory.mktemp("gguf"), form, ARCHITECTURES[form]))
    assert running.tokenizer.call_form == form
    yield running, form
    running.close()


def ask(question: str, valid: bool = True, **settings: Any) -> Request:
    sampling = Sampling(**{"max_new_tokens": 120, "temperature": 1.0, "top_p": 1.0, **settings})
    said = (Message("user", question),)
    return Request(said, sampling, tools=TOOLS, valid_calls=valid, tag=question)


def held(end: Finished) -> Held:
    assert end.usage
    assert end.usage.held
    return end.usage.held


def calls(end: Finished) -> list[ToolCall]:
    return [part for part in end.parts if isinstance(part, ToolCall)]


@pytest.fixture
def calls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that could be said besides calls is taken out of the grammars."""
    real = Constraint.__init__

    def made(self: Constraint, tokenizer: Any, compiled: Any, grammar: str) -> None:
        assert SAID in grammar
        real(self, tokenizer, compiled, grammar.replace(SAID, "TEXT: /a{0}/"))

    monkeypatch.setattr(Constraint, "__init__", made)


@pytest.mark.usefixtures("calls_alone")
def test_random_weights_call_only_what_there_is(family: tuple[LlamaServer, str]) -> None:
    server, form = family
    assert "valid_calls" in server.can
    begun = [
        replace(ask(f"{n}", False, seed=n, max_new_tokens=40), begun=OPENINGS[form])
        for n in range(4)
    ]
    free = [call for end in server.submit_many(begun).results().values() for call in calls(end)]
    assert free
    assert not any(call.arguments is not None and call.name in SCHEMAS for call in free)
    asked = [ask(f"{n}", seed=n) for n in range(12)]
    ends = [end for end in server.submit_many(asked).results().values() if end.reason == "stop"]
    found = [call for end in ends for call in calls(end)]
    assert found
    for call in found:
        assert call.arguments is not None, call
        assert not faults_of(SCHEMAS[call.name], call.arguments), call
    assert all(held(end).tokens > 0 for end in ends)


def test_an_answer_without_a_call_is_drawn_as_ever(family: tuple[LlamaServer, str]) -> None:
    server, form = family
    plain = 0
    for seed in range(6):
        # One after the other: with such weights what runs beside them changes the last bits
        free, kept = (
            server.submit(ask("Oslo?", valid, seed=seed)).result() for valid in (False, True)
        )
        if OPENINGS[form] not in kept.raw:
            plain += 1
            assert kept.token_ids == free.token_ids
    assert plain


@pytest.mark.usefixtures("calls_alone")
def test_the_same_seed_gives_the_same_call(family: tuple[LlamaServer, str]) -> None:
    server, _form = family
    first, again = (server.submit(ask("Oslo?", seed=1)).result() for _time in range(2))
    assert first.token_ids == again.token_ids
    one, other = held(first), held(again)
    assert (one.tokens, one.overruled) == (other.tokens, other.overruled)
    assert one.share == pytest.approx(other.share, abs=1e-5)


def test_sentencepiece_is_not_held(tmp_path: Path) -> None:
    """llama.cpp tells its library a text without the blanks that it writes."""
    server = LlamaServer(small(tmp_path, "mistral", "mistral"))
    try:
        assert server.tokenizer.call_form == "mistral"
        assert "tools" in server.can
        assert "valid_calls" not in server.can
    finally:
        server.close()


@pytest.mark.usefixtures("calls_alone")
def test_the_real_model_writes_a_call_that_it_never_learned(prepared: Prepared) -> None:
    tokenizer: Any = AsHermes(prepared.tokenizer)
    server = LlamaServer(replace(prepared, tokenizer=tokenizer))
    question = (
        "What is the weather in Oslo? Answer with exactly: "
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}}</tool_call>'
    )
    try:
        end = server.submit(ask(question, temperature=0.0)).result()
        (call,) = calls(end)
        assert (call.name, call.problem) == ("get_weather", "")
        assert call.arguments == {"city": "Oslo"}
        assert held(end).tokens > 0
    finally:
        server.close()


def test_only_tokens_with_probabilities_are_counted(prepared: Prepared) -> None:
    """Of those that are told together, as the bytes of a character are, the last one."""
    tokenizer: Any = AsHermes(prepared.tokenizer)
    constraint = Grammars(tokenizer).constraint(ask("?"))
    assert constraint
    ids = tokenizer.encode("<tool_call>{")
    bad, good = tokenizer.encode("no")[0], ids[-1]
    likely = [{"id": bad, "logprob": -0.5}, {"id": good, "logprob": -1.0}]
    count(constraint, ids[:-1], {})
    count(constraint, ids, {"completion_probabilities": [{"top_logprobs": likely}]})
    found = constraint.held
    assert (found.tokens, found.overruled) == (1, 1)
    assert found.share == pytest.approx(0.6065, abs=1e-3)
