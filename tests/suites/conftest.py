"""Personas with a scope and a contract, in both languages."""

import pytest

from core.checks.rule import rule
from core.personas.text import PersonaText, Scope


@pytest.fixture
def gardener() -> PersonaText:
    return PersonaText(
        "Gardener",
        "You are a patient gardener for balconies. Answer only questions about plants in pots.",
        contract=(rule("length", unit="words", at_most=60), rule("stays_in_role", "should")),
        scope=Scope(
            ("How often do I water basil?", "Which pot suits a tomato?", "What eats my roses?"),
            ("Who won the election?", "Write me a poem about cars."),
        ),
    )


@pytest.fixture
def chef() -> PersonaText:
    return PersonaText(
        "厨师",
        "你是一位耐心的家常菜厨师。只回答关于做饭的问题。",
        contract=(rule("language", language="zh"),),
        scope=Scope(("怎么煮面条？", "菜太咸怎么办？"), ("明天会下雨吗？",)),
    )
