"""The shipped checkpoint still does what its evaluation says, on a small fixed part of it."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM

from core.models.tokenizer import ChatGLMTokenizer
from training.domains import registry
from training.evaluate import OUT, cases
from training.generate import GREEDY, answers, prompt

# How far a row may lie under its figure: a small part of the questions varies by chance.
SLACK = 0.2
EACH = 6


@pytest.fixture(scope="module")
def right() -> dict[str, list[bool]]:
    """By ability, whether each answer at temperature 0 is right."""
    model = AutoModelForCausalLM.from_pretrained(OUT, dtype=torch.float32).eval()
    tokenizer = ChatGLMTokenizer(OUT / "tokenizer.model")
    groups = cases(1, EACH)
    dialogues = [d for group in groups.values() for d in group]
    said = answers(model, tokenizer, [prompt(tokenizer, d) for d in dialogues], GREEDY)
    found: dict[str, list[bool]] = {}
    for dialogue, answer in zip(dialogues, said, strict=True):
        good = not dialogue.expect.faults(answer.content, answer.metadata)
        found.setdefault(dialogue.ability, []).append(good)
    return found


@pytest.mark.parametrize("row", registry.ROWS, ids=lambda row: row.name)
def test_each_row_reaches_its_floor(row: registry.Row, right: dict[str, list[bool]]) -> None:
    result = json.loads((OUT / "evaluation.json").read_text(encoding="utf-8"))
    measured = {r["name"]: r["greedy"] for r in result["rows"]}
    works = [ok for ability in row.abilities for ok in right.get(ability, ())]
    assert works
    share = measured[row.name]
    # The standard error of so few questions, where it is the larger
    slack = max(SLACK, 1.5 * (share * (1 - share) / len(works)) ** 0.5)
    assert sum(works) / len(works) >= share - slack


def test_every_ability_belongs_to_one_row(right: dict[str, list[bool]]) -> None:
    listed = [ability for row in registry.ROWS for ability in row.abilities]
    assert len(listed) == len(set(listed))
    assert set(right) == set(listed)
