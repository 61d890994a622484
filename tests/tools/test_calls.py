"""Calls are read by their grammar: what is written comes back, and nothing a model says does
harm."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.backends.calls import (
    CallForm,
    chatglm3_arguments,
    json_arguments,
    read_message,
    reply_text_parts,
    written,
)
from core.backends.events import Problem, TextPart, ToolCall
from core.models.template import call_form
from core.tools.calls import Fault, Ready, checked
from core.tools.tool import Tool

FORMS: tuple[CallForm, ...] = ("chatglm3", "glm4", "hermes", "llama", "mistral")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.from_regex(r"\A[a-z][a-z_]{0,12}\Z").filter(
    lambda name: name not in ("as", "if", "in", "is", "or", "and", "def", "del", "for", "not")
)
KEYWORDS = {
    *("while", "with", "yield", "else", "elif", "try", "from", "class", "pass", "break", "async"),
    *("await", "continue", "except", "finally", "global", "import", "lambda", "nonlocal", "raise"),
    *("return", "assert"),
}
CITY = Tool(
    "weather",
    "Tells it",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    lambda given: given,
)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(arguments=st.dictionaries(NAMES.filter(lambda n: n not in KEYWORDS), VALUES, max_size=4))
@example(arguments={"a": "</tool_call>", "b": "[TOOL_CALLS]"})
def test_what_is_written_is_read_again(form: CallForm, arguments: dict[str, Any]) -> None:
    message = written(form, "weather", arguments)
    (call,) = read_message(form, message, {"weather"})
    assert (call.name, call.problem) == ("weather", "")
    assert call.arguments == arguments


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(text=st.text(max_size=200) | st.text("<tool_call>/{}[]\"':,\\ TOOLS_name1-", max_size=200))
def test_no_text_raises_anything(form: CallForm, text: str) -> None:
    for part in reply_text_parts(form, text, {"weather"}):
        if isinstance(part, ToolCall) and part.arguments is not None:
            json.dumps(part.arguments, allow_nan=False).encode()
    chatglm3_arguments(text)
    json_arguments(text)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("tool_call(city='Oslo', city='now')", "twice"),
        ("tool_call('Oslo')", "unreadable"),
        ("tool_call(**{'city': 'Oslo'})", "unreadable"),
        ("get_weather(city='Oslo')", "unreadable"),
        ("tool_call(city=open('/etc/passwd').read())", "values"),
        ("tool_call(city=__import__('os').system('id'))", "values"),
        ("tool_call(city=name)", "values"),
        ("tool_call(city='a' + 'b')", "values"),
        ("tool_call(city='a' * 10**10)", "values"),
        ("tool_call(city=f'{1}')", "values"),
        ("tool_call(city=[x for x in 'ab'])", "values"),
        ("tool_call(city={1, 2})", "values"),
        ("tool_call(city={1: 2})", "values"),
        ("tool_call(city=b'x')", "values"),
        ("tool_call(city=1j)", "values"),
        ("tool_call(city=1e999)", "values"),
        ("tool_call(city=-True)", "values"),
        ("tool_call(city='\\ud800')", "values"),
        ("tool_call(city={'a': 1, 'a': 2})", "twice"),
        ("tool_call(n=" + "9" * 500 + ")", "size"),
        ("tool_call(n=" + "[" * 30 + "]" * 30 + ")", "size"),
        ("tool_call(n=" + "[" * 9_000 + "]" * 9_000 + ")", "size"),
        ("tool_call(n=" + "-" * 9_000 + "1)", "size"),
        ("tool_call(n=" + "not " * 4_000 + "1)", "size"),
        ("tool_call(n='" + "x" * 30_000 + "')", "size"),
        ("tool_call(city='Oslo'", "unreadable"),
        ("tool_call(city='Oslo'); print(1)", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_programs_that_are_no_calls(raw: str, problem: Problem) -> None:
    assert chatglm3_arguments(f"```python\n{raw}\n```") == (None, problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"n": NaN}', "values"),
        ('{"n": -Infinity}', "values"),
        ('{"n": 1e999}', "values"),
        ('{"n": 1, "n": 2}', "twice"),
        ('{"n": "\\ud800"}', "values"),
        ('{"n": ' + "9" * 9_000 + "}", "unreadable"),
        ('{"n": ' + "9" * 500 + "}", "size"),
        ('{"n": ' + "[" * 9_000 + "]" * 9_000 + "}", "size"),
        ("[1]", "unreadable"),
        ("{'n': 1}", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_json_that_is_no_arguments(text: str, problem: Problem) -> None:
    assert json_arguments(text) == (None, problem)


def test_negative_numbers_lists_and_words_are_read() -> None:
    raw = "tool_call(a=-3, b=[1, 'x', None], c={'d': True}, e=(1, 2), f=+2.5)"
    wanted = {"a": -3, "b": [1, "x", None], "c": {"d": True}, "e": [1, 2], "f": 2.5}
    assert chatglm3_arguments(raw) == (wanted, "")


HERMES = (
    'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>\n'
    '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'
)


@pytest.mark.parametrize(
    ("form", "text", "cities"),
    [
        ("hermes", HERMES, ["Oslo", "Rome"]),
        ("hermes", '<tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}', ["Oslo"]),
        ("llama", '{"name": "weather", "parameters": {"city": "Oslo"}}', ["Oslo"]),
        ("llama", '<|python_tag|>{"name": "weather", "parameters": {"city": "Oslo"}}', ["Oslo"]),
        (
            "llama",
            '{"type": "function", "function": {"name": "weather", "arguments": {"city": "Oslo"}}}',
            ["Oslo"],
        ),
        (
            "llama",
            '{"name": "weather", "parameters": {"city": "Oslo"}}; '
            '{"name": "weather", "parameters": {"city": "Rome"}}',
            ["Oslo", "Rome"],
        ),
        ("mistral", '[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Oslo"}}]', ["Oslo"]),
        (
            "mistral",
            '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Oslo"}}, '
            '{"name": "weather", "arguments": {"city": "Rome"}}]</s>',
            ["Oslo", "Rome"],
        ),
        ("mistral", '[TOOL_CALLS]weather[ARGS]{"city": "Oslo"}', ["Oslo"]),
        ("glm4", 'weather\n{"city": "Oslo"}', ["Oslo"]),
        ("glm4", 'weather\n{"city": "Oslo"}<|observation|>', ["Oslo"]),
    ],
)
def test_the_forms_of_the_families(form: CallForm, text: str, cities: list[str]) -> None:
    calls = [p for p in reply_text_parts(form, text, {"weather"}) if isinstance(p, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [
        ("weather", {"city": city}) for city in cities
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["Hello.", "{}", "weather is nice\nindeed", '{"name": "Bob"'])
def test_what_is_said_stays_said(form: CallForm, text: str) -> None:
    if form == "llama" and text == '{"name": "Bob"':
        pytest.skip("a call that was cut off begins like this")
    assert reply_text_parts(form, text, {"weather"}) == (TextPart(text),)


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (ToolCall("wether", "", {"city": "Oslo"}), "unknown"),
        (ToolCall("weather", "", None, "twice"), "unreadable"),
        (ToolCall("", "", None, "unreadable"), "unreadable"),
        (ToolCall("weather", "", {"location": "Oslo"}), "arguments"),
        (ToolCall("weather", "", {"city": math.pi}), "arguments"),
    ],
)
def test_what_cannot_be_run_has_a_sentence_for_both(call: ToolCall, kind: str) -> None:
    fault = checked(call, [CITY])
    assert isinstance(fault, Fault)
    assert fault.kind == kind
    assert fault.for_model.endswith(".")
    assert fault.for_people.endswith(".")


def test_what_fits_is_ready() -> None:
    assert checked(ToolCall("weather", "", {"city": "Oslo"}), [CITY]) == Ready(
        CITY, {"city": "Oslo"}
    )


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("{{ '<tool_call>' }}", "hermes"),
        ("{{ '[TOOL_CALLS]' }}", "mistral"),
        ("{% if role == 'ipython' %}", "llama"),
        ("<|assistant|>{{ m.metadata }}", "glm4"),
        ("<|im_start|>", None),
    ],
)
def test_the_form_is_told_by_the_template(source: str, form: CallForm | None) -> None:
    assert call_form(source) == form
