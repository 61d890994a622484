"""What a grammar of replies lets through is read as valid calls, or as text; and text is free."""

import json
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest

from core.backends.calls import CallForm
from core.backends.constraint import Constraint, Grammars
from core.backends.events import Part, ToolCall
from core.backends.reply import reply_parts
from core.backends.request import Request
from core.backends.tokenizer import Tokenizer
from core.errors import EngineError
from core.messages import Message
from core.models.catalogue import EMBEDDED_FOLDER
from core.models.checkpoint import inspect
from core.models.tokenizers import open_tokenizer
from core.sampling.settings import Sampling
from core.tools.tool import faults_of
from tests.families import KINDS, OPENINGS, make

FAMILIES = {"hermes": "qwen2", "llama": "llama", "mistral": "mistral", "glm4": "glm"}
FORMS: tuple[CallForm, ...] = get_args(CallForm)


def tool(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": f"The {name}", "parameters": parameters}


TEXT = {"type": "string"}
OFFERED = (
    tool("get_weather", ["city"], city=TEXT, unit={"type": "string", "enum": ["C", "F"]}),
    tool(
        *("book", ["place", "people"]),
        **{"place": TEXT, "people": {"type": "integer"}, "late": {"type": "boolean"}},
    ),
    tool(
        *("other", []),
        any={},
        share={"type": ["number", "null"], "minimum": 0},
        days={"type": "array", "items": {"type": "integer"}},
        where={"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
    ),
)
SCHEMAS = {one["name"]: one["parameters"] for one in OFFERED}


def asked(tools: Sequence[dict[str, Any]]) -> Request:
    """For an answer that is held to calls of these."""
    said = (Message("user", "?"),)
    return Request(said, Sampling(), tools=tuple(tools), valid_calls=True)


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokenizer]:
    """One of each form: byte level and sentencepiece."""
    found = {"chatglm3": open_tokenizer(inspect(EMBEDDED_FOLDER))}
    for form, family in FAMILIES.items():
        folder = tmp_path_factory.mktemp("tokenizers") / family
        make(folder, KINDS[family].with_tools(form))
        found[form] = open_tokenizer(inspect(folder))
        assert found[form].call_form == form
    return found


def begun(tokenizer: Tokenizer, text: str) -> Constraint:
    """An answer that has this text by now, all of which was allowed."""
    constraint = Grammars(tokenizer).constraint(asked(OFFERED))
    assert constraint
    ids = tokenizer.encode(text)
    for place, token in enumerate(ids):
        allowed = constraint.allowed()
        assert allowed is None or allowed[token], text
        constraint.take(ids[: place + 1])
    return constraint


def accepts(tokenizer: Tokenizer, text: str) -> bool:
    """Whether a whole answer of this text is allowed."""
    try:
        allowed = begun(tokenizer, text).allowed()
    except AssertionError:
        return False
    return allowed is None or bool(allowed[min(tokenizer.stop_ids)])


def parts_of(tokenizer: Tokenizer, ids: Sequence[int]) -> tuple[Part, ...]:
    return reply_parts(tokenizer, ids, set(SCHEMAS))


@pytest.mark.parametrize("form", FORMS)
def test_whatever_is_drawn_all_calls_are_valid(
    tokenizers: dict[str, Tokenizer], form: CallForm
) -> None:
    """Draws that know nothing, with some favour for what closes texts and lists."""
    tokenizer = tokenizers[form]
    closing = {
        i for i in range(tokenizer.vocab_size) if tokenizer.token_bytes(i)[:1] in b"\"'}])<,"
    }
    called = 0
    for seed in range(40):
        draws = np.random.default_rng(seed)
        opening = OPENINGS.get(form, "") if seed % 4 else ""
        constraint, ids = begun(tokenizer, opening), tokenizer.encode(opening)
        while len(ids) < 200 and not (ids and ids[-1] in tokenizer.stop_ids):
            allowed = constraint.allowed()
            legal = np.arange(tokenizer.vocab_size) if allowed is None else np.flatnonzero(allowed)
            short = sorted(closing.intersection(legal.tolist())) if draws.random() < 0.4 else []
            ids.append(int(draws.choice(short or legal)))
            constraint.take(ids)
        if ids[-1] not in tokenizer.stop_ids:
            continue
        for part in parts_of(tokenizer, ids):
            if isinstance(part, ToolCall):
                called += 1
                assert part.arguments is not None, part
                assert not faults_of(SCHEMAS[part.name], part.arguments), part
    assert called >= 4


@pytest.mark.parametrize("form", FORMS)
def test_text_in_which_no_call_begins_is_free(
    tokenizers: dict[str, Tokenizer], form: CallForm
) -> None:
    """Any token may follow: bytes that are no character, and control tokens too."""
    tokenizer = tokenizers[form]
    marks = {"<tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<|assistant|>"}
    plain = [
        i
        for i in range(tokenizer.vocab_size)
        if i not in tokenizer.stop_ids and tokenizer.piece(i) not in marks
    ]
    for seed in range(8):
        ids = tokenizer.encode("\nWell. ")
        constraint = begun(tokenizer, "\nWell. ")
        for token in np.random.default_rng(seed).choice(plain, 40).tolist():
            assert constraint.allowed() is None
            ids.append(token)
            constraint.take(ids)
    assert constraint.held.tokens == 0


WEATHER, BOOK = '{"city": "Oslo"}', '{"place": "Nero", "people": 4}'
VALID: dict[CallForm, list[str]] = {
    "hermes": [
        f'<tool_call>\n{{"name": "get_weather", "arguments": {WEATHER}}}\n</tool_call>',
        f'Let me see.\n<tool_call>{{"name": "book", "arguments": {BOOK}}}</tool_call>\nDone.',
        f'<tool_call>{{"name": "get_weather", "arguments": {WEATHER}}}</tool_call>\n' * 2,
        '<tool_call>{"name": "get_weather", "arguments": {"city": "</tool_c <b>"}}</tool_call>',
        "a < b, <tool_cal, {} and </tool_call>",
    ],
    "llama": [
        f'{{"name": "get_weather", "parameters": {WEATHER}}}',
        f'<|python_tag|>{{"name": "get_weather", "parameters": {WEATHER}}}',
        f'{{"type": "function", "name": "book", "parameters": {BOOK}}}',
        '{"city": "Oslo"}',
        '{"type": "circle", "radius": 2}',
        f'It is {{"name": "anything", "parameters": {WEATHER}}}',
    ],
    "mistral": [
        f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {WEATHER}}}]',
        f'[TOOL_CALLS] [{{"name": "get_weather", "arguments": {WEATHER}}}, '
        f'{{"name": "book", "arguments": {BOOK}}}]',
        "[TOOL_CALL] and [1]",
    ],
    "glm4": [
        f"get_weather\n{WEATHER}",
        f"\n book \n{BOOK}",
        '\nHello!\n{"a": 1} is JSON.',
        "Yes.\nget_weather is a tool",
        "get_weather is a tool",
    ],
    "chatglm3": [
        "get_weather\n```python\ntool_call(city='Oslo')\n```",
        "get_weather\n```python\ntool_call(city='Oslo', unit='C')\n```",
        "book\n```python\ntool_call(place='Nero', people=-4, late=True)\n```",
        "other\n```python\ntool_call(days=[1, 2], where={'x': 0.5})\n```",
        "\nAny answer at all: tool_call(nothing)",
    ],
}
INVALID: dict[CallForm, list[str]] = {
    "hermes": [
        "<tool_call>",
        "<tool_call>call get_weather</tool_call>",
        f'<tool_call>{{"name": "get_time", "arguments": {WEATHER}}}</tool_call>',
        f'<tool_call>{{"name": "book", "arguments": {WEATHER}}}</tool_call>',
        '<tool_call>{"name": "get_weather", "arguments": {"city": "</tool_call>"}}</tool_call>',
        '<tool_call>{"name": "other", "arguments": {"share": -1}}</tool_call>',
        '<tool_call>{"name": "other", "arguments": {"share": 1e999}}</tool_call>',
        '<tool_call>{"name": "get_weather", "arguments": {"city": "\\ud800"}}</tool_call>',
    ],
    "llama": [
        f'{{"name": "get_time", "parameters": {WEATHER}}}',
        f'\n{{ "name" : "get_weather", "parameters": {BOOK}}}',
        f'{{"function": {{"name": "get_weather", "parameters": {WEATHER}}}}}',
        f'{{"name": "get_weather", "parameters": {WEATHER}}} Here you are.',
        '{"name": "Oslo"}',
    ],
    "mistral": [
        "[TOOL_CALLS]",
        "[TOOL_CALLS][]",
        f'[TOOL_CALLS]{{"name": "get_weather", "arguments": {WEATHER}}}',
        f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {BOOK}}}]',
        f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {WEATHER}}}] Done.',
    ],
    "glm4": [
        "get_weather",
        f"get_weather\n{BOOK}",
        "get_weather\nOslo",
        f"get_time\n{WEATHER}",
        f"get_weather\n{WEATHER}\nDone.",
    ],
    "chatglm3": [
        "get_weather\n```python\ntool_call(location='Oslo')\n```",
        "get_weather\n```python\ntool_call(city='Oslo', city='Rome')\n```",
        "get_weather\n```python\ntool_call(city='Oslo', unit='K')\n```",
        "get_weather\n```python\ntool_call()\n```",
        "book\n```python\ntool_call(place='Nero', people='4')\n```",
        "other\n```python\ntool_call(days=['1'])\n```",
        "other\n```python\ntool_call(where={'y': 1})\n```",
        "get_time\n```python\ntool_call(city='Oslo')\n```",
    ],
}


@pytest.mark.parametrize(("form", "text"), [(f, t) for f, texts in VALID.items() for t in texts])
def test_valid_calls_and_texts_are_let_through(
    tokenizers: dict[str, Tokenizer], form: CallForm, text: str
) -> None:
    tokenizer = tokenizers[form]
    assert accepts(tokenizer, text)
    for part in parts_of(tokenizer, tokenizer.encode(text)):
        assert not isinstance(part, ToolCall) or not part.problem


@pytest.mark.parametrize(("form", "text"), [(f, t) for f, texts in INVALID.items() for t in texts])
def test_other_calls_are_not(tokenizers: dict[str, Tokenizer], form: CallForm, text: str) -> None:
    tokenizer = tokenizers[form]
    assert not accepts(tokenizer, text)
    # They are what a reader would find fault with, but for forms that nobody asks for
    if form not in ("llama", "mistral"):
        (call,) = (
            p for p in parts_of(tokenizer, tokenizer.encode(text)) if isinstance(p, ToolCall)
        )
        known = SCHEMAS.get(call.name)
        assert call.problem or known is None or faults_of(known, call.arguments or {})


@pytest.mark.parametrize(
    ("form", "mark", "rest"),
    [
        ("hermes", "<tool_call>", ""),
        ("mistral", "[TOOL_CALLS]", ""),
        ("llama", "<|python_tag|>", '{"name":'),
    ],
)
def test_a_mark_may_be_one_token_or_its_letters(
    tokenizers: dict[str, Tokenizer], form: CallForm, mark: str, rest: str
) -> None:
    tokenizer = tokenizers[form]
    token = next(i for i in range(tokenizer.vocab_size) if tokenizer.piece(i) == mark)
    assert tokenizer.is_control(token)
    constraint = Grammars(tokenizer).constraint(asked(OFFERED))
    assert constraint
    constraint.take([token, *tokenizer.encode(rest)])
    allowed, other = constraint.allowed(), begun(tokenizer, mark + rest).allowed()
    assert allowed is not None
    assert (allowed == other).all()
    assert allowed.sum() < 20


@pytest.mark.parametrize("form", FORMS)
def test_bytes_of_tokens_are_those_of_the_text(
    tokenizers: dict[str, Tokenizer], form: CallForm
) -> None:
    tokenizer = tokenizers[form]
    text = "Straße: 北京\t😀 <tool>  {}\n"
    written = b"".join(tokenizer.token_bytes(i) for i in tokenizer.encode(text))
    assert written.decode().lstrip(" ") == text


def test_schemas_of_any_kind_have_a_grammar(tokenizers: dict[str, Tokenizer]) -> None:
    """References, combinations and words that nobody knows."""
    schema = {
        "$defs": {"side": {"type": "string", "enum": ["left", "right"]}},
        "properties": {
            "side": {"$ref": "#/$defs/side"},
            "size": {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "null"}]},
            "mail": {"type": "string", "format": "nobody-knows"},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 4}, "maxItems": 2},
        },
        "required": ["side"],
    }
    tools = ({"type": "function", "function": {"name": "turn", "parameters": schema}},)
    grammars = Grammars(tokenizers["llama"])
    for given, valid in (
        ({"side": "left", "size": 7, "tags": ["ab"]}, True),
        ({"side": "left", "size": None}, True),
        ({"side": "up"}, False),
        ({"side": "left", "size": 12}, False),
        ({"side": "left", "tags": ["abcde"]}, False),
        ({"side": "left", "colour": 1}, False),
    ):
        constraint = grammars.constraint(asked(tools))
        assert constraint
        said = json.dumps({"name": "turn", "parameters": given})
        ids = tokenizers["llama"].encode(said)
        fits = True
        for place, token in enumerate(ids):
            allowed = constraint.allowed()
            fits = fits and (allowed is None or bool(allowed[token]))
            constraint.take(ids[: place + 1])
        assert fits == valid, given


def test_tools_that_there_is_no_grammar_for_are_refused(tokenizers: dict[str, Tokenizer]) -> None:
    schema = {"properties": {"a": {"type": "string", "pattern": "(?=x)y"}}}
    with pytest.raises(EngineError, match="grammar of these tools"):
        Grammars(tokenizers["llama"]).constraint(asked([{"name": "turn", "parameters": schema}]))


def test_without_tools_nothing_is_held(tokenizers: dict[str, Tokenizer]) -> None:
    assert Grammars(tokenizers["hermes"]).constraint(asked(())) is None
