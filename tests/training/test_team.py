"""Processes that train together hold one and the same model."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from training.team import Team, work_together


@pytest.fixture(autouse=True)
def _own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new process runs the main script again, and tests of pages leave one behind."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def _average(team: Team, folder: Path) -> None:
    weight = torch.nn.Parameter(torch.zeros(3))
    weight.grad = torch.tensor([1.0, 2.0, 3.0]) * (1 + 2 * team.rank)
    untouched = torch.nn.Parameter(torch.zeros(2))
    tokens = team.average([weight, untouched], 10 * (1 + team.rank))
    torch.save((weight.grad, tokens), folder / f"{team.rank}.pt")


def _fail(team: Team) -> None:
    if team.rank == 1:
        raise ValueError("this one stumbles")


@pytest.mark.long
def test_everyone_gets_the_mean_gradient_and_all_tokens(tmp_path: Path) -> None:
    work_together(2, tmp_path, _average, tmp_path)
    for rank in range(2):
        grad, tokens = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert grad.tolist() == [2.0, 4.0, 6.0]
        assert tokens == 30


def test_one_alone_keeps_its_own() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    assert Team().average([weight], 7) == 7
    assert weight.grad.item() == 1.0


@pytest.mark.long
def test_an_error_in_one_process_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="this one stumbles"):
        work_together(2, tmp_path, _fail)
