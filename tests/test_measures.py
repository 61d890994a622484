"""The measures of a cell: their definitions, on texts whose value is known, and on real answers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.backends.events import Finished
from core.backends.request import Request
from core.engine.engine import Engine
from core.grid.axes import Axis
from core.grid.measure_labels import measure_explained, measure_label, shown
from core.grid.measures import MEASURES, NEED_TWO, Spread, ended_by_length, self_bleu
from core.grid.records import Cell, by_place, cells_of, filled
from core.grid.run import run_grid, score_cells
from core.grid.spec import GridSpec, matching_places
from core.sampling.settings import MAX_SEED, Sampling

SPEC = GridSpec(
    "Tell me a story about a fox.",
    Axis("temperature", (0.0, 1.5)),
    Axis("top_k", (0, 3)),
    samples=3,
    fixed=Sampling(top_p=1.0, max_new_tokens=14, seed=5),
)


@pytest.fixture(scope="module")
def cells(engine: Engine) -> list[Cell]:
    ends = {i: event for i, event in run_grid(engine, SPEC) if isinstance(event, Finished)}
    return score_cells(engine, SPEC, [filled(cell, ends[cell.index]) for cell in cells_of(SPEC)])


def test_every_sample_is_the_single_answer_of_its_seed(engine: Engine, cells: list[Cell]) -> None:
    for cell in cells:
        temperature, top_k = ((0.0, 1.5)[cell.row], (0, 3)[cell.column])
        sampling = Sampling(temperature, 1.0, top_k, 14, seed=5 + cell.sample)
        alone = engine.submit(Request(tuple(SPEC.messages(cell.place)), sampling)).result()
        assert alone.token_ids == cell.token_ids


def test_greedy_agreement_is_the_common_start_with_the_greedy_answer(cells: list[Cell]) -> None:
    greedy = cells[0].token_ids
    for cell in cells:
        pairs = zip(greedy, cell.token_ids, strict=False)
        same = next((i for i, (a, b) in enumerate(pairs) if a != b), len(cell.token_ids))
        assert cell.greedy_prefix == same
    assert any(cell.greedy_prefix < len(cell.token_ids) for cell in cells[6:])


def test_entropy_lies_between_none_and_all_of_the_vocabulary(
    engine: Engine, cells: list[Cell]
) -> None:
    most = math.log2(engine.tokenizer.vocab_size)
    for cell in cells:
        assert len(cell.entropies) == len(cell.token_ids)
        assert all(0 <= value <= most for value in cell.entropies)


def test_entropy_is_that_of_the_models_distribution(engine: Engine) -> None:
    ids = engine.tokenizer.encode("Once upon a time")
    with engine.exclusive() as loaded:
        logits = loaded.model(torch.tensor([ids])).logits[0, :, : engine.tokenizer.vocab_size]
        expected = torch.distributions.Categorical(logits=logits.double()).entropy() / math.log(2)
    found = [token.entropy for token in engine.score_many([ids])[0][1:]]
    assert found == pytest.approx(expected[:-1].tolist(), abs=1e-4)


def test_every_measure_has_a_name_a_line_and_a_value_in_its_range(cells: list[Cell]) -> None:
    for name, measure in MEASURES.items():
        assert measure_label(name)
        assert "\n" not in measure_explained(name)
        for own in by_place(cells).values():
            spread = measure.spread(own)
            assert spread is not None
            assert spread.low <= spread.value <= spread.high
            assert measure.low is None or spread.low >= measure.low
            assert measure.high is None or spread.high <= measure.high
            one = measure.spread(own[:1])
            assert (one is None) == (name in NEED_TWO)


def test_a_cell_without_text_has_no_measure() -> None:
    empty = cells_of(SPEC)[:3]
    assert [measure.spread(empty) for measure in MEASURES.values()] == [None] * len(MEASURES)
    assert shown("length", None) == "–"


def test_what_is_greedy_every_time_is_the_same_text(cells: list[Cell]) -> None:
    cold = cells[:3]
    assert MEASURES["self_bleu"].spread(cold) == Spread(
        pytest.approx(1), *[pytest.approx(1)] * 2, 3
    )
    assert MEASURES["similarity"].spread(cold).value == 1  # type: ignore[union-attr]
    assert MEASURES["greedy"].spread(cold).low == 1  # type: ignore[union-attr]


def test_self_bleu_knows_chinese_by_character() -> None:
    assert self_bleu(["我喜欢红色的狐狸", "我喜欢红色的狐狸"]) == pytest.approx(1)
    near = self_bleu(["我喜欢红色的狐狸", "我喜欢红色的猫"])
    far = self_bleu(["我喜欢红色的狐狸", "今天下雨"])
    assert near is not None
    assert far is not None
    assert far < 0.2 < near < 1
    assert self_bleu(["alone"]) is None


@given(st.lists(st.text(max_size=20), min_size=2, max_size=4))
def test_self_bleu_is_a_share_and_knows_no_order(texts: list[str]) -> None:
    value = self_bleu(texts)
    assert value is not None
    assert 0 <= value <= 1
    assert self_bleu(texts[::-1]) == pytest.approx(value)


def test_the_share_that_was_cut() -> None:
    cell = Cell(0, 0, 0, 0, 0, "x", (1,), "length")
    assert ended_by_length([cell, cell.filled(finish_reason="stop")]) == 0.5


def test_the_seed_axis_sets_the_base() -> None:
    spec = GridSpec("x", Axis("seed", (0, MAX_SEED)), Axis("top_p", (1.0,)), samples=2)
    assert [cell.seed for cell in cells_of(spec)] == [0, 1, MAX_SEED, 0]


def test_places_match_by_their_settings_whatever_the_order() -> None:
    one = GridSpec("x", Axis("temperature", (0, 1)), Axis("top_p", (0.5, 1)))
    other = GridSpec("y", Axis("top_p", (1.0, 0.7)), Axis("temperature", (1.0, 2.0)))
    assert matching_places(one, other) == {(1, 1): (0, 0)}
    assert matching_places(one, GridSpec("x", Axis("top_k", (0,)), Axis("top_p", (1,)))) == {}
