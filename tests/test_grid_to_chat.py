"""A text of the grid becomes the first turn of a conversation, with all that it was written
with."""

from pathlib import Path

import pytest

from core.backends.events import Usage
from core.grid.axes import Axis
from core.grid.records import Cell, LoadedAs, cells_of, first_alike
from core.grid.spec import GridSpec
from core.grid.to_chat import conversation_of
from core.personas.text import builtin_personas
from core.sampling.settings import Sampling
from core.store import Store

CHEF = builtin_personas()[0]
SPEC = GridSpec(
    "Who are you?",
    Axis("temperature", (0.2, 0.8)),
    Axis("persona", ("", CHEF.text.system)),
    samples=2,
    fixed=Sampling(max_new_tokens=32, top_k=7, seed=10),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "promptlab.db")


def written(index: int, text: str = "I am.", **values: object) -> Cell:
    return cells_of(SPEC)[index].filled(
        text=text,
        token_ids=(5, 6, 2),
        finish_reason="stop",
        usage=Usage(9, 3, 0.1, 20.0),
        **values,
    )


def test_the_conversation_has_the_prompt_the_answer_and_how_it_was_written(store: Store) -> None:
    run = store.runs.create(SPEC, "embedded", "fp32")
    cell = written(7, loaded_as=LoadedAs("embedded", "bf16", "cpu"))
    made = conversation_of(store.conversations, run, cell, CHEF)
    assert (made.system, made.persona_id) == (CHEF.text.system, CHEF.id)
    assert (made.model, made.precision) == ("embedded", "bf16")
    assert made.title
    question, answer = store.conversations.path(made.id)
    assert question.content == SPEC.prompt
    assert (answer.content, answer.token_ids) == ("I am.", (5, 6, 2))
    assert (answer.finish_reason, answer.usage) == ("stop", cell.usage)
    assert answer.sampling == SPEC.sampling((1, 1), 1)
    assert (answer.seed, answer.model, answer.precision) == (11, "embedded", "bf16")
    assert answer.persona == CHEF.text.name


def test_its_next_answers_have_the_settings_and_seeds_of_their_own(store: Store) -> None:
    run = store.runs.create(SPEC, "embedded", "fp32")
    made = conversation_of(store.conversations, run, written(0))
    assert made.system == ""
    assert made.sampling == Sampling(0.2, top_k=7, max_new_tokens=32)
    assert (made.model, made.precision) == ("embedded", "fp32")


def test_places_with_the_same_texts_are_those_of_the_first() -> None:
    cells = [written(i, "same" if i != 3 else "other") for i in range(8)]
    cells = [c if c.index != 3 else c.filled(token_ids=(9,)) for c in cells]
    assert first_alike(cells) == {(1, 0): (0, 0), (1, 1): (0, 0)}


@pytest.mark.parametrize(
    "change",
    [{"text": "", "token_ids": ()}, {"finish_reason": "length"}, {"finish_reason": "cancelled"}],
)
def test_texts_that_are_missing_or_ended_otherwise_are_not_the_same(change: dict) -> None:
    cells = [written(i) for i in range(4)]
    assert first_alike(cells) == {(0, 1): (0, 0)}
    assert first_alike([*cells[:3], cells[3].filled(**change)]) == {}
