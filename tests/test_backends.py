"""What a model says that it can, and what is said where it cannot."""

from typing import get_args

import pytest

from core.backends.backend import (
    Ability,
    lacking,
    reader_of,
    require,
    scorer_of,
    tokenizer_of,
)
from core.backends.events import TextPart, ToolCall
from core.backends.reply import call_arguments, reply_parts
from core.errors import NotSupported
from core.i18n import in_language
from tests.scripted import ScriptedBackend

ABILITIES = get_args(Ability)


@pytest.mark.parametrize("ability", ABILITIES)
def test_what_a_model_lacks_is_said_in_one_sentence_with_its_name(ability):
    nothing = ScriptedBackend(can=(), name="Small Talk 1")
    said = lacking(nothing, ability)
    assert said
    assert "Small Talk 1" in said
    with pytest.raises(NotSupported, match="Small Talk 1"):
        require(nothing, ability)
    with in_language("zh"):
        assert lacking(nothing, ability) != said


@pytest.mark.parametrize("ability", ABILITIES)
def test_nothing_is_said_of_what_a_model_can(ability):
    able = ScriptedBackend(can=ABILITIES)
    assert lacking(able, ability) is None
    require(able, *ABILITIES)


def test_the_first_that_is_lacking_is_said():
    backend = ScriptedBackend(can=("chat", "scores"))
    assert lacking(backend, "chat", "logits", "tools") == lacking(backend, "logits")


@pytest.mark.parametrize("asked", [tokenizer_of, scorer_of, reader_of])
def test_nobody_gets_what_a_model_has_not(asked):
    with pytest.raises(NotSupported):
        asked(ScriptedBackend())


def test_the_local_model_can_what_it_says(engine):
    assert {*ABILITIES} == engine.can
    assert tokenizer_of(engine).encode("a")
    assert scorer_of(engine).score_many([[*tokenizer_of(engine).encode("a b")]])
    assert len(reader_of(engine).next_logits(tokenizer_of(engine).encode("a"))) > 1000


@pytest.mark.parametrize(
    ("raw", "arguments"),
    [
        ("tool_call(city='Oslo', days=2)", {"city": "Oslo", "days": 2}),
        ("```python\ntool_call(city='Oslo')\n```", {"city": "Oslo"}),
        ("tool_call()", {}),
        ("print(1)", None),
        ("tool_call(__import__('os').getcwd())", None),
        ("tool_call(city=open('/etc/passwd'))", None),
        ("tool_call(city=", None),
        ("(" * 10_000, None),
        ("", None),
    ],
)
def test_arguments_of_a_call_are_literals_or_none(raw, arguments):
    assert call_arguments(raw) == arguments


def test_a_reply_of_several_parts_is_told_apart(engine):
    tokenizer = tokenizer_of(engine)
    ids = [
        *tokenizer.encode("\nLet me see."),
        tokenizer.assistant_id,
        *tokenizer.encode("get_weather\ntool_call(city='Oslo')"),
    ]
    said, call = reply_parts(tokenizer, ids)
    assert said == TextPart("Let me see.")
    assert isinstance(call, ToolCall)
    assert call.name == "get_weather"
    assert call.arguments == {"city": "Oslo"}
