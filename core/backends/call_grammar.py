"""Grammars under which a reply has only valid calls, family by family, in llguidance's Lark syntax.

They belong to the readers in `core.backends.calls`: what a grammar lets through, its family's
reader takes for calls of the tools that are offered, with arguments that fit, or for no call at
all. Text is free: any bytes, and any control token, as long as no call begins in it. Where one
begins, it can only go on as a valid one.

Sources: https://github.com/guidance-ai/llguidance (docs/syntax.md, docs/json_schema.md).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.backends.calls import CallForm
from core.backends.tokenizer import Tokenizer

Schema = Mapping[str, Any]
# Names of control tokens that mean something in a reply
_MARKS = ("<tool_call>", "</tool_call>", "[TOOL_CALLS]", "<|python_tag|>", "<|assistant|>")
# Text may have bytes that are no UTF-8: the beginning of a character whose rest never came. The
# library has its control tokens behind the byte FF, so that expressions over bytes must not take
# that one, and knows no classes of characters beside them
_HEAD = '%llguidance {"allow_invalid_utf8": true}\n'
_ANY = r"[\x00-\xfe]*"
# Characters beyond ASCII in UTF-8: those that Python takes for the end of a line, and all others
_IN_LINE = (
    r"\xc2[\x80-\x84\x86-\xbf]|[\xc3-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|"
    r"\xe2\x80[\x80-\xa7\xaa-\xbf]|\xe2[\x81-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|"
    r"[\xe1\xe3-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|"
    r"[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_WIDE = rf"{_IN_LINE}|\xc2\x85|\xe2\x80[\xa8\xa9]"
# What Python takes for a blank
_BLANK = (
    r"([\t-\r\x1c-\x20]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|"
    r"\xe3\x80\x80)"
)
_TERMINALS = rf"""
TEXT: /{_ANY}/
GAP: /[ \n]{{0,2}}/
BLANKS: /{_BLANK}*/
NEVER: /a/ & /b/
"""
# JSON as Python writes it, which is how these models were shown it
_SPELLING = {
    "item_separator": ", ",
    "key_separator": ": ",
    "whitespace_flexible": False,
    "lenient": True,
}
# What a number can be so that every reader has it whole
_MOST = 10**15
# Of values that a schema says nothing about
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class ControlIds:
    """The control tokens of a vocabulary. marks: those with a meaning in a reply, by their names.
    ends: those that end it. others: all that do not, and tokens that no text can be made of."""

    marks: Mapping[str, int] = field(default_factory=dict)
    ends: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    @classmethod
    def of(cls, tokenizer: Tokenizer, foreign: Iterable[int] = ()) -> "ControlIds":
        """Those of this tokenizer. foreign: ids of tokens that no text can be made of."""
        ends = tokenizer.stop_ids
        control = [i for i in range(tokenizer.vocab_size) if tokenizer.is_control(i)]
        marks = {name: i for i in control if (name := tokenizer.piece(i)) in _MARKS}
        if tokenizer.assistant_id is not None:
            marks["<|assistant|>"] = tokenizer.assistant_id
        marks = {name: i for name, i in marks.items() if i not in ends}
        return cls(marks, tuple(sorted(ends)), tuple(sorted({*control, *foreign} - {*ends})))

    def plain(self, *opening: str) -> str:
        """The tokens that end a part of a text and mean nothing in it: all but those that open a
        call."""
        open_ids = {self.marks[name] for name in opening if name in self.marks}
        return _tokens([i for i in self.others if i not in open_ids])


def reply_grammar(
    form: CallForm | None, tools: Sequence[Schema], control: ControlIds
) -> str | None:
    """The grammar of whole replies; None where no tools are offered, or the form is not known."""
    if not tools or form is None:
        return None
    made: Mapping[CallForm, Callable[[Sequence[Schema], ControlIds], list[str]]] = {
        "chatglm3": _chatglm3,
        "glm4": _glm4,
        "hermes": _hermes,
        "llama": _llama,
        "mistral": _mistral,
    }
    functions = [tool.get("function", tool) for tool in tools]
    rules = made[form](functions, control)
    return _HEAD + "\n".join([f"start: reply {_tokens(control.ends)}?", *rules]) + _TERMINALS


# --- the families -----------------------------------------------------------------------------


def _hermes(tools: Sequence[Schema], control: ControlIds) -> list[str]:
    """<tool_call>{"name": …, "arguments": {…}}</tool_call>, anywhere in the text and any number."""
    close = "</tool_call>"
    calls = _named(tools, "arguments", "GAP", close)
    return [
        "reply: piece* TEXT",
        f"piece: opened call GAP {_mark(close, control)} | TEXT {control.plain('<tool_call>')}",
        f"opened: {_anywhere('<tool_call>', control)}",
        'opened_by_text[lazy]: TEXT "<tool_call>"',
        *calls,
    ]


def _mistral(tools: Sequence[Schema], control: ControlIds) -> list[str]:
    """Text, [TOOL_CALLS], and one list of {"name": …, "arguments": {…}}, with which the reply
    ends."""
    return [
        f"reply: (TEXT {control.plain('[TOOL_CALLS]')})* (TEXT | opened list)",
        f"opened: {_anywhere('[TOOL_CALLS]', control)}",
        'opened_by_text[lazy]: TEXT "[TOOL_CALLS]"',
        'list: GAP "[" call (LISTED call)* GAP "]" GAP',
        'LISTED: GAP "," GAP',
        *_named(tools, "arguments", "GAP"),
    ]


def _llama(tools: Sequence[Schema], control: ControlIds) -> list[str]:
    """{"name": …, "parameters": {…}} as the whole reply, behind <|python_tag|> or not."""
    # Python has more blanks than JSON, and its reader sees a call there all the same
    start, like = _llama_start(r"[ \n]{0,2}"), _llama_start(f"{_BLANK}*")
    tag = _token("<|python_tag|>", control)
    return [
        # In the middle of a text the tag means nothing
        f"reply: called | PLAIN ({control.plain('<|python_tag|>')} TEXT rest)? | SAID rest"
        f" | BLANKS {tag} (called | PLAIN rest)",
        'called: begun named GAP "}" GAP',
        rf"begun[lazy]: /{start}\x22name\x22 ?:/",
        rf"PLAIN: TEXT & ~/{like}\x22(name|function)\x22{_BLANK}*:{_ANY}/",
        "SAID: PLAIN & ~BLANKS",
        f"rest: ({control.plain()} TEXT)*",
        *_named(tools, "parameters", None),
    ]


def _llama_start(blanks: str) -> str:
    """An expression for what stands before the first name in a call."""
    kind = rf"(\x22type\x22{blanks}:{blanks}\x22function\x22{blanks},{blanks})?"
    return rf"{_BLANK}*(<\|python_tag\|>{_BLANK}*)?\{{{blanks}{kind}"


def _glm4(tools: Sequence[Schema], control: ControlIds) -> list[str]:
    """Segments between <|assistant|>: a line with the tool's name and {…}, or text."""
    names = " | ".join(json.dumps(tool["name"]) for tool in tools)
    calls = [f"call{n}" for n in range(len(tools))]
    rules = [
        f"reply: segment ({_token('<|assistant|>', control)} segment)*",
        f"segment: PLAIN rest | {' | '.join(calls)}",
        f"rest: ({control.plain('<|assistant|>')} TEXT)*",
        f"NAMES: {names}",
        "LINE: BLANKS NAMES BLANKS /\\n/",
        rf"LIKE: /{_BLANK}*([\w.-]|{_WIDE}){{1,64}}{_BLANK}*\n{_BLANK}*\{{{_ANY}/",
        rf"PARTED: /{_ANY}<\|assistant\|>{_ANY}/",
        "PLAIN: TEXT & ~(LINE TEXT) & ~LIKE & ~(BLANKS NAMES BLANKS) & ~PARTED",
    ]
    for name, tool in zip(calls, tools, strict=True):
        line = f"BLANKS {json.dumps(tool['name'])} BLANKS /\\n/"
        rules += [f"{name}: {name}_line GAP {_arguments(tool)} GAP", f"{name}_line[lazy]: {line}"]
    return rules


def _named(
    tools: Sequence[Schema], arguments: str, before: str | None, mark: str = ""
) -> list[str]:
    """Rules `call`, {"name": …, ARGUMENTS: {…}}, and `named`, the same behind its first colon.
    before: what may stand before it; None: nobody asks for `call`."""
    rules = [f"named: {' | '.join(f'named{n}' for n in range(len(tools)))}"]
    if before is not None:
        rules += ['call: NAMING named GAP "}"', f'NAMING: {before} "{{" GAP "\\"name\\"" GAP ":"']
    for n, tool in enumerate(tools):
        name, key = json.dumps(json.dumps(tool["name"])), json.dumps(json.dumps(arguments))
        rules += [
            f"named{n}: NAMED{n} {_arguments(tool, mark)}",
            f'NAMED{n}: GAP {name} GAP "," GAP {key} GAP ":" GAP',
        ]
    return rules


# --- text -------------------------------------------------------------------------------------


def _mark(name: str, control: ControlIds) -> str:
    """A mark, letter by letter or as its token."""
    return f"({json.dumps(name)} | {_token(name, control)})"


def _anywhere(name: str, control: ControlIds) -> str:
    """Text up to a mark, of which the rule `opened_by_text` has the letters."""
    return f"opened_by_text | TEXT {_token(name, control)}"


def _token(name: str, control: ControlIds) -> str:
    """A mark as its token."""
    return _tokens([control.marks[name]] if name in control.marks else [])


def _tokens(ids: Sequence[int]) -> str:
    """Any one of these tokens, which are in ascending order."""
    if not ids:
        return "NEVER"
    ranges: list[list[int]] = []
    for i in ids:
        if ranges and i == ranges[-1][1] + 1:
            ranges[-1][1] = i
        else:
            ranges.append([i, i])
    return f"<[{','.join(f'{low}-{high}' for low, high in ranges)}]>"


# --- arguments in JSON ------------------------------------------------------------------------


def _arguments(tool: Schema, mark: str = "") -> str:
    """A tool's arguments, by its schema. mark: what no text in them may have."""
    parameters = _spelled({"type": "object", **tool.get("parameters", {})}, mark)
    parameters["additionalProperties"] = tool.get("parameters", {}).get(
        "additionalProperties", False
    )
    return f"%json {json.dumps({'x-guidance': _SPELLING, **parameters}, ensure_ascii=False)}"


def _spelled(schema: Any, mark: str) -> Any:
    """A schema that lets only through what every reader takes: numbers of bounded size, values of
    bounded depth where nothing is said about them, and no text that looks like the end of the
    call."""
    if isinstance(schema, bool) or not isinstance(schema, Mapping):
        return schema if schema is False else _any(mark)
    made = dict(schema)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if isinstance(made.get(key), list):
            made[key] = [_spelled(one, mark) for one in made[key]]
    for key in ("$defs", "definitions", "properties", "patternProperties"):
        if isinstance(made.get(key), Mapping):
            made[key] = {name: _spelled(one, mark) for name, one in made[key].items()}
    kind = made.get("type")
    if isinstance(kind, list):
        rest = {key: value for key, value in schema.items() if key != "type"}
        return {"anyOf": [_spelled({**rest, "type": one}, mark) for one in kind]}
    if kind in ("number", "integer"):
        low, high = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
        bounds = {} if low & set(made) else {"minimum": -_MOST}
        return made | bounds | ({} if high & set(made) else {"maximum": _MOST})
    if kind == "string" and mark and not {"pattern", "format", "enum", "const"} & set(made):
        return made | {"pattern": _without(mark)}
    if kind == "array":
        return made | {"items": _spelled(made.get("items", True), mark)}
    if kind == "object":
        more = made.get("additionalProperties", "properties" not in made)
        return made | {"additionalProperties": _spelled(more, mark)}
    told = {"enum", "const", "$ref", "anyOf", "oneOf", "allOf"} & set(made)
    return made if told or kind is not None else {**_any(mark), **made}


def _any(mark: str, depth: int = _DEPTH) -> dict[str, Any]:
    """Any value, of bounded depth."""
    plain = [_spelled({"type": one}, mark) for one in ("string", "number", "boolean", "null")]
    if not depth:
        return {"anyOf": plain}
    inner = _any(mark, depth - 1)
    wide = [{"type": "array", "items": inner}, {"type": "object", "additionalProperties": inner}]
    return {"anyOf": [*plain, *wide]}


def _without(mark: str) -> str:
    """A regular expression for texts that do not have `mark`, whose first character is there
    once."""
    first, others = mark[0], mark[1:]
    steps = [f"{others[:n]}([^{first}{one}][^{first}]*)?" for n, one in enumerate(others)]
    return f"^[^{first}]*({first}({'|'.join(steps)}))*$"


# --- arguments as ChatGLM3 writes them ----------------------------------------------------------

_TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "whole",
    "number": "number",
    "boolean": "truth",
    "null": "nothing",
    "object": "object",
}
# Values as Python's literals
_LITERALS = rf"""
text: /'([ -&\x28-\x5b\x5d-~]|{_IN_LINE})*'/ | /"([ !\x23-\x5b\x5d-~]|{_IN_LINE})*"/
whole: /-?(0|[1-9][0-9]{{0,17}})/
number: /-?(0|[1-9][0-9]{{0,17}})(\.[0-9]{{1,12}})?/
truth: "True" | "False"
nothing: "None"
list: "[" "]" | "[" any (", " any)* "]"
object: "{{" "}}" | "{{" text ": " any (", " text ": " any)* "}}"
any: text | number | truth | nothing | list | object
""".strip()


def _chatglm3(tools: Sequence[Schema], control: ControlIds) -> list[str]:
    """Segments between <|assistant|>: a line with the tool's name and tool_call(…) in a fence, or
    an empty line and text."""
    names = [f"call{i}" for i in range(len(tools))]
    rules = [
        f"reply: segment ({_token('<|assistant|>', control)} segment)*",
        # The tokenizer begins each part with a blank
        f'segment: " "? ({" | ".join(["PLAIN rest", *names])})',
        rf"PLAIN: /\n{_ANY}/",
        f"rest: ({control.plain('<|assistant|>')} TEXT)*",
    ]
    for name, tool in zip(names, tools, strict=True):
        head, opening = json.dumps(f"{tool['name']}\n"), json.dumps("```python\ntool_call(")
        closing = json.dumps(")\n```")
        rules.append(f'{name}: {head} " "? {opening} {name}a {closing}')
        rules += _members(name, tool.get("parameters", {}), "{}=")
    return [*rules, _LITERALS]


def _members(name: str, schema: Schema, written: str) -> list[str]:
    """Rules NAMEa for all members of an object; NAMEb0, NAMEb1, … for those from a place on, behind
    a comma. written: how a member's name stands before its value."""
    properties = list(schema.get("properties", {}).items())
    required = set(schema.get("required", ()))
    whole: list[str] = []
    rules: list[str] = []
    for place, (key, inner) in enumerate(properties):
        rest = f"{name}b{place + 1}"
        value = _literal(inner, f"{name}c{place}", rules)
        said = f"{json.dumps(written.format(key))} {value} {rest}"
        rules.append(f'{name}b{place}: ", " {said}' + ("" if key in required else f" | {rest}"))
        # Any may be the first that no required one stands before
        if not any(before in required for before, _schema in properties[:place]):
            whole.append(said)
    rules.append(f'{name}b{len(properties)}: ""')
    if not required:
        whole.append('""')
    return [f"{name}a: {' | '.join(whole)}", *rules]


def _literal(schema: Any, name: str, rules: list[str]) -> str:
    """The rule for a value; further ones that it takes, whose names begin with `name`, go to
    `rules`."""
    if not isinstance(schema, Mapping):
        return "any"
    for key in ("enum", "const"):
        if key in schema:
            values = schema[key] if key == "enum" else [schema[key]]
            return f"({' | '.join(json.dumps(repr(one)) for one in values)})"
    choices = schema.get("anyOf") or schema.get("oneOf")
    kind = schema.get("type")
    if isinstance(kind, list):
        choices = [{**schema, "type": one} for one in kind]
    if isinstance(choices, list):
        found = [_literal(one, f"{name}d{n}", rules) for n, one in enumerate(choices)]
        return f"({' | '.join(found)})"
    if kind == "array":
        item = _literal(schema.get("items"), f"{name}e", rules)
        return f'("[" "]" | "[" {item} (", " {item})* "]")'
    if kind == "object" and schema.get("properties"):
        rules += _members(name, schema, "'{}': ")
        return f'("{{" {name}a "}}")'
    return _TYPES.get(str(kind), "any")
