"""The rules of IFEval's instructions agree with lm-eval's checks of them."""

import json
from pathlib import Path

import pytest

from core.checks.ifeval import ifeval_rules, instructions
from core.checks.kind import Seen
from core.checks.rule import checked
from core.errors import InvalidInput

ROWS = json.loads(Path(__file__).with_name("ifeval.json").read_text(encoding="utf-8"))["rows"]
# langdetect, which lm-eval asks, takes these for another language than English
MISREAD = {
    "Our team delays every question.",
    "A CUSTOMER CHECKS EVERY QUESTION.",
    "MY PARCEL CLOSES TWO LETTERS, ONE OF THEM LATE?",
    "MY PARCEL REPEATS EVERY QUESTION.",
}


def test_every_instruction_is_compared() -> None:
    assert {name for name, *_rest in ROWS} == set(instructions())
    assert len(instructions()) == 25


@pytest.mark.parametrize("instruction", instructions())
def test_rules_find_what_lm_eval_finds(instruction: str) -> None:
    wrong = []
    for name, arguments, text, expected in ROWS:
        if name != instruction:
            continue
        outcomes = [checked(rule, Seen(text)) for rule in ifeval_rules(name, arguments)]
        if all(o.passed for o in outcomes) != (expected or text in MISREAD):
            wrong.append((arguments, text, outcomes))
    assert not wrong


def test_bullets_are_not_rules_of_the_page() -> None:
    """Where lm-eval counts a line of dashes as a bullet, on purpose ours does not."""
    (rule,) = ifeval_rules("detectable_format:number_bullet_lists", {"num_bullets": 2})
    assert checked(rule, Seen("- one\n\n---\n\n- two")).passed


@pytest.mark.parametrize(("name", "arguments"), [("no:such", {}), ("keywords:existence", {})])
def test_what_is_no_instruction_is_said(name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="IFEval|lacks"):
        ifeval_rules(name, arguments)
