"""Processes that train together hold the same weights, and take the same batches as one alone."""

from pathlib import Path

import numpy as np
import torch

from training import model_init, together
from training.encoding import Encoded
from training.train import Plan, train


def _items() -> list[Encoded]:
    chance = np.random.default_rng(1)
    return [
        Encoded(chance.integers(3, 200, 20).astype(np.int32), np.arange(20) > 8) for _ in range(64)
    ]


def _model() -> torch.nn.Module:
    return model_init.build(model_init.config(200, hidden=64, layers=1, ffn=64), seed=1)


def _work(folder: Path) -> None:
    model = _model()
    plan = Plan(tokens=1600, copy_steps=2, batch=100, report_every=1, save_every=100)
    train(model, _items(), _items()[:2], plan, folder / f"own{together.rank()}")
    torch.save(model.state_dict(), folder / f"{together.rank()}.pt")


def _gradients(folder: Path) -> None:
    layer = torch.nn.Linear(2, 1, bias=False)
    layer.weight.grad = torch.full((1, 2), float(together.rank() + 1))
    tokens = together.average_gradients(layer, 10 + together.rank())
    taken = list(together.share(range(5)))
    torch.save((layer.weight.grad, tokens, taken), folder / f"{together.rank()}.pt")


def test_gradients_are_averaged_tokens_summed_and_batches_shared(tmp_path: Path) -> None:
    together.launch(_gradients, 2, tmp_path, tmp_path)
    (one, tokens, even), (two, same, odd) = (torch.load(tmp_path / f"{r}.pt") for r in (0, 1))
    assert torch.equal(one, two)
    assert one.tolist() == [[1.5, 1.5]]
    assert tokens == same == 21
    assert (even, odd) == ([0, 2, 4], [1, 3])


def test_all_processes_end_with_the_same_weights(tmp_path: Path) -> None:
    together.launch(_work, 2, tmp_path, tmp_path)
    one, two = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(one[name], two[name]) for name in one)
    start = _model().state_dict()
    assert any(not torch.equal(one[name], start[name]) for name in one)
    assert (tmp_path / "own0" / "state.pt").is_file()
    assert not (tmp_path / "own1" / "state.pt").exists()


def test_alone_nothing_changes() -> None:
    layer = torch.nn.Linear(2, 1, bias=False)
    layer.weight.grad = torch.ones(1, 2)
    assert together.average_gradients(layer, 7) == 7
    assert layer.weight.grad.tolist() == [[1.0, 1.0]]
    assert list(together.share(range(3))) == [0, 1, 2]
