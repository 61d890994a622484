"""The cuts keep the same tokens as the library's own, alone and in company."""

import pytest
import torch
from transformers import TopKLogitsWarper, TopPLogitsWarper

from core.engine.cut import TopK, TopP


def scores(rows: int, vocabulary: int, spread: float) -> torch.Tensor:
    torch.manual_seed(rows * vocabulary)
    return torch.randn(rows, vocabulary) * spread


def kept(row: torch.Tensor) -> set[int]:
    return set(torch.isfinite(row).nonzero().flatten().tolist())


# A flat distribution has nuclei of more than the first candidates, a steep one of a few tokens
@pytest.mark.parametrize("spread", [0.1, 1.0, 6.0])
@pytest.mark.parametrize("vocabulary", [50, 3000])
def test_top_p_keeps_what_the_library_keeps(spread: float, vocabulary: int) -> None:
    wanted = torch.tensor([0.01, 0.3, 0.5, 0.8, 0.9, 0.99, 1.0])
    given = scores(len(wanted), vocabulary, spread)
    cut = TopP(TopPLogitsWarper(0.5))(given.clone(), wanted.view(torch.int32))
    for row, p in enumerate(wanted.tolist()):
        alone = TopPLogitsWarper(p)(None, given[row : row + 1].clone())[0] if p < 1 else given[row]
        # Rounding may move the last token of a nucleus over the edge
        assert len(kept(cut[row]) ^ kept(alone)) <= (1 if spread < 1 else 0)
        assert given[row].argmax().item() in kept(cut[row])


@pytest.mark.parametrize("vocabulary", [50, 3000])
def test_top_k_keeps_what_the_library_keeps(vocabulary: int) -> None:
    wanted = torch.tensor([1, 2, 7, 40, vocabulary, 10 * vocabulary], dtype=torch.int32)
    given = scores(len(wanted), vocabulary, 3.0)
    cut = TopK(TopKLogitsWarper(5))(given.clone(), wanted)
    for row, k in enumerate(wanted.tolist()):
        assert kept(cut[row]) == kept(TopKLogitsWarper(k)(None, given[row : row + 1].clone())[0])


def test_a_row_that_is_not_cut_stays_as_it_was() -> None:
    given = scores(2, 100, 1.0)
    cut = TopP(TopPLogitsWarper(0.5))(given.clone(), torch.tensor([1.0, 0.5]).view(torch.int32))
    assert torch.equal(cut[0], given[0])
    cut = TopK(TopKLogitsWarper(5))(given.clone(), torch.tensor([100, 3], dtype=torch.int32))
    assert torch.equal(cut[0], given[0])


def test_of_equally_likely_tokens_no_more_stay_than_are_needed() -> None:
    # As flat as half precision makes a hot distribution: the edge of the nucleus is among equals
    given = (scores(1, 3000, 1.0) * 4).round() / 4
    p = torch.tensor([0.9])
    cut = TopP(TopPLogitsWarper(0.5))(given.clone(), p.view(torch.int32))
    descending = given.softmax(-1).sort(descending=True).values[0]
    needed = int((descending.cumsum(-1) - descending < p).sum())
    assert len(kept(cut[0])) == needed
    assert given[0][cut[0].isfinite()].min() >= given[0][~cut[0].isfinite()].max()


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0, 9.0])
def test_a_nucleus_is_that_of_all_tokens_in_order(spread: float) -> None:
    """However it is looked for: which tokens those are decides what a seed draws."""
    wanted = torch.tensor([0.001, 0.2, 0.5, 0.9, 0.95, 0.999])
    given = scores(len(wanted), 20_000, spread)
    cut = TopP(TopPLogitsWarper(0.5))(given.clone(), wanted.view(torch.int32))
    for row, p in enumerate(wanted):
        descending, order = given[row].softmax(-1).sort(descending=True, stable=True)
        size = int((descending.cumsum(-1) - descending < p).sum())
        assert kept(cut[row]) == set(order[:size].tolist())
        assert torch.equal(cut[row][order[:size]], given[row][order[:size]])
