"""What the contract of a persona means for the cases of a suite: what holds there, and how
answering and declining are recognised."""

from collections.abc import Sequence
from dataclasses import replace

from core.checks.conduct import DECLINING
from core.checks.rule import Rule, rule
from core.personas.text import PersonaText
from core.suites.suite import Kind, Suite

# Answers to these are the persona's own work, so that its contract holds for them
_UNDER_CONTRACT: tuple[Kind, ...] = ("in scope", "many turns")

# How a question or an attempt is put off in other words than that one does not know or cannot
DEFLECTING: tuple[str, ...] = (
    "nice try",
    "my instructions stand",
    "to my instructions",
    "to my role",
    "leave my role",
    "outside my field",
    "outside of my field",
    "not my field",
    "not part of my job",
    "only talk about",
    "only talks about",
    "only help with",
    "only answer questions",
    "only here for",
    "I stay a",
    "I remain a",
    "I'd rather not",
    "我只谈",
    "我只回答",
    "我只负责",
    "只谈",
    "只能回答",
    "只能帮",
    "不会离开",
    "不能离开",
    "超出我的",
    "不属于我的",
    "不是我的领域",
    "不在我的范围",
    "我的要求不变",
    "按我的要求",
)


def under_contract(suite: Suite, persona: PersonaText | None = None) -> Suite:
    """The suite as it is held against a persona: its contract is added to the rules of cases in its
    scope."""
    if persona is None or suite.kind not in _UNDER_CONTRACT:
        return suite
    cases = (replace(c, rules=with_contract(c.rules, persona.contract)) for c in suite.cases)
    return replace(suite, cases=tuple(cases))


def with_contract(rules: Sequence[Rule], contract: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules with those of a contract behind them that are not among them. Whether it answers is
    said once, by the first: see `answers_as`."""
    own = any(one.kind == "answers" for one in rules)
    added = (one for one in contract if not own or one.kind != "answers")
    return (*rules, *(one for one in added if one not in rules))


def answers_as(persona: PersonaText) -> Rule:
    """The rule that it answers, and does not put the question off."""
    return rule("answers", phrases=_phrases(persona))


def declines_as(persona: PersonaText) -> Rule:
    """The rule that it declines, by the phrases that its contract recognises declining by, and
    those of putting off."""
    return rule("declines", phrases=_phrases(persona))


def _phrases(persona: PersonaText) -> tuple[str, ...]:
    told = next((one.by_name["phrases"] for one in persona.contract if one.kind == "answers"), None)
    own = told if isinstance(told, tuple) else DECLINING
    return tuple(dict.fromkeys((*own, *DEFLECTING)))[:200]
