"""How a model writes that it wants a tool: the forms of the families, read and written.

A call is read by its grammar and never run: literals of Python, or JSON, of bounded length, depth
and size of numbers. What is not that has a `Problem` and no arguments. No text of a model raises
anything here.

Sources: https://huggingface.co/THUDM/chatglm3-6b (ChatGLM3); the chat templates published with
Qwen2.5 (whose form is that of NousResearch's Hermes), Llama 3.1, Mistral 7B v0.3 and GLM-4.
"""

import ast
import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from core.backends.events import Part, Problem, TextPart, ToolCall
from core.messages import Message

# chatglm3, glm4: a call is a part of its own, behind a line with the tool's name. hermes:
# <tool_call>{"name", "arguments"}</tool_call> in the text. llama: {"name", "parameters"} as the
# whole text. mistral: [TOOL_CALLS] and a list of {"name", "arguments"}.
CallForm = Literal["chatglm3", "glm4", "hermes", "llama", "mistral"]

LONGEST_CALL = 20_000
DEEPEST = 16
# More digits take time that grows with their square
LONGEST_NUMBER = 400
_NAME = re.compile(r"[\w.-]{1,64}")
_HERMES = re.compile(r"<tool_call>(?P<call>.*?)(?:</tool_call>|\Z)", re.DOTALL)
_MISTRAL = "[TOOL_CALLS]"
_MISTRAL_NAMED = re.compile(
    r"\s*(?P<name>[\w.-]{1,64})\s*(?:\[ARGS\])?\s*(?P<json>\{.*)", re.DOTALL
)
_PYTHON_TAG = "<|python_tag|>"
_ENDS = ("<|eom_id|>", "<|eot_id|>", "</s>", "<|im_end|>", "<|observation|>")

Arguments = dict[str, Any]


class _Unusable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


# --- reading ------------------------------------------------------------------------------


def chatglm3_arguments(raw: str) -> tuple[Arguments | None, Problem]:
    """Of `tool_call(name=value, …)`, in a fence or not: its arguments, or what is wrong."""
    lines = raw.strip().splitlines()
    program = "\n".join(line for line in lines if not line.lstrip().startswith("```")).strip()
    try:
        _check_size(program)
        call = ast.parse(program, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise _Unusable("unreadable")
        if call.func.id != "tool_call" or call.args:
            raise _Unusable("unreadable")
        pairs = []
        for word in call.keywords:
            if word.arg is None:
                raise _Unusable("unreadable")
            pairs.append((word.arg, _literal(word.value)))
        return _once(pairs), ""
    except _Unusable as error:
        return None, error.problem
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None, "unreadable"


def json_arguments(text: str) -> tuple[Arguments | None, Problem]:
    """Of one object of JSON, or what is wrong."""
    try:
        found = _json(text)
    except _Unusable as error:
        return None, error.problem
    return (found, "") if isinstance(found, dict) else (None, "unreadable")


def json_value(text: str) -> tuple[Any, Problem]:
    """Any value of JSON, or what is wrong."""
    try:
        return _json(text), ""
    except _Unusable as error:
        return None, error.problem


def reply_text_parts(form: CallForm, text: str, names: Collection[str] = ()) -> tuple[Part, ...]:
    """What a reply that is one text says, and the tools it asks for. names: of the tools that were
    offered; forms without a mark of their own are read only for these."""
    match form:
        case "hermes":
            return _hermes(text)
        case "mistral":
            return _mistral(text)
        case "llama":
            return _llama(text) if names else (TextPart(text),)
        case "glm4":
            return _glm4(text, names)
        case "chatglm3":
            return (TextPart(text),)


def _hermes(text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    end = 0
    for found in _HERMES.finditer(text):
        _say(parts, text[end : found.start()])
        parts.append(_named_call(found["call"], found[0]))
        end = found.end()
    _say(parts, text[end:])
    return tuple(parts) or (TextPart(text),)


def _mistral(text: str) -> tuple[Part, ...]:
    said, mark, rest = text.partition(_MISTRAL)
    if not mark:
        return (TextPart(text),)
    parts: list[Part] = []
    _say(parts, said)
    body = _without_end(rest)
    if body.startswith("["):
        try:
            calls = _json(body)
        except _Unusable as error:
            return (*parts, ToolCall("", mark + rest, None, error.problem))
        if isinstance(calls, list) and calls:
            return (*parts, *(_of_object(call, mark + rest) for call in calls))
        return (*parts, ToolCall("", mark + rest, None, "unreadable"))
    for one in body.split(_MISTRAL):
        found = _MISTRAL_NAMED.fullmatch(one)
        if found is None:
            parts.append(ToolCall("", mark + one, None, "unreadable"))
        else:
            parts.append(ToolCall(found["name"], mark + one, *json_arguments(found["json"])))
    return tuple(parts)


def _llama(text: str) -> tuple[Part, ...]:
    body = _without_end(text.strip().removeprefix(_PYTHON_TAG))
    if not body.startswith("{"):
        return (TextPart(text),)
    try:
        whole = _json(body)
    except _Unusable:
        if not re.match(r'\{\s*"(?:name|type|function)"\s*:', body):
            return (TextPart(text),)
        pieces = re.split(r"\}\s*;\s*(?=\{)", body)
        calls = [
            _named_call(piece + "}" * (i < len(pieces) - 1), piece + "}" * (i < len(pieces) - 1))
            for i, piece in enumerate(pieces)
        ]
        return tuple(calls)
    if not isinstance(whole, dict) or not {"name", "function"} & set(whole):
        return (TextPart(text),)
    return (_of_object(whole, text),)


def _glm4(text: str, names: Collection[str]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for segment in text.split("<|assistant|>"):
        name, _line, body = segment.strip().partition("\n")
        name = name.strip()
        known = name in names
        if known or (names and _NAME.fullmatch(name) and body.lstrip().startswith("{")):
            raw = _without_end(body)
            parts.append(ToolCall(name, raw, *json_arguments(raw)))
        else:
            _say(parts, segment)
    return tuple(parts) or (TextPart(text),)


def _named_call(text: str, raw: str) -> ToolCall:
    try:
        return _of_object(_json(_without_end(text)), raw)
    except _Unusable as error:
        named = re.search(r'"name"\s*:\s*"([\w.-]{1,64})"', text)
        return ToolCall(named[1] if named else "", raw, None, error.problem)


def _of_object(found: object, raw: str) -> ToolCall:
    """A call from {"name", "arguments" or "parameters"}; arguments may be JSON within a text."""
    if not isinstance(found, dict):
        return ToolCall("", raw, None, "unreadable")
    inner = found.get("function")
    if isinstance(inner, dict):
        found = inner
    name = found.get("name", inner if isinstance(inner, str) else "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return ToolCall("", raw, None, "unreadable")
    arguments = found.get("arguments", found.get("parameters", {}))
    if isinstance(arguments, str):
        return ToolCall(name, raw, *json_arguments(arguments))
    if not isinstance(arguments, dict):
        return ToolCall(name, raw, None, "unreadable")
    return ToolCall(name, raw, arguments)


def _say(parts: list[Part], text: str) -> None:
    if text.strip():
        parts.append(TextPart(text.strip()))


def _without_end(text: str) -> str:
    text = text.strip()
    for end in _ENDS:
        text = text.removesuffix(end).rstrip()
    return text


# --- values -------------------------------------------------------------------------------


def _check_size(text: str) -> None:
    """Refuse what would take the parser's stack, before it sees it."""
    if len(text) > LONGEST_CALL:
        raise _Unusable("size")
    depth = deepest = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    if deepest > 4 * DEEPEST or re.search(r"(?:[-+~]\s*){9}|(?:\bnot\s+){9}", text):
        raise _Unusable("size")


def _literal(node: ast.expr, depth: int = 0) -> Any:
    """The value of a literal, as JSON has it."""
    if depth > DEEPEST:
        raise _Unusable("size")
    match node:
        case ast.Constant(value=bool() | None):
            return node.value
        case ast.Constant(value=str() | int() | float()):
            return _plain(node.value)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            number = cast(float, node.operand.value)  # type: ignore[attr-defined]
            if isinstance(number, bool):
                raise _Unusable("values")
            return _plain(-number if isinstance(node.op, ast.USub) else number)
        case ast.List() | ast.Tuple():
            return [_literal(one, depth + 1) for one in node.elts]
        case ast.Dict():
            pairs = []
            for key, value in zip(node.keys, node.values, strict=True):
                if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                    raise _Unusable("values")
                pairs.append((_plain(key.value), _literal(value, depth + 1)))
            return _once(pairs)
    raise _Unusable("values")


def _json(text: str) -> Any:
    def refuse(_word: str) -> Any:
        raise _Unusable("values")

    _check_size(text)
    try:
        found = json.loads(text, parse_constant=refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError, MemoryError) as error:
        raise _Unusable("unreadable") from error
    return _plain(found)


def _plain(value: Any, depth: int = 0) -> Any:
    """The value, checked: finite numbers of a sane length, whole characters, not too deep."""
    if depth > DEEPEST:
        raise _Unusable("size")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _Unusable("values") from error
    elif isinstance(value, bool) or value is None:
        pass
    elif isinstance(value, int):
        if abs(value) >= 10**LONGEST_NUMBER:
            raise _Unusable("size")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise _Unusable("values")
    elif isinstance(value, list):
        for one in value:
            _plain(one, depth + 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            _plain(key)
            _plain(one, depth + 1)
    else:
        raise _Unusable("values")
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusable("twice")
    return found


# --- writing ------------------------------------------------------------------------------


def written(form: CallForm | None, name: str, arguments: Mapping[str, Any]) -> Message:
    """A call as a model of this form would write it, as a message of its own. None: of a model that
    has its calls by an interface, and not in its text."""
    said = json.dumps(dict(arguments), ensure_ascii=False)
    quoted = json.dumps(name, ensure_ascii=False)
    match form:
        case "chatglm3":
            values = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            return Message("assistant", f"```python\ntool_call({values})\n```", name)
        case "hermes":
            # Within an argument it would end the call
            said = said.replace("</tool_call>", "\\u003c/tool_call>")
            inner = f'{{"name": {quoted}, "arguments": {said}}}'
            return Message("assistant", f"<tool_call>\n{inner}\n</tool_call>", name)
        case "llama":
            return Message("assistant", f'{{"name": {quoted}, "parameters": {said}}}', name)
        case "mistral":
            inner = f'[{{"name": {quoted}, "arguments": {said}}}]'
            return Message("assistant", _MISTRAL + inner, name)
    return Message("assistant", said, name)


def with_arguments(
    form: CallForm | None, message: Message, call: ToolCall, arguments: Mapping[str, Any]
) -> Message:
    """The message that makes this call, with other arguments in it."""
    new = written(form, call.name, arguments).content
    if form == "mistral":
        # Several calls may be one list
        listed = [one for one in read_message(form, message, ()) if one.raw == call.raw]
        said = [
            {"name": one.name, "arguments": arguments if one == call else one.arguments or {}}
            for one in listed
        ]
        new = _MISTRAL + json.dumps(said, ensure_ascii=False)
    return replace(message, content=message.content.replace(call.raw, new, 1))


def in_segments(form: CallForm | None) -> bool:
    """Whether each part of a reply is a message of its own, and not all of them one text."""
    return form in (None, "chatglm3", "glm4")


def read_message(
    form: CallForm | None, message: Message, names: Collection[str]
) -> tuple[ToolCall, ...]:
    """The calls that an assistant's message from a conversation holds."""
    if message.role != "assistant" or (in_segments(form) and not message.metadata):
        return ()
    if form == "chatglm3":
        found = chatglm3_arguments(message.content)
        return (ToolCall(message.metadata, message.content, *found),)
    if in_segments(form):
        found = json_arguments(message.content)
        return (ToolCall(message.metadata, message.content, *found),)
    parts = reply_text_parts(cast(CallForm, form), message.content, names)
    return tuple(part for part in parts if isinstance(part, ToolCall))
