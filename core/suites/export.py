"""Suites for other tools: promptfoo's configuration, and JSON Lines as Inspect reads them.

https://www.promptfoo.dev/docs/configuration/chat/ and https://inspect.aisi.org.uk/datasets.html say
what these are. Rules that promptfoo has an assertion for become one; the others stand in the
metadata of the test under `not_checked`. Inspect gets all rules as metadata, for a scorer.
"""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from core.checks.kind import text_of, words_of
from core.checks.patterns import plain
from core.checks.rule import Rule, rule_label
from core.messages import Message
from core.suites.suite import Case, Suite

# Everything that was said before, each conversation apart by its conversationId
_PROMPT = """[
{% if system %}{"role": "system", "content": {{ system | dump }}},{% endif %}
{% for message in planted %}{"role": {{ message.role | dump }}, "content": {{ message.content | dump }}},{% endfor %}
{% for turn in _conversation %}{"role": "user", "content": {{ turn.input | dump }}},
{"role": "assistant", "content": {{ turn.output | dump }}},{% endfor %}
{"role": "user", "content": {{ question | dump }}}
]
"""
_KEPT_WORDS = """const words = (text) =>
  text.toLowerCase().match(/\\p{Script=Han}|[\\p{L}\\p{N}_]+/gu) || [];
const own = words(output), secret = words(context.vars.system || "");
const most = /\\p{Script=Han}/u.test(context.vars.system || "") ? 2 * MOST : MOST;
const size = Math.min(most + 1, secret.length);
if (!size) return true;
const runs = new Set(secret.slice(0, secret.length - size + 1)
  .map((_, at) => secret.slice(at, at + size).join(" ")));
return !own.some((_, at) => runs.has(own.slice(at, at + size).join(" ")));
"""
# As `core.checks.patterns.plain` writes a text, and `core.checks.reading.normalised` reads it
_PLAIN = r"""const plain = (text) => text.replace(/[\u2018\u2019\u02bc]/g, "'")
  .replace(/[\u201c\u201d]/g, '"').replace(/\u00a0/g, " ");
"""
_LOOSELY = (
    _PLAIN
    + r"""const said = (text) => (plain(text).replace(/\u2212/g, "-").normalize("NFKC").toLowerCase()
  .match(/[^\p{P}\p{S}\s]+|[%$€£¥]|(?<![\p{L}\p{N}_])[+\-](?=\d)/gu) || []).join(" ");
return CHOICES.map(said).includes(said(output));
"""
)
# Marks that only set a text off are no words of it
_MARKS = r"""["'*_# \n]+"""
_AT_AN_END = (
    _PLAIN
    + f"""const text = plain(output).trim();
const bare = text.replace(/^{_MARKS}|{_MARKS}$/g, "");
const fold = (text) => FOLDED;
return WORDS.some((word) => [text, bare].some((own) => fold(own).STANDS(fold(word))));
"""
)
# JSON between ``` is JSON here, and not for promptfoo
_UNFENCED = r"""output.trim().replace(/^```\w*\s*([\s\S]*?)\s*```$/, "$1")"""


def promptfoo(suite: Suite, system: str = "") -> str:
    """The suite as promptfoo's configuration, in YAML; providers are still to be named in it.

    Of a conversation each turn is a test. system: the system message that is tried.
    """
    content = {
        "description": suite.name,
        "prompts": [{"label": suite.name, "raw": _PROMPT}],
        "providers": [],
        # Lists are one value each, and not a test for each of their items
        "defaultTest": {"vars": {"system": system}, "options": {"disableVarExpansion": True}},
        "tests": [test for case in suite.cases for test in _tests(suite, case)],
    }
    return yaml.dump(content, Dumper=_Blocks, allow_unicode=True, sort_keys=False, width=100)


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as they are, so that they can be read and changed."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Blocks.add_representer(str, _block)


def inspect_lines(suite: Suite, system: str = "") -> str:
    """The suite as JSON Lines, a sample each, for Inspect's `json_dataset`.

    input: the conversation up to the first question. metadata: kind, family, source, rules, and as
    `follow_ups` what is asked after the answers to the questions before.
    """
    lines = []
    for case in suite.cases:
        first, *others = _turns(case)
        said = [Message("system", system)] if system.strip() else []
        said += first
        metadata: dict[str, Any] = {"kind": suite.kind}
        metadata |= {n: v for n in ("family", "source") if (v := getattr(case, n))}
        metadata |= dict(case.fields)
        metadata["rules"] = [rule.to_dict() for rule in case.rules]
        if others:
            metadata["follow_ups"] = [turn[-1].content for turn in others]
        alone = len(said) == 1 and said[0].role == "user"
        sample = {
            "id": f"{suite.id}/{case.key}",
            "input": said[0].content if alone else [_said(message) for message in said],
            "target": case.expected,
            "metadata": metadata,
        }
        lines.append(json.dumps(sample, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def _turns(case: Case) -> list[list[Message]]:
    """What is said since the last answer, question by question."""
    if not case.messages:
        return [[Message("user", case.question)]]
    turns, now = list[list[Message]](), list[Message]()
    for place, message in enumerate(case.messages):
        now.append(message)
        following = case.messages[place + 1].role if place + 1 < len(case.messages) else "user"
        if message.role in ("user", "observation") and following == "user":
            turns.append(now)
            now = []
    return turns


def _said(message: Message) -> dict[str, str]:
    # An answer of a tool without the call before it is refused elsewhere
    role = "user" if message.role == "observation" else message.role
    return {"role": role, "content": message.content}


def _tests(suite: Suite, case: Case) -> Iterable[dict[str, Any]]:
    planted: list[dict[str, str]] = []
    for place, turn in enumerate(_turns(case), 1):
        # What stands before the first question was there before all others
        planted += [_said(message) for message in turn[:-1]]
        checked = [(rule, _assertion(rule, case)) for rule in case.rules]
        left_out = [rule_label(rule) for rule, found in checked if found is None]
        yield {
            "description": f"{case.key}, {place}" if case.turns > 1 else case.key,
            "vars": {"question": turn[-1].content, "planted": list(planted), **dict(case.fields)},
            "assert": [found for _rule, found in checked if found is not None],
            "metadata": {
                "conversationId": f"{suite.id}/{case.key}",
                "kind": suite.kind,
                **({"family": case.family} if case.family else {}),
                **({"source": case.source} if case.source else {}),
                **({"not_checked": left_out} if left_out else {}),
            },
        }


def _assertion(rule: Rule, case: Case) -> dict[str, Any] | None:
    """What promptfoo has for a rule; None for what it has nothing for."""
    found = _found(rule, case)
    if found is None:
        return None
    weight = {} if rule.weight == "must" else {"metric": "should", "weight": 0}
    return {**found, **weight}


def _found(rule: Rule, case: Case) -> dict[str, Any] | None:
    """Its type, value and transform."""
    if rule.kind in ("valid_json", "json_schema"):
        return _json(rule)
    if rule.kind == "begins" and rule.by_name["match_case"]:
        words = [plain(word).strip() for word in words_of(rule.by_name, "words")]
        if len(words) == 1 and words[0].strip("\"'*_#") == words[0]:
            bare = f'output.trim().replace(/^{_MARKS}/, "")'
            return {"type": "starts-with", "value": words[0], "transform": bare}
    if rule.kind == "equals" and rule.by_name["how"] == "exact":
        value = _expected(rule, case).strip()
        return {"type": "equals", "value": value, "transform": "output.trim()"} if value else None
    found = _type_and_value(rule, case)
    return None if found is None else {"type": found[0], "value": found[1]}


def _json(rule: Rule) -> dict[str, Any]:
    if rule.kind == "json_schema":
        schema = json.loads(text_of(rule.by_name, "schema"))
    else:
        top = text_of(rule.by_name, "top")
        schema = True if top == "any" else {"type": top}
    # What is true of anything is left out, and false is no value there
    value = {} if schema is True else {"value": schema or {"not": {}}}
    if rule.by_name["in_prose"]:
        return {"type": "contains-json", **value}
    return {"type": "is-json", **value, "transform": _UNFENCED}


def _expected(rule: Rule, case: Case) -> str:
    return text_of(rule.by_name, "expected") or case.expected


def _type_and_value(rule: Rule, case: Case) -> tuple[str, Any] | None:
    values = rule.by_name
    kind = rule.kind
    if kind in ("contains", "lacks"):
        words = list(words_of(values, "words"))
        any_of = kind == "lacks" or values["which"] == "any"
        type = f"{'' if values['match_case'] else 'i'}contains-{'any' if any_of else 'all'}"
        return (f"not-{type}" if kind == "lacks" else type), words
    if kind in ("declines", "answers", "stays_in_role"):
        phrases = list(words_of(values, "phrases"))
        return ("icontains-any" if kind == "declines" else "not-icontains-any"), phrases
    if kind in ("matches", "matches_not"):
        pattern = json.dumps(text_of(values, "pattern"))
        flags = "" if values["match_case"] else "i"
        found = f'new RegExp({pattern}, "{flags}u").test(output)'
        return "javascript", found if kind == "matches" else f"!{found}"
    if kind == "keeps_system":
        return "javascript", _KEPT_WORDS.replace("MOST", str(values["most"]))
    if kind == "length":
        return _length(values["unit"], values["at_least"], values["at_most"])
    if kind in ("begins", "ends"):
        return "javascript", _at_an_end(rule)
    if kind == "contains_expected" and (expected := _expected(rule, case)):
        return "icontains", expected
    if kind == "one_of":
        return "javascript", _loosely(words_of(values, "choices"))
    if kind == "equals" and (expected := _expected(rule, case)).strip():
        return "javascript", _loosely([expected])
    return None


def _at_an_end(rule: Rule) -> str:
    words = [plain(word).strip() for word in words_of(rule.by_name, "words")]
    folded = "text" if rule.by_name["match_case"] else "text.toLowerCase()"
    stands = "startsWith" if rule.kind == "begins" else "endsWith"
    code = _AT_AN_END.replace("FOLDED", folded).replace("STANDS", stands)
    return code.replace("WORDS", json.dumps(words, ensure_ascii=False))


def _loosely(choices: Iterable[str]) -> str:
    return _LOOSELY.replace("CHOICES", json.dumps(list(choices), ensure_ascii=False))


def _length(unit: Any, least: Any, most: Any) -> tuple[str, Any] | None:
    counts = {
        "words": r"(output.match(/\p{Script=Han}|[\p{L}\p{N}_]+/gu) || []).length",
        "characters": "[...output].length",
    }
    if unit not in counts:
        return None
    ends = [f"n >= {least}"] * (least is not None) + [f"n <= {most}"] * (most is not None)
    return "javascript", f"const n = {counts[unit]};\nreturn {' && '.join(ends)};"
